"""Meetings, consultations, tasks: who may what, from where, and what becomes of it (R45–R47)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules.model import SYSTEM, Actor
from liandong.rules.register import Change, Entry, Facts
from liandong.rules.register.parties import attendance, days_in
from liandong.rules.registers import registers
from support.steps import CASE, CG, DUTY, HB, NOW, POLICY, refused, take, taken

MEETING = {
    "period": "2018Q3",
    "title": "第三季度例会",
    "at": "2018-07-20T09:00:00+08:00",
    "place": "区政府三会议室",
    "agenda": [{"type": "measure", "text": "研究新举措"}],
    "units": ["CG", "HB"],
}


def convened() -> Entry:
    return taken("meeting", "convene", DUTY, **MEETING)


def test_only_the_duty_office_convenes_the_quarterly_meeting() -> None:
    """R45: 区政府应急办 organises it."""
    for role in ("unit", "desk", "desk_lead", "inspector", "government"):
        assert refused("meeting", "convene", Actor(role, "x", "CG"), **MEETING) == "wrong_role"


def test_a_meeting_lies_in_its_quarter_and_ahead() -> None:
    assert refused("meeting", "convene", DUTY, **{**MEETING, "period": "2018Q4"}) == "outside_quarter"
    assert refused("meeting", "convene", DUTY, **{**MEETING, "period": "2018-07"}) == "bad_value"
    assert refused("meeting", "convene", DUTY, **{**MEETING, "at": "2018-07-01T09:00:00+08:00"}) == "in_past"
    assert refused("meeting", "convene", DUTY, **{**MEETING, "units": []}) == "bad_value"
    assert refused("meeting", "convene", DUTY, **{**MEETING, "units": ["QT"]}) == "unknown_unit"


def test_invited_units_owe_an_answer_and_say_who_comes_or_why_nobody_does() -> None:
    """R45: notice, receipt, confirmation; an answer by the pack's limit, at the latest when it begins."""
    change = take("meeting", "convene", DUTY, **MEETING)
    assert isinstance(change, Change)
    assert change.notices == (("unit:CG", "meeting_notice"), ("unit:HB", "meeting_notice"))
    entry = change.entry
    assert entry.owed["CG"].due_at == datetime(2018, 7, 5, 0, 0, tzinfo=POLICY.zone)
    assert refused("meeting", "confirm", CG, entry, attends=True) == "missing_field"
    assert refused("meeting", "confirm", CG, entry, attends=False) == "missing_field"
    assert (
        refused("meeting", "confirm", Actor("unit", "x", "JT"), entry, attends=True, person="李")
        == "not_your_entry"
    )
    entry = taken("meeting", "confirm", CG, entry, attends=True, person="李四", post="副局长")
    entry = taken("meeting", "confirm", HB, entry, attends=False, reason="现场处置")
    assert attendance(entry.data)["CG"] == {"unit": "CG", "attends": True, "person": "李四", "post": "副局长"}
    assert "person" not in entry.data
    assert all(one.done_at == NOW for one in entry.owed.values())


def test_a_changed_time_asks_everybody_again() -> None:
    entry = taken("meeting", "confirm", CG, convened(), attends=True, person="李四")
    entry = taken("meeting", "change", DUTY, entry, at="2018-07-21T09:00:00+08:00", place="二会议室")
    assert attendance(entry.data) == {}
    assert entry.owed["CG"].done_at is None


def test_a_meeting_counts_for_the_quarter_in_which_it_was_held() -> None:
    late = datetime(2018, 10, 8, 18, 0, tzinfo=POLICY.zone)
    roll = [{"unit": "CG", "present": True, "person": "李四"}]
    entry = taken(
        "meeting", "hold", DUTY, convened(), late, held_at="2018-10-08T09:00:00+08:00", attendance=roll
    )
    assert entry.period == "2018Q4"
    assert entry.data["present"] == ["CG"]
    assert (
        refused("meeting", "hold", DUTY, convened(), held_at="2018-07-20T09:00:00+08:00", attendance=roll)
        == "in_future"
    )
    assert (  # nobody makes up for a quarter without one by a later notice
        refused(
            "meeting", "hold", DUTY, convened(), late, held_at="2018-06-29T09:00:00+08:00", attendance=roll
        )
        == "in_past"
    )
    assert (
        refused("meeting", "hold", DUTY, convened(), late, held_at="2018-10-08T09:00:00+08:00", attendance=[])
        == "nobody_present"
    )


