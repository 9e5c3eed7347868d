"""Counting all metrics of a period: one statement for each kind of rows, grouped, and what is made of the sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from liandong.district.measuring import Measuring
from liandong.rules.policy import Policy
from liandong.rules.scoring import composite, mean, quantile

from .. import rows
from .definitions import METRICS, WEIGHED, Metric, Rows
from .hours import Hours, minutes_late, overtime, spent
from .scope import Scope, Statement, named
from .values import WHOLE, Result, Table, rate


@dataclass
class Sums:
    """What was counted of one metric for one key."""

    among: int = 0
    right: int = 0
    half: int = 0
    above: int = 0
    values: Hours = field(default_factory=Hours)

    def add(self, other: Sums) -> None:
        """Put another key's sums to this one's."""
        self.among += other.among
        self.right += other.right
        self.half += other.half
        self.above += other.above
        self.values.add(other.values)


Counted = dict[str, dict[str, Sums]]
_RIGHT = 2**32
"""What a row that is right adds to a sum; one that is only among adds 1. So every condition is looked at once a row."""


def count(scope: Scope, by: str, policy: Policy) -> Counted:
    """Sums by key and metric; the whole under "". Metrics without any row are missing."""
    counted: Counted = {}

    def of(key: str, code: str) -> Sums:
        return counted.setdefault(key, {}).setdefault(code, Sums())

    kinds: dict[Rows, list[tuple[Metric, str]]] = {}
    for metric in METRICS.values():
        if metric.rows is not None:
            kinds.setdefault(metric.rows, []).append((metric, "own"))
        if metric.above is not None:
            kinds.setdefault(metric.above, []).append((metric, "above"))
    for kind, wanted in kinds.items():
        for key, sums in _ask(kind, wanted, scope, by):
            for (metric, which), (among, right, half) in zip(wanted, sums, strict=True):
                own = of(key, metric.code)
                if which == "above":
                    own.above += among
                else:
                    own.among, own.right, own.half = own.among + among, own.right + right, own.half + half
    for code, gather in (
        ("M16", spent), ("M17", overtime), ("M21", minutes_late), ("M21_written", minutes_late),
    ):  # fmt: skip
        for key, hours in gather(METRICS[code], scope, by, policy).items():
            of(key, code).values.add(hours)
    if by:
        whole: dict[str, Sums] = {}
        for found in counted.values():
            for code, one in found.items():
                whole.setdefault(code, Sums()).add(one)
        counted[WHOLE] = whole
    return counted


def _ask(
    kind: Rows, wanted: list[tuple[Metric, str]], scope: Scope, by: str
) -> list[tuple[str, list[tuple[int, int, int]]]]:
    statement = Statement(kind, scope)
    columns = [statement.key(by)]
    for metric, which in wanted:
        among, right, half = (
            (metric.among, metric.right, metric.half) if which == "own" else ("1 = 1", "", "")
        )
        counts = f"CASE WHEN {right} THEN {_RIGHT} ELSE 1 END" if right else "1"
        columns.append(f"SUM(CASE WHEN {among} THEN {counts} ELSE 0 END)")
        columns.append(f"SUM(CASE WHEN ({among}) AND ({half}) THEN 1 ELSE 0 END)" if half else "0")
    sql, values = statement.sql(", ".join(columns), "GROUP BY 1" if by else "")
    made = []
    for row in rows.ask(sql, values):
        numbers = [int(number or 0) for number in row[1:]]
        made.append(
            (
                named(row[0], by),
                [
                    (both % _RIGHT + both // _RIGHT, both // _RIGHT, half)
                    for both, half in zip(numbers[::2], numbers[1::2], strict=True)
                ],
            )
        )
    return made


def judge(counted: Counted, by: str, measuring: Measuring, day: date, outside: Outside) -> Table:
    """From sums to results."""
    table: Table = {}
    for key, sums in counted.items():
        made = {code: result(METRICS[code], sums.get(code, Sums()), measuring) for code in METRICS}
        made["M15"] = _score(made, measuring)
        made["M24"] = _per_10k(sums.get("M24", Sums()), key, by, measuring, day)
        made["M23"] = outside.get("M23", {}).get(key if by != "township" else "-", Result())
        table[key] = made
    return table


Outside = Mapping[str, Mapping[str, Result]]
"""Metrics that a higher floor counts, by code and key (M23: test calls are kept in a register)."""


def result(metric: Metric, sums: Sums, measuring: Measuring) -> Result:
    """One metric out of its sums."""
    made: Callable[[Sums, Measuring], Result] | None = _OWN.get(metric.how or metric.unit)
    if made is not None:
        return made(sums, measuring)
    extra = {"half": float(sums.half), "full": float(sums.right)} if metric.half else {}
    right = sums.right + measuring.partly * sums.half
    return rate(right, sums.among, measuring.fewest, extra)


def _number(sums: Sums, _: Measuring) -> Result:
    return Result(sums.among, sums.among, float(sums.among), None, None, True)


def _ratio(sums: Sums, measuring: Measuring) -> Result:
    value = sums.above / sums.among if sums.among else None
    enough = bool(sums.among) and sums.among >= measuring.fewest
    return Result(sums.above, sums.among, value, None, None, enough)


def _hours(sums: Sums, measuring: Measuring) -> Result:
    net, gross = sorted(sums.values.net), sorted(sums.values.gross)
    extra = {
        name: value
        for name, value in (
            ("median", quantile(net, 0.5)), ("p90", quantile(net, 0.9)), ("mean_with_pauses", mean(gross)),
            ("median_with_pauses", quantile(gross, 0.5)), ("p90_with_pauses", quantile(gross, 0.9)),
        )
        if value is not None
    }  # fmt: skip
    enough = bool(sums.among) and sums.among >= measuring.fewest
    return Result(sum(net), sums.among, mean(net), None, None, enough, extra)


def _overtime(sums: Sums, _: Measuring) -> Result:
    late = sums.values.net
    extra = {"cases": float(sums.among), "longest": max(late, default=0.0)}
    return Result(sum(late), sums.among, sum(late), None, None, True, extra)


def _minutes(sums: Sums, measuring: Measuring) -> Result:
    late = sums.values.net
    extra = {"minutes_late": sum(late), "longest": max(late, default=0.0)}
    return rate(sums.right, sums.among, measuring.fewest, extra)


_OWN: Mapping[str, Callable[[Sums, Measuring], Result]] = {
    "count": _number, "ratio": _ratio, "hours": _hours, "overtime": _overtime, "minutes": _minutes,
    "inhabitants": _number, "composite": lambda *_: Result(), "outside": lambda *_: Result(),
}  # fmt: skip


def _score(made: Mapping[str, Result], measuring: Measuring) -> Result:
    """M15: only where each of its parts has enough cases."""
    weights = measuring.weights
    parts = {code: made[code].value if made[code].enough else None for code in WEIGHED}
    extra = {f"weight_{code}": weights[code] for code in WEIGHED}
    score = composite(parts, weights)
    least = min(made[code].denominator for code in WEIGHED)
    return Result(score or 0, least, score, None, None, score is not None, extra)


def _per_10k(sums: Sums, key: str, by: str, measuring: Measuring, day: date) -> Result:
    """M24: only of townships whose inhabitants are known; of the district where all of its own are."""
    people = measuring.people(day)
    if by == "township":
        known = people.get(key)
        count_ = known.people if known else 0
    else:
        count_ = 0
    value = sums.among / (count_ / 10_000) if count_ else None
    return Result(sums.among, count_, value, None, None, value is not None)
