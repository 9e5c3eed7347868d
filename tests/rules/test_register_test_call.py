"""R65 暗访电话: chance chooses, the call counts in its window, the unit learns of it afterwards."""

from __future__ import annotations

import pytest

from liandong.rules import sampling
from liandong.rules.model import Actor
from liandong.rules.register import OWN, Facts, decide
from liandong.rules.registers.test_call import TEST_CALL

DUTY, CG = Actor("duty_office", "w"), Actor("unit", "z", "CG")
UNITS = ["CG", "HB", "JT", "JW", "SW"]
DRAWN = sampling.draw("lottery-7", dict.fromkeys(UNITS, ""), 2)
OTHER = next(one for one in UNITS if one not in DRAWN)


@pytest.fixture
def take(policy, at):
    def make(step, entry, fields, actor=DUTY, *, now="2018-07-02T22:30"):
        facts = Facts(policy, {}, {"cases": {}, "frame": UNITS})
        return decide(
            TEST_CALL, entry, TEST_CALL.by_name[step], fields, actor, at(now), facts, no="AF-2018-001"
        )

    return make


def plan(unit=DRAWN[0], **more):
    window = {"begin": "2018-07-02T22:00:00+08:00", "until": "2018-07-03T02:00:00+08:00"}
    return {"unit": unit, **window, "size": 2, "seed": "lottery-7", "script": "值班测试", **more}


CALL = {"called_at": "2018-07-02T22:20:00+08:00", "number": "023-48600000"}


def test_only_a_unit_that_the_seed_draws_is_planned(take):
    assert take("plan", None, plan(), now="2018-07-02T21:00").entry.state == "planned"
    assert take("plan", None, plan(OTHER), now="2018-07-02T21:00").code == "not_drawn"
    refused = take("plan", None, plan(size=9), now="2018-07-02T21:00")
    assert (refused.code, "只有 5 个" in refused.detail) == ("too_many", True)
    refused = take("plan", None, plan(until="2018-07-02T22:00:00+08:00"), now="2018-07-02T21:00")
    assert refused.field == "until"


def test_nobody_is_told_of_a_plan_and_a_unit_sees_only_what_was_made(take):
    assert take("plan", None, plan(), now="2018-07-02T21:00").notices == ()
    assert TEST_CALL.sees["unit"] == (OWN, ("answered", "unanswered"))


def test_an_answered_call_has_seconds_and_a_name(take, at):
    entry = take("plan", None, plan(), now="2018-07-02T21:00").entry
    assert take("record", entry, {**CALL, "answered": True, "who": "李四"}).field == "seconds"
    assert take("record", entry, {**CALL, "answered": True, "seconds": 8}).field == "who"
    asked = [
        {"question": "带班领导是谁", "correct": True},
        {"question": "几分钟确认", "said": "不知道", "correct": False},
    ]
    done = take("record", entry, {**CALL, "answered": True, "seconds": 8, "who": "李四", "questions": asked})
    assert (done.entry.state, done.entry.data["asked"], done.entry.data["correct"]) == ("answered", 2, 1)
    assert (done.entry.period, done.entry.closed_at) == ("2018Q3", at("2018-07-02T22:30"))
    assert done.notices == ((f"unit:{DRAWN[0]}:responsible", "test_call_made"),)


def test_an_unanswered_call_has_neither(take):
    entry = take("plan", None, plan(), now="2018-07-02T21:00").entry
    assert take("record", entry, {**CALL, "answered": False, "seconds": 8}).code == "bad_value"
    assert take("record", entry, {**CALL, "answered": False}).entry.state == "unanswered"


def test_a_call_counts_only_in_its_window_and_never_in_the_future(take):
    entry = take("plan", None, plan(), now="2018-07-02T21:00").entry
    early = {**CALL, "called_at": "2018-07-02T21:50:00+08:00", "answered": False}
    assert take("record", entry, early).field == "called_at"
    late = {**CALL, "called_at": "2018-07-02T23:50:00+08:00", "answered": False}
    assert take("record", entry, late).code == "in_future"


def test_the_unit_may_explain_once_it_was_made(take):
    entry = take("plan", None, plan(), now="2018-07-02T21:00").entry
    owner, other = Actor("unit", "z", DRAWN[0]), Actor("unit", "z", OTHER)
    assert take("statement", entry, {"statement": "线路故障"}, owner).code == "wrong_state"
    made = take("record", entry, {**CALL, "answered": False}).entry
    assert take("statement", made, {"statement": "线路故障"}, other).code == "not_your_entry"
    done = take("statement", made, {"statement": "线路故障"}, owner)
    assert done.entry.state == "unanswered"
    assert take("cancel", made, {"reason": "算了"}).code == "wrong_state"
