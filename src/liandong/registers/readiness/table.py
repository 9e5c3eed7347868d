"""The table: units in force on a day, the items the pack weighs, how each stands, shares with their counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from liandong.casework import sight
from liandong.district import policy as district_policy
from liandong.district import register_settings
from liandong.district.policy import current_pack
from liandong.district.values import in_force
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import filed, standing
from .items import GAP, ITEMS, NONE, Cell, Gap, Item
from .known import SUBJECT, Known, gather

JUDGES: Mapping[str, Callable[[Known, str], Cell]] = {
    "documents": filed.documents,
    "duty": standing.duty,
    "people": standing.people,
    "inner": standing.inner,
    "phones": filed.phones,
    "plan": filed.plan,
    "connection": filed.connection,
    "training": standing.training,
    "resources": filed.resources,
    "campaign": filed.campaign,
    "measure": filed.measure,
}
EXEMPT = ("command", "other")
"""Kinds of units without a row: 应急办 checks the others (AMB22), 其他单位 are none of the notice's list."""


@dataclass(frozen=True, slots=True)
class Row:
    """One unit. ``ready`` of ``concerned`` items lack nothing; ``share`` weighs them (None: nothing concerns it)."""

    unit: str
    name: str
    kind: str
    cells: Mapping[str, Cell]
    ready: int
    concerned: int
    share: float | None

    @property
    def gaps(self) -> tuple[tuple[str, Gap], ...]:
        """(item, gap) of everything that is missing or falls due."""
        return tuple((code, gap) for code, cell in self.cells.items() for gap in cell.gaps)


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a day. ``totals``: (units without a gap, units concerned) by item."""

    day: date
    today: bool
    items: tuple[Item, ...]
    weights: Mapping[str, int]
    rows: tuple[Row, ...]
    totals: Mapping[str, tuple[int, int]]

    @property
    def whole(self) -> int:
        """How many units lack nothing."""
        return sum(row.ready == row.concerned for row in self.rows)


def table(
    viewer: Actor, day: date, now: datetime, *, unit: str | None = None, policy: Policy | None = None
) -> Table:
    """How ready the units were on a day that has come, as this viewer sees it: a unit itself alone (R10).

    Raises ValueError for a day still to come.
    """
    rules = policy or district_policy.current(now)
    if day > now.astimezone(rules.zone).date():
        raise ValueError("截至日期晚于今天，请选今天或以前的日期")
    pack = current_pack()
    shown = [one for one in pack.units if one.kind not in EXEMPT and in_force(one, day)]
    if viewer.role == "unit":
        mine = sight.units_of(viewer, rules, now)
        shown = [one for one in shown if one.code in mine]
    if unit is not None:
        shown = [one for one in shown if one.code == unit]
    settings = register_settings.of(SUBJECT)
    weights = {item.code: int(settings.get(f"{item.code}.weight", 0)) for item in ITEMS}
    items = tuple(item for item in ITEMS if weights[item.code] > 0)
    known = gather(viewer, day, now, [one.code for one in shown], pack, rules)
    rows = []
    for one in shown:
        cells = {item.code: JUDGES[item.code](known, one.code) for item in items}
        rows.append(_row(one.code, one.name_at(day), one.kind, cells, weights))
    return Table(day, known.today, items, weights, tuple(rows), _totals(items, rows))


def _row(code: str, name: str, kind: str, cells: Mapping[str, Cell], weights: Mapping[str, int]) -> Row:
    concerned = [item for item, cell in cells.items() if cell.state != NONE]
    ready = [item for item in concerned if cells[item].state != GAP]
    whole = sum(weights[item] for item in concerned)
    share = sum(weights[item] for item in ready) / whole if whole else None
    return Row(code, name, kind, cells, len(ready), len(concerned), share)


def _totals(items: tuple[Item, ...], rows: list[Row]) -> dict[str, tuple[int, int]]:
    made = {}
    for item in items:
        states = [row.cells[item.code].state for row in rows]
        made[item.code] = (sum(s not in (GAP, NONE) for s in states), sum(s != NONE for s in states))
    return made
