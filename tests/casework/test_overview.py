"""The district at a glance: how units stand, what runs where, what came today; what the duty office commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import commanding, overview
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from support import flow

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(at: Callable[[str], datetime]) -> datetime:
    return at("2018-06-04T09:00")


def sent(now: datetime, policy: Policy, ref: str, unit: str = "CG", matter: str = "CG-02") -> str:
    no = flow.register(now, policy, ref)
    flow.dispatch(no, now, policy, unit, matter)
    return no


def test_a_unit_that_lets_its_signing_time_pass_does_not_react(now: datetime, policy: Policy) -> None:
    """R10, R27: held, unsigned and late cases are counted for who leads them; an unanswered clock that is late is silence."""
    first = sent(now, policy, "a")
    sent(now + 5 * MINUTE, policy, "b", "HB", "HB-01")
    flow.do("sign", first, flow.CG, now + MINUTE, policy, receiver="张工")
    late = now + timedelta(minutes=50)
    held = overview.held_by_unit(flow.DUTY, policy=policy, now=late)
    assert held["CG"] == overview.Held(held=1, overdue=0, unsigned=0, elsewhere=0)
    assert held["HB"] == overview.Held(held=1, overdue=1, unsigned=1, elsewhere=0)
    clocks = overview.running_clocks(flow.DUTY, policy=policy, now=late)
    assert not overview.silent(clocks["CG"])
    assert overview.silent(clocks["HB"])
    assert clocks["HB"]["sign"] == overview.Running(
        1, 1, now + timedelta(minutes=35), now + timedelta(minutes=5)
    )
    assert "return_window" not in clocks["HB"]


def test_what_a_unit_handed_on_is_not_in_its_hands(now: datetime, policy: Policy) -> None:
    no = sent(now, policy, "a")
    flow.do("answer_now", no, flow.CG, now + MINUTE, policy, text="已当场答复")
    held = overview.held_by_unit(flow.DUTY, policy=policy, now=now + 2 * MINUTE)
    assert held == {"CG": overview.Held(held=0, overdue=0, unsigned=0, elsewhere=1)}


def test_today_counts_from_midnight(now: datetime, policy: Policy) -> None:
    """R3, R33: received, of these diverted, and closed today, whenever they were received."""
    flow.life(now - timedelta(days=3), policy, "old")
    flow.register(now, policy, "a")
    sent(now, policy, "b")
    flow.life(now, policy, "c")
    assert overview.today(flow.DUTY, policy=policy, now=now + timedelta(hours=8)) == overview.Day(3, 2, 1)
    assert overview.today(flow.DUTY, policy=policy, now=now + timedelta(days=1)) == overview.Day(0, 0, 0)
    assert overview.today(flow.DESK, policy=policy, now=now + timedelta(hours=8)).closed == 1


def test_what_many_call_about_is_told_by_codes_alone(now: datetime, policy: Policy) -> None:
    """A township the district does not know is a caller's own words: it never reaches a wall."""
    for n in range(3):
        sent(now, policy, f"a{n}")
    for n in range(2):
        no = sent(now, policy, f"x{n}")
        place = {"text": "路口", "township": "王小二家门口"}
        flow.do("amend", no, flow.DESK, now, policy, place=place, reason="来电人改说了地点")
    found = overview.hot_matters(flow.DUTY, days=7, policy=policy, now=now + MINUTE)
    assert [(one.matter, one.township, one.cases) for one in found] == [
        ("CG-02", "500110001", 3),
        ("CG-02", "", 2),
    ]


def test_a_catalogue_gap_is_told_from_other_disputes(now: datetime, policy: Policy) -> None:
    """CONTRACT §2: nobody in the catalogue."""
    gap, other = flow.register(now, policy, "a"), sent(now, policy, "b")
    flow.do(
        "raise_dispute",
        gap,
        flow.DESK,
        now,
        policy,
        unit_position="no_catalogue_item",
        desk_position="无人管",
    )
    flow.do("raise_dispute", other, flow.DESK, now, policy, unit_position="不是", desk_position="是")
    assert overview.gaps(flow.DUTY, policy=policy, now=now) == 1
    clocks = overview.running_clocks(flow.DUTY, policy=policy, now=now)
    assert clocks["duty_office"]["ruling"].number == 2


def larger(now: datetime, policy: Policy, ref: str, **more: object) -> str:
    return flow.register(now, policy, ref, level="larger", **more)


