"""Clues of playing with the figures: counted by unit, each with its cases, from the district's thresholds on (R67, R9)."""

from __future__ import annotations

import pytest

from liandong.casework.evaluation import detectors
from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.district.models import Measure
from liandong.rules.model import Actor
from liandong.rules.periods import quarter
from liandong.rules.signs import SIGNS
from support import flow, lives
from support.policy import PACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def period(policy):
    packs.load(PACK)
    return quarter("2018Q3", policy.zone)


@pytest.fixture
def now(at):
    return at("2018-10-08T09:00")


def finished(n, at, policy, *, moment, text="已处理", told=True):
    """One case of 区城市管理局 whose feedback came at a moment."""
    life = lives.Life(6 * n, at, policy)
    life.begin()
    life.sign()
    if told:
        life.contact()
    life.feedback(after=moment - life.at, text=text)
    life.accept()
    life.call()
    return life


def clue(code, period, now, unit="CG"):
    return next((one for one in detectors.find(flow.DUTY, period, now=now)[code] if one.unit == unit), None)


def test_feedback_in_the_last_minutes_of_the_limit(period, now, at, policy):
    """Received on a Monday: the limit is Wednesday 24:00."""
    on_the_dot = [
        finished(n, at("2018-07-02T09:00"), policy, moment=at("2018-07-04T23:57")) for n in range(3)
    ]
    for n in range(3, 9):
        finished(n, at("2018-07-02T09:00"), policy, moment=at("2018-07-04T16:00"))
    found = clue("last_minutes", period, now)
    assert (found.cases, found.among, found.shown) == (3, 9, True)
    listed = detectors.items(flow.DUTY, "last_minutes", period, unit="CG", now=now).items
    assert {item.no for item in listed} == {life.no for life in on_the_dot}
    Measure.objects.filter(key="last_minutes_share").update(value=50)
    assert not clue("last_minutes", period, now).shown
    Measure.objects.filter(key="last_minutes").update(value=1)
    assert clue("last_minutes", period, now) is None


def test_identical_results_are_counted_and_never_shown(period, now, at, policy):
    secret = "已联系王小明，电话13900001111"
    for n in range(6):
        finished(n, at("2018-07-02T09:00"), policy, moment=at("2018-07-03T10:00"), text=secret)
    for n in range(6, 9):
        finished(n, at("2018-07-02T09:00"), policy, moment=at("2018-07-03T10:00"), text=f"{secret}{n}")
    found = clue("same_text", period, now)
    assert (found.cases, found.among, found.shown) == (6, 9, True)
    listed = detectors.items(flow.DUTY, "same_text", period, unit="CG", now=now)
    assert len(listed.items) == 6
    assert "王小明" not in repr((found, listed))


def test_said_to_have_been_contacted_without_a_record(period, now, at, policy):
    for n in range(3):
        finished(n, at("2018-07-02T09:00"), policy, moment=at("2018-07-03T10:00"), told=False)
    finished(3, at("2018-07-02T09:00"), policy, moment=at("2018-07-03T10:00"), told=True)
    found = clue("unrecorded", period, now)
    assert (found.cases, found.among, found.shown) == (3, 4, True)


def test_closed_and_taken_up_again(period, now, at, policy):
    for n in range(3):
        lives.live(lives.reopened, 6 * n, at("2018-07-02T09:00"), policy)
    found = clue("reopened", period, now)
    assert (found.cases, found.shown) == (3, True)


def test_promises_far_away_and_classes_raised_after_dispatch(period, now, at, policy):
    for n in range(3):
        life = lives.Life(6 * n, at("2018-07-02T09:00"), policy)
        lives._promise(life, 45)
        lives.live(lives.reclassified, 6 * (n + 10), at("2018-07-02T09:00"), policy)
    assert clue("far_promise", period, now).cases == 3
    assert clue("upgraded", period, now).cases == 3


def test_units_never_call_back_themselves_and_zero_is_the_proof(period, now, at, policy):
    life = lives.Life(0, at("2018-07-02T09:00"), policy)
    life.begin()
    life.sign()
    life.feedback()
    life.accept()
    with pytest.raises(Refused):
        life.do("call_back", life.by(), reached=True, satisfaction="satisfied", solved="yes")
    assert SIGNS["own_call_back"].proof
    assert detectors.find(flow.DUTY, period, now=now)["own_call_back"] == []


def test_clues_are_for_those_who_may_open_the_cases(period, now, at, policy):
    lives.live(lives.reopened, 0, at("2018-07-02T09:00"), policy)
    for actor in (Actor("government", "gov"), flow.CG, flow.DESK, flow.AUDITOR):
        assert detectors.find(actor, period, now=now) == {}
        assert not detectors.items(actor, "reopened", period, now=now).items
    with pytest.raises(Refused, match="没有线索"):
        detectors.items(flow.DUTY, "nonsense", period, now=now)


def test_lists_go_on_page_by_page(period, now, at, policy):
    for n in range(5):
        finished(n, at("2018-07-02T09:00"), policy, moment=at("2018-07-03T10:00"), told=False)
    seen, after = [], None
    while True:
        part = detectors.items(flow.DUTY, "unrecorded", period, after=after, limit=2, now=now)
        seen += [item.no for item in part.items]
        after = part.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
