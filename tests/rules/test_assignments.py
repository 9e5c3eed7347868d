"""What became of every time a case was given to a unit, read from the clocks of its state (part E, R25, R27, R30)."""

from __future__ import annotations

import pytest

from liandong.rules.assignments import assignments
from support.world import SAFE, World

SENT = {"lead_unit": "CG", "class_": "general", "matter": "CG-02", "basis": "职责条款"}
BACK = {
    "reason_code": "not_our_duty", "explanation": "不归我们管", "why_no_answer_now": "需要现场查看", "suggested_unit": "HB",
}  # fmt: skip
DONE = {
    "result": "resolved",
    "text": "已处理",
    "contacted_caller": True,
    "contacted_at": "2018-07-02T10:00:00+08:00",
}


@pytest.fixture
def world():
    made = World(start="2018-07-02T09:00")
    assert made.do(
        "2018-07-02T09:00", "desk:li", "a", "register", kind="help", summary="路灯不亮", safety=SAFE,
        received_at="2018-07-02T09:00:00+08:00", source={"channel": "110", "ref": "a"},
        caller={"name": "张三", "phone": "13812341234"},
    ) is None  # fmt: skip
    return made


def send(world, at="2018-07-02T09:01", **more):
    assert world.do(at, "desk:li", "a", "dispatch", **{**SENT, **more}) is None


def turns(world):
    return assignments(world.state("a"))


def test_before_the_first_dispatch_there_is_none(world):
    assert turns(world) == []


def test_a_dispatch_is_one_and_runs_until_its_feedback_is_accepted(world):
    send(world)
    (one,) = turns(world)
    assert (one.unit, one.how, one.outcome, one.finished) == ("CG", "dispatch", "", None)
    world.do("2018-07-02T09:05", "unit:CG", "a", "sign", receiver="张工")
    world.do("2018-07-02T10:00", "unit:CG", "a", "feedback", **DONE)
    (one,) = turns(world)
    assert (one.paused, one.finished) == (True, None)
    world.do("2018-07-02T16:00", "desk:li", "a", "accept_feedback")
    (one,) = turns(world)
    assert one.outcome == "on_time"
    assert one.finished == one.feedback == world.clock("a", "review")["started_at"]
    assert one.contact_claimed
    assert one.pauses == ()


def test_a_return_ends_one_and_the_next_unit_has_its_own_full_limit(world):
    send(world)
    world.do("2018-07-02T09:10", "unit:CG", "a", "return", **BACK)
    assert [one.return_outcome for one in turns(world)] == [""]
    send(world, at="2018-07-02T09:40", lead_unit="HB", matter="HB-01")
    first, second = turns(world)
    assert (first.return_outcome, first.outcome) == ("accepted", "superseded")
    assert (second.unit, second.returned, second.due) == ("HB", None, second.original_due)
    assert first.pauses == ((first.returned, second.pushed),)


def test_a_rejected_return_goes_on_with_the_same_assignment(world):
    send(world)
    world.do("2018-07-02T09:10", "unit:CG", "a", "return", **BACK)
    world.do("2018-07-02T09:30", "desk:li", "a", "reject_return", reason="目录写明")
    (one,) = turns(world)
    assert (one.return_outcome, one.outcome, len(one.pauses)) == ("rejected", "", 1)


def test_a_ruling_back_to_the_first_unit_makes_its_return_wrong_and_gives_it_its_old_limit(world):
    send(world)
    world.do("2018-07-02T09:10", "unit:CG", "a", "return", **BACK)
    send(world, at="2018-07-02T09:40", lead_unit="HB", matter="HB-01")
    world.do("2018-07-02T09:50", "unit:HB", "a", "return", **{**BACK, "suggested_unit": "CG"})
    world.do(
        "2018-07-02T11:00",
        "duty_office:zhao",
        "a",
        "designate",
        unit="CG",
        ruling="由城管办理",
        basis="28号文",
    )
    first, second, third = turns(world)
    assert [one.return_outcome for one in (first, second, third)] == ["wrong", "accepted", ""]
    assert [one.how for one in (first, second, third)] == ["dispatch", "dispatch", "designate"]
    assert (first.outcome, third.outcome) == ("superseded", "")
    assert third.original_due == first.original_due


def test_a_rework_is_an_assignment_of_its_own_without_a_signature(world):
    send(world)
    world.do("2018-07-02T09:05", "unit:CG", "a", "sign", receiver="张工")
    world.do("2018-07-02T10:00", "unit:CG", "a", "feedback", **DONE)
    world.do("2018-07-02T11:00", "desk:li", "a", "accept_feedback")
    world.do(
        "2018-07-02T12:00",
        "desk:li",
        "a",
        "call_back",
        reached=True,
        satisfaction="dissatisfied",
        solved="no",
    )
    first, again = turns(world)
    assert (again.how, again.sign_due, again.unit) == ("rework", None, "CG")
    assert first.outcome == "on_time"


def test_a_case_that_was_recalled_and_voided_is_dropped(world):
    send(world)
    world.do("2018-07-02T09:02", "desk:li", "a", "recall", reason="派错了")
    assert world.do("2018-07-02T09:03", "desk_lead:wang", "a", "void", reason="重复", second="chen") is None
    (one,) = turns(world)
    assert (one.dropped, one.outcome, one.sign_outcome) == (True, "superseded", "superseded")


def test_time_in_which_others_had_it_is_nobodys_extension(world):
    """Part E: the original rate charges a unit neither with the desk's time nor with another unit's."""
    send(world)
    world.do("2018-07-02T09:05", "unit:CG", "a", "sign", receiver="张工")
    world.do("2018-07-04T10:00", "unit:CG", "a", "feedback", **DONE)
    world.do("2018-07-06T10:00", "desk:li", "a", "reject_feedback", reason="请写明措施")
    world.do("2018-07-06T11:00", "unit:CG", "a", "feedback", **DONE)
    world.do("2018-07-06T16:00", "desk:li", "a", "accept_feedback")
    (one,) = turns(world)
    assert one.outcome == "on_time"
    assert one.stopped <= one.original_due
    assert one.original_due > world.clock("a", "handle")["original_due_at"]
