"""How a number is judged: its interval, whether there are enough cases, its place among its equals, the composite score.

Pure arithmetic of part E: departments, townships and public companies are ranked apart, nobody below the fewest cases
has a place, and no number decides anything by itself (R67).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054
"""The two-sided 95 % point of the normal distribution."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "department": ("department", "police"),
    "township": ("township", "park"),
    "utility": ("utility",),
    "other": ("other",),
}
"""Fair groups and the kinds of units in each. The command itself stands in none: it rules, it is not ranked (AMB22)."""


def group_of(kind: str) -> str | None:
    """The group a unit of this kind is ranked in; None for the duty office (AMB22)."""
    return next((group for group, kinds in GROUPS.items() if kind in kinds), None)


def wilson(right: float, among: float, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson score interval of a share; None of nothing. Raises ValueError for a share outside 0–1."""
    if among < 0 or not 0 <= right <= among:
        raise ValueError(f"{right} of {among} is no share")
    if not among:
        return None
    share, square = right / among, z * z
    middle = share + square / (2 * among)
    spread = z * sqrt(share * (1 - share) / among + square / (4 * among * among))
    scale = 1 + square / among
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return min(max(low, 0.0), share), max(min(high, 1.0), share)


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None of nothing."""
    return sum(values) / len(values) if values else None


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest of the values in order that at least ``share`` (0–1) of all do not exceed; None of nothing.

    ``share`` 0.5 of an even number of values is the mean of the middle two, as people count a median.
    """
    if not ordered:
        return None
    count = len(ordered)
    if share == 0.5 and count % 2 == 0:
        return (ordered[count // 2 - 1] + ordered[count // 2]) / 2
    at = int(share * count)
    if at == share * count and at:
        at -= 1
    return ordered[min(at, count - 1)]


class Placed(NamedTuple):
    """One in a ranking. ``place`` None: too few cases, or no value; ``why`` says which (few, none); "" with a place."""

    key: Hashable
    place: int | None
    value: float | None
    why: str


def rank(
    entries: Sequence[tuple[Hashable, float | None, bool]], *, better: str = "high", digits: int = 9
) -> list[Placed]:
    """Places among equals: (key, value, enough) each; equal values share a place and the next one is skipped.

    ``better`` high or low. Who has too few cases stands at the end without a place.
    """
    judged = [(key, round(value, digits)) for key, value, enough in entries if enough and value is not None]
    sign = -1 if better == "high" else 1
    judged.sort(key=lambda pair: (sign * pair[1], str(pair[0])))
    made: list[Placed] = []
    for at, (key, value) in enumerate(judged):
        place = at + 1
        if made and made[-1].value == value:
            earlier = made[-1].place
            assert earlier is not None
            place = earlier
        made.append(Placed(key, place, value, ""))
    left = [(key, value, enough) for key, value, enough in entries if not enough or value is None]
    left.sort(key=lambda entry: str(entry[0]))
    return made + [Placed(key, None, value, "none" if value is None else "few") for key, value, _ in left]


def composite(values: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of rates (0–1) in points of 100; None where one of them is missing or nothing weighs.

    M15: the weights are settings of the district; 28号文 sets none.
    """
    whole = sum(weights.values())
    if whole <= 0 or any(weight < 0 for weight in weights.values()):
        return None
    points = 0.0
    for code, weight in weights.items():
        value = values.get(code)
        if value is None:
            if weight:
                return None
            continue
        points += weight * value
    return 100 * points / whole


def working_hours(
    position: Callable[[int], float], start: int, end: int, pauses: Sequence[tuple[int, int]] = ()
) -> float:
    """Working hours from ``start`` until ``end`` without ``pauses`` (milliseconds; overlapping pauses count once).

    ``position`` gives the working seconds that lie before an instant.
    """
    if end <= start:
        return 0.0
    seconds = position(end) - position(start)
    reached = start
    for begin, finish in sorted(pauses):
        begin, finish = max(begin, reached), min(finish, end)
        if finish > begin:
            seconds -= position(finish) - position(begin)
            reached = finish
    return max(0.0, seconds) / 3600
