"""What a person may change about a district: each an order that makes one district into the next. Here: units.

An order knows no database. It never overwrites: a row ends on a day and another begins that day, so that on every day
exactly one is in force and what was signed before keeps its name (R22). Days in the past are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Protocol, TypeVar

from . import values as v
from .errors import SettingError
from .pack import Pack
from .schema import UNIT_CODE

HERE = "district"
"""The source of a row that was entered on a page of this program."""
POLICE, TERRITORY = "GA", "JZ"
Row = TypeVar("Row", bound=Any)


class Order(Protocol):
    """A change to the district from ``on`` (its first day) on."""

    kind: ClassVar[str]

    @property
    def on(self) -> date: ...
    @property
    def target(self) -> str: ...
    def says(self, pack: Pack) -> str: ...
    def apply(self, pack: Pack, today: date) -> Pack: ...


# -- rows that begin and end ----------------------------------------


def begin(
    rows: Iterable[Row], new: Row, key: Callable[[Row], str], what: str, *, correct: bool = False
) -> tuple[Row, ...]:
    """``rows`` with ``new`` from its day on: the one in force ends there, and the next planned one ends ``new``.

    ``correct``: a row that began on the very same day is replaced. Raises SettingError where one begins that day.
    """
    kept = list(rows)
    own = [row for row in kept if key(row) == key(new)]
    same = next((row for row in own if row.valid_from == new.valid_from), None)
    if same is not None:
        if not correct:
            raise SettingError(
                f"{what}已有一次变更从 {new.valid_from} 起生效；请先在“变更记录”撤回它，或另选一天（R22）。"
            )
        return tuple(replace(new, valid_to=row.valid_to) if row is same else row for row in kept)
    now = v.at(own, new.valid_from)
    ends = (
        now.valid_to
        if now is not None
        else min((r.valid_from for r in own if r.valid_from > new.valid_from), default=None)
    )
    made = [replace(row, valid_to=new.valid_from) if row is now else row for row in kept]
    return (*made, replace(new, valid_to=ends))


def end(rows: Iterable[Row], on: date, own: Callable[[Row], bool]) -> tuple[Row, ...]:
    """``rows`` in which those of ``own`` last until the day before ``on``. Raises SettingError for what begins later."""
    made = []
    for row in rows:
        if own(row):
            if row.valid_from >= on:
                raise SettingError(f"另有一次变更从 {row.valid_from} 起生效；请先在“变更记录”撤回它（R22）。")
            if row.valid_to is None or row.valid_to > on:
                row = replace(row, valid_to=on)
        made.append(row)
    return tuple(made)


# -- what every order asks ----------------------------------------


def in_time(on: date, today: date) -> None:
    """A change begins today or later. Raises SettingError."""
    if on < today:
        raise SettingError(
            f"生效日不能早于今天（{today}）：已经发生的照当时的名称和职责记录，不能改（R22）。"
        )


def unit_on(pack: Pack, code: str, on: date) -> v.UnitRow:
    """The unit, in force on that day. Raises SettingError."""
    unit = pack.unit_by_code.get(code)
    if unit is None:
        raise SettingError(f"没有代码为 {code[:40]} 的单位，请从单位名录中选择（R22）。")
    if not v.in_force(unit, on):
        raise SettingError(f"{unit.name_at(on)}在 {on} 不是在册单位，请改生效日或另选单位（R22）。")
    return unit


def words(text: str, what: str, most: int) -> str:
    """A text that a person typed, trimmed. Raises SettingError when it is empty or too long."""
    text = " ".join(text.split())
    if not text:
        raise SettingError(f"请填写{what}。")
    if len(text) > most:
        raise SettingError(f"{what}最多 {most} 个字，现在有 {len(text)} 个。")
    return text


def changed_unit(pack: Pack, code: str, change: Callable[[v.UnitRow], v.UnitRow]) -> tuple[v.UnitRow, ...]:
    return tuple(change(unit) if unit.code == code else unit for unit in pack.units)


# -- units ----------------------------------------


@dataclass(frozen=True)
class RenameUnit:
    """A unit bears another name from a day on; its code stays."""

    kind: ClassVar[str] = "rename_unit"
    unit: str
    name: str
    on: date

    @property
    def target(self) -> str:
        return self.unit

    def says(self, pack: Pack) -> str:
        return f"更名：{pack.name_at(self.unit, self.on)}（{self.unit}）→ {self.name}，{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        unit = unit_on(pack, self.unit, self.on)
        name = words(self.name, "新名称", 100)
        if unit.name_at(self.on) == name:
            raise SettingError(f"{self.on} 的名称已经是“{name}”，不用改。")
        taken = next(
            (
                u.code
                for u in pack.units
                if u.code != self.unit and v.in_force(u, self.on) and u.name_at(self.on) == name
            ),
            None,
        )
        if taken:
            raise SettingError(f"“{name}”是 {taken} 的名称，请换一个。")
        names = begin(unit.names, v.NameRow(name, self.on), lambda _: self.unit, "单位名称")
        ordered = tuple(sorted(names, key=lambda one: one.valid_from))
        return replace(pack, units=changed_unit(pack, self.unit, lambda u: replace(u, names=ordered)))


@dataclass(frozen=True)
class NewUnit:
    """A unit that takes work from a day on (R12)."""

    kind: ClassVar[str] = "new_unit"
    unit: str
    unit_kind: str
    name: str
    on: date
    clause: str
    township: str = ""

    @property
    def target(self) -> str:
        return self.unit

    def says(self, pack: Pack) -> str:
        return f"新设单位：{self.name}（{self.unit}），{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        name = words(self.name, "名称", 100)
        clause = words(self.clause, "依据", 300)
        if not UNIT_CODE.match(self.unit) or len(self.unit) > 40:
            raise SettingError("单位代码用大写字母和数字，如 CG、U-W、QT-yiyuan。")
        if self.unit in pack.unit_by_code or self.unit in {row.code for row in pack.classes}:
            raise SettingError(f"代码 {self.unit} 已被占用（撤销的单位也占着代码），请换一个（R22）。")
        if any(v.in_force(u, self.on) and u.name_at(self.on) == name for u in pack.units):
            raise SettingError(f"{self.on} 已有单位叫“{name}”，请换一个名称。")
        town = next((t for t in pack.townships if t.code == self.township), None)
        if self.township and (town is None or not town.ours):
            raise SettingError(f"街镇 {self.township} 不在本区管辖的街镇表中（AMB21）。")
        row = v.UnitRow(
            self.unit, self.unit_kind, self.on, None, (v.NameRow(name, self.on),), township=self.township,
            source=HERE, clause=clause,
        )  # fmt: skip
        return replace(pack, units=(*pack.units, row))
