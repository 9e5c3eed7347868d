"""The items of the table and the values of a cell. Weights and limits are the pack's (registers/readiness.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OK, SOON, GAP, NONE = "ok", "soon", "gap", "none"
"""In order; something falls due but nothing is missing; something is missing; the item does not concern the unit."""
_WORST = (NONE, OK, SOON, GAP)


class Item(NamedTuple):
    """One column: its code, what it is called, the rule it follows from, and whether past days can be asked for."""

    code: str
    label: str
    rule: str
    dated: bool = True


ITEMS = (
    Item("documents", "三项制度", "R23"),
    Item("duty", "值班", "R24"),
    Item("people", "负责人联络员", "R59"),
    Item("inner", "内部单位", "R48"),
    Item("phones", "电话核实", "R48"),
    Item("plan", "方案与动员", "R54"),
    Item("connection", "联通测试", "R55"),
    Item("training", "培训", "R56"),
    Item("resources", "经费装备", "R60"),
    Item("campaign", "宣传", "R61"),
    Item("measure", "便民举措", "R64"),
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing or falls due. ``text`` is a Chinese sentence with {names} of ``values``; ``mend`` says what
    mends it: (what, further words) that a page turns into an address."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    mend: tuple[str, ...] = ()
    state: str = GAP

    @property
    def says(self) -> str:
        """The sentence, filled."""
        return self.text.format(**self.values)


@dataclass(frozen=True, slots=True)
class Cell:
    """How one item stands in one unit; ``says`` where nothing is missing."""

    gaps: tuple[Gap, ...] = ()
    says: str = ""
    concerns: bool = True

    @property
    def state(self) -> str:
        """The worst of it."""
        if not self.concerns:
            return NONE
        return max((gap.state for gap in self.gaps), key=_WORST.index, default=OK)