def test_an_incident_shows_reports_and_who_has_the_instruction(now: datetime, policy: Policy) -> None:
    """R8, R42–R44: clocks from 接报, every unit's acknowledgement, what was let through."""
    no = larger(now, policy, "a")
    flow.dispatch(no, now + MINUTE, policy)
    flow.do("instruct", no, flow.DUTY, now + 2 * MINUTE, policy, units=["CG", "HB"], text="到场")
    flow.do("acknowledge", no, flow.CG, now + 3 * MINUTE, policy, instruction="1")
    flow.do("report_by_phone", no, flow.DESK, now + 4 * MINUTE, policy, callee="值班室", content="情况")
    flow.do("release", no, flow.DUTY, now + 5 * MINUTE, policy, command="withdraw", reason="来电人撤回")
    (one,) = commanding.incidents(flow.DUTY, policy=policy, now=now + 6 * MINUTE)
    assert one.case["no"] == no
    assert one.case["caller"]["phone"] == "138****1234"
    assert one.phone is not None
    assert (one.phone["outcome"], one.known_at) == ("on_time", now - MINUTE)
    assert one.written is not None
    assert one.written["stopped_at"] is None
    (instruction,) = one.instructions
    assert {unit: bool(clock["stopped_at"]) for unit, clock in instruction.acks.items()} == {
        "CG": True,
        "HB": False,
    }
    assert one.released == ("withdraw",)
    assert one.wants_release is None


def test_a_closing_step_waits_for_a_release(now: datetime, policy: Policy) -> None:
    """R44: what a unit fed back on an incident waits until the duty office lets the closing through."""
    no = larger(now, policy, "a")
    flow.dispatch(no, now, policy)
    flow.do("answer_now", no, flow.CG, now + MINUTE, policy, text="已处置")
    (one,) = commanding.incidents(flow.DUTY, policy=policy, now=now + 2 * MINUTE)
    assert one.wants_release == "accept_feedback"
    flow.do("release", no, flow.DUTY, now + 3 * MINUTE, policy, command="accept_feedback", reason="可以")
    (one,) = commanding.incidents(flow.DUTY, policy=policy, now=now + 4 * MINUTE)
    assert one.wants_release is None


def supervise(no: str, now: datetime, policy: Policy, grade: int = 2) -> None:
    due = (now + timedelta(days=1)).isoformat()
    flow.do("supervise", no, flow.DUTY, now, policy, grade=grade, requirement="三日内答复", reply_due=due)


def test_supervisions_stand_until_they_are_lifted(now: datetime, policy: Policy) -> None:
    """R11, R65: the gravest first, answered ones told apart; a lifted one is gone."""
    second, first = sent(now, policy, "a"), sent(now, policy, "b")
    supervise(second, now, policy, 2)
    supervise(first, now, policy, 1)
    flow.do("answer_supervision", first, flow.CG, now + MINUTE, policy, text="已答复，请联系张三")
    found = commanding.supervisions(flow.DUTY, policy=policy, now=now + 2 * MINUTE)
    assert [(one.case["no"], one.grade, one.unit) for one in found] == [(first, 1, "CG"), (second, 2, "CG")]
    assert [one.answered_at for one in found] == [now + MINUTE, None]
    told = commanding.told(flow.DUTY, [first], ("answer_supervision",), policy=policy, now=now)
    assert "张三" not in told[first][0]["fields"]["text"]
    flow.do("lift_supervision", first, flow.DUTY, now + 3 * MINUTE, policy, reason="可以")
    found = commanding.supervisions(flow.DUTY, policy=policy, now=now + 4 * MINUTE)
    assert [one.case["no"] for one in found] == [second]


def test_nobody_sees_more_than_its_own_cases(now: datetime, policy: Policy) -> None:
    """CONTRACT §1: a unit its own, an administrator none; words of a case that is not visible are not told."""
    mine, other = sent(now, policy, "a"), sent(now, policy, "b", "HB", "HB-01")
    supervise(mine, now, policy)
    supervise(other, now, policy)
    assert set(overview.held_by_unit(flow.CG, policy=policy, now=now)) == {"CG"}
    assert [one.case["no"] for one in commanding.supervisions(flow.CG, policy=policy, now=now)] == [mine]
    assert set(commanding.told(flow.CG, [mine, other], ("supervise",), policy=policy, now=now)) == {mine}
    nobody = Actor("sysadmin", "wu")
    assert overview.held_by_unit(nobody, policy=policy, now=now) == {}
    assert overview.running_clocks(nobody, policy=policy, now=now) == {}
    assert commanding.incidents(nobody, policy=policy, now=now) == []


def test_statements_do_not_grow_with_the_cases(now: datetime, policy: Policy) -> None:
    def everything() -> int:
        with CaptureQueriesContext(connection) as asked:
            overview.held_by_unit(flow.DUTY, policy=policy, now=now)
            overview.running_clocks(flow.DUTY, policy=policy, now=now)
            overview.gaps(flow.DUTY, policy=policy, now=now)
            overview.today(flow.DUTY, policy=policy, now=now)
            overview.hot_matters(flow.DUTY, days=7, policy=policy, now=now)
            found = commanding.incidents(flow.DUTY, policy=policy, now=now)
            commanding.supervisions(flow.DUTY, policy=policy, now=now)
            numbers = [one.case["no"] for one in found]
            commanding.told(flow.DUTY, numbers, ("dispatch",), policy=policy, now=now)
        return len(asked)

    for n in range(2):
        flow.dispatch(larger(now, policy, f"l{n}"), now, policy)
    few = everything()
    for n in range(15):
        no = larger(now, policy, f"m{n}")
        flow.dispatch(no, now, policy)
        supervise(no, now, policy)
    assert everything() == few <= 9
