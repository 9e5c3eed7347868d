"""The clock of the reports: daily at 08:00, on Mondays, on the first of the month, of the quarter, of the year.

Of what was missed only the latest is drawn up. Settled in the database: one scheduled report for each kind and period,
whoever draws it up, however often a worker is killed.
"""

from __future__ import annotations

import logging
import time as clock
from datetime import datetime, time, timedelta

from liandong.casework import reported, rows
from liandong.district import reporting
from liandong.district.policy import NoDistrict, current
from liandong.district.reporting import Setting
from liandong.rules import periods
from liandong.rules.periods import Period
from liandong.rules.policy import Policy

from . import archive
from .context import VIEWER, ms
from .draw import draw, setting_of

log = logging.getLogger("liandong.reports")

BY = "system:reports"
LOOK_SECONDS = 30.0
"""So often the clock is looked at."""


def last_due(setting: Setting, now: datetime, policy: Policy) -> tuple[datetime, Period] | None:
    """The latest instant at which a report of this kind was due, and its period; None where it has no time."""
    at = setting.at
    if at is None or setting.kind == "special":
        return None
    local = now.astimezone(policy.zone)
    day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    if setting.kind == "daily":
        return _instant(day, at, policy), periods.on("daily", day, policy.zone)
    running = periods.on(setting.kind, day, policy.zone)
    return _instant(running.start.date(), at, policy), periods.before(running)


def next_due(setting: Setting, now: datetime, policy: Policy) -> datetime | None:
    """When the next report of this kind is due; None where it has no time."""
    at = setting.at
    if at is None or setting.kind == "special":
        return None
    local = now.astimezone(policy.zone)
    day = local.date() if local.time() < at else local.date() + timedelta(days=1)
    if setting.kind == "daily":
        return _instant(day, at, policy)
    running = periods.on(setting.kind, day, policy.zone)
    first = running.start.date()
    return _instant(first if first == day else running.end.date(), at, policy)


def _instant(day: object, at: time, policy: Policy) -> datetime:
    return datetime.combine(day, at, policy.zone)  # type: ignore[arg-type]


class Clock:
    """One worker's look at the clock of the reports."""

    def __init__(self) -> None:
        self._looked = -LOOK_SECONDS
        self._done: dict[str, str] = {}

    def step(self, now: datetime) -> int:
        """Draw up what is due and not there yet; how many reports. Looks at most every ``LOOK_SECONDS``."""
        if clock.monotonic() - self._looked < LOOK_SECONDS:
            return 0
        self._looked = clock.monotonic()
        try:
            policy = current(now)
        except NoDistrict:  # nothing was loaded yet: nobody to report to
            return 0
        made = 0
        for setting in reporting.settings().values():
            due = last_due(setting, now, policy)
            if due is not None and self._done.get(setting.kind) != due[1].name:
                made += _draw(due[1], now)
                self._done[setting.kind] = due[1].name
        return made


def _draw(period: Period, now: datetime) -> int:
    """Draw up one report unless it is there, or nothing had begun when its period ended."""
    if is_there(period):
        return 0
    first = reported.first_received(VIEWER)
    if first is None or first >= ms(period.end):
        return 0
    setting = setting_of(period.kind)
    number = archive.make(draw(period, now=now), BY, setting.recipients, scheduled=True)
    if number is not None:
        log.info("report %s %s drawn up", period.kind, period.name)
    return int(number is not None)


def is_there(period: Period) -> bool:
    """Whether the clock has drawn up the report of a period."""
    return bool(
        rows.one(
            "SELECT 1 FROM engine_report r WHERE r.kind = %s AND r.period = %s AND r.scheduled",
            [period.kind, period.name],
        )
    )
