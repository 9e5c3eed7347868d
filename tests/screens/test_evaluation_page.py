"""Pages of the evaluation: every number opens exactly its cases, each role sees what is its own, frozen numbers stay (R67)."""

from __future__ import annotations

import html
import io
import re
from datetime import datetime

import pytest
from django.test import Client
from openpyxl import load_workbook
from test_pages import signed_in

from liandong.casework import evaluation
from liandong.district.policy import current
from liandong.engine import evaluating
from liandong.rules.model import Actor
from liandong.rules.periods import quarter
from support import flow, lives

pytestmark = pytest.mark.django_db
PAGE = "/evaluation/?period=2018Q3"
LINK = re.compile(r'<a [^>]*?href="(/evaluation/[^"]*cases\?[^"]*)"[^>]*>\s*([^<]*?)\s*</a>')


@pytest.fixture
def quarter_of_lives(district: None, policy) -> list[lives.Life]:
    """Two of every life in July 2018, under ever another unit."""
    made = []
    for n, script in enumerate(lives.SCRIPTS * 2):  # two of every kind
        start = datetime(2018, 7, 2 + n // 12, 9 + n % 3, n % 50, tzinfo=policy.zone)
        made.append(lives.live(script, n, start, policy))
    return made


def lines_behind(client: Client, url: str) -> int:
    """How many lines the pages of a list have together; its head must say the same."""
    total, head = 0, None
    while url:
        answer = client.get(html.unescape(url))
        assert answer.status_code == 200, url
        text = answer.content.decode()
        said = int(re.search(r'id="number">(\d+)<', text)[1])
        head = said if head is None else head
        total += text.count('<td class="what">')
        more = re.search(r'href="([^"]*)" rel="next"', text)
        url = more[1] if more else ""
    assert head == total
    return total


def follow(client: Client, page: str, most: int = 400) -> int:
    """Open every numbered link of a page and compare; how many there were."""
    answer = client.get(page)
    assert answer.status_code == 200
    found = [(url, text) for url, text in LINK.findall(answer.content.decode()) if text.isdigit()]
    known: dict[str, int] = {}
    for url, text in dict.fromkeys(found):
        plain = re.sub(r"&amp;at=\d+", "", url)
        if plain not in known and len(known) < most:
            known[plain] = lines_behind(client, url)
        if plain in known:
            assert known[plain] == int(text), url
    return len(known)


def viewer(role: str, unit: str | None = None) -> Client:
    return signed_in(f"viewer-{role}-{unit or ''}".lower(), role, unit)


def frozen(policy, now: datetime | None = None):
    at = now or datetime(2018, 10, 8, 9, tzinfo=policy.zone)
    return evaluating.freeze(quarter("2018Q3", policy.zone), flow.DUTY, at)


def test_every_number_of_the_page_opens_as_many_lines(quarter_of_lives):
    assert follow(viewer("duty_office"), PAGE, most=150) == 150


def test_a_unit_sees_its_own_numbers_and_cases_and_no_other_unit(quarter_of_lives):
    client = viewer("unit", "CG")
    text = client.get("/evaluation/mine?period=2018Q3").content.decode()
    assert "区级部门合计" in text
    assert "区环保局" not in text
    assert follow(client, "/evaluation/mine?period=2018Q3") > 10
    other = client.get("/evaluation/cases?period=2018Q3&metric=M2&part=denominator&key=HB&by=unit")
    assert 'id="number">0<' in other.content.decode()
    assert client.get(PAGE).status_code == 403
    assert client.get("/evaluation/signs").status_code == 403


def test_the_government_sees_numbers_and_no_case(quarter_of_lives, policy):
    one, client = frozen(policy), viewer("government")
    for page in (PAGE, f"/evaluation/snapshots/{one.id}"):
        text = client.get(page).content.decode()
        assert "按期办结率" in text
        assert not LINK.search(text)
    assert client.get("/evaluation/cases?metric=M2&part=denominator").status_code == 403
    assert client.get(f"/evaluation/snapshots/{one.id}/cases?metric=M2&part=denominator").status_code == 403


@pytest.mark.parametrize("role", ["desk", "sysadmin", "auditor", "reader"])
def test_other_roles_have_no_evaluation(district, role):
    assert viewer(role).get("/evaluation/").status_code == 403


def test_freezing_from_the_page_gives_a_snapshot_whose_links_open_its_own_cases(quarter_of_lives):
    client = viewer("duty_office")
    answer = client.post("/evaluation/freeze", {"period": "2018Q3"})
    assert answer.status_code == 302
    assert answer["Location"] == "/evaluation/snapshots/KP-2018Q3-1"
    assert "数字一致" in client.get(f"{answer['Location']}/proof").content.decode()
    assert follow(client, answer["Location"], most=30) == 30
    assert "KP-2018Q3-1" in client.get("/evaluation/snapshots").content.decode()


def test_what_cannot_be_frozen_is_refused_in_words(quarter_of_lives):
    client = viewer("inspector")
    for period, said in (("2099Q1", "还没有开始"), ("2018Q1", "没有数据"), ("nonsense", "没有这个时段")):
        answer = client.post("/evaluation/freeze", {"period": period}, follow=True)
        assert said in answer.content.decode(), period
    assert (
        viewer("desk_lead")
        .post("/evaluation/freeze", {"period": "2018Q3"}, follow=True)
        .content.decode()
        .count("由值班室或督检考评人员办理")
    )


def test_an_exclusion_makes_a_revision_and_leaves_the_first_alone(quarter_of_lives, policy):
    one, client = frozen(policy), viewer("duty_office")
    no = one.behind("M2", "denominator")[0].no
    client.post("/evaluation/exclude", {"case": no, "unit": "", "reason": "恶意投诉"})
    answer = client.post(f"/evaluation/snapshots/{one.id}/revise", follow=True)
    text = answer.content.decode()
    assert "KP-2018Q3-2" in text
    assert f"/evaluation/snapshots/{one.id}" in text
    again = client.get(f"/evaluation/snapshots/{one.id}/cases?metric=M2&part=denominator").content.decode()
    assert no in again
    later = client.get("/evaluation/snapshots/KP-2018Q3-2/cases?metric=M2&part=denominator").content.decode()
    assert no not in later


def test_an_empty_period_says_so_and_a_bad_one_says_what_to_write(district):
    client = viewer("duty_office")
    assert "没有数据" in client.get("/evaluation/?period=2019Q1").content.decode()
    assert "还没有开始" in client.get("/evaluation/?period=2199Q1").content.decode()
    for bad in ("2018Q9", "x", "2018-13", "2018-06-30..2018-06-01", "9999"):
        answer = client.get("/evaluation/", {"period": bad})
        assert (answer.status_code, "said-warning" in answer.content.decode()) == (200, True), bad
    assert client.get("/evaluation/snapshots/KP-2000Q1-1").status_code == 404
    assert client.get("/evaluation/cases?metric=M99&part=denominator").status_code == 404
    assert client.get("/evaluation/cases?metric=M15&part=numerator").status_code == 404


def test_the_table_is_taken_as_a_file_and_the_taking_is_recorded(quarter_of_lives):
    from liandong.casework.models import Reveal

    client = viewer("inspector")
    answer = client.get(f"{PAGE}&format=xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    table = evaluation.evaluate(
        flow.DUTY, quarter("2018Q3", current().zone), by="unit", now=datetime.now(current().zone)
    )
    mine = next(row for row in rows if row[0] == "CG" and row[2] == "M2")
    assert (mine[4], mine[5]) == (table["CG"]["M2"].numerator, table["CG"]["M2"].denominator)
    lines = client.get(
        "/evaluation/cases?period=2018Q3&metric=M2&part=denominator&format=csv"
    ).content.decode()
    assert "张三" not in lines
    assert "1380000" not in lines
    assert lines.count("QJFL-") == table[""]["M2"].denominator
    assert Reveal.objects.filter(by__startswith="inspector").count() == 2


def test_clues_are_called_clues_and_open_their_cases(quarter_of_lives):
    client = viewer("duty_office")
    text = client.get("/evaluation/signs?period=2018Q3").content.decode()
    assert "线索，需人工核实" in text
    assert "规则不允许，日志里也没有" in text
    assert follow(client, "/evaluation/signs?period=2018Q3") > 3
    assert "已处理" not in text


def test_definitions_and_settings_are_shown_with_their_sources(district):
    text = viewer("unit", "CG").get("/evaluation/metrics").content.decode()
    for code in evaluation.METRICS.values():
        assert code.formula in html.unescape(text)
    assert "28号文未规定" in text


def test_the_duty_office_stands_in_no_ranking(quarter_of_lives, policy):
    start = datetime(2018, 7, 10, 9, tzinfo=policy.zone)
    no = flow.register(start, policy, "for-the-office")
    flow.dispatch(no, start, policy, unit="YJ")
    client = viewer("duty_office")
    ranked = client.get(PAGE).content.decode().split('id="whole-title"')[0]
    assert "区环保局" in ranked
    assert '<th scope="row" class="stay">区政府应急办' not in ranked
    assert "YJ" in evaluation.evaluate(
        Actor("duty_office", "x"), quarter("2018Q3", policy.zone), by="unit", now=datetime.now(policy.zone)
    )


# -- pictures ----------------------------------------


def test_each_unit_with_enough_cases_has_its_interval_in_words_and_as_a_line(
    quarter_of_lives: list[lives.Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    from liandong.district.models import FigureSetting

    FigureSetting.objects.filter(key="minimum_sample").update(value=3)
    text = signed_in("someone", "duty_office").get(PAGE).content.decode()
    picture = text[text.index('id="spans-title"') :]
    picture = picture[: picture.index("</section>")]
    told = re.findall(r"<li><span>([^<]+)</span>.*?<b>([^<]+)</b> <small>([^<]+) · (\d+) 件", picture)
    assert told
    assert picture.count('class="span-at"') == len(told)
    for name, said, span, among in told:
        assert said.endswith("%")
        assert "–" in span
        assert int(among) >= 3
        assert f"{name} 按期办结率：共 {among}" in text  # the table below says the same


def test_the_line_is_drawn_from_frozen_evaluations_and_names_what_was_not_frozen(
    quarter_of_lives: list[lives.Life], policy
) -> None:
    from liandong.casework.evaluation import snapshots
    from liandong.rules.periods import quarter

    client = signed_in("someone", "duty_office")
    assert 'id="course-title"' not in client.get("/evaluation/?period=2018Q4").content.decode()
    snapshots.freeze(quarter("2018Q3", policy.zone), flow.DUTY, datetime(2018, 10, 8, 9, tzinfo=policy.zone))
    lives.live(lives.happy, 70, datetime(2019, 1, 8, 9, tzinfo=policy.zone), policy)
    text = client.get("/evaluation/?period=2019Q1").content.decode()
    table = text[text.index('id="course-title"') :]
    assert re.findall(r'<th scope="row">(\d{4}Q\d)</th>', table)[:3] == ["2018Q3", "2018Q4", "2019Q1"]
    assert "没有冻结" in table
