"""The lines behind a number: the same conditions, one line for each row that was counted, page by page."""

from __future__ import annotations

from typing import Any, NamedTuple

from liandong.rules.model import Actor

from .. import cursor, rows
from .definitions import RETURNED, Figure
from .query import Filters, Statement, Window

_NEVER = 9_000_000_000_000
_CLOCK = "k.kind, k.started_ms, k.due_ms, k.original_due_ms, k.stopped_ms, k.outcome"


class Item(NamedTuple):
    """One counted row: the case, the instant that put it into the period, whose it was; for a limit its clock."""

    no: str
    at_ms: int
    unit: str
    clock: dict[str, Any] | None


class Items(NamedTuple):
    """One page of lines; ``next`` continues after it (None: that was all)."""

    items: list[Item]
    next: str | None


def items(
    viewer: Actor,
    figure: Figure,
    window: Window,
    filters: Filters | None = None,
    *,
    part: str = "among",
    after: str | None = None,
    limit: int = 50,
) -> Items:
    """The rows that a figure counts, the latest first (what is open now: the longest overdue first).

    ``part``: among (all it is about), right (those that count), rest (the others). Nothing for a viewer who sees no
    cases. Raises BadCursor.
    """
    kind = figure.rows
    statement = Statement(kind, viewer, window, filters or Filters(), listing=True)
    statement.where(f"({figure.among})")
    if figure.right and part == "right":
        statement.where(f"({figure.right})")
    elif figure.right and part == "rest":  # a comparison with nothing is neither true nor false
        statement.where(f"(CASE WHEN {figure.right} THEN 0 ELSE 1 END) = 1")
    when = kind.when or f"COALESCE(c.due_ms, {_NEVER})"
    keys = ", ".join(kind.keys)
    if after:
        parts = cursor.read("figure", after, 1 + len(kind.keys))
        typed = [
            part if key.endswith("no") else cursor.number(part)
            for key, part in zip(kind.keys, parts[1:], strict=True)
        ]
        marks = ", ".join(["%s"] * (1 + len(typed)))
        statement.where(
            f"({when}, {keys}) {'<' if kind.when else '>'} ({marks})", cursor.number(parts[0]), *typed
        )
    order = ", ".join(f"{column} {'DESC' if kind.when else 'ASC'}" for column in (when, *kind.keys))
    has_clock = kind.table == "casework_clock k"
    columns = f"{kind.case}, {when}, {kind.unit}, {keys}" + (f", {_CLOCK}" if has_clock else "")
    sql, values = statement.sql(columns, f"ORDER BY {order} LIMIT {limit + 1}")
    found = rows.ask(sql, values)
    shown = found[:limit]
    width = 3 + len(kind.keys)
    lines = [
        Item(row[0], int(row[1]), _unit(row[2], figure), _clock(row[width:]) if has_clock else None)
        for row in shown
    ]
    end = shown[-1] if len(found) > limit else None
    return Items(lines, cursor.make("figure", end[1], *end[3:width]) if end else None)


def _unit(value: Any, figure: Figure) -> str:
    return str(value).split(":")[1] if figure.rows is RETURNED else str(value)


def _clock(values: tuple[Any, ...]) -> dict[str, Any]:
    names = ("kind", "started_ms", "due_ms", "original_due_ms", "stopped_ms", "outcome")
    return dict(zip(names, values, strict=True))
