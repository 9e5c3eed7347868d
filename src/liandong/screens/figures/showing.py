"""From counts to what a page shows: rates with their interval, changes in words, small trends, five steps of shading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from liandong.casework.figures import Count
from liandong.triage.fitting import wilson

STEPS = 5
EPOCH = date(1970, 1, 1)
SPARK = (96, 28)
"""Width and height of a small trend."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval; ``enough`` is false below the fewest cases, then nobody is judged by it."""

    count: Count
    enough: bool

    @property
    def share(self) -> float | None:
        """The share itself."""
        return self.count.right / self.count.among if self.count.among else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return wilson(self.count.right, self.count.among)

    @property
    def rest(self) -> int:
        """Those that do not count."""
        return self.count.among - self.count.right


def change_of_number(now: int, before: int) -> str:
    """How a number stands to the one before, in words."""
    if now == before:
        return _("与上期相同")
    more = abs(now - before)
    share = _("（{share}）").format(share=f"{(now - before) / before:+.0%}") if before else ""
    words = _("比上期多 {n}{share}") if now > before else _("比上期少 {n}{share}")
    return words.format(n=more, share=share)


def change_of_rate(now: Rate, before: Rate) -> str:
    """How a rate stands to the one before, in percentage points; nothing is said of too few cases."""
    if not now.enough or not before.enough or now.share is None or before.share is None:
        return _("上期样本不足，不比较") if now.enough else ""
    points = (now.share - before.share) * 100
    if abs(points) < 0.05:
        return _("与上期相同")
    words = _("比上期高 {n} 个百分点") if points > 0 else _("比上期低 {n} 个百分点")
    return words.format(n=f"{abs(points):.1f}")


def spark(values: Sequence[float | None]) -> str:
    """The points of a small line, for an SVG polyline; nothing where there is no line to draw."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or min(known) == max(known):
        return ""
    width, height = SPARK
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = width / (len(values) - 1)
    points = [
        f"{n * step:.1f},{height - 2 - (value - low) / spread * (height - 4):.1f}"
        for n, value in enumerate(values)
        if value is not None
    ]
    return " ".join(points)


def steps(values: Sequence[float]) -> list[float]:
    """The upper bounds of at most five groups of about equal size; equal values are never parted."""
    ordered = sorted(values)
    bounds: list[float] = []
    for n in range(1, STEPS + 1):
        if ordered:
            bound = ordered[min(len(ordered) - 1, max(0, round(n * len(ordered) / STEPS) - 1))]
            if not bounds or bound > bounds[-1]:
                bounds.append(bound)
    return bounds


def step_of(value: float, bounds: Sequence[float]) -> int:
    """Which group a value falls in, from 1; spread over the five shades when there are fewer groups."""
    at = next((n for n, bound in enumerate(bounds) if value <= bound), len(bounds) - 1)
    return STEPS if len(bounds) == 1 else 1 + round(at * (STEPS - 1) / (len(bounds) - 1))


def day_number(day: date) -> int:
    """Days since the epoch, as counts by day are keyed."""
    return (day - EPOCH).days


def buckets(days: Sequence[date], step: str) -> list[tuple[date, date]]:
    """First and last day of each point of a trend: single days, or weeks from Monday."""
    if step == "day":
        return [(day, day) for day in days]
    made: list[tuple[date, date]] = []
    for day in days:
        monday = day - timedelta(days=day.weekday())
        if made and made[-1][0] >= monday:
            made[-1] = (made[-1][0], day)
        else:
            made.append((day, day))
    return made


def bar(value: Any, most: Any) -> int:
    """The length of a bar in percent of the longest."""
    return round(100 * value / most) if most else 0
