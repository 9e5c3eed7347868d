"""The pages of the reports: who reads what, every number opens exactly its cases, receipts, drawing one up now (R69)."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from test_pages import SAFE, signed_in

from liandong.casework.execute import execute
from liandong.district.policy import current
from liandong.engine import papers, reports
from liandong.engine.reports import archive
from liandong.rules.model import Actor, Command
from liandong.screens.reports import views

DESK, CG = Actor("desk", "seeder"), Actor("unit", "zhang", "CG")
LINK = re.compile(r'<td><a href="(/reports/cases\?[^"]*)">([^<]*)</a>')
TODAY = datetime.now(UTC) + timedelta(hours=8)


def ago(**length: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**length)


def do(name: str, no: str, actor: Actor, at: datetime, **fields: object) -> None:
    execute(Command(name, no, fields), actor, now=at)


def called(ref: str, at: datetime, actor: Actor = DESK, **more: object) -> str:
    fields = {
        "kind": "complaint", "summary": "路边垃圾没有清运", "content": "路边垃圾没有清运", "safety": SAFE,
        "received_at": at.isoformat(), "source": {"channel": "110", "ref": ref},
        "caller": {"name": "张三丰", "phone": "13812341234"}, "place": {"township": "古南街道"}, **more,
    }  # fmt: skip
    return execute(Command("register", None, fields), actor, now=at).no


@pytest.fixture
def busy(district: None) -> None:
    minute = timedelta(minutes=1)
    for n in range(12):
        at = ago(days=n % 3 + 1, hours=1)
        no = called(f"r{n}", at)
        do(
            "dispatch",
            no,
            DESK,
            at + minute,
            lead_unit="CG",
            matter="CG-02",
            basis="职责条款",
            **{"class": "general"},
        )
        if n % 2:
            do("sign", no, CG, at + 2 * minute, receiver="张工")
            do("feedback", no, CG, at + 3 * minute, result="resolved", text="已清运", contacted_caller=True, contacted_at=at.isoformat())  # fmt: skip
            do("accept_feedback", no, DESK, at + 4 * minute)
    lead = Actor("desk_lead", "wang")
    no = called("police", ago(hours=5), lead)
    do(
        "dispatch",
        no,
        lead,
        ago(hours=4),
        lead_unit="GA",
        matter="GA-07",
        basis="职责条款",
        **{"class": "general"},
    )


def drawn(like: str = "monthly", recipients: tuple[str, ...] = ()) -> int:
    """A report of the last days with the parts of a kind, whatever day it is today."""
    setting = reports.setting_of(like)
    period = reports.own_period(TODAY.date() - timedelta(days=9), TODAY.date(), current())
    report = reports.draw(period, setting=setting)
    return archive.draw_up(report, "duty_office:zhao", recipients or setting.recipients)


def of_kind(kind: str) -> int:
    report = reports.draw(reports.period_of(kind, TODAY.date(), current()))
    return archive.draw_up(report, "duty_office:zhao")


def body(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def behind(client: Client, url: str) -> int:
    """How many lines the pages of a number have together; its head says the same."""
    total, head = 0, None
    while url:
        text = body(client, html.unescape(url))
        head = int(re.search(r'id="number">(\d+)<', text)[1])  # type: ignore[index]
        total += text.count('<td class="what">')
        more = re.search(r'href="([^"]*)" rel="next"', text)
        url = more[1] if more else ""
    assert head == total
    return total


@pytest.mark.parametrize(
    ("role", "kind"), [("duty_office", "monthly"), ("inspector", "weekly"), ("desk_lead", "daily")]
)
def test_every_number_opens_exactly_its_cases(
    busy: None, role: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liandong.screens.reports.cases.SIZE", 5)
    client = signed_in("someone", role)
    links = set(LINK.findall(body(client, f"/reports/{drawn(kind)}")))
    assert len(links) > 4
    for url, text in links:
        lines = behind(client, url)
        counted = re.search(r"/(\d+)）$", text)
        if text.isdecimal() or counted:
            assert lines == int(counted[1] if counted else text), (url, text)
        else:
            assert lines > 0, (url, text)


def test_complaints_about_police_are_in_no_list_behind_a_report(busy: None) -> None:
    client = signed_in("zhao", "duty_office")
    for url, _text in LINK.findall(body(client, f"/reports/{drawn()}")):
        assert "GA-07" not in body(client, html.unescape(url))
        assert "区公安局" not in body(client, html.unescape(url))


def test_the_government_and_a_reader_see_numbers_without_any_case(busy: None) -> None:
    number = drawn()
    for role in ("government", "reader"):
        client = signed_in(f"a-{role}", role)
        assert f'href="/reports/{number}"' in body(client, "/reports/")
        text = body(client, f"/reports/{number}")
        assert "/reports/cases" not in text
        assert "现在编制" not in body(client, "/reports/")
        assert client.get("/reports/cases?figure=received&part=among&at=1&start=0&end=1").status_code == 403
        assert client.post("/reports/make", {"kind": "daily", "on": "2018-06-05"}).status_code == 403


def test_a_reader_begins_at_the_reports(district: None) -> None:
    client = signed_in("court", "reader")
    answer = client.get("/")
    assert answer.headers["Location"] == "/reports/"


def test_who_gets_no_report_is_told_so(busy: None) -> None:
    number = drawn(recipients=("unit:HB",))
    cg = signed_in("cg", "unit", "CG")
    assert "还没有送给您的报告" in body(cg, "/reports/")
    for path in ("", ".json", ".pdf", "/chart-0.png"):
        assert cg.get(f"/reports/{number}{path}").status_code == 404
    hb = signed_in("hb", "unit", "HB")
    assert f'href="/reports/{number}"' in body(hb, "/reports/")
    for role in ("desk", "auditor", "sysadmin", "secadmin", "police_inspectorate"):
        assert signed_in(f"x-{role}", role).get("/reports/").status_code == 403


def test_the_four_files_and_their_receipts(busy: None) -> None:
    number = drawn()
    reader = signed_in("court", "reader")
    assert "未读" in body(reader, "/reports/")
    body(reader, f"/reports/{number}")
    assert "未读" not in body(reader, "/reports/")
    for ending, (kind, _make) in reports.FORMATS.items():
        if ending == "pdf" and papers.trouble():
            continue
        answer = reader.get(f"/reports/{number}.{ending}")
        assert answer.headers["Content-Type"] == kind
        assert "attachment" in answer.headers["Content-Disposition"]
        assert len(answer.content) > 500
    assert reader.get(f"/reports/{number}.exe").status_code == 404
    told = body(signed_in("zhao", "duty_office"), f"/reports/{number}")
    assert "抄送单位 court" in told
    assert "下载 Word" in told
    assert "抄送单位 court" not in body(reader, f"/reports/{number}")


def test_charts_are_pictures_that_may_be_kept(busy: None) -> None:
    number, client = drawn(), signed_in("zhao", "duty_office")
    text = body(client, f"/reports/{number}")
    pictures = re.findall(r'<img src="([^"]*)" alt="([^"]+)"', text)
    assert pictures
    for url, told in pictures:
        answer = client.get(url)
        assert answer.content.startswith(b"\x89PNG")
        assert "private" in answer.headers["Cache-Control"]
        assert "：" in told
    assert client.get(f"/reports/{number}/chart-99.png").status_code == 404


def test_a_machine_that_makes_no_pdf_says_what_to_install(
    busy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, client = drawn(), signed_in("zhao", "duty_office")
    trouble = papers.Trouble("系统里没有中文字体", ("fonts-noto-cjk",))
    monkeypatch.setattr(papers, "trouble", lambda: trouble)
    answer = client.get(f"/reports/{number}.pdf")
    assert answer.status_code == 503
    assert "apt-get install fonts-noto-cjk" in answer.content.decode()
    assert f"/reports/{number}.docx" in answer.content.decode()


def test_drawing_up_now(busy: None) -> None:
    client = signed_in("zhao", "duty_office")
    answer = client.post("/reports/make", {"kind": "weekly", "on": TODAY.date().isoformat()})
    assert answer.status_code == 302
    assert "时段未完" in body(client, answer.headers["Location"])
    said = {"kind": "special", "from": "2018-06-01", "to": TODAY.date().isoformat(), "title": "关于垃圾清运的专报", "addressee": "区长，分管副区长"}  # fmt: skip
    assert client.post("/reports/make", said).status_code == 422, "a period of more than five years"
    said["from"] = (TODAY.date() - timedelta(days=9)).isoformat()
    answer = client.post("/reports/make", said)
    text = body(client, answer.headers["Location"])
    assert "关于垃圾清运的专报" in text
    assert "区长，分管副区长：" in text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"kind": "daily", "on": "明天"}, "请填写日期"),
        ({"kind": "daily", "on": "2999-01-01"}, "年份应在1990至2200之间"),
        ({"kind": "monthly", "on": (TODAY.date() + timedelta(days=63)).isoformat()}, "还没有开始"),
        ({"kind": "hourly", "on": "2018-06-05"}, "报告种类"),
        ({"kind": "special", "from": "2018-06-05", "to": ""}, "请填写结束日期"),
        ({"kind": "special", "from": "2018-06-05", "to": "2018-06-01"}, "结束日期早于开始日期"),
        (
            {"kind": "special", "from": "2018-06-05", "to": "2018-06-06", "addressee": "，,"},
            "没有收件人，请先填写主送",
        ),
        ({}, "报告种类"),
    ],
)
def test_what_cannot_be_drawn_up_is_said(busy: None, typed: dict[str, str], says: str) -> None:
    client = signed_in("zhao", "duty_office")
    answer = client.post("/reports/make", typed)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert archive.find(Actor("duty_office", "zhao")) == ([], None)


@pytest.mark.parametrize(
    "address",
    ["figure=no", "figure=M2&part=all&at=1", "figure=received&part=among&at=x&start=1&end=2", "figure=M2&part=rest&at=1&kind=quarterly&period=2018Q9",
     "figure=M2&part=rest&at=1&kind=weekly&period=W", "figure=received&at=1&start=1&end=2&by=name&key=x", "figure=M2&part=rest&at=1&snapshot=x",
     "figure=M2&part=rest&at=99999999999999&kind=yearly&period=2018", "figure=open&part=among&at=1&start=1&end=2"],
)  # fmt: skip
def test_an_address_that_no_report_has_is_not_there(district: None, address: str) -> None:
    assert signed_in("zhao", "duty_office").get(f"/reports/cases?{address}").status_code == 404


def test_the_schedule_is_shown_and_an_empty_archive_says_what_to_do(district: None) -> None:
    text = body(signed_in("zhao", "duty_office"), "/reports/")
    assert "还没有报告" in text
    assert "自动编制" in text
    assert "28号文未规定日报" in text


def test_a_daily_report_by_kind_and_page_after_page(busy: None) -> None:
    client = signed_in("zhao", "duty_office")
    for _ in range(31):
        last = of_kind("daily")
    weekly = of_kind("weekly")
    text = body(client, "/reports/?kind=daily")
    assert f'href="/reports/{weekly}"' not in text
    assert f'href="/reports/{last}"' in text
    more = re.search(r'href="([^"]*)" rel="next"', text)
    assert more
    assert f'href="/reports/{last - 30}"' in body(client, html.unescape(more[1]))
    assert body(client, "/reports/?kind=none&before=x")


def test_the_page_stays_on_the_paper_of_the_archive(busy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    number, client = drawn(), signed_in("zhao", "duty_office")
    before = body(client, f"/reports/{number}")
    called("late", ago(hours=2))
    sheet = re.compile(r"<article.*</article>", re.S)
    assert sheet.search(body(client, f"/reports/{number}"))[0] == sheet.search(before)[0]  # type: ignore[index]
    assert set(views.LISTING) <= set(archive.READERS)


def test_a_report_number_beyond_every_store_is_not_there(district: None) -> None:
    reader = signed_in("zhao", "duty_office")
    for path in ("/reports/999999999999999999999", "/reports/999999999999999999999.json"):
        assert reader.get(path).status_code == 404


# -- the register of file numbers ----------------------------------------


def test_a_number_is_declared_void_with_a_reason_and_stays_to_be_read(busy: None) -> None:
    period = reports.own_period(TODAY.date() - timedelta(days=9), TODAY.date() - timedelta(days=1), current())
    kept = archive.draw_up(reports.draw(period), "duty_office:zhao")
    client = signed_in("zhao", "duty_office")
    number = re.search(r'<p class="number-line">([^<]+)</p>', body(client, f"/reports/{kept}"))[1]  # type: ignore[index]
    assert number in body(client, "/reports/numbers")
    refused = client.post("/reports/numbers/void", {"number": number, "reason": " "})
    assert refused.status_code == 422
    assert "请写明作废的原因" in refused.content.decode()
    inspector = signed_in("xu", "inspector")
    assert inspector.post("/reports/numbers/void", {"number": number, "reason": "错"}).status_code == 403
    assert client.post("/reports/numbers/void", {"number": number, "reason": "题目有误"}).status_code == 302
    register = body(inspector, "/reports/numbers")
    assert number in register
    assert "题目有误" in register
    assert "作废这个文号" not in register
    assert f"{number}（已作废）" in body(client, f"/reports/{kept}")
    assert f"{number}（已作废）" in client.get(f"/reports/{kept}.json").content.decode()
    assert signed_in("l", "desk_lead").get("/reports/numbers").status_code == 403
