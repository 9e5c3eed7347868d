"""Item 4 of issue 4: every number on the page opens exactly its cases; who sees what; empty and small stores (R19, R67)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from test_pages import SAFE, signed_in

from liandong.casework.execute import execute
from liandong.district.drawing import tiles
from liandong.rules.model import Actor, Command
from liandong.screens.figures import sheet
from liandong.screens.figures.words import CARDS, WORDS

PAGE, CASES = "/figures/", "/figures/cases"
DESK, CG = Actor("desk", "seeder"), Actor("unit", "zhang", "CG")
LINK = re.compile(r'<a [^>]*?href="(/figures/cases\?[^"]*)"[^>]*>(.*?)</a>', re.S)
NUMBER = re.compile(r">\s*(\d+)\s*<|^\s*(\d+)\s*$|^(?:地点不详|没做到) (\d+)$")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    sheet.forget()
    yield
    sheet.forget()


def ago(**length: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**length)


def called(n: int, at: datetime, **more: object) -> str:
    fields = {
        "kind": "complaint", "summary": f"第 {n} 件：路边垃圾没有清运", "content": "路边垃圾没有清运", "safety": SAFE,
        "received_at": at.isoformat(), "source": {"channel": "110", "ref": f"figure-{n}"},
        "caller": {"name": "张三丰", "phone": "13812341234"}, "place": {"township": "古南街道"}, **more,
    }  # fmt: skip
    return execute(Command("register", None, fields), DESK, now=at).no


def do(name: str, no: str, actor: Actor, at: datetime, **fields: object) -> None:
    execute(Command(name, no, fields), actor, now=at)


def sent(no: str, at: datetime, unit: str = "CG", matter: str = "CG-02") -> None:
    do("dispatch", no, DESK, at, lead_unit=unit, matter=matter, basis="职责条款", **{"class": "general"})


@pytest.fixture
def busy(district: None) -> None:
    """Some days of cases: finished ones of two townships, a return, some unsigned, one at the desk, one without place."""
    minute = timedelta(minutes=1)
    for n in range(12):
        at = ago(days=n % 5 + (14 if n % 2 else 0), hours=3)
        no = called(
            n,
            at,
            place={"township": "古南街道" if n % 3 else "东溪镇"},
            kind="help" if n % 2 else "complaint",
        )
        sent(no, at + minute)
        do("sign", no, CG, at + (2 if n % 4 else 70) * minute, receiver="张工")
        told = at + 75 * minute
        do(
            "feedback",
            no,
            CG,
            told,
            result="resolved",
            text="已清运",
            contacted_caller=True,
            contacted_at=told.isoformat(),
        )
        do("accept_feedback", no, DESK, told + minute)
        do(
            "call_back", no, DESK, told + 2 * minute, reached=True,
            satisfaction="satisfied" if n % 6 else "dissatisfied", solved="yes" if n % 3 else "partly",
        )  # fmt: skip
    for n in range(20, 23):
        sent(called(n, ago(days=n - 19)), ago(days=n - 19) + minute)
    back = called(30, ago(days=1, hours=1))
    sent(back, ago(days=1))
    do(
        "return", back, CG, ago(days=1) + minute, reason_code="not_our_duty", explanation="不归我们管",
        why_no_answer_now="需要现场查看", suggested_unit="HB",
    )  # fmt: skip
    called(31, ago(hours=2), place=None)


def lines_behind(client: Client, url: str) -> int:
    """How many lines the pages of a list have together; its head must say the same."""
    total, head = 0, None
    while url:
        answer = client.get(html.unescape(url))
        assert answer.status_code == 200, url
        text = answer.content.decode()
        said = int(re.search(r'id="number">(\d+)<', text)[1])  # type: ignore[index]
        head = said if head is None else head
        total += text.count('<td class="what">')
        more = re.search(r'href="([^"]*)" rel="next"', text)
        url = more[1] if more else ""
    assert head == total
    return total


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("duty_office", "?period=30"),
        ("inspector", "?period=30&map=overdue&rank=sign"),
        ("inspector", "?map=satisfied&kind=help&group=department"),
    ],
)
def test_every_number_with_a_link_is_the_number_of_lines_behind_it(
    busy: None, role: str, address: str
) -> None:
    client = signed_in("someone", role)
    text = client.get(PAGE + address).content.decode()
    links = dict(LINK.findall(text))
    figures = set()
    for url, inside in links.items():
        found = NUMBER.search(inside.strip())
        if found is None:  # a map tile of a rate: the rate itself, its cases are the denominator
            assert "%" in inside or "样本不足" in inside or "—" in inside, inside
            assert lines_behind(client, url) > 0
            continue
        number = int(next(group for group in found.groups() if group))
        assert lines_behind(client, url) == number, (url, inside)
        figures.add(re.search(r"figure=(\w+)", url)[1])  # type: ignore[index]
    if address == "?period=30":
        assert figures == set(CARDS) - {"disputed", "misdirected"}  # none of those happened


def test_the_table_of_a_trend_opens_the_days_it_shows(busy: None) -> None:
    client = signed_in("someone", "inspector")
    text = client.get(PAGE).content.decode()
    day = ago(days=2).astimezone(sheet_zone()).date()
    found = re.search(rf'<th scope="row">{day:%m-%d}</th><td><a href="([^"]*)">(\d+)</a>', text)
    assert found is not None
    assert lines_behind(client, found[1]) == int(found[2])


def sheet_zone():  # type: ignore[no-untyped-def]
    from liandong.screens.common.times import ZONE

    return ZONE


@pytest.mark.parametrize(
    ("role", "page", "cases"),
    [
        ("desk_lead", 200, 200), ("duty_office", 200, 200), ("inspector", 200, 200), ("government", 200, 403),
        ("desk", 403, 403), ("police_inspectorate", 403, 403), ("auditor", 403, 403), ("reader", 403, 403),
    ],
)  # fmt: skip
def test_who_may_look(district: None, role: str, page: int, cases: int) -> None:
    client = signed_in("someone", role)
    assert client.get(PAGE).status_code == page
    assert client.get(f"{CASES}?figure=received").status_code == cases
    assert Client().get(PAGE).status_code == 302


def test_the_government_reads_numbers_without_links_and_why(busy: None) -> None:
    text = signed_in("leader", "government").get(PAGE).content.decode()
    assert "/figures/cases" not in text
    assert "QJFL-" not in text
    assert "区政府看数字，不看工单" in text
    assert "涉警投诉不计在内（R19）" in text


def test_what_one_role_has_counted_is_not_kept_for_another(busy: None) -> None:
    """What the duty office has counted is not shown to those who may not see complaints about police."""
    at = ago(hours=1)
    no = called(90, at)
    sent(no, at, "GA", "GA-07")
    received = re.compile(r'id="key-received">.*?<p class="value"><a [^>]*>(\d+)<', re.S)
    texts = [signed_in(role, role).get(PAGE).content.decode() for role in ("duty_office", "inspector")]
    duty, inspector = (int(received.search(text)[1]) for text in texts)  # type: ignore[index]
    assert duty == inspector + 1


def test_an_empty_store_says_so_and_what_to_do(district: None) -> None:
    text = signed_in("someone", "inspector").get(PAGE).content.decode()
    assert "这段时间里没有接报，也没有办结" in text
    assert "现在没有在办的工单" in text
    assert "样本不足" in text
    assert "echarts" not in text


def test_few_cases_are_not_judged_but_shown(district: None) -> None:
    at = ago(days=1)
    sent(called(1, at), at)
    text = signed_in("someone", "inspector").get(PAGE).content.decode()
    card = text[text.index('id="key-sign"') :]
    assert "样本不足" in card[: card.index("</li>")]
    assert "样本不足、不排名的 1 个单位" in text


def test_units_are_placed_inside_their_group_and_nothing_follows_by_itself(busy: None) -> None:
    text = signed_in("someone", "inspector").get(f"{PAGE}?rank=sign").content.decode()
    ranking = text[text.index('id="rank-title"') :]
    assert (
        ranking.index("<h3>部门</h3>") < ranking.index("区城市管理局") < ranking.index("<h3>街镇、园区</h3>")
    )
    assert "系统不会因为一个数字自动处理任何单位（R67）" in text


def test_every_figure_says_its_definition_and_that_it_is_no_metric_of_the_evaluation(busy: None) -> None:
    text = signed_in("someone", "inspector").get(PAGE).content.decode()
    for code in CARDS:
        card = text[text.index(f'id="key-{code}"') :]
        assert str(WORDS[code].means) in html.unescape(card[: card.index("</li>")])
    for metric in ("M1", "M2", "M4", "M9", "M13", "M14", "M17", "M20", "M22"):
        assert f">{metric}</abbr>" not in text
        assert f"与考评的 {metric} 相近，但不是同一个数" in text
    assert re.search(r'href="/evaluation/\?period=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d">这段时间的考评', text)
    assert (
        'href="/evaluation/?period=2'
        in signed_in("else", "inspector").get(f"{PAGE}?period=quarter").content.decode()
    )


def test_the_map_has_each_of_our_townships_once_and_the_others_grey_without_link(busy: None) -> None:
    text = signed_in("someone", "duty_office").get(f"{PAGE}?period=30").content.decode()
    drawing = text[text.index('<svg class="tiles"') : text.index('</svg>\n<ul class="steps"')]
    ours = re.findall(r"<title>([^：<]*)：接报 (\d+)</title>", drawing)
    assert len(ours) == len({name for name, _n in ours}) == 21
    assert dict(ours)["东溪镇"] == "4"
    assert drawing.count("：不属本区管辖</title>") == 10
    assert len(tiles()) == 31


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("?period=custom&from=2018-06-05&to=2018-06-01", "已为您互换"),
        ("?period=custom&from=zu&to=2018-06-01", "请填写起止日期"),
        ("?period=custom&from=2010-01-01&to=2018-06-01", "一次最多看 400 天"),
        ("?period=9&unit=NOBODY&township=0&kind=x&class=y&matter=z&group=q&map=m&rank=r", "近7天"),
    ],
)
def test_a_question_that_cannot_be_asked_is_put_right_and_said(
    district: None, address: str, says: str
) -> None:
    answer = signed_in("someone", "inspector").get(PAGE + address)
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_a_list_of_an_unknown_figure_or_a_broken_cursor(busy: None) -> None:
    client = signed_in("someone", "inspector")
    assert client.get(f"{CASES}?figure=nothing").status_code == 404
    assert client.get(f"{CASES}?figure=sign&part=nothing").status_code == 404
    answer = client.get(f"{CASES}?figure=sign&after=broken")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{CASES}?figure=sign")


def test_lists_mask_persons_for_the_inspector(busy: None) -> None:
    text = signed_in("someone", "inspector").get(f"{CASES}?figure=received&period=30").content.decode()
    assert "QJFL-" in text
    assert "张三丰" not in text
    assert "13812341234" not in text


def test_a_number_is_at_most_a_minute_old_and_says_of_when(busy: None) -> None:
    client = signed_in("someone", "inspector")
    before = client.get(PAGE).content.decode()
    called(99, ago(minutes=1))
    kept = client.get(PAGE).content.decode()
    as_of = re.compile(r"截至 <time datetime=\"([^\"]*)\"")
    assert as_of.search(before)[1] == as_of.search(kept)[1]  # type: ignore[index]
    sheet.forget()
    assert as_of.search(client.get(PAGE).content.decode())[1] != as_of.search(before)[1]  # type: ignore[index]


def test_the_lines_go_into_a_file_as_many_as_there_are_and_masked(busy: None) -> None:
    client = signed_in("someone", "inspector")
    url = f"{CASES}?figure=sign&part=among&period=30"
    answer = client.get(f"{url}&format=csv")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert len(rows) - 1 == lines_behind(client, url) > 0
    assert "张三丰" not in "".join(rows)
    assert client.get(f"{url}&format=xlsx").content[:2] == b"PK"


# -- the police (R51) ----------------------------------------


def test_the_police_see_their_matters_and_what_else_went_to_them_each_with_its_cases(busy: None) -> None:
    client = signed_in("zhao", "duty_office")
    no = called(40, ago(hours=2))
    sent(no, ago(hours=1, minutes=30))
    do("to_police", no, CG, ago(hours=1), reason="有人受伤")
    sheet.forget()
    text = client.get(PAGE).content.decode()
    table = text[text.index('id="police-title"') :]
    table = table[: table.index("</section>")]
    links = re.findall(r'href="([^"]+)" aria-label="([^"]+) (\d+)"', table)
    assert any(name.endswith("转警务") for _url, name, _n in links)
    for url, name, n in links:
        assert lines_behind(client, url) == int(n), name
