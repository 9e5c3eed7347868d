"""What a shift leaves unfinished: exactly the running clocks of its desk, unit or office (R24, I2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import handover
from liandong.casework.execute import execute
from liandong.district import packs, policy
from liandong.rules.model import Actor, Command
from support.policy import PACK

DESK, LEAD, DUTY = Actor("desk", "zhang"), Actor("desk_lead", "lead"), Actor("duty_office", "duty")
CG, JT = Actor("unit", "cg", "CG"), Actor("unit", "jt", "JT")
START = datetime(2018, 6, 4, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def district(db: None) -> None:
    packs.load(PACK)


def a_case(n: int, unit: str = "") -> str:
    """A registered case, dispatched where a unit is named."""
    at = START + timedelta(minutes=n)
    fields = {
        "kind": "complaint",
        "summary": f"第{n}件",
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": f"handover-{n}"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    no = execute(Command("register", None, fields), DESK, now=at).no
    if unit:
        given = {"lead_unit": unit, "class": "general", "matter": f"{unit}-02", "basis": "职责条款"}
        execute(Command("dispatch", no, given), DESK, now=at)
    return no


def left(actor: Actor, place: str, *, minutes: int = 10) -> list[tuple[str, str]]:
    """Numbers and pressing clocks of what is unfinished."""
    now = START + timedelta(minutes=minutes)
    found = handover.unfinished(actor, place, policy=policy.current(), now=now)
    return [(item.no, item.kind) for item in found.items]


def test_each_place_leaves_what_its_own_clocks_say(district: None) -> None:
    waiting, sent = a_case(1), a_case(2, "CG")
    assert left(DESK, "desk") == [(waiting, "triage")]
    assert left(CG, "CG") == [(sent, "sign")]
    assert left(JT, "JT") == []
    assert left(DUTY, "duty_office") == []


def test_a_case_is_listed_once_with_its_other_clocks_beside(district: None) -> None:
    a_case(1, "CG")
    (item,) = handover.unfinished(CG, "CG", policy=policy.current(), now=START + timedelta(hours=2)).items
    assert item.late
    assert set(item.also) == {"handle", "contact"}


def test_supervision_stands_on_both_lists_until_it_is_answered(district: None) -> None:
    no = a_case(1, "CG")
    at = START + timedelta(minutes=5)
    due = (at + timedelta(days=1)).isoformat()
    execute(Command("supervise", no, {"grade": 2, "requirement": "今天办结", "reply_due": due}), DUTY, now=at)
    assert left(DUTY, "duty_office") == [(no, "supervision")]
    assert no in [number for number, _ in left(CG, "CG")]
    execute(Command("answer_supervision", no, {"text": "已安排"}), CG, now=at)
    assert left(DUTY, "duty_office") == []


def test_an_instruction_not_acknowledged_is_left_to_the_next_shift(district: None) -> None:
    no = a_case(1, "CG")
    at = START + timedelta(minutes=5)
    execute(Command("instruct", no, {"units": ["JT"], "text": "到场配合"}), DUTY, now=at)
    assert left(JT, "JT") == [(no, "ack")]
    execute(Command("acknowledge", no, {"instruction": "1"}), JT, now=at)
    assert left(JT, "JT") == []


def test_what_may_not_be_seen_is_neither_listed_nor_shown(district: None) -> None:
    """A complaint about police stays with the desk's lead; the call-taker beside gets no line of it (R19)."""
    at = START
    no = a_case(1)
    given = {"lead_unit": "GA", "class": "general", "matter": "GA-07", "basis": "涉警"}
    execute(Command("dispatch", no, given), LEAD, now=at + timedelta(minutes=1))
    ga = Actor("unit", "ga", "GA")
    execute(Command("sign", no, {"receiver": "ga"}), ga, now=at + timedelta(minutes=2))
    done = {
        "text": "已核实并答复",
        "result": "explained",
        "contacted_caller": True,
        "contacted_at": (at + timedelta(minutes=3)).isoformat(),
    }
    execute(Command("feedback", no, done), ga, now=at + timedelta(minutes=4))
    assert left(LEAD, "desk") == [(no, "review")]
    assert left(DESK, "desk") == []
    now = at + timedelta(minutes=10)
    assert handover.as_they_stand([no], DESK, policy=policy.current(), now=now) == {}
    shown = handover.as_they_stand([no], LEAD, policy=policy.current(), now=now)
    assert shown[no]["state"] == "feedback_review"
    assert shown[no]["caller"]["phone"] == "138****1234"


def test_the_list_costs_one_statement_at_any_length(district: None) -> None:
    counts = []
    for n in range(1, 9):
        a_case(n)
        with CaptureQueriesContext(connection) as asked:
            found = handover.unfinished(DESK, "desk", policy=policy.current(), now=START + timedelta(hours=1))
        assert len(found.items) == n
        counts.append(sum("casework_clock" in query["sql"] for query in asked))
    assert set(counts) == {1}
    assert found.more == 0
