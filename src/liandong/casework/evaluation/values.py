"""What evaluation answers with: results by key, and the cases behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from liandong.rules.scoring import wilson

WHOLE = ""
"""The key of the whole district."""


@dataclass(frozen=True, slots=True)
class Result:
    """One metric of one unit. ``value`` None: there is nothing to divide by. ``enough`` is false below the fewest cases
    that are judged (样本不足); then nobody is ranked by it. ``extra``: further numbers of the metric by name."""

    numerator: float = 0
    denominator: float = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    enough: bool = False
    extra: Mapping[str, float] = field(default_factory=dict)


Table = dict[str, dict[str, Result]]


@dataclass(frozen=True, slots=True)
class Item:
    """One counted row: the case, whose it was, the instant that put it into the period; ``n`` tells several assignments
    or clocks of one case apart (None: the case itself). ``facts``: instants and outcomes of the row by name."""

    no: str
    unit: str
    at_ms: int
    n: int | None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Items:
    """One page of rows; ``next`` continues after it (None: that was all)."""

    items: list[Item]
    next: str | None


def rate(right: float, among: float, fewest: int, extra: Mapping[str, float] | None = None) -> Result:
    """A share with its 95 % Wilson interval."""
    interval = wilson(right, among)
    low, high = interval if interval else (None, None)
    return Result(
        right,
        among,
        right / among if among else None,
        low,
        high,
        bool(among) and among >= fewest,
        extra or {},
    )


def combine(results: Iterable[Result], fewest: int) -> Result:
    """Several units' share as one: the average of a group by its cases, not by its units."""
    found = list(results)
    return rate(sum(one.numerator for one in found), sum(one.denominator for one in found), fewest)
