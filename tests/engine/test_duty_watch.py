"""R24: a roster gap is seen a day ahead, a shift nobody hands or takes over is told, once, and ends when put right."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from liandong.district import packs, rosters, shifts
from liandong.engine import duty_watch
from liandong.registers import notices, queries
from liandong.rules.model import SYSTEM, Actor
from support.policy import PACK

pytestmark = pytest.mark.django_db
OFFICE, CG = Actor("duty_office", "wang"), Actor("unit", "zhang", "CG")
LI, ZHOU = Actor("desk", "li"), Actor("desk", "zhou")


@pytest.fixture(autouse=True)
def _district(db: None) -> None:
    packs.load(PACK)


def alarms(what: str) -> list[Any]:
    return [one for one in queries.find(SYSTEM, "duty_alarm").items if one.data["what"] == what]


def empty(place: str, day: date) -> None:
    """Nobody stands on any main post of this day."""
    for slot in rosters.slots([place], day, day):
        if slot.post == "main":
            rosters.put(place, [day], "main", slot.starts.time(), slot.ends.time(), "", "", "病假", "x")


def test_a_gap_within_a_day_is_told_once_to_those_who_can_close_it(at: Any) -> None:
    now = at("2018-06-04T09:00")
    duty_watch.follow(now)
    before = len(alarms("gap"))
    empty("CG", date(2018, 6, 5))
    duty_watch.follow(now - timedelta(hours=12))  # more than a day ahead of it: too early
    assert len(alarms("gap")) == before
    duty_watch.follow(now)
    duty_watch.follow(now + timedelta(minutes=5))
    (own,) = [one for one in alarms("gap") if one.unit == "CG"]
    assert own.state == "open"
    assert [one.kind for one in notices.inbox(CG)] == ["duty_gap"]
    assert "duty_gap" in [one.kind for one in notices.inbox(OFFICE)]


def test_a_gap_that_was_filled_ends_its_alarm(at: Any) -> None:
    now = at("2018-06-04T09:00")
    empty("CG", date(2018, 6, 5))
    duty_watch.follow(now)
    for slot in rosters.slots(["CG"], date(2018, 6, 5), date(2018, 6, 5)):
        if slot.post == "main":
            rosters.put(
                "CG", [slot.day], "main", slot.starts.time(), slot.ends.time(), "马某", "13800002222", "", "x"
            )
    duty_watch.follow(now)
    assert [one.state for one in alarms("gap") if one.unit == "CG"] == ["settled"]


def test_a_shift_nobody_takes_over_is_told_after_the_houses_time(at: Any) -> None:
    now = at("2018-06-01T19:50")
    row = shifts.give(LI, [], "", now)
    duty_watch.follow(row.read_by - timedelta(minutes=1))
    assert alarms("not_taken") == []
    duty_watch.follow(row.read_by + timedelta(minutes=1))
    duty_watch.follow(row.read_by + timedelta(minutes=2))
    (_one,) = alarms("not_taken")
    assert "duty_not_taken" in [told.kind for told in notices.inbox(Actor("desk_lead", "z"))]
    shifts.take(row.pk, ZHOU, [], row.read_by + timedelta(minutes=3))
    duty_watch.follow(row.read_by + timedelta(minutes=4))
    assert [one.state for one in alarms("not_taken")] == ["settled"]


def test_a_shift_that_ends_without_handing_over_is_told(at: Any) -> None:
    now = at("2018-06-01T19:50")
    shifts.give(LI, [], "", now)
    starts = next(
        slot.starts
        for slot in rosters.slots(["desk"], date(2018, 6, 2), date(2018, 6, 2))
        if slot.post == "main"
    )
    over: datetime = starts + timedelta(minutes=31)
    duty_watch.follow(over)
    assert [one.data["place"] for one in alarms("not_given")] == ["desk"]
    shifts.give(ZHOU, [], "补交", over)
    duty_watch.follow(over + timedelta(minutes=1))
    assert [one.state for one in alarms("not_given")] == ["settled"]


def test_a_place_that_never_handed_over_is_not_blamed(at: Any) -> None:
    duty_watch.follow(at("2018-06-01T12:00"))
    assert alarms("not_given") == []
