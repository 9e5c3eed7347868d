"""Evaluation of the units and of the desk over a period (part E: M1-M25), the cases behind each number, frozen snapshots.

Nothing follows from a number by itself (R67): what is counted here is shown, appealed against and decided by people.
"""

from __future__ import annotations

from datetime import datetime

from liandong.district.measuring import current as measures
from liandong.district.policy import current as _policy
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.periods import Period
from liandong.rules.scoring import group_of

from . import detectors, exclusions, snapshots
from .counting import Outside, count, judge
from .definitions import DENOMINATOR, HALF, METRICS, NUMERATOR, PARTS, REST, WEIGHED, Metric
from .listing import how_many, items
from .scope import BY, COUNTING, LISTING, scope_of, seen
from .values import WHOLE, Item, Items, Result, Table, combine

__all__ = [
    "BY",
    "COUNTING",
    "DENOMINATOR",
    "HALF",
    "LISTING",
    "METRICS",
    "NUMERATOR",
    "PARTS",
    "REST",
    "WEIGHED",
    "WHOLE",
    "Item",
    "Items",
    "Metric",
    "Outside",
    "Result",
    "Table",
    "combine",
    "detectors",
    "evaluate",
    "exclusions",
    "group_average",
    "how_many",
    "is_preliminary",
    "items",
    "measures",
    "snapshots",
    "units_of",
]  # fmt: skip


def evaluate(
    viewer: Actor, period: Period, *, by: str = "", now: datetime, outside: Outside | None = None
) -> Table:
    """Every metric of a period. ``by``: "" (the whole district, under the key ""), unit or township; grouped tables hold
    the whole under "" as well. Keys without any row are missing; a table is empty for who may count nothing.

    ``outside``: results of metrics that a higher floor counts (M23), by code and key. A period that has not ended is
    counted until ``now``: it is preliminary (``is_preliminary``). Counting costs a fixed number of statements.
    """
    policy, measuring = _policy(), measures()
    units = seen(viewer, policy, now, listing=False)
    if units == () or by not in BY:
        return {}
    scope = scope_of(period, measuring, policy, now)._replace(units=units)
    last = min(period.end, max(now, period.start))
    counted = count(scope, by, policy)
    if by != "unit" or units is None:
        counted.setdefault(WHOLE, {})
    else:  # a unit is told of itself, not what its numbers would be as a district
        counted.pop(WHOLE, None)
    return judge(counted, by, measuring, last.astimezone(policy.zone).date(), outside or {})


def is_preliminary(period: Period, now: datetime) -> bool:
    """Whether a period still runs: its numbers will change and rank nobody."""
    return now < period.end


def group_average(period: Period, group: str, *, now: datetime) -> dict[str, Result]:
    """What the units of a rank group have together, by their cases: rates only, of no unit by itself."""
    table = evaluate(SYSTEM, period, by="unit", now=now)
    units = [unit.code for unit in _policy().units.values() if group_of(unit.kind) == group]
    return {
        code: combine([table[unit][code] for unit in units if unit in table], measures().fewest)
        for code, metric in METRICS.items()
        if metric.unit == "rate" and metric.of == "unit" and metric.rows is not None
    }


def units_of(viewer: Actor, now: datetime) -> frozenset[str]:
    """The units a viewer stands for, those whose work it took over among them."""
    return frozenset(seen(viewer, _policy(), now, listing=True) or ())
