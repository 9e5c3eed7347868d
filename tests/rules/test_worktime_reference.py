"""Working time against a reference so simple that it must be right: day by day, minute by minute (R35, R36, R38)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liandong.rules import clocks
from liandong.rules.worktime import Calendar, parse_limit
from support.world import at, policy

CALENDAR = policy().calendar
ZONE = policy().zone
MINUTE = timedelta(minutes=1)
DAYS = st.dates(date(2010, 1, 1), date(2026, 9, 1))
STARTS = st.datetimes(datetime(2010, 1, 1), datetime(2026, 9, 1)).map(lambda t: t.replace(tzinfo=ZONE))
MINUTES = STARTS.map(lambda t: t.replace(second=0, microsecond=0))
BOUNDED = settings(max_examples=150, deadline=None)


def works(day: date) -> bool:
    """The holiday table's word, else the weekday."""
    return CALENDAR.days.get(day, day.weekday() < 5)


def naive_due(start: datetime, limit: str) -> datetime:
    """CONTRACT §4 word by word: the day of the start is not counted; §203; 24:00 is 00:00 of the next day."""
    count, unit = int(limit.rstrip("wdhmin")), limit.lstrip("0123456789")
    if unit in ("min", "h"):
        return start + count * (MINUTE if unit == "min" else timedelta(hours=1))
    day = start.date()
    if unit == "wd":
        while count:
            day += timedelta(days=1)
            count -= works(day)
    else:
        day += timedelta(days=count)
        while not works(day):
            day += timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(0), ZONE)


def is_work(minute: datetime) -> bool:
    """Whether the minute that begins there is worked: 09:00–12:00 and 14:00–18:00 of a working day."""
    return works(minute.date()) and (9 <= minute.hour < 12 or 14 <= minute.hour < 18)


def naive_work(start: datetime, end: datetime) -> int:
    """Worked minutes between two whole minutes, counted one by one."""
    count = 0
    while start < end:
        count += is_work(start)
        start += MINUTE
    return count


VECTORS = [
    ("2018-06-01T16:20:00+08:00", "2wd", "2018-06-06T00:00:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "15d", "2018-06-20T00:00:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "4wh", "2018-06-04T11:20:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "10min", "2018-06-01T16:30:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "24h", "2018-06-02T16:20:00+08:00"),
    ("2018-06-01T09:00:00+08:00", "5wd", "2018-06-09T00:00:00+08:00"),
    ("2018-06-15T09:00:00+08:00", "2wd", "2018-06-21T00:00:00+08:00"),
    ("2018-06-15T09:00:00+08:00", "5wd", "2018-06-26T00:00:00+08:00"),
    ("2018-06-16T09:00:00+08:00", "2wd", "2018-06-21T00:00:00+08:00"),
    ("2018-06-16T09:00:00+08:00", "5wd", "2018-06-26T00:00:00+08:00"),
    ("2018-09-21T09:00:00+08:00", "2wd", "2018-09-27T00:00:00+08:00"),
    ("2018-09-21T09:00:00+08:00", "5wd", "2018-09-30T00:00:00+08:00"),
    ("2018-09-28T09:00:00+08:00", "2wd", "2018-10-01T00:00:00+08:00"),
    ("2018-09-28T09:00:00+08:00", "5wd", "2018-10-11T00:00:00+08:00"),
    ("2018-09-30T09:00:00+08:00", "2wd", "2018-10-10T00:00:00+08:00"),
    ("2018-09-30T09:00:00+08:00", "5wd", "2018-10-13T00:00:00+08:00"),
    ("2018-12-28T09:00:00+08:00", "2wd", "2019-01-03T00:00:00+08:00"),
    ("2018-12-28T09:00:00+08:00", "5wd", "2019-01-08T00:00:00+08:00"),
    ("2019-02-01T09:00:00+08:00", "2wd", "2019-02-04T00:00:00+08:00"),
    ("2019-02-01T09:00:00+08:00", "5wd", "2019-02-14T00:00:00+08:00"),
    ("2018-08-03T09:00:00+08:00", "60d", "2018-10-09T00:00:00+08:00"),
    ("2018-06-01T09:00:00+08:00", "60d", "2018-08-01T00:00:00+08:00"),
    ("2018-06-01T23:55:00+08:00", "40min", "2018-06-02T00:35:00+08:00"),
]


@pytest.mark.parametrize(("start", "limit", "due"), VECTORS)
def test_the_vectors_of_the_contract(start: str, limit: str, due: str) -> None:
    """CONTRACT §4 and requirements G: the vectors, to the second."""
    assert CALENDAR.due(datetime.fromisoformat(start), limit) == (datetime.fromisoformat(due), False)


@given(STARTS, st.integers(1, 70), st.sampled_from(("wd", "d", "h", "min")))
@BOUNDED
def test_a_due_is_that_of_counting_day_by_day(start: datetime, count: int, unit: str) -> None:
    """R35, R36, §203: the same as counting on one's fingers."""
    assert CALENDAR.due(start, f"{count}{unit}") == (naive_due(start, f"{count}{unit}"), False)


