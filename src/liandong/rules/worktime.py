"""Working days and hours: when a limit ends, on a calendar of statutory holidays and make-up workdays (R35, R36, R38).

The day of the start is not counted; a limit in days that ends on a day off moves to the next working day (§203);
a limit in days or working days ends at 24:00, written as 00:00:00 of the next day.
Instants are aware datetimes; everything is answered in the calendar's own zone. Arithmetic is constant time: the
calendar is laid out once as a list of working days, and a position on it counts working seconds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_LIMIT = re.compile(r"^([0-9]{1,4})(wd|wh|d|h|min)$")
DEFAULT_HOURS: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(14), time(18)))
_MARGIN_YEARS = 4


@lru_cache(maxsize=1024)
def parse_limit(limit: str) -> tuple[int, str]:
    """Split ``"2wd"`` into ``(2, "wd")``. Units: wd working days, wh working hours, d days, h hours, min minutes.

    Raises ValueError for anything else.
    """
    match = _LIMIT.match(limit)
    if not match:
        raise ValueError(f"limit {limit!r}: a number and one of wd, wh, d, h, min")
    return int(match[1]), match[2]


def _seconds(value: time) -> int:
    return value.hour * 3600 + value.minute * 60 + value.second


class Calendar:
    """A district's working time. ``days`` holds only the exceptions: True works on a weekend, False rests on a weekday.

    ``known_from`` … ``known_until`` (both inclusive) is what the loaded holiday tables cover; outside it weekends
    decide and the answer is marked provisional.
    """

    def __init__(
        self,
        version: str,
        zone: tzinfo,
        days: Mapping[date, bool],
        known_from: date,
        known_until: date,
        hours: Sequence[tuple[time, time]] = DEFAULT_HOURS,
    ) -> None:
        if known_until < known_from:
            raise ValueError("calendar: known_until before known_from")
        self.version = version
        self.zone = zone
        self.days = dict(days)
        self.known_from = known_from
        self.known_until = known_until
        self.hours = tuple(hours)
        self._known_to = known_until.toordinal()
        self._known_since = known_from.toordinal()
        self._spans = [(_seconds(a), _seconds(b) if b != time(0) else 86400) for a, b in hours]
        self._per_day = sum(b - a for a, b in self._spans)
        self._first = date(known_from.year - 1, 1, 1).toordinal()
        self._last = date(min(known_until.year + _MARGIN_YEARS, 9998), 12, 31).toordinal()
        off = {day.toordinal() for day, works in days.items() if not works}
        on = {day.toordinal() for day, works in days.items() if works}
        # ordinal 1 (0001-01-01) was a Monday, so (ordinal - 1) % 7 is the weekday
        self._work = [
            n for n in range(self._first, self._last + 1) if n not in off and (n in on or (n - 1) % 7 < 5)
        ]
        self._off = off
        self._on = on
        self._midnights: dict[int, datetime] = {}

    def _here(self, instant: datetime) -> datetime:
        """The instant in the calendar's zone; most are there already."""
        return instant if instant.tzinfo is self.zone else instant.astimezone(self.zone)

    def _midnight(self, ordinal: int) -> datetime:
        """00:00 of a day, remembered: dues of many cases fall on few days."""
        known = self._midnights.get(ordinal)
        if known is None:
            known = datetime.combine(date.fromordinal(ordinal), time(0), self.zone)
            self._midnights[ordinal] = known
        return known

    # -- days -----------------------------------------------------------------------------------------------

    def is_workday(self, day: date) -> bool:
        """Whether that day is worked; outside the known tables weekends decide."""
        n = day.toordinal()
        return n not in self._off and (n in self._on or (n - 1) % 7 < 5)

    def is_known(self, day: date) -> bool:
        """Whether the loaded holiday tables cover that day."""
        return self._known_since <= day.toordinal() <= self._known_to

    def _index_after(self, ordinal: int) -> int:
        """Index of the first working day after that ordinal; the layout grows when asked beyond its end."""
        while ordinal >= self._last - 800:
            self._grow()
        if ordinal < self._first:
            raise ValueError("calendar: a date before everything the calendar knows")
        return bisect_right(self._work, ordinal)

    def _grow(self) -> None:
        last = self._last + 3660
        if last > date.max.toordinal():
            raise ValueError("calendar: a date beyond everything that can be counted")
        self._work.extend(n for n in range(self._last + 1, last + 1) if (n - 1) % 7 < 5)
        self._last = last

    def workday_after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (``day`` itself not counted); ``count`` 0: day or the next worked."""
        ordinal = day.toordinal()
        index = self._index_after(ordinal if count else ordinal - 1)
        index += count - 1 if count else 0
        while index >= len(self._work):
            self._grow()
        return date.fromordinal(self._work[index])

    def workdays_between(self, after: date, until: date) -> int:
        """How many working days lie after ``after`` up to and including ``until`` (0 when ``until`` is not later)."""
        return max(0, self._index_after(until.toordinal()) - self._index_after(after.toordinal()))

    def _midnight_after(self, day: date) -> datetime:
        return self._midnight(day.toordinal() + 1)

    @staticmethod
    def last_day(due: datetime) -> date:
        """The last day that still counts for a due instant: 00:00 belongs to the day before."""
        return (due - timedelta(microseconds=1)).date()

    # -- limits ---------------------------------------------------------------------------------------------

    def due(self, start: datetime, limit: str) -> tuple[datetime, bool]:
        """When a limit that starts at ``start`` ends, and whether that is provisional (beyond the known tables)."""
        count, unit = parse_limit(limit)
        start = self._here(start)
        if unit == "min":
            return start + timedelta(minutes=count), False
        if unit == "h":
            return start + timedelta(hours=count), False
        if unit == "wh":
            return self.add_work(start, count * 3600)
        if unit == "wd":
            return self._end_of(self.workday_after(start.date(), count), start.date())
        day = start.date() + timedelta(days=count)
        return self._end_of(self.workday_after(day, 0), day)

    def due_in_days(self, start: date, count: int) -> tuple[datetime, bool]:
        """The end of the ``count``-th working day after ``start``; 0 means that day or the next one worked."""
        return self._end_of(self.workday_after(start, count), start)

    def _end_of(self, day: date, since: date) -> tuple[datetime, bool]:
        return self._midnight_after(day), not (self.is_known(day) and self.is_known(since))

    # -- working seconds ------------------------------------------------------------------------------------

    def position(self, instant: datetime) -> float:
        """Working seconds from the calendar's beginning to that instant."""
        instant = self._here(instant)
        ordinal = instant.toordinal()
        index = self._index_after(ordinal - 1)
        worked = 0.0
        if self._work[index] == ordinal:
            second = instant.hour * 3600 + instant.minute * 60 + instant.second + instant.microsecond / 1e6
            for begin, end in self._spans:
                if second > begin:
                    worked += min(second, end) - begin
        return index * self._per_day + worked

    def at(self, position: float) -> datetime:
        """The first instant with that many working seconds behind it (the end of a span, not the next beginning)."""
        index = int(position // self._per_day)
        left = position - index * self._per_day
        if left <= 0 and index > 0:
            index, left = index - 1, float(self._per_day)
        while index >= len(self._work):
            self._grow()
        second = 0.0
        for begin, end in self._spans:
            second = begin + left
            if left <= end - begin:
                break
            left -= end - begin
        return self._midnight(self._work[index]) + timedelta(seconds=round(second, 6))

    def add_work(self, start: datetime, seconds: float) -> tuple[datetime, bool]:
        """The instant ``seconds`` of working time after ``start``, and whether it is provisional."""
        end = self.at(self.position(start) + seconds) if seconds > 0 else self._here(start)
        return end, not (self.is_known(end.date()) and self.is_known(self._here(start).date()))

    def work_between(self, start: datetime, end: datetime) -> float:
        """Working seconds between two instants (0 when ``end`` is not later)."""
        return max(0.0, self.position(end) - self.position(start))

    def in_duty_hours(self, instant: datetime) -> bool:
        """Whether that instant lies in working hours of a working day (decides sign and return_decision limits)."""
        instant = self._here(instant)
        if not self.is_workday(instant.date()):
            return False
        second = instant.hour * 3600 + instant.minute * 60 + instant.second
        return any(begin <= second < end for begin, end in self._spans)

    def workday_index(self, day: date) -> int:
        """How many laid-out working days lie before ``day`` (for tests and reports)."""
        return bisect_left(self._work, day.toordinal())
