"""Appeals against a frozen evaluation: three working days, only what was counted, decided by another, then a revision (I7)."""

from __future__ import annotations

import pytest

from liandong.casework.evaluation import snapshots
from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.engine import evaluating
from liandong.registers.store import act
from liandong.rules.model import Actor
from liandong.rules.periods import quarter
from support import flow, lives
from support.policy import PACK

pytestmark = pytest.mark.django_db
INSPECTOR = Actor("inspector", "qian")


@pytest.fixture
def frozen(at, policy):
    """The third quarter of 2018, published on Monday, 8 October at nine; one late case of 区城市管理局."""
    packs.load(PACK)
    late = lives.live(lives.late, 0, at("2018-07-02T09:00"), policy)
    for n in range(1, 6):
        lives.live(lives.happy, 6 * n, at("2018-07-02T09:00"), policy)
    one = evaluating.freeze(quarter("2018Q3", policy.zone), flow.DUTY, at("2018-10-08T09:00"))
    return one, late


def appeal(frozen, now, actor=flow.CG, **more):
    one, late = frozen
    fields = {
        "snapshot": one.id, "unit": "CG", "case": late.no, "ground": "beyond_us", "explanation": "当天停电", **more,
    }  # fmt: skip
    return act("appeal", "file", fields, actor, now=now)


def refusal(call):
    with pytest.raises(Refused) as error:
        call()
    return error.value.refusal.code


def test_a_unit_appeals_in_time_and_what_is_upheld_becomes_a_revision(frozen, at):
    one, late = frozen
    entry = appeal(frozen, at("2018-10-10T17:00"))
    assert entry.state == "filed"
    assert evaluating.upheld(one.id) == []
    act("appeal", "uphold", {"decision": "停电属实"}, INSPECTOR, no=entry.no, now=at("2018-10-11T09:00"))
    assert [found.case for found in evaluating.upheld(one.id)] == [late.no]
    second = evaluating.carry_out(one.id, flow.DUTY, at("2018-10-11T10:00"))
    assert (second.predecessor, entry.no in second.reason) == (one.id, True)
    assert second.table("unit")["CG"]["M2"].denominator == one.table("unit")["CG"]["M2"].denominator - 1
    assert snapshots.verify(one.id) == snapshots.verify(second.id) == []
    assert evaluating.upheld(one.id) == []


def test_after_three_working_days_it_is_too_late(frozen, at):
    appeal(frozen, at("2018-10-11T23:59"))
    assert refusal(lambda: appeal(frozen, at("2018-10-12T00:01"))) == "too_late"


def test_only_the_unit_itself_and_only_what_was_counted_for_it(frozen, at):
    now = at("2018-10-09T09:00")
    assert refusal(lambda: appeal(frozen, now, actor=flow.HB)) == "not_your_unit"
    assert refusal(lambda: appeal(frozen, now, actor=flow.DESK)) == "wrong_role"
    assert refusal(lambda: appeal(frozen, now, snapshot="KP-2017Q1-1")) == "not_found"
    assert refusal(lambda: appeal(frozen, now, actor=flow.HB, unit="HB")) in ("not_found", "wrong_evidence")


def test_what_was_refused_changes_nothing(frozen, at):
    one, _ = frozen
    entry = appeal(frozen, at("2018-10-09T09:00"))
    act("appeal", "refuse", {"decision": "停电不足半日"}, flow.DUTY, no=entry.no, now=at("2018-10-09T10:00"))
    assert evaluating.upheld(one.id) == []
    with pytest.raises(Refused, match="没有新剔除的件"):
        evaluating.carry_out(one.id, flow.DUTY, at("2018-10-09T11:00"))


def test_nobody_but_the_duty_office_and_inspectors_decides(frozen, at):
    entry = appeal(frozen, at("2018-10-09T09:00"))
    for actor in (flow.CG, flow.DESK, Actor("government", "gov")):
        assert refusal(
            lambda actor=actor: act("appeal", "uphold", {"decision": "同意"}, actor, no=entry.no, now=at("2018-10-09T10:00"))
        ) == "wrong_role"  # fmt: skip


def test_one_case_has_one_appeal_and_a_withdrawn_one_may_be_made_again(frozen, at):
    """Part E: what was decided is not asked again until somebody gives way."""
    now = at("2018-10-09T09:00")
    first = appeal(frozen, now)
    with pytest.raises(Refused) as found:
        appeal(frozen, now)
    assert found.value.refusal.code == "already_done"
    act("appeal", "withdraw", {}, flow.CG, no=first.no, now=now)
    assert appeal(frozen, now).no != first.no