@given(MINUTES, st.integers(1, 40))
@BOUNDED
def test_working_hours_are_those_of_counting_minute_by_minute(start: datetime, hours: int) -> None:
    """CONTRACT §4: 09:00–12:00, 14:00–18:00; the due is the first instant with that much work behind it."""
    due, provisional = CALENDAR.due(start, f"{hours}wh")
    assert not provisional
    assert naive_work(start, due) == hours * 60
    assert naive_work(start, due - MINUTE) == hours * 60 - 1


@given(MINUTES, st.integers(0, 20000))
@BOUNDED
def test_work_between_is_that_of_counting_minute_by_minute(start: datetime, minutes: int) -> None:
    """CONTRACT §4: warnings count working minutes."""
    end = start + minutes * MINUTE
    assert CALENDAR.work_between(start, end) == 60 * naive_work(start, end)
    assert CALENDAR.work_between(end, start) == 0 or minutes == 0


@given(STARTS, st.floats(0.001, 400000))
@BOUNDED
def test_adding_work_and_measuring_it_agree(start: datetime, seconds: float) -> None:
    """CONTRACT §4: add_work and work_between are each other's inverse, and never go back."""
    end, _ = CALENDAR.add_work(start, seconds)
    assert end >= start.astimezone(ZONE)
    assert abs(CALENDAR.work_between(start, end) - seconds) < 0.01


@given(MINUTES)
@BOUNDED
def test_duty_hours_are_worked_minutes(instant: datetime) -> None:
    """CONTRACT §4: sign and return_decision are longer outside duty hours."""
    assert CALENDAR.in_duty_hours(instant) == is_work(instant)


@given(STARTS, st.sampled_from((1, 2, 3, 5)), st.integers(0, 12000), st.integers(0, 40000))
@BOUNDED
def test_a_pause_keeps_the_working_days_that_were_left(
    start: datetime, count: int, until: int, length: int
) -> None:
    """CONTRACT §3: n = working days after the day of the pause up to the due day, counted again after the resumption."""
    pause, limit = start + until * MINUTE, f"{count}wd"
    back = pause + length * MINUTE
    clock = clocks.new(policy(), "handle", "CG", start, policy().limits["handle_general"], length=limit)
    due = clock["due_at"]
    clock |= clocks.paused(clock, policy(), pause)
    clock |= clocks.resumed(clock, policy(), pause, back)
    if pause > due:
        assert clock["due_at"] == due
        return
    day, left = pause.date(), 0
    while day < (due - timedelta(seconds=1)).date():
        day += timedelta(days=1)
        left += works(day)
    day = back.date()
    while left:
        day += timedelta(days=1)
        left -= works(day)
    while not works(day):
        day += timedelta(days=1)
    assert clock["due_at"] == datetime.combine(day + timedelta(days=1), time(0), ZONE)
    assert clock["due_at"] > back or back.date() == day


@given(STARTS, st.integers(1, 30), st.integers(0, 3000), st.integers(0, 20000))
@BOUNDED
def test_a_pause_in_working_hours_keeps_what_is_left(
    start: datetime, hours: int, until: int, length: int
) -> None:
    """CONTRACT §3: hours resume with what is left."""
    pause = start + until * MINUTE
    back = pause + length * MINUTE
    clock = clocks.new(
        policy(), "ruling", "duty_office", start, policy().limits["ruling"], length=f"{hours}wh"
    )
    due = clock["due_at"]
    clock |= clocks.paused(clock, policy(), pause)
    clock |= clocks.resumed(clock, policy(), pause, back)
    if pause > due:
        assert clock["due_at"] == due
    else:
        left = CALENDAR.work_between(pause, due)
        assert abs(CALENDAR.work_between(back, clock["due_at"]) - left) < 0.01


def test_the_calendar_says_where_its_knowledge_ends() -> None:
    """CONTRACT §4: beyond the known tables by weekends, provisional; before and after alike."""
    small = Calendar("x", ZONE, {date(2018, 1, 1): False}, date(2018, 1, 1), date(2018, 12, 31))
    assert small.due(at("2018-12-26 09:00"), "2wd") == (at("2018-12-29 00:00"), False)
    assert small.due(at("2018-12-31 09:00"), "1wd") == (at("2019-01-02 00:00"), True)
    assert small.due(at("2017-12-29 09:00"), "1wd") == (at("2018-01-03 00:00"), True)
    assert small.due(at("2018-12-31 17:00"), "4wh") == (at("2019-01-01 12:00"), True)
    assert small.due(at("2031-01-01 09:00"), "2wd")[1] is True
    assert small.due(at("2018-12-31 23:00"), "24h") == (at("2019-01-01 23:00"), False)
    with pytest.raises(ValueError, match="known_until"):
        Calendar("x", ZONE, {}, date(2018, 1, 2), date(2018, 1, 1))


def test_the_last_day_of_a_due_is_the_day_before_midnight() -> None:
    """CONTRACT §4: 24:00 is written as 00:00:00 of the next day."""
    assert Calendar.last_day(at("06-06 00:00")) == date(2018, 6, 5)
    assert Calendar.last_day(at("06-06 00:01")) == date(2018, 6, 6)


@pytest.mark.parametrize("text", ["", "2", "wd", "2 wd", "-1wd", "2WD", "12345d", "1.5h", "2w", "٢wd"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    """CONTRACT §5: 2wd, 15d, 4wh, 10min, 24h and nothing that merely looks like it."""
    with pytest.raises(ValueError, match="limit"):
        parse_limit(text)
