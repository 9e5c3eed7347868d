"""The cases behind a number: the conditions that counted it, one line for each row that was counted, page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liandong.district.measuring import Measuring
from liandong.district.measuring import current as measures
from liandong.district.policy import current as policy_now
from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.policy import Policy

from .. import cursor, rows
from .definitions import (
    ASSIGNED,
    CLOCKED,
    DENOMINATOR,
    HALF,
    METRICS,
    NUMERATOR,
    PARTS,
    PASSED,
    REST,
    Metric,
    Rows,
)
from .scope import NOWHERE, Scope, Statement, refused, scope_of, seen
from .values import Item, Items

FACTS: dict[str, tuple[str, ...]] = {
    ASSIGNED.name: (
        "how", "pushed_ms", "sign_due_ms", "signed_ms", "sign_outcome", "due_ms", "original_due_ms", "stopped_ms",
        "outcome", "promised", "suspended", "feedback_ms", "finished_ms", "contacted_ms", "contact_outcome",
        "returned_ms", "return_outcome",
    ),
    PASSED.name: ("how", "pushed_ms", "due_ms", "outcome"),
    CLOCKED.name: ("kind", "started_ms", "due_ms", "stopped_ms", "outcome"),
}  # fmt: skip
_ALIAS = {ASSIGNED.name: "a", PASSED.name: "a", CLOCKED.name: "k"}


def condition(metric: Metric, part: str) -> tuple[Rows, str]:
    """The rows of a part of a metric and what holds for them. Raises Refused for what has no such part."""
    if metric.rows is None or part not in PARTS or (part == HALF and not metric.half):
        raise refused("bad_value", "R65", f"{metric.name}没有可以打开的这部分清单", "part")
    if part == NUMERATOR and metric.above is not None:
        return metric.above, "1 = 1"
    if part in (NUMERATOR, HALF):
        wanted = metric.half if part == HALF else metric.right
        return metric.rows, f"({metric.among}) AND ({wanted})" if wanted else metric.among
    if part == REST and metric.right:
        counts = f"({metric.right}) OR ({metric.half})" if metric.half else metric.right
        return metric.rows, f"({metric.among}) AND (CASE WHEN {counts} THEN 0 ELSE 1 END) = 1"
    return metric.rows, metric.among


def statement(metric: Metric, part: str, scope: Scope, by: str, key: str | None) -> Statement:
    """The statement that finds a part of a metric, of one key or of all."""
    kind, wanted = condition(metric, part)
    made = Statement(kind, scope)
    made.where(wanted)
    if key is not None and by:
        made.where(f"({made.key(by)}) = %s", "" if key == NOWHERE else key)
    return made


def metric_of(code: str) -> Metric:
    """A metric by its code. Raises Refused for one that does not exist."""
    metric = METRICS.get(code)
    if metric is None:
        raise refused("bad_value", "R65", f"没有指标 {code}，可用：{'、'.join(METRICS)}", "code")
    return metric


def items(
    viewer: Actor,
    code: str,
    part: str,
    period: Period,
    *,
    key: str | None = None,
    by: str = "unit",
    after: str | None = None,
    limit: int = 50,
    now: datetime,
    policy: Policy | None = None,
    measuring: Measuring | None = None,
) -> Items:
    """The rows behind a number of ``evaluate``, the latest first. ``part``: numerator, half (counted in part), denominator,
    rest (in the denominator alone). Nothing for a viewer who sees no cases. Raises BadCursor, Refused.
    """
    policy, measuring = policy or policy_now(), measuring or measures()
    metric = metric_of(code)
    scope = scope_of(period, measuring, policy, now)._replace(units=seen(viewer, policy, now, listing=True))
    query = statement(metric, part, scope, by, key)
    kind = query.rows
    if after:
        parts = cursor.read("evaluation", after, 1 + len(kind.keys))
        typed = [
            text if name.endswith("no") else cursor.number(text)
            for name, text in zip(kind.keys, parts[1:], strict=True)
        ]
        marks = ", ".join(["%s"] * (1 + len(typed)))
        query.where(f"({kind.when}, {', '.join(kind.keys)}) < ({marks})", cursor.number(parts[0]), *typed)
    order = ", ".join(f"{column} DESC" for column in (kind.when, *kind.keys))
    facts = FACTS.get(kind.name, ())
    columns = [kind.unit, kind.when, *kind.keys, *(f"{_ALIAS[kind.name]}.{name}" for name in facts)]
    sql, values = query.sql(", ".join(columns), f"ORDER BY {order} LIMIT {int(limit) + 1}")
    found = rows.ask(sql, values)
    width = 2 + len(kind.keys)
    shown = found[:limit]
    end = shown[-1] if len(found) > limit else None
    return Items(
        [_item(row, width, facts) for row in shown],
        cursor.make("evaluation", end[1], *end[2:width]) if end else None,
    )


def _item(row: tuple[Any, ...], width: int, facts: tuple[str, ...]) -> Item:
    number = int(row[3]) if width > 3 else None
    return Item(str(row[2]), str(row[0]), int(row[1]), number, dict(zip(facts, row[width:], strict=True)))


def how_many(
    viewer: Actor,
    code: str,
    part: str,
    period: Period,
    *,
    key: str | None = None,
    by: str = "unit",
    now: datetime,
) -> int:
    """How many rows ``items`` gives together."""
    policy = policy_now()
    scope = scope_of(period, measures(), policy, now)._replace(units=seen(viewer, policy, now, listing=True))
    sql, values = statement(metric_of(code), part, scope, by, key).sql("COUNT(*)")
    row = rows.one(sql, values)
    return int(row[0]) if row else 0


__all__ = ["DENOMINATOR", "FACTS", "condition", "how_many", "items", "metric_of", "statement"]