def test_a_resolution_for_units_names_its_limit() -> None:
    roll = [{"unit": "CG", "present": True}]
    held = taken(
        "meeting",
        "hold",
        DUTY,
        convened(),
        NOW + timedelta(days=19),
        held_at="2018-07-20T10:00:00+08:00",
        attendance=roll,
    )
    then = NOW + timedelta(days=20)
    says: dict[str, Any] = {"minutes": "会议研究了……"}
    assert (
        refused("meeting", "minutes", DUTY, held, then, **says, resolutions=[{"text": "a", "units": ["CG"]}])
        == "missing_field"
    )
    assert (
        refused(
            "meeting",
            "minutes",
            DUTY,
            held,
            then,
            **says,
            resolutions=[{"text": "a", "units": ["CG"], "due": "2018-07-01"}],
        )
        == "in_past"
    )
    assert (
        refused(
            "meeting",
            "minutes",
            DUTY,
            held,
            then,
            **says,
            resolutions=[{"text": "a", "units": ["XX"], "due": "2018-09-01"}],
        )
        == "unknown_unit"
    )
    done = taken(
        "meeting",
        "minutes",
        DUTY,
        held,
        then,
        **says,
        resolutions=[{"text": "a", "units": ["CG"], "due": "2018-09-01"}],
    )
    assert done.state == "minuted"
    assert not done.is_open


def test_a_consultation_is_bound_to_a_case_and_says_whether_it_binds() -> None:
    """R47."""
    ask = {
        "case": CASE,
        "title": "会商",
        "at": "2018-07-02T09:30:00+08:00",
        "place": "值班室",
        "units": ["CG"],
        "question": "谁修",
    }
    known = {"cases": {CASE: object()}}
    assert refused("consultation", "convene", DUTY, None, NOW, {"cases": {}}, **ask) == "not_found"
    entry = taken("consultation", "convene", DUTY, None, NOW, known, **ask)
    assert entry.case == CASE
    assert entry.owed["CG"].due_at == datetime(2018, 7, 2, 9, 30, tzinfo=POLICY.zone)
    roll = [{"unit": "CG", "present": True}]
    later = NOW + timedelta(hours=2)
    end = {"held_at": "2018-07-02T10:00:00+08:00", "attendance": roll, "conclusion": "由区城市管理局牵头"}
    assert (
        refused("consultation", "conclude", DUTY, entry, later, known, **end, force="binding")
        == "missing_field"
    )
    done = taken(
        "consultation", "conclude", DUTY, entry, later, known, **end, force="binding", responsible="CG"
    )
    assert done.state == "concluded"


# -- tasks ----------------------------------------

TASK = {"source": "meeting", "title": "更新目录", "units": ["CG", "HB"], "due": "2018-07-31"}


def assigned(**more: Any) -> Entry:
    return taken("task", "assign", DUTY, **{**TASK, **more})


def test_a_task_is_claimed_when_every_unit_did_its_part_and_accepted_by_the_duty_office() -> None:
    entry = assigned()
    assert entry.due_at == datetime(2018, 8, 1, tzinfo=POLICY.zone)
    entry = taken("task", "claim", CG, entry, result="已更新")
    assert entry.state == "open"
    assert refused("task", "claim", CG, entry, result="再报") == "already_done"
    assert refused("task", "accept", DUTY, entry) == "wrong_state"
    entry = taken("task", "claim", HB, entry, result="已更新")
    assert entry.state == "claimed"
    assert refused("task", "accept", CG, entry) == "wrong_role"
    assert taken("task", "accept", DUTY, entry).state == "accepted"


