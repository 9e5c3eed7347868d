"""The holiday tables against two independent packages, and the vectors of requirements G."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import chinese_calendar
import holidays
import pytest

from liandong.district.pack import Pack

YEARS = range(2004, 2027)


def days(year: int) -> list[date]:
    """Every day of a year."""
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]


def test_all_years_are_known_without_a_gap(pack: Pack) -> None:
    assert [row.year for row in pack.calendars] == list(YEARS)
    assert pack.calendar.known_from == date(2004, 1, 1)
    assert pack.calendar.known_until == date(2026, 12, 31)


@pytest.mark.parametrize("year", YEARS)
def test_every_day_agrees_with_chinesecalendar(pack: Pack, year: int) -> None:
    wrong = [day for day in days(year) if pack.calendar.is_workday(day) != chinese_calendar.is_workday(day)]
    assert wrong == []


def test_the_holidays_package_differs_on_one_known_day(pack: Pack) -> None:
    """Two packages made independently differ on one day of 23 years; a second one would be a mistake of ours."""
    other = holidays.country_holidays("CN", years=YEARS)
    differ = [
        day
        for year in YEARS
        for day in days(year)
        if pack.calendar.is_workday(day) != other.is_working_day(day)
    ]
    assert len(differ) == 1, differ


@pytest.mark.parametrize(
    ("start", "limit", "last"),
    [
        ("2018-06-01", "2wd", "2018-06-05"), ("2018-06-01", "5wd", "2018-06-08"),
        ("2018-06-15", "2wd", "2018-06-20"), ("2018-06-15", "5wd", "2018-06-25"),
        ("2018-06-16", "2wd", "2018-06-20"), ("2018-06-16", "5wd", "2018-06-25"),
        ("2018-09-21", "2wd", "2018-09-26"), ("2018-09-21", "5wd", "2018-09-29"),
        ("2018-09-28", "2wd", "2018-09-30"), ("2018-09-28", "5wd", "2018-10-10"),
        ("2018-09-30", "2wd", "2018-10-09"), ("2018-09-30", "5wd", "2018-10-12"),
        ("2018-12-28", "2wd", "2019-01-02"), ("2018-12-28", "5wd", "2019-01-07"),
        ("2019-02-01", "2wd", "2019-02-03"), ("2019-02-01", "5wd", "2019-02-13"),
        ("2018-06-01", "15d", "2018-06-19"), ("2018-08-03", "60d", "2018-10-08"), ("2018-06-01", "60d", "2018-07-31"),
    ],
)  # fmt: skip
def test_vectors_of_the_requirements(pack: Pack, start: str, limit: str, last: str) -> None:
    """A limit that ends on ``last`` ends at 24:00, written as 00:00 of the next day."""
    due, provisional = pack.calendar.due(datetime.fromisoformat(f"{start}T16:20:00+08:00"), limit)
    assert due.isoformat() == f"{date.fromisoformat(last) + timedelta(1)}T00:00:00+08:00"
    assert not provisional


def test_elapsed_minutes_know_no_night(pack: Pack) -> None:
    """R42, R43: 接报 23:55 → 00:05 and 00:35."""
    start = datetime.fromisoformat("2018-06-17T23:55:00+08:00")
    assert pack.calendar.due(start, "10min")[0] == start + timedelta(minutes=10)
    assert pack.calendar.due(start, "40min")[0] == start + timedelta(minutes=40)
