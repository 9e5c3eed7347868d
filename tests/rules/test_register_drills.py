"""R50: plans of 点验, roll calls answered by the server's clock, results that a person gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules.checks import owned_by
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.registers.drill_plans import PLAN
from liandong.rules.registers.drills import DRILL, RUNS
from support.drilling import Book

DUTY, INSPECTOR = Actor("duty_office", "wang"), Actor("inspector", "du")
CG, JT, MZ = Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT"), Actor("unit", "mi", "MZ")
CALL = {"title": "汛前点名", "field": "FX", "units": ["CG", "JT"]}
PLANNED = {"title": "汛前点验", "field": "FX", "units": ["CG"], "method": "roll_call"}
SECOND = timedelta(seconds=1)


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def book(policy, now):
    made = Book(DRILL, policy, now, {"answer": "3min"})
    assert made.do(DUTY, "call", **CALL) == ""
    return made


@pytest.fixture
def plan(policy, now):
    return Book(PLAN, policy, now)


def test_one_action_reaches_the_duty_staff_of_every_unit_with_the_same_limit(book, now):
    assert book.told == [("unit:CG", "roll_call"), ("unit:JT", "roll_call")]
    assert {unit: owed.due_at for unit, owed in book.entry.owed.items()} == dict.fromkeys(
        ("CG", "JT"), now + timedelta(minutes=3)
    )
    assert (book.entry.period, book.entry.data["method"], book.entry.data["limit"]) == (
        "2018Q2",
        "roll_call",
        180,
    )


def test_an_answer_carries_the_seconds_of_the_servers_clock_and_whom_the_roster_names(book):
    book.known["on_duty"] = ["张三", "李四"]
    assert (
        book.do(CG, "answer", after=timedelta(seconds=12.34), person="张三", position="指挥中心", equipment=3)
        == ""
    )
    data = book.entry.data
    assert (data["seconds:CG"], data["person:CG"], data["as_rostered:CG"], data["roster:CG"]) == (
        12.3,
        "张三",
        True,
        "张三、李四",
    )
    assert (data["position:CG"], data["equipment:CG"]) == ("指挥中心", 3)
    assert "person" not in data
    assert book.entry.owed["CG"].done_at is not None
    assert book.state == "calling"


def test_who_is_not_on_the_roster_shows(book):
    book.known["on_duty"] = ["张三"]
    book.do(CG, "answer", person="王五")
    assert book.entry.data["as_rostered:CG"] is False


def test_without_a_roster_nothing_is_said_of_it_and_without_a_name_the_account_stands(book):
    book.do(CG, "answer")
    assert (book.entry.data["person:CG"], book.entry.data["as_rostered:CG"]) == ("zhang", None)


def test_a_unit_answers_once_and_only_where_it_was_called(book):
    assert book.do(CG, "answer") == ""
    assert book.do(CG, "answer") == "already_done"
    assert book.do(MZ, "answer") == "not_your_entry"


def test_when_all_have_answered_the_roll_call_closes_itself(book):
    book.do(CG, "answer")
    book.do(JT, "answer")
    assert (book.state, book.entry.data["ended"]) == ("closed", "all")


def test_the_clock_closes_it_when_time_is_up_and_not_before(book):
    assert book.do(SYSTEM, "expire", after=timedelta(seconds=179)) == "too_early"
    assert book.do(SYSTEM, "expire", after=SECOND) == ""
    assert (book.state, book.entry.data["ended"], book.told) == (
        "closed",
        "time",
        [("duty_office", "roll_call_over")],
    )
    assert not [key for key in book.entry.data if key.startswith("result:")]  # the clock judges nobody


def test_a_late_answer_is_taken_and_is_late(book, now):
    book.do(SYSTEM, "expire", after=timedelta(minutes=3))
    assert book.do(JT, "answer", after=10 * SECOND) == ""
    assert book.entry.owed["JT"].is_late(book.now)
    assert book.entry.data["seconds:JT"] == 190.0
    assert book.state == "closed"


def test_closing_early_needs_a_reason(book):
    assert book.do(DUTY, "close") == "missing_field"
    assert book.do(DUTY, "close", closed_for="改为现场查验") == ""
    assert (book.state, book.entry.data["ended"]) == ("closed", "early")


def test_pass_and_fail_are_a_persons_word_with_a_reason_for_fail(book):
    assert book.do(DUTY, "judge", units=["CG"], result="pass") == "wrong_state"  # still calling
    book.do(SYSTEM, "expire", after=timedelta(minutes=3))
    assert book.do(DUTY, "judge", units=["MZ"], result="pass") == "not_found"
    assert book.do(DUTY, "judge", units=["JT"], result="fail") == "missing_field"
    assert book.do(DUTY, "judge", units=["JT"], result="fail", reason="超时未应答") == ""
    assert book.do(DUTY, "finish") == "missing_field"
    assert "城市管理" in book.refusal.detail
    assert book.do(DUTY, "judge", units=["CG"], result="pass") == ""
    assert book.do(DUTY, "finish") == ""
    assert book.told == [("unit:CG", "drill_pass"), ("unit:JT", "drill_fail")]
    assert book.entry.data["units"] == ["CG", "JT"]
    assert not book.entry.is_open


def test_a_check_on_the_spot_is_judged_without_any_answer(policy, now):
    made = Book(DRILL, policy, now)
    assert made.do(DUTY, "begin", **CALL, method="equipment") == ""
    assert (made.state, made.told, made.entry.owed["CG"].due_at) == ("running", [], None)
    assert made.do(CG, "answer") == "wrong_state"
    assert made.do(DUTY, "judge", units=["CG", "JT"], result="pass") == ""
    assert made.do(DUTY, "finish") == ""


@pytest.mark.parametrize(
    "who", [INSPECTOR, CG, Actor("desk", "li"), Actor("government", "gov"), Actor("auditor", "a")]
)
def test_only_the_duty_office_calls_the_roll(policy, now, who):
    assert Book(DRILL, policy, now, {"answer": "3min"}).do(who, "call", **CALL) == "wrong_role"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"units": []}, "bad_value"), ({"units": ["CG", "CG"]}, "bad_value"), ({"units": ["NOBODY"]}, "unknown_unit"),
        ({"field": "??"}, "bad_value"), ({"limit": 29}, "bad_value"), ({"limit": 7201}, "bad_value"),
        ({"plan": "没有"}, "not_found"), ({"again_of": "没有"}, "not_found"), ({"title": " "}, "bad_value"),
        ({"surprise": 1}, "unknown_field"),
    ],
)  # fmt: skip
def test_a_bad_roll_call_is_refused(policy, now, changed, code):
    made = Book(DRILL, policy, now, {"answer": "3min"})
    assert made.do(DUTY, "call", **{**CALL, **changed}) == code
    assert made.entry is None


def test_a_second_drill_is_linked_to_the_first_of_the_same_field_once_that_is_judged(policy, now):
    made = Book(DRILL, policy, now, {"answer": "3min"})
    made.known["drills"] = {"D1": {"state": "closed", "field": "FX", "test": False}}
    assert made.do(DUTY, "call", **CALL, again_of="D1") == "wrong_state"
    made.known["drills"]["D1"]["state"] = "judged"
    assert made.do(DUTY, "call", **{**CALL, "field": "RQ"}, again_of="D1") == "bad_value"
    assert made.do(DUTY, "call", **CALL, again_of="D1") == ""


def test_a_test_run_ends_no_plan(policy, now):
    made = Book(DRILL, policy, now, {"answer": "3min"})
    made.known["plans"] = {"P1": {"state": "planned", "field": "FX", "test": False}}
    assert made.do(DUTY, "call", **CALL, plan="P1", test=True) == "bad_value"
    assert made.do(DUTY, "call", **CALL, plan="P1") == ""


@given(seconds=st.floats(0, 7200), limit=st.integers(30, 7200))
def test_late_is_late_by_the_limit_whatever_it_is(policy, seconds, limit):
    from datetime import datetime

    made = Book(DRILL, policy, datetime(2018, 6, 1, 9, tzinfo=policy.zone))
    made.do(DUTY, "call", **CALL, limit=limit)
    made.do(CG, "answer", after=timedelta(seconds=seconds))
    owed = made.entry.owed["CG"]
    assert owed.is_late(made.now) == (made.now - made.entry.opened_at > timedelta(seconds=limit))
    assert abs(made.entry.data["seconds:CG"] - seconds) <= 0.051


@pytest.mark.parametrize("state", [state for state in DRILL.states if state not in RUNS])
def test_nothing_can_be_done_in_an_ended_drill(state):
    assert [step.name for step in DRILL.steps if state in step.frm] == []


def test_a_plan_has_an_instant_or_a_window_and_belongs_to_its_quarter(plan):
    assert plan.do(DUTY, "plan", **PLANNED) == "bad_value"
    assert (
        plan.do(DUTY, "plan", **PLANNED, at="2018-07-02T09:00:00+08:00", window_from="2018-07-01")
        == "bad_value"
    )
    assert plan.do(DUTY, "plan", **PLANNED, window_from="2018-07-09", window_to="2018-07-02") == "bad_value"
    assert plan.do(DUTY, "plan", **PLANNED, at="2018-05-02T09:00:00+08:00") == "in_past"
    assert plan.do(DUTY, "plan", **PLANNED, window_from="2018-05-01", window_to="2018-05-02") == "in_past"
    assert plan.do(DUTY, "plan", **PLANNED, window_from="2018-06-20", window_to="2018-06-30") == ""
    assert plan.entry.period == "2018Q2"  # the window ends with the quarter, not in the next
    assert plan.entry.due_at.isoformat() == "2018-07-01T00:00:00+08:00"


def test_an_overdue_plan_is_alarmed_once_and_can_still_be_moved_or_carried_out(plan):
    plan.do(DUTY, "plan", **PLANNED, at="2018-06-05T09:00:00+08:00")
    assert plan.do(SYSTEM, "alarm") == "too_early"
    assert plan.do(SYSTEM, "alarm", after=timedelta(days=5)) == ""
    assert (plan.state, plan.told) == ("overdue", [("duty_office", "drill_overdue")])
    assert plan.do(SYSTEM, "alarm") == "wrong_state"
    assert plan.do(DUTY, "change", at="2018-06-20T09:00:00+08:00", reason="汛情推迟") == ""
    assert (plan.state, plan.entry.data["at"].day) == ("planned", 20)


@pytest.mark.parametrize(
    ("drill", "code"),
    [
        (None, "not_found"),
        ({"state": "closed", "field": "RQ", "test": False}, "wrong_state"),
        ({"state": "closed", "field": "FX", "test": True}, "wrong_state"),
        ({"state": "cancelled", "field": "FX", "test": False}, "wrong_state"),
        ({"state": "calling", "field": "FX", "test": False}, ""),
    ],
)
def test_a_plan_ends_with_a_real_drill_of_its_field(plan, drill, code):
    plan.do(DUTY, "plan", **PLANNED, at="2018-06-05T09:00:00+08:00")
    plan.known["drills"] = {"D1": drill} if drill else {}
    assert plan.do(DUTY, "carry_out", drill="D1") == code


def test_no_unit_ever_sees_a_plan():
    assert "unit" not in PLAN.sees


def test_who_took_over_two_units_answers_for_all_it_owes_at_once_each_in_its_own_time(policy, now):
    """R22, R50: one desk picks up one telephone; nobody's line stays open because its unit is gone."""
    book = Book(DRILL, policy, now, {"answer": "3min"})
    assert book.do(DUTY, "call", title="汛前点名", field="FX", units=["CG", "JT", "MZ"]) == ""
    assert book.do(CG, "answer", after=10 * SECOND, person="张三") == ""
    gone = {
        code: replace(policy.units[code], valid_to=now.date(), successors=("CG",)) for code in ("JT", "MZ")
    }
    book.policy = replace(policy, units={**policy.units, **gone})
    assert book.do(CG, "answer", after=20 * SECOND, person="李四", equipment=2) == ""
    data = book.entry.data
    assert {unit: data[f"seconds:{unit}"] for unit in ("CG", "JT", "MZ")} == {"CG": 10, "JT": 30, "MZ": 30}
    assert (data["person:CG"], data["person:JT"], data["equipment:MZ"]) == ("张三", "李四", 2)
    assert (data.get("answered_by:CG"), data["answered_by:JT"], data["answered_by:MZ"]) == (None, "CG", "CG")
    assert (book.state, data["ended"]) == ("closed", "all")
    assert book.do(CG, "answer", after=SECOND) == "already_done"


def test_a_day_begins_in_the_district_not_in_the_servers_utc(policy):
    """R22: the day a unit ends begins at midnight in Chongqing, eight hours before it does in UTC."""
    ended = replace(policy.units["JT"], valid_to=date(2018, 6, 2), successors=("CG",))
    merged = replace(policy, units={**policy.units, "JT": ended})
    for hour, mine in ((15, {"CG"}), (16, {"CG", "JT"})):
        assert owned_by(merged, "CG", datetime(2018, 6, 1, hour, tzinfo=UTC)) == mine
