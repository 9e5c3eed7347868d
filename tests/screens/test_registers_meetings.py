"""The pages of meetings, tasks, measures and readiness without a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader
from test_duty_office import a_case

from liandong.district import accounts
from liandong.engine.papers import NoPaper
from liandong.registers import files, meetings, reading
from liandong.registers.store import act
from liandong.rules.model import Actor
from liandong.rules.periods import on
from liandong.screens.common.times import ZONE

pytestmark = pytest.mark.usefixtures("district")
DUTY, CG, HB = Actor("duty_office", "seeder"), Actor("unit", "seeder", "CG"), Actor("unit", "seeder", "HB")


def signed_in(role: str, unit: str | None = None) -> Client:
    account = accounts.create_account(
        f"{role}-{unit or 'x'}", role, unit, "Correct-Horse-9", must_change_password=False
    )
    account.trained_version = 1
    account.save()
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def duty() -> Client:
    return signed_in("duty_office")


@pytest.fixture
def unit() -> Client:
    return signed_in("unit", "CG")


def text(response: Any) -> str:
    return response.content.decode()


def soon() -> Any:
    """An instant of this quarter that has not come; in its last hour the next one."""
    return timezone.now().astimezone(ZONE) + timedelta(minutes=10)


def period() -> Any:
    return on("quarterly", soon().date(), ZONE)


def posted(page: Any, **fields: Any) -> dict[str, Any]:
    """What the form of a page would send: its hidden fields and these."""
    hidden = dict(re.findall(r'<input type="hidden" name="(key|version)" value="([^"]*)"', text(page)))
    return {**hidden, **fields}


def held(duty: Client) -> Any:
    """A meeting convened on a page, confirmed by one unit, held."""
    address = f"/registers/meeting/new/convene?period={period().name}"
    page = duty.get(address)
    assert page.status_code == 200
    sent = duty.post(
        "/registers/meeting/new/convene",
        posted(page, period=period().name, title="例会", at=f"{soon():%Y-%m-%dT%H:%M}", place="三会议室",
               units=["CG", "HB"], **{"agenda-0-type": "measure", "agenda-0-text": "研究新举措", "agenda-1-type": "gap"}),
    )  # fmt: skip
    assert sent.status_code == 302, text(sent)
    (meeting,) = reading.every(DUTY, "meeting")
    act("meeting", "confirm", {"attends": True, "person": "李四光", "post": "副局长"}, CG, no=meeting.no)
    return meeting


def test_a_meeting_goes_from_notice_to_tasks_on_pages(duty: Client, unit: Client) -> None:
    """R45: convene with its proposed agenda, call the roll, issue the minutes, and each resolution is a task."""
    meeting = held(duty)
    assert [one["type"] for one in meeting.data["agenda"]] == ["measure"]
    base = f"/registers/meeting/{meeting.no}"
    roll = duty.get(f"{base}/do/hold")
    assert 'value="李四光"' in text(roll)
    done = duty.post(
        f"{base}/do/hold",
        posted(roll, held_at=f"{timezone.now().astimezone(ZONE):%Y-%m-%dT%H:%M}", **{
            "attendance-0-unit": "CG", "attendance-0-present": "true", "attendance-0-person": "李四光",
            "attendance-1-unit": "HB",
        }),
    )  # fmt: skip
    assert done.status_code == 302, text(done)
    form = duty.get(f"{base}/do/minutes")
    wrong = duty.post(
        f"{base}/do/minutes",
        posted(form, minutes="会议研究", **{"resolutions-0-text": "更新", "resolutions-0-units": ["CG"]}),
    )
    assert wrong.status_code == 422
    assert "请写明完成期限" in text(wrong)
    due = (soon() + timedelta(days=30)).date().isoformat()
    done = duty.post(
        f"{base}/do/minutes",
        posted(
            wrong,
            minutes="会议研究了举措",
            **{"resolutions-0-text": "更新目录", "resolutions-0-units": ["CG"], "resolutions-0-due": due},
        ),
    )
    assert done.status_code == 302, text(done)
    (task,) = reading.every(CG, "task")
    assert (task.data["source_no"], task.data["due"]) == (meeting.no, due)
    assert "更新目录" in text(unit.get(f"/registers/task/{task.no}"))
    page = text(duty.get(f"/registers/meeting/quarter/{period().name}"))
    assert "更新目录" in page
    assert "本季度已召开例会" in page
    assert "李四光" not in text(signed_in("unit", "HB").get(base))


def test_the_notice_is_an_official_paper_and_the_minutes_wait_for_their_issue(duty: Client) -> None:
    meeting = held(duty)
    base = f"/registers/meeting/{meeting.no}"
    word = duty.get(f"{base}/notice.docx")
    assert word["Content-Type"].endswith("wordprocessingml.document")
    early = duty.get(f"{base}/minutes.docx")
    assert early.status_code == 409
    assert "纪要还没有印发" in text(early)
    assert duty.get(f"{base}/slides.docx").status_code == 404
    try:
        pdf = duty.get(f"{base}/notice.pdf")
    except NoPaper:
        pytest.skip("no Pango here")
    if pdf.status_code == 200:
        words = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages).replace(
            "\n", ""
        )
        assert "三会议室" in words


def test_a_quarter_that_is_none_or_has_not_begun_is_refused_in_words(duty: Client) -> None:
    assert duty.get("/registers/meeting/quarter/2018Q9").status_code == 422
    ahead = duty.get("/registers/meeting/quarter/2199Q1")
    assert ahead.status_code == 422
    assert "还没有开始" in text(ahead)
    empty = text(duty.get("/registers/meeting/quarter/2018Q3"))
    assert "这个季度没有召开例会" in empty
    assert "没有决议" in empty


def test_a_unit_files_a_document_with_its_file_and_another_unit_does_not_get_it(
    unit: Client, duty: Client
) -> None:
    """R23: the form takes a file; a file that is none we keep is refused with everything typed kept."""
    page = unit.get("/registers/unit_document/new/file?unit=CG&kind=workflow")
    assert 'type="file"' in text(page)
    fields = {
        "unit": "CG",
        "kind": "workflow",
        "title": "内部流程",
        "edition": "一版",
        "valid_from": "2018-06-01",
    }
    bad = unit.post(
        "/registers/unit_document/new/file",
        posted(page, **fields, files=SimpleUploadedFile("a.zip", b"PK\x03\x04x")),
    )
    assert bad.status_code == 422
    assert "内部流程" in text(bad)
    none = unit.post("/registers/unit_document/new/file", posted(bad, **fields))
    assert none.status_code == 422
    assert "请上传制度文件" in text(none)
    done = unit.post(
        "/registers/unit_document/new/file",
        posted(none, **fields, files=SimpleUploadedFile("流程.txt", "第一步".encode())),
    )
    assert done.status_code == 302, text(done)
    (entry,) = reading.every(DUTY, "unit_document")
    (row,) = files.of_entry("unit_document", entry.no)
    address = f"/registers/unit_document/{entry.no}/files/{row.id}"
    assert unit.get(address).content.decode() == "第一步"
    assert signed_in("unit", "HB").get(address).status_code == 404
    assert signed_in("desk").get(address).status_code == 404
    assert row.name in text(duty.get(f"/registers/unit_document/{entry.no}"))


# -- readiness ----------------------------------------


def test_a_test_of_the_line_goes_out_is_opened_and_answered_on_pages(duty: Client, unit: Client) -> None:
    """R55: the unit sees the code, the duty office the times; opening the page is the receipt."""
    page = duty.get("/registers/connection_test/new/send?unit=CG")
    sent = duty.post("/registers/connection_test/new/send", posted(page, unit="CG"))
    assert sent.status_code == 302, text(sent)
    (test,) = reading.every(DUTY, "connection_test")
    address = f"/registers/connection_test/{test.no}"
    assert test.data["word"] not in text(duty.get(address))
    assert test.data["word"] in text(unit.get(address))
    form = unit.get(f"{address}/do/answer?typed={test.data['word']}")
    wrong = unit.post(f"{address}/do/answer", posted(form, typed="NO"))
    assert wrong.status_code == 422
    done = unit.post(f"{address}/do/answer", posted(wrong, typed=test.data["word"]))
    assert done.status_code == 302, text(done)
    (test,) = reading.every(DUTY, "connection_test")
    assert test.state == "passed"
    assert test.data["read_at"] <= test.data["answered_at"]
    assert "往返时间" in text(duty.get(address))
    assert signed_in("unit", "HB").get(address).status_code == 404


def test_every_gap_of_the_table_leads_to_a_page_that_opens(duty: Client) -> None:
    """Each gap is a link to where it is mended."""
    act("connection_test", "send", {"unit": "HB"}, DUTY)
    page = text(duty.get("/registers/readiness"))
    table = page[page.index('<table class="ready">') : page.index("</table>")]
    links = set(re.findall(r'href="([^"]+)"', table))
    kinds = {re.sub(r"(unit|place)=[^&]+|/[A-Z][\w-]+(\?|$)", "", link): link for link in links}
    assert len(kinds) > 8
    for link in kinds.values():
        assert duty.get(link.replace("&amp;", "&")).status_code == 200, link


def test_a_unit_is_shown_its_own_row_and_what_to_do(unit: Client) -> None:
    page = text(unit.get("/registers/readiness"))
    assert "区城市管理局" in page
    assert "缺内部工作流程" in page
    assert "区环保局" not in page
    assert unit.get("/registers/readiness/HB").status_code == 404
    for link in set(re.findall(r'class="ready-(?:gap|soon)">.{0,400}?<a href="([^"]+)"', page, re.S)):
        assert unit.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_table_is_as_of_a_day_and_refuses_one_to_come(duty: Client) -> None:
    ahead = duty.get("/registers/readiness?on=2199-01-01")
    assert ahead.status_code == 422
    assert "晚于今天" in text(ahead)
    assert duty.get("/registers/readiness?on=yesterday").status_code == 422
    past = text(duty.get("/registers/readiness?on=2018-06-15"))
    assert "2018-06-15" in past
    assert duty.get("/registers/readiness?gaps=documents&kind=utility").status_code == 200
    assert "没有符合条件" in text(duty.get("/registers/readiness?kind=nothing"))


def test_the_file_says_what_the_table_says(duty: Client) -> None:
    answer = duty.get("/registers/readiness?format=xlsx&kind=utility")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert {row[0] for row in rows[1:-1]} == {"U-W", "U-E", "U-G"}
    assert "缺内部工作流程" in str(rows[1])
    assert rows[-1][0] == "合计"


def test_who_has_no_business_with_readiness_is_sent_away() -> None:
    for role in ("desk", "auditor", "secadmin", "reader"):
        assert signed_in(role).get("/registers/readiness").status_code == 403


def test_a_consultation_stands_on_its_cases_pages(duty: Client) -> None:
    """R47: bound to cases; each says so in its history."""
    no, related = a_case(1), a_case(2)
    page = duty.get(f"/registers/consultation/new/convene?case={no}")
    sent = duty.post(
        "/registers/consultation/new/convene",
        posted(
            page,
            case=no,
            related=related,
            title="垃圾清运",
            at=f"{soon():%Y-%m-%dT%H:%M}",
            place="值班室",
            units=["CG"],
            question="谁清运",
        ),
    )
    assert sent.status_code == 302, text(sent)
    (entry,) = reading.every(DUTY, "consultation")
    assert entry.no in text(duty.get(f"/cases/{no}"))
    assert f"专题会商 {entry.no}" in text(duty.get(f"/cases/{related}"))
    assert entry.no in text(signed_in("unit", "CG").get(f"/cases/{no}"))


def test_the_duty_office_sees_tasks_and_documents_that_wait(duty: Client) -> None:
    act(
        "task",
        "assign",
        {
            "source": "other",
            "title": "整改",
            "units": ["CG"],
            "due": (soon() + timedelta(days=9)).date().isoformat(),
        },
        DUTY,
    )
    page = text(duty.get("/duty/"))
    assert re.search(r"例会任务在办</span><b>1</b>", page)
    assert re.search(r"单位文件待核</span><b>0</b>", page)


def test_the_alarm_of_a_quarter_without_a_meeting_is_on_the_first_pages(
    duty: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    period_ = period()
    alarm = meetings.Alarm(period_, 12, None)
    monkeypatch.setattr("liandong.registers.meetings.alarm", lambda now, policy: alarm)
    for address in ("/duty/", "/registers/", "/registers/readiness"):
        assert "还没有召开例会，离季末还有 12 天" in text(duty.get(address)), address
