"""Clocks as bars: run, paused, late, to come; marks where a limit's own time says 50, 75 and 90 percent (CONTRACT §4)."""

from __future__ import annotations

import pytest

from liandong.rules import clocks
from liandong.screens.case import timeline
from liandong.screens.case.timeline import Past


@pytest.fixture
def clock():
    """A limit of two working days from Friday morning: it ends on Tuesday at 24:00."""
    return {
        "kind": "handle",
        "unit": "CG",
        "started_at": "2018-06-01T09:00:00+08:00",
        "due_at": "2018-06-06T00:00:00+08:00",
        "original_due_at": "2018-06-06T00:00:00+08:00",
        "paused": False,
        "provisional": False,
        "source": "notice",
        "stopped_at": None,
        "outcome": None,
    }


def kinds(bar):
    return [piece.kind for piece in bar.pieces]


def share(text):
    return float(text.rstrip("%"))


def test_a_running_clock_has_a_rest(policy, at, clock):
    drawn = timeline.draw([clock], {1: Past("2wd")}, at("2018-06-04T09:00"), policy)
    (bar,) = drawn.bars
    assert kinds(bar) == ["run", "left"]
    assert not bar.late
    assert bar.original is None
    assert share(drawn.now.x) < share(bar.due.x) < 100


def test_marks_stand_where_working_time_says(policy, at, clock):
    """A weekend uses nothing of a limit in working days: half is used on Monday; the rules warn at the same instant."""
    start, due = at("2018-06-01T09:00"), at("2018-06-06T00:00")
    found = timeline._warnings(clock, Past("2wd"), start, due, policy)
    assert [percent for percent, _ in found] == [50, 75, 90]
    assert found[0][1] == at("2018-06-04T14:30")
    for beyond, (percent, instant) in zip((0, 50, 75), found, strict=True):
        assert clocks.marks(policy, "2wd", 0.0, start, due, beyond=beyond) == [[percent, instant]]


def test_what_came_after_the_limit_is_late(policy, at, clock):
    """The late stretch begins at the limit; it ends where the clock stopped."""
    (bar,) = timeline.draw([clock], {}, at("2018-06-08T09:00"), policy).bars
    assert kinds(bar) == ["run", "late"]
    assert bar.late
    stopped = clock | {"stopped_at": "2018-06-07T09:00:00+08:00", "outcome": "late"}
    drawn = timeline.draw([stopped], {}, at("2018-06-30T09:00"), policy)
    assert kinds(drawn.bars[0]) == ["run", "late"]
    assert drawn.now is None


def test_a_superseded_clock_was_never_late(policy, at, clock):
    over = clock | {"stopped_at": "2018-06-07T09:00:00+08:00", "outcome": "superseded"}
    (bar,) = timeline.draw([over], {}, at("2018-06-08T09:00"), policy).bars
    assert kinds(bar) == ["run"]


def test_pauses_come_from_the_history(policy, at, clock):
    """Paused by one event, resumed by another, paused again and not resumed: two hatched stretches."""
    events = [
        {"at": "2018-06-01T09:00:00+08:00", "clocks": {1: {"kind": "handle", "limit": "2wd"}}},
        {"at": "2018-06-01T15:00:00+08:00", "clocks": {1: {"paused": True}}},
        {"at": "2018-06-04T10:00:00+08:00", "clocks": {1: {"paused": False}}},
        {"at": "2018-06-04T15:00:00+08:00", "clocks": {1: {"paused": True}}},
    ]
    known = timeline.pasts(events)
    assert known[1].limit == "2wd"
    assert [(begun.hour, over and over.hour) for begun, over in known[1].pauses] == [(15, 10), (15, None)]
    (bar,) = timeline.draw([clock | {"paused": True}], known, at("2018-06-05T09:00"), policy).bars
    assert kinds(bar).count("pause") == 2
    assert not bar.late
    assert bar.warnings == []


def test_a_moved_limit_shows_where_it_was(policy, at, clock):
    (bar,) = timeline.draw(
        [clock | {"due_at": "2018-06-11T00:00:00+08:00", "source": "promise"}],
        {},
        at("2018-06-04T09:00"),
        policy,
    ).bars
    assert share(bar.original.x) < share(bar.due.x)


def test_the_axis_has_few_round_ticks(policy, at, clock):
    """Five minutes or two years: never more than six, at round distances."""
    for due in ("2018-06-01T09:05:00+08:00", "2018-06-06T00:00:00+08:00", "2020-06-01T00:00:00+08:00"):
        drawn = timeline.draw(
            [clock | {"due_at": due, "original_due_at": due}], {}, at("2018-06-01T09:01"), policy
        )
        assert 1 <= len(drawn.ticks) <= 7
    assert timeline.draw([], {}, at("2018-06-01T09:00"), policy) is None
