"""A case's clocks as bars on one axis of time: run, paused, late, still to come; marks at 50, 75 and 90 percent.

Pure: what to draw is worked out here in percent of the axis, the template only writes it down. The table beside it says
the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from liandong.rules.clocks import WARNINGS, WORKING, spent, unit_of
from liandong.rules.policy import Policy
from liandong.screens.common.times import Standing, standing, to_instant

STEPS = tuple(
    timedelta(minutes=m)
    for m in (
        1,
        5,
        15,
        30,
        60,
        120,
        240,
        480,
        720,
        1440,
        2880,
        7200,
        10080,
        20160,
        43200,
        86400,
        129600,
        259200,
        525600,
    )
)
MOST_TICKS = 6
LEAST_WIDTH = 0.4
"""Percent: a clock of five minutes on an axis of a month is still seen."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a bar in percent of the axis. ``kind``: run, pause, late, left."""

    kind: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One point on a bar or the axis."""

    x: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One clock: its pieces and marks, and how it stands in words."""

    clock: Mapping[str, Any]
    standing: Standing
    pieces: list[Piece]
    warnings: list[Mark]
    due: Mark | None
    original: Mark | None
    late: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole drawing. ``now`` is None where the case ended before the present."""

    bars: list[Bar]
    ticks: list[Mark]
    now: Mark | None


@dataclass(slots=True)
class Past:
    """What the events tell of one clock beyond its present values: its limit, and when it was paused."""

    limit: str = "at"
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)


def pasts(events: Iterable[Mapping[str, Any]]) -> dict[int, Past]:
    """Limits and pauses by a clock's number, from events read with their clocks."""
    known: dict[int, Past] = {}
    for event in events:
        at = to_instant(event["at"])
        assert at is not None
        for number, changed in (event.get("clocks") or {}).items():
            past = known.setdefault(int(number), Past())
            past.limit = str(changed.get("limit") or past.limit)
            is_open = bool(past.pauses) and past.pauses[-1][1] is None
            if changed.get("paused") and not is_open:
                past.pauses.append((at, None))
            elif is_open and (changed.get("paused") is False or changed.get("stopped_at")):
                past.pauses[-1] = (past.pauses[-1][0], at)
    return known


def draw(
    clocks: Sequence[Mapping[str, Any]], known: Mapping[int, Past], now: datetime, policy: Policy
) -> Timeline | None:
    """The drawing of a case's clocks (in the contract's order, whose numbers run from 1); None where there are none."""
    if not clocks:
        return None
    starts = [_at(c["started_at"], now) for c in clocks]
    running = any(not c.get("stopped_at") for c in clocks)
    ends = [_at(c.get("stopped_at"), now) for c in clocks] if not running else [now]
    ends += [_at(c.get("due_at"), now) for c in clocks if not c.get("stopped_at")]
    first, last = min(starts), max(*ends, min(starts) + timedelta(minutes=5))
    axis = Axis(first, last + (last - first) * 0.02)
    bars = []
    for place, clock in enumerate(clocks):
        bars.append(_bar(clock, known.get(place + 1, Past()), axis, now, policy))
    return Timeline(bars, axis.ticks(), Mark(axis.x(now)) if running else None)


def _at(value: Any, now: datetime) -> datetime:
    return to_instant(value) or now


class Axis:
    """Instants as percent of the drawing's width."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.whole = first, (last - first).total_seconds()

    def share(self, at: datetime) -> float:
        """Where an instant lies, 0 to 100."""
        return min(100.0, max(0.0, (at - self.first).total_seconds() / self.whole * 100))

    def x(self, at: datetime) -> str:
        """The same as SVG wants it."""
        return f"{self.share(at):.2f}%"

    def piece(self, kind: str, start: datetime, end: datetime) -> Piece:
        """A stretch between two instants, never too narrow to be seen."""
        left = min(self.share(start), 100 - LEAST_WIDTH)
        return Piece(kind, f"{left:.2f}%", f"{max(LEAST_WIDTH, self.share(end) - left):.2f}%")

    def ticks(self) -> list[Mark]:
        """At most six instants at a round distance, the district's midnight among them."""
        whole = timedelta(seconds=self.whole)
        step = next((one for one in STEPS if whole / one <= MOST_TICKS), STEPS[-1])
        midnight = self.first.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + (((self.first - midnight) // step) + 1) * step
        marks = []
        while self.share(at) < 97:
            said = f"{at.month}-{at.day}" if step >= _DAY else f"{at:%H:%M}"
            if step < _DAY and at.time().hour == 0 and at.time().minute == 0:
                said = f"{at.month}-{at.day}"
            marks.append(Mark(self.x(at), said))
            at += step
        return marks


def _bar(clock: Mapping[str, Any], past: Past, axis: Axis, now: datetime, policy: Policy) -> Bar:
    start, due = _at(clock["started_at"], now), to_instant(clock.get("due_at"))
    stopped = to_instant(clock.get("stopped_at"))
    end = stopped or now
    judged = clock.get("outcome") not in ("superseded", "lapsed")
    late_from = due if due is not None and end > due and judged and not clock.get("paused") else None
    pieces = [axis.piece("run", start, min(end, late_from) if late_from else end)]
    for begun, over in past.pauses:
        pieces.append(axis.piece("pause", begun, over or end))
    if late_from is not None:
        pieces.append(axis.piece("late", late_from, end))
    if stopped is None and due is not None and due > now:
        pieces.append(axis.piece("left", max(now, start), due))
    original = to_instant(clock.get("original_due_at"))
    moved = original is not None and due is not None and original != due
    return Bar(
        clock,
        standing(dict(clock), now),
        pieces,
        [Mark(axis.x(at), f"{percent}%") for percent, at in _warnings(clock, past, start, due, policy)],
        Mark(axis.x(due)) if due is not None else None,
        Mark(axis.x(original)) if moved and original is not None else None,
        late_from is not None,
    )


SILENT = ("total", "return_window", "suspension")


def _warnings(
    clock: Mapping[str, Any], past: Past, start: datetime, due: datetime | None, policy: Policy
) -> list[tuple[int, datetime]]:
    """When 50, 75 and 90 percent of a clock's time are used, as its limit counts time; none of a paused clock."""
    if due is None or clock["kind"] in SILENT or clock.get("paused"):
        return []
    runs, at = [], start
    for begun, over in past.pauses:
        runs.append((at, begun))
        at = over or begun
    runs.append((at, max(due, at)))
    lengths = [spent(policy, past.limit, begun, over) for begun, over in runs]
    found = []
    for percent in WARNINGS:
        ahead = sum(lengths) * percent / 100
        for (begun, _over), length in zip(runs, lengths, strict=True):
            if ahead <= length:
                found.append((percent, _after(policy, past.limit, begun, ahead)))
                break
            ahead -= length
    stopped = to_instant(clock.get("stopped_at"))
    return [(percent, at) for percent, at in found if stopped is None or at <= stopped]


def _after(policy: Policy, limit: str, begun: datetime, seconds: float) -> datetime:
    """The instant so many counted seconds after another."""
    if unit_of(limit) in WORKING:
        return policy.calendar.at(policy.calendar.position(begun) + seconds)
    return begun + timedelta(seconds=seconds)
