"""Units that end: merged into another, or split among several (R22, AMB23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

from . import values as v
from .duty_orders import MoveMatter
from .errors import SettingError
from .orders import POLICE, changed_unit, end, in_time, unit_on, words
from .pack import Pack


@dataclass(frozen=True)
class EndUnit:
    """A unit takes no more work from a day on: merged into one other unit, or split among several.

    ``duties`` says for each of its matters who answers for it from then on. Its open cases pass to the successors.
    """

    kind: ClassVar[str] = "end_unit"
    unit: str
    on: date
    successors: tuple[str, ...]
    clause: str
    duties: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return self.unit

    def says(self, pack: Pack) -> str:
        heirs = "、".join(
            pack.name_at(code, self.on) if code in pack.unit_by_code else code for code in self.successors
        )
        return f"撤并：{pack.name_at(self.unit, self.on)}（{self.unit}）由{heirs}承接，{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        unit = unit_on(pack, self.unit, self.on)
        clause = words(self.clause, "依据", 300)
        if unit.code == POLICE:
            raise SettingError("区公安局是接警台所在单位，不能在此撤并（R1、R19）。")
        if unit.valid_from >= self.on:
            raise SettingError("单位至少要存在一天；还没生效的新单位请在“变更记录”撤回（R22）。")
        if unit.valid_to is not None:
            raise SettingError(
                f"{unit.name}已定于 {unit.valid_to} 撤销；请先在“变更记录”撤回那次变更（R22）。"
            )
        if not self.successors:
            raise SettingError("请选择承接单位：在办工单和职责都要有人接（R22）。")
        for heir in self.successors:
            if heir == self.unit:
                raise SettingError("承接单位不能是它自己。")
            unit_on(pack, heir, self.on)
        for matter in pack.matters_on(self.on).values():
            if matter.unit == self.unit and v.in_force(matter, self.on):
                taker = self.duties.get(matter.code, self.successors[0])
                pack = MoveMatter(matter.code, taker, self.on, clause).apply(pack, today)
        left = next(
            (m for m in pack.matters if m.unit == self.unit and (m.valid_to is None or m.valid_to > self.on)),
            None,
        )
        if left is not None:
            raise SettingError(
                f"{left.code} {left.name}另有计划在 {self.on} 之后仍归{unit.name}；请先撤回那次变更（R22）。"
            )
        return replace(
            pack,
            units=changed_unit(
                pack, self.unit, lambda u: replace(u, valid_to=self.on, successors=self.successors)
            ),
            contacts=end(pack.contacts, self.on, lambda row: row.unit == self.unit),
            subunits=end(pack.subunits, self.on, lambda row: row.unit == self.unit),
        )
