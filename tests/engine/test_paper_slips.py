"""When the system is down: numbered slips, forms as DOCX and PDF, later entry that is marked, once, and complete (R6)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from liandong.casework.execute import Refused
from liandong.district import policy as district_policy
from liandong.engine import paper_forms, paper_slips, papers
from liandong.registers import queries
from liandong.registers.check import violations
from liandong.registers.store import act
from liandong.rules.model import SYSTEM, Actor
from support.api import SAFE, District

DAY = date(2018, 6, 1)
DESK, LEAD = Actor("desk", "li"), Actor("desk_lead", "zhou")


def called(**more: Any) -> dict[str, Any]:
    at = datetime.now(district_policy.current().zone) - timedelta(hours=3)
    return {
        "kind": "complaint", "summary": "路口垃圾没有清运", "content": "堆了三天", "safety": SAFE,
        "received_at": at.isoformat(timespec="seconds"), "place": {"text": "古南街道某路口"}, **more,
    }  # fmt: skip


def test_the_numbers_of_a_day_run_on_and_belong_to_no_case(district: District) -> None:
    first, second = paper_slips.take_block(DAY, 3, "x"), paper_slips.take_block(DAY, 2, "x")
    other = paper_slips.take_block(date(2018, 6, 2), 1, "x")
    assert paper_slips.numbers_of(first) == ["ZZ-20180601-001", "ZZ-20180601-002", "ZZ-20180601-003"]
    assert paper_slips.numbers_of(second) == ["ZZ-20180601-004", "ZZ-20180601-005"]
    assert paper_slips.numbers_of(other) == ["ZZ-20180602-001"]
    with pytest.raises(Refused):
        paper_slips.take_block(DAY, 201, "x")


def test_a_slip_becomes_one_case_marked_as_entered_late(district: District) -> None:
    block = paper_slips.take_block(DAY, 2, "x")
    given = called()
    done = paper_slips.enter("zz-20180601-001", given, "王某", DESK)
    assert not done.existing
    case = district["desk"].get(f"/cases/{done.no}").body
    assert case["source"] == {"channel": "paper", "ref": "ZZ-20180601-001"}
    assert datetime.fromisoformat(case["received_at"]) == datetime.fromisoformat(given["received_at"])
    total = next(clock for clock in case["clocks"] if clock["kind"] == "total")
    assert total["started_at"] == case["received_at"]  # I3: from the time the caller called
    events = district["desk"].get(f"/cases/{done.no}/events").body
    assert "【补录】" in str(events)
    assert "王某" in str(events)
    again = paper_slips.enter("ZZ-20180601-001", given, "王某", Actor("desk", "zhou"))
    assert (again.no, again.existing) == (done.no, True)
    (left,) = paper_slips.waiting(DESK, date(2018, 6, 2))
    assert (left.entry.no, left.left, left.over) == (block.no, ["ZZ-20180601-002"], True)


def test_a_slip_that_was_never_printed_is_refused_with_what_to_do(district: District) -> None:
    paper_slips.take_block(DAY, 2, "x")
    for slip in ("ZZ-20180601-003", "ZZ-20180601", "QJFL-1", "ZZ-20181301-001"):
        with pytest.raises(Refused) as refused:
            paper_slips.enter(slip, called(), "", DESK)
        assert refused.value.refusal.field == "slip"


def test_a_time_in_the_future_registers_nothing(district: District) -> None:
    paper_slips.take_block(DAY, 1, "x")
    ahead = datetime.now(district_policy.current().zone) + timedelta(hours=1)
    with pytest.raises(Refused) as refused:
        paper_slips.enter("ZZ-20180601-001", called(received_at=ahead.isoformat()), "", DESK)
    assert refused.value.refusal.code == "received_in_future"
    assert len(paper_slips.waiting(DESK, DAY)[0].left) == 1


def test_a_block_ends_when_every_slip_is_accounted_for(district: District) -> None:
    block = paper_slips.take_block(DAY, 3, "x")
    paper_slips.enter("ZZ-20180601-001", called(), "", DESK)
    act("paper_slip", "spoil", {"slip": "ZZ-20180601-002", "why": "写错"}, DESK, no=block.no)
    with pytest.raises(Refused):  # the spoilt one became no case
        paper_slips.enter("ZZ-20180601-002", called(), "", DESK)
    with pytest.raises(Refused):
        act("paper_slip", "return_rest", {"checked_by": "清点"}, DESK, no=block.no)
    act("paper_slip", "return_rest", {"checked_by": "清点一张空白"}, LEAD, no=block.no)
    ended = queries.get(SYSTEM, "paper_slip", block.no)
    assert ended is not None
    assert (ended.state, ended.data["unused"]) == ("done", 1)
    assert paper_slips.waiting(DESK, DAY) == []
    assert list(violations()) == []


def test_what_a_unit_did_meanwhile_is_a_note_with_its_own_time(district: District) -> None:
    paper_slips.take_block(DAY, 1, "x")
    no = paper_slips.enter("ZZ-20180601-001", called(), "", DESK).no
    for _ in range(2):
        paper_slips.note(
            no, "2018-06-01 10:20", "城管局王某", "签收", "已接单", "ZZ-20180601-001", DESK, "k1"
        )
    said = str(district["desk"].get(f"/cases/{no}/events").body)
    assert said.count("2018-06-01 10:20 城管局王某 签收") == 1


def test_the_forms_come_as_word_and_as_pdf_with_their_numbers(district: District) -> None:
    slips = paper_slips.numbers_of(paper_slips.take_block(DAY, 2, "x"))
    sheets = paper_forms.sheets(DAY, slips)
    assert len(sheets) == 2 * 3 + 2
    body = paper_forms.to_docx(sheets, "綦江区")
    words = zipfile.ZipFile(io.BytesIO(body)).read("word/document.xml").decode()
    for text in ("接警登记表", "派单电话记录", "单位签收（反馈）记录", "交接班清单", *slips):
        assert text in words
    assert all(text in paper_forms.to_html(sheets, "綦江区") for text in ("安全三问", *slips))
    if papers.trouble() is None:
        from pypdf import PdfReader

        assert len(PdfReader(io.BytesIO(paper_forms.to_pdf(sheets, "綦江区"))).pages) == len(sheets)