def test_a_returned_task_is_owed_again_by_the_units_named_only() -> None:
    entry = taken("task", "claim", HB, taken("task", "claim", CG, assigned(), result="a"), result="b")
    assert refused("task", "give_back", DUTY, entry, reason="不全", again=["JT"]) == "not_a_party"
    entry = taken("task", "give_back", DUTY, entry, reason="不全", again=["HB"])
    assert (entry.state, entry.owed["CG"].done_at, entry.owed["HB"].done_at) == ("open", NOW, None)


def test_an_extension_is_asked_before_the_limit_and_decided_by_the_duty_office() -> None:
    """R37 in spirit: never after the fact; the original limit stays on record."""
    entry = assigned()
    past = datetime(2018, 8, 1, 0, 0, 1, tzinfo=POLICY.zone)
    assert (
        refused("task", "ask_extension", CG, entry, past, why="材料", asked_until="2018-08-10") == "too_late"
    )
    assert refused("task", "ask_extension", CG, entry, why="材料", asked_until="2018-07-31") == "not_later"
    asked = taken("task", "ask_extension", CG, entry, why="材料", asked_until="2018-08-10")
    no = taken("task", "decide_extension", DUTY, asked, approve=False, decision="不同意")
    assert no.due_at == entry.due_at
    yes = taken("task", "decide_extension", DUTY, asked, approve=True, decision="同意")
    assert yes.due_at == datetime(2018, 8, 11, tzinfo=POLICY.zone)
    assert (yes.data["original_due"], yes.owed["CG"].due_at) == ("2018-07-31", yes.due_at)


@given(st.floats(0, 2))
def test_a_task_reminds_exactly_at_half_three_quarters_and_its_end(share: float) -> None:
    """C4.2: 50, 75, 100 percent of its time, each once."""
    entry = assigned()
    assert entry.due_at is not None
    now = NOW + (entry.due_at - NOW) * share
    passed = 100 * (now - NOW) / (entry.due_at - NOW)
    for percent in (50, 75, 100):
        found = take("task", "remind", SYSTEM, entry, now, percent=percent)
        assert isinstance(found, Change) is (passed >= percent)
        if isinstance(found, Change):
            assert refused("task", "remind", SYSTEM, found.entry, now, percent=percent) == "not_yet"
            assert ("duty_office", "task_100") in found.notices or percent < 100


def test_nobody_but_the_clock_reminds() -> None:
    assert refused("task", "remind", DUTY, assigned(), percent=50) == "wrong_role"


@pytest.mark.parametrize(
    "register",
    [
        "meeting",
        "consultation",
        "task",
        "measure",
        "campaign",
        "unit_document",
        "connection_test",
        "equipment",
    ],
)
def test_nobody_takes_a_step_from_a_state_it_does_not_begin_in(register: str) -> None:
    """Every step from every state: only those of the table."""
    table = registers()[register]
    for state in table.states:
        entry = Entry(register, "1", state, {}, NOW, "duty_office:other", unit="CG", owed={"CG": None})  # type: ignore[dict-item]
        for step in table.steps:
            if step.opens:
                continue
            from liandong.rules.register.decide import may

            role = step.who[0]
            actor = Actor(role, "x", "CG" if role == "unit" else None)
            refusal = may(table, entry, step, actor, NOW, Facts(POLICY, {}, {}))
            assert (refusal is None) is (state in step.frm), (step.name, state)
            for other in ("auditor", "reader", "integration"):
                assert (
                    may(table, entry, step, Actor(other, "x"), NOW, Facts(POLICY, {}, {})).code
                    == "wrong_role"
                )  # type: ignore[union-attr]


@given(st.dates(datetime(2017, 1, 1).date(), datetime(2019, 12, 31).date()), st.integers(0, 400))
def test_days_in_a_quarter_are_those_that_lie_in_both(begin: Any, length: int) -> None:
    from liandong.rules.periods import quarter

    period = quarter("2018Q3", POLICY.zone)
    until = begin + timedelta(days=length)
    naive = sum(
        begin <= (period.start.date() + timedelta(days=n)) < until
        for n in range((period.end.date() - period.start.date()).days)
    )
    assert days_in(period, begin, until) == naive
