"""Working hours of assignments: how long they took, how long beyond the limit; minutes by which a report was late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from liandong.rules.policy import Policy
from liandong.rules.scoring import working_hours
from liandong.rules.worktime import Calendar

from .. import rows
from .definitions import Metric
from .scope import Scope, Statement, named

DAY = 86_400_000


@dataclass
class Hours:
    """Values of single rows: ``net`` without pauses, ``gross`` with them."""

    net: list[float] = field(default_factory=list)
    gross: list[float] = field(default_factory=list)

    def add(self, other: Hours) -> None:
        """Put others to these."""
        self.net += other.net
        self.gross += other.gross


def positions(calendar: Calendar) -> Callable[[int], float]:
    """Working seconds before an instant in milliseconds, with what each day needs kept: a quarter has few days.

    Only for zones whose days have 24 hours, as the district's has.
    """
    epoch = datetime(1970, 1, 1, tzinfo=calendar.zone)
    offset = int(-epoch.timestamp() * 1000)
    spans = [
        (a.hour * 3600 + a.minute * 60 + a.second, (b.hour * 3600 + b.minute * 60 + b.second) or 86400)
        for a, b in calendar.hours
    ]
    days: dict[int, tuple[float, bool]] = {}

    def position(at_ms: int) -> float:
        number, rest = divmod(at_ms + offset, DAY)
        known = days.get(number)
        if known is None:
            midnight = epoch + timedelta(days=number)
            known = days[number] = (calendar.position(midnight), calendar.is_workday(midnight.date()))
        before, works = known
        if works:
            second = rest / 1000
            for begin, end in spans:
                if second > begin:
                    before += (second if second < end else end) - begin
        return before

    return position


def pauses_of(text: str) -> list[tuple[int, int]]:
    """The stretches of a row that have ended."""
    found = [pair.partition("-") for pair in text.split()]
    return [(int(begin), int(end)) for begin, _, end in found if end]


def spent(metric: Metric, scope: Scope, by: str, policy: Policy) -> dict[str, Hours]:
    """M16: working hours from the assignment until the feedback that was accepted."""
    position = positions(policy.calendar)
    made: dict[str, Hours] = {}
    for key, begin, end, pauses in _rows(metric, scope, by, "a.pushed_ms, a.finished_ms, a.pauses"):
        hours = made.setdefault(key, Hours())
        gross = working_hours(position, begin, end)
        hours.gross.append(gross)
        hours.net.append(working_hours(position, begin, end, pauses_of(pauses)) if pauses else gross)
    return made


def overtime(metric: Metric, scope: Scope, by: str, policy: Policy) -> dict[str, Hours]:
    """M17: working hours beyond the limit; what is not finished counts until now."""
    position = positions(policy.calendar)
    made: dict[str, Hours] = {}
    for key, due, stopped in _rows(metric, scope, by, "a.due_ms, a.stopped_ms"):
        hours = made.setdefault(key, Hours())
        hours.net.append(working_hours(position, due, scope.now if stopped is None else stopped))
    return made


def minutes_late(metric: Metric, scope: Scope, by: str, policy: Policy) -> dict[str, Hours]:
    """M21: minutes by which each report was late; what was not reported counts until now."""
    made: dict[str, Hours] = {}
    for key, due, stopped in _rows(metric, scope, by, "k.due_ms, k.stopped_ms"):
        late = ((scope.now if stopped is None else stopped) - due) / 60_000
        if late > 0:
            made.setdefault(key, Hours()).net.append(late)
    return made


def _rows(metric: Metric, scope: Scope, by: str, columns: str) -> list[tuple[Any, ...]]:
    assert metric.rows is not None
    statement = Statement(metric.rows, scope)
    statement.where(metric.among)
    sql, values = statement.sql(f"{statement.key(by)}, {columns}")
    return [(named(row[0], by), *row[1:]) for row in rows.ask(sql, values)]
