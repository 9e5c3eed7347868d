"""Periods that people report on: a duty day, a week, a month, a quarter, a year, or days of their own (R45, part E).

A period is half-open: an instant at its end belongs to the next one. Weeks begin on Monday.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

KINDS = ("daily", "weekly", "monthly", "quarterly", "yearly", "special")
DAY_BEGINS = time(8)
"""The daily report is drawn up at 08:00 and tells of the 24 hours before (part E)."""
_QUARTER = re.compile(r"(\d{4})Q([1-4])")
FIRST_YEAR, LAST_YEAR = 1990, 2200
MOST_DAYS = 5 * 366
"""So long a special period may be."""


class BadPeriod(ValueError):
    """No such period; the text says in Chinese what to write instead."""


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` until before ``end``, both in the district's zone. ``name`` is unique: 2018Q3, 2018-06, 2018W23."""

    kind: str
    name: str
    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at < self.end

    @property
    def label(self) -> str:
        """As Chinese papers write it."""
        return _LABELS[self.kind](self)


def _days(period: Period) -> str:
    last = period.end - timedelta(microseconds=1)
    return f"{_day(period.start)}至{_day(last)}"


def _day(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日"


_LABELS: dict[str, Callable[[Period], str]] = {
    "daily": lambda p: f"{_day(p.start)}{p.start:%H:%M}至{_day(p.end)}{p.end:%H:%M}",
    "weekly": _days,
    "monthly": lambda p: f"{p.start.year}年{p.start.month}月",
    "quarterly": lambda p: f"{p.start.year}年第{'一二三四'[(p.start.month - 1) // 3]}季度",
    "yearly": lambda p: f"{p.start.year}年",
    "special": _days,
}


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(0), zone)


def _months(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def on(kind: str, day: date, zone: tzinfo) -> Period:
    """The period of a kind that a report of this day is about: the 24 hours before 08:00 of the day (daily), else the
    week, month, quarter or year that holds the day. Raises BadPeriod for any other kind and outside 1990–2200.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadPeriod("年份应在1990至2200之间，请核对日期")
    if kind == "daily":
        end = datetime.combine(day, DAY_BEGINS, zone)
        before = datetime.combine(day - timedelta(days=1), DAY_BEGINS, zone)
        return Period(kind, day.isoformat(), before, end)
    if kind == "weekly":
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return _of(kind, f"{year}W{week:02d}", first, first + timedelta(days=7), zone)
    if kind == "monthly":
        first = day.replace(day=1)
        return _of(kind, f"{first:%Y-%m}", first, _months(first, 1), zone)
    if kind == "quarterly":
        first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return _of(kind, f"{day.year}Q{(day.month - 1) // 3 + 1}", first, _months(first, 3), zone)
    if kind == "yearly":
        return _of(kind, f"{day.year}", date(day.year, 1, 1), date(day.year + 1, 1, 1), zone)
    raise BadPeriod("报告种类应为 daily、weekly、monthly、quarterly、yearly 之一")


def special(first: date, last: date, zone: tzinfo) -> Period:
    """From the beginning of one day to the end of another. Raises BadPeriod where that is no period or too long a one."""
    if last < first:
        raise BadPeriod("结束日期早于开始日期，请核对")
    if (last - first).days > MOST_DAYS or not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
        raise BadPeriod("起止日期超出范围：最长5年，请缩短")
    return _of("special", f"{first}..{last}", first, last + timedelta(days=1), zone)


def quarter(name: str, zone: tzinfo) -> Period:
    """A quarter by its name, 2018Q3. Raises BadPeriod."""
    found = _QUARTER.fullmatch(name)
    if found is None:
        raise BadPeriod("季度应写作 2018Q3 这样的形式")
    return on("quarterly", date(int(found[1]), int(found[2]) * 3 - 2, 1), zone)


def before(period: Period) -> Period:
    """The period of the same kind and length just before (for comparisons)."""
    zone = period.start.tzinfo
    assert zone is not None
    if period.kind == "daily":
        return on("daily", period.end.date() - timedelta(days=1), zone)
    if period.kind == "special":
        length = (period.end.date() - period.start.date()).days
        last = period.start.date() - timedelta(days=1)
        return special(last - timedelta(days=length - 1), last, zone)
    return on(period.kind, period.start.date() - timedelta(days=1), zone)


def end_of(day: str, zone: tzinfo) -> datetime:
    """The end (24:00) of a calendar day written as 2018-06-01: the first instant after it."""
    return _midnight(date.fromisoformat(day) + timedelta(days=1), zone)


def _of(kind: str, name: str, first: date, until: date, zone: tzinfo) -> Period:
    return Period(kind, name, _midnight(first, zone), _midnight(until, zone))
