"""Rosters: round the clock, a day's entry before the daily shift, gaps seen ahead (R24)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.district import rosters
from liandong.district.pack import Pack
from liandong.rules.model import Actor

At = Callable[[str], datetime]
DAY = date(2018, 6, 4)


def put(
    person: str, *, place: str = "CG", day: date = DAY, starts: time = time(8), ends: time = time(20)
) -> None:
    rosters.put(place, [day], "main", starts, ends, person, "023-1234567", "", "cg")


def test_the_daily_shift_answers_where_nothing_was_entered(district: Pack, at: At) -> None:
    (day,) = rosters.on_duty("CG", at("2018-06-04T09:00"))
    (night,) = rosters.on_duty("CG", at("2018-06-05T03:00"))
    assert day.person != night.person
    assert (day.until, night.until) == (at("2018-06-04T20:00"), at("2018-06-05T08:00"))


def test_a_day_that_was_entered_replaces_that_shift_on_that_day_only(district: Pack, at: At) -> None:
    put("替班的人")
    assert [p.person for p in rosters.on_duty("CG", at("2018-06-04T09:00"))] == ["替班的人"]
    assert rosters.on_duty("CG", at("2018-06-05T09:00"))[0].person != "替班的人"
    assert rosters.on_duty("CG", at("2018-06-04T21:00"))[0].person != "替班的人"
    assert rosters.clear("CG", DAY, "main", time(8))
    assert rosters.on_duty("CG", at("2018-06-04T09:00"))[0].person != "替班的人"


def test_nobody_on_a_shift_is_a_gap_seen_a_day_ahead(district: Pack, at: At) -> None:
    assert rosters.gaps_ahead(["CG"], at("2018-06-03T21:00")) == []
    put("")
    gap = rosters.Gap("CG", at("2018-06-04T08:00"), at("2018-06-04T20:00"))
    assert rosters.gaps_ahead(["CG", "JT"], at("2018-06-03T21:00")) == [gap]
    assert rosters.gaps_ahead(["CG"], at("2018-06-03T07:00")) == []
    now_in = rosters.gaps_ahead(["CG"], at("2018-06-04T09:00"))
    assert now_in == [rosters.Gap("CG", at("2018-06-04T09:00"), at("2018-06-04T20:00"))]


def test_a_unit_without_any_roster_is_one_gap(district: Pack, at: At) -> None:
    since = at("2018-01-03T08:00")
    assert rosters.gaps(["CG"], since, since + timedelta(days=2)) == [
        rosters.Gap("CG", since, since + timedelta(days=2))
    ]


def test_the_desk_has_the_bureaus_roster_until_it_has_days_of_its_own(district: Pack, at: At) -> None:
    when = at("2018-06-04T09:00")
    assert rosters.on_duty("desk", when)[0].person == rosters.on_duty("GA", when)[0].person
    put("席位上的人", place="desk")
    assert rosters.on_duty("desk", when)[0].person == "席位上的人"
    assert rosters.on_duty("GA", when)[0].person != "席位上的人"


def test_two_people_change_shifts(district: Pack, at: At) -> None:
    put("甲")
    put("乙", day=DAY + timedelta(days=1))
    rosters.swap("CG", (DAY, "main", time(8)), (DAY + timedelta(days=1), "main", time(8)), "cg")
    assert rosters.on_duty("CG", at("2018-06-04T09:00"))[0].person == "乙"
    assert rosters.on_duty("CG", at("2018-06-05T09:00"))[0].person == "甲"
    with pytest.raises(rosters.RosterError, match="都有人"):
        rosters.swap("CG", (DAY, "main", time(8)), (DAY, "main", time(8)), "cg")


def test_whoever_is_on_duty_has_a_phone_that_rings(district: Pack) -> None:
    for phone in ("", "没有", "12"):
        with pytest.raises(rosters.RosterError, match="电话"):
            rosters.put("CG", [DAY], "main", time(8), time(20), "甲", phone, "", "cg")
    with pytest.raises(rosters.RosterError, match="R22"):
        rosters.put("XX", [DAY], "main", time(8), time(20), "甲", "110", "", "cg")


@pytest.mark.parametrize(
    ("actor", "places"),
    [
        (Actor("unit", "cg", "CG"), {"CG"}),
        (Actor("desk", "desk"), set()),
        (Actor("desk_lead", "lead"), {"desk"}),
        (Actor("duty_office", "duty"), {"duty_office"}),
        (Actor("sysadmin", "sys"), {"CG", "JT", "desk", "duty_office"}),
    ],
)
def test_who_enters_which_roster(actor: Actor, places: set[str]) -> None:
    assert {p for p in ("CG", "JT", "desk", "duty_office") if rosters.may_edit(actor, p)} == places


def test_all_units_together_cost_what_one_costs(district: Pack, at: At) -> None:
    rosters.on_duty("CG", at("2018-06-04T09:00"))
    units = [unit.code for unit in district.units]
    costs = []
    for asked_for in (units[:1], units):
        with CaptureQueriesContext(connection) as asked:
            found = rosters.on_duty_of(asked_for, at("2018-06-04T09:00"))
        assert len(found) == len(asked_for)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_the_next_shift_begins_where_the_roster_says(district: Pack, at: At) -> None:
    assert rosters.shift_start("CG", at("2018-06-04T19:30")) == at("2018-06-04T20:00")
    assert rosters.shift_start("CG", at("2018-06-04T12:00")) == at("2018-06-04T12:00")
