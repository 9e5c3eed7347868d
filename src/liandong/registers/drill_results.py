"""What reports and evaluation ask of 点验 and sanctions of a period (R49, R50, R66–R67): counts and medians, with the numbers
of the entries behind them. Test runs and cancelled drills count nowhere; a share without cases is None, never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from statistics import median
from typing import NamedTuple

from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.register import Entry

from . import drills
from .queries import Asking


class UnitDrills(NamedTuple):
    """One unit in the drills of a period; ``entries`` are the numbers behind it."""

    called: int
    answered: int
    in_time: int
    silent: int
    passed: int
    failed: int
    median_seconds: float | None
    entries: tuple[str, ...]


class Drills(NamedTuple):
    """The drills of a period. ``pass_rate`` is of the units judged, ``in_time`` of those called by roll."""

    held: int
    methods: Mapping[str, int]
    called: int
    answered: int
    in_time: int
    silent: int
    passed: int
    failed: int
    median_seconds: float | None
    units: Mapping[str, UnitDrills]
    gaps: tuple[str, ...]
    entries: tuple[str, ...]

    @property
    def pass_rate(self) -> float | None:
        """Passed of all judged; None where nobody was judged."""
        judged = self.passed + self.failed
        return self.passed / judged if judged else None


def drills_of(viewer: Actor, period: Period, now: datetime) -> Drills:
    """What the drills opened in a period came to, by unit and in all."""
    taken = [
        entry
        for entry in drills.everything(viewer, "drill", Asking(since=period.start, until=period.end), now=now)
        if not entry.data.get("test") and entry.state != "cancelled"
    ]
    lines: dict[str, list[tuple[Entry, drills.Line]]] = {}
    for entry in taken:
        for line in drills.board(entry, now).lines:
            lines.setdefault(line.unit, []).append((entry, line))
    units = {unit: _unit(found) for unit, found in sorted(lines.items())}
    seconds = [line.seconds for found in lines.values() for _, line in found if line.seconds is not None]
    gaps = tuple(one.code for one in drills.plans_of(viewer, period) if one.gap)
    return Drills(
        held=len(taken),
        methods=dict(Counter(str(entry.data["method"]) for entry in taken)),
        called=sum(one.called for one in units.values()),
        answered=sum(one.answered for one in units.values()),
        in_time=sum(one.in_time for one in units.values()),
        silent=sum(one.silent for one in units.values()),
        passed=sum(one.passed for one in units.values()),
        failed=sum(one.failed for one in units.values()),
        median_seconds=round(median(seconds), 1) if seconds else None,
        units=units,
        gaps=gaps,
        entries=tuple(entry.no for entry in taken),
    )


def _unit(found: list[tuple[Entry, drills.Line]]) -> UnitDrills:
    how = Counter(line.how for _, line in found)
    seconds = [line.seconds for _, line in found if line.seconds is not None]
    return UnitDrills(
        called=len(found) - how[drills.UNASKED],
        answered=how[drills.ANSWERED] + how[drills.LATE],
        in_time=how[drills.ANSWERED],
        silent=how[drills.SILENT],
        passed=sum(line.result == "pass" for _, line in found),
        failed=sum(line.result == "fail" for _, line in found),
        median_seconds=round(median(seconds), 1) if seconds else None,
        entries=tuple(entry.no for entry, _ in found),
    )
