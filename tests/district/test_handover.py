"""Handing over a shift (R24): frozen, read item by item by somebody else, late when nobody comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from liandong.district import rosters, shifts
from liandong.district.models import Handover
from liandong.district.pack import Pack
from liandong.rules.model import Actor

At = Callable[[str], datetime]
LEAVING, COMING = Actor("desk", "zhang"), Actor("desk", "li")
ITEMS = [{"no": "A-1", "state": "registered"}, {"no": "A-2", "state": "callback"}]


def test_whoever_comes_reads_everything_and_both_names_stay(district: Pack, at: At) -> None:
    row = shifts.give(LEAVING, ITEMS, "盯着A-1", at("2018-06-04T19:50"))
    assert shifts.waiting("desk") == row
    taken = shifts.take(row.pk, COMING, {"A-1", "A-2"}, at("2018-06-04T20:05"))
    assert (taken.given_by, taken.taken_by, taken.taken_at) == ("zhang", "li", at("2018-06-04T20:05"))
    assert shifts.waiting("desk") is None
    assert shifts.last_taken("desk", "li") == row


def test_what_was_not_read_is_not_taken_over(district: Pack, at: At) -> None:
    row = shifts.give(LEAVING, ITEMS, "", at("2018-06-04T19:50"))
    with pytest.raises(shifts.HandoverError, match=r"还有 1 件.*A-2"):
        shifts.take(row.pk, COMING, {"A-1"}, at("2018-06-04T20:05"))
    assert shifts.waiting("desk") == row


def test_nobody_takes_over_from_themselves(district: Pack, at: At) -> None:
    row = shifts.give(LEAVING, [], "", at("2018-06-04T19:50"))
    with pytest.raises(shifts.HandoverError, match="I7"):
        shifts.take(row.pk, LEAVING, set(), at("2018-06-04T20:05"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.filter(pk=row.pk).update(taken_by="zhang")


def test_another_place_neither_sees_nor_takes_it(district: Pack, at: At) -> None:
    row = shifts.give(Actor("unit", "cg", "CG"), [], "", at("2018-06-04T19:50"))
    assert row.place == "CG"
    for other in (COMING, Actor("unit", "jt", "JT"), Actor("duty_office", "duty")):
        with pytest.raises(shifts.HandoverError, match="没有这次交班"):
            shifts.take(row.pk, other, set(), at("2018-06-04T20:05"))


def test_half_an_hour_after_the_shift_began_it_is_late(district: Pack, at: At) -> None:
    row = shifts.give(LEAVING, ITEMS, "", at("2018-06-04T19:50"))
    assert row.read_by == at("2018-06-04T20:30")
    assert shifts.unread(at("2018-06-04T20:30")) == []
    assert shifts.unread(at("2018-06-04T20:30:01")) == [row]
    assert shifts.unread(at("2018-06-04T21:00"), ["CG"]) == []
    shifts.take(row.pk, COMING, {"A-1", "A-2"}, at("2018-06-04T21:00"))
    assert shifts.unread(at("2018-06-05T21:00")) == []


def test_leaving_in_the_middle_of_a_shift_counts_from_that_instant(district: Pack, at: At) -> None:
    now = at("2018-06-04T12:00")
    assert shifts.give(LEAVING, [], "", now).read_by == now + timedelta(minutes=30)


def test_a_later_handover_replaces_one_that_nobody_read(district: Pack, at: At) -> None:
    first = shifts.give(LEAVING, ITEMS, "", at("2018-06-04T19:50"))
    second = shifts.give(LEAVING, ITEMS[:1], "", at("2018-06-04T19:55"))
    assert shifts.waiting("desk") == second
    with pytest.raises(shifts.HandoverError, match="取代"):
        shifts.take(first.pk, COMING, {"A-1", "A-2"}, at("2018-06-04T20:00"))
    assert [row.pk for row in shifts.history("desk")] == [second.pk, first.pk]


def test_a_second_person_finds_it_taken(district: Pack, at: At) -> None:
    row = shifts.give(LEAVING, [], "", at("2018-06-04T19:50"))
    shifts.take(row.pk, COMING, set(), at("2018-06-04T20:05"))
    with pytest.raises(shifts.HandoverError, match="li已经接班"):
        shifts.take(row.pk, Actor("desk", "wang"), set(), at("2018-06-04T20:06"))


def test_roles_without_shifts_hand_nothing_over(district: Pack, at: At) -> None:
    assert rosters.place_of(Actor("inspector", "i")) == ""
    with pytest.raises(shifts.HandoverError, match="不轮班"):
        shifts.give(Actor("inspector", "i"), [], "", at("2018-06-04T19:50"))
