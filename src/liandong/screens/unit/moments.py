"""Days to choose from: promises in working days after the present limit, reviews of a suspension in days (R37, D5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from liandong.rules.policy import Policy
from liandong.rules.worktime import Calendar, parse_limit
from liandong.screens.common.times import ZONE, to_instant

PROMISES = (2, 3, 5)
REVIEWS = (7, 15, 30)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day to choose: what a field takes, how far away it is, and whether it lies beyond the known holidays."""

    value: str
    day: date
    count: int
    provisional: bool = False


def handle_due(case: Mapping[str, Any]) -> datetime | None:
    """The present limit of handling, while it runs."""
    running = (c for c in case["clocks"] if c["kind"] == "handle" and not c["stopped_at"])
    return next((to_instant(clock["due_at"]) for clock in running), None)


def promises(case: Mapping[str, Any], now: datetime, policy: Policy) -> list[Moment]:
    """Two, three and five working days after the present limit: a promise must lie later than it (R37)."""
    due = handle_due(case)
    last = max(Calendar.last_day(due) if due else now.astimezone(ZONE).date(), now.astimezone(ZONE).date())
    found = []
    for count in PROMISES:
        day = policy.calendar.workday_after(last, count)
        found.append(Moment(day.isoformat(), day, count, not policy.calendar.is_known(day)))
    return found


def reviews(now: datetime, policy: Policy) -> list[Moment]:
    """Days on which a suspension may be looked at again, never beyond its longest."""
    longest = parse_limit(policy.limits["suspension_max"].length)[0]
    today = now.astimezone(ZONE).date()
    days = [(count, today + timedelta(days=count)) for count in REVIEWS if count <= longest]
    return [Moment(day.isoformat(), day, count) for count, day in days]
