"""Counting: several figures over one period in as few statements as there are kinds of rows, grouped or whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from liandong.rules.model import Actor

from .. import rows
from .definitions import FIGURES, RETURNED, Figure, Rows
from .query import Filters, Statement, Window


class Count(NamedTuple):
    """``right`` of ``among``; a plain number has both equal."""

    among: int = 0
    right: int = 0


Table = dict[Any, dict[str, Count]]
WHOLE = ""
"""The key of what is not grouped."""


def tally(
    viewer: Actor, codes: Iterable[str], window: Window, filters: Filters | None = None, *, by: str = WHOLE
) -> Table:
    """Figures by key: ``by`` is day (days since the epoch), hour (0-167 from Monday), unit, township, matter, kind,
    case_class, age, holder, or nothing, which gives one entry under "". Figures without any row are missing.

    One statement for each kind of rows among the figures. A viewer who may count nothing gets zeros.
    """
    kinds: dict[Rows, list[Figure]] = {}
    for code in codes:
        kinds.setdefault(FIGURES[code].rows, []).append(FIGURES[code])
    table: Table = {}
    for kind, figures in kinds.items():
        for key, counted in _ask(viewer, kind, figures, window, filters or Filters(), by):
            known = table.setdefault(key, {})
            for figure, count in counted:
                before = known.get(figure, Count())
                known[figure] = Count(before.among + count.among, before.right + count.right)
    return table


def _ask(
    viewer: Actor, kind: Rows, figures: list[Figure], window: Window, filters: Filters, by: str
) -> Iterable[tuple[Any, list[tuple[str, Count]]]]:
    statement = Statement(kind, viewer, window, filters, listing=False)
    columns = []
    for figure in figures:
        among, right = statement.at(figure.among), statement.at(figure.right)
        columns.append(f"SUM(CASE WHEN {among} THEN 1 ELSE 0 END)")
        if right:
            columns.append(f"SUM(CASE WHEN ({among}) AND ({right}) THEN 1 ELSE 0 END)")
    if by:
        columns.insert(0, statement.key(by))
    sql, values = statement.sql(", ".join(columns), "GROUP BY 1" if by else "")
    for row in rows.ask(sql, values):
        numbers = [int(number or 0) for number in (row[1:] if by else row)]
        yield _named(row[0], kind, by) if by else WHOLE, _counts(figures, numbers)


def _counts(figures: list[Figure], numbers: list[int]) -> list[tuple[str, Count]]:
    counted = []
    at = 0
    for figure in figures:
        among = numbers[at]
        right = numbers[at + 1] if figure.right else among
        at += 2 if figure.right else 1
        counted.append((figure.code, Count(among, right)))
    return counted


def _named(key: Any, kind: Rows, by: str) -> Any:
    """A group's key as others know it; who returned is written as an actor."""
    if kind is RETURNED and by == "unit":
        return str(key).split(":")[1]
    return key
