"""What a person may change about duties: who answers for a matter, from which day on (R22)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from . import values as v
from .errors import SettingError
from .orders import POLICE, TERRITORY, begin, end, in_time, unit_on, words
from .pack import Pack
from .schema import REQUEST_KINDS


def matter_on(pack: Pack, code: str, on: date) -> v.MatterRow:
    """The matter as it stands on that day. Raises SettingError; the police's own are fixed (R1, R19)."""
    matter = v.at((row for row in pack.matters if row.code == code), on)
    if matter is None:
        raise SettingError(f"{on} 的职责目录中没有事项 {code[:40]}，请从目录中选择（R22）。")
    if matter.never_divert or matter.unit == POLICE:
        raise SettingError(f"{matter.code} {matter.name}属公安机关处置范围，不能移交（R1、R19）。")
    return matter


def version(pack: Pack, code: str, on: date) -> str:
    """The name of a matter's next version: year of the day and a number."""
    taken = {row.version for row in pack.matters if row.code == code}
    return next(name for n in range(1, 1000) if (name := f"{on.year}.{n}") not in taken)


def taker(pack: Pack, code: str, on: date) -> None:
    """Whether that unit may answer for a matter from that day on. Raises SettingError."""
    if code == TERRITORY:
        return
    if code == POLICE:
        raise SettingError("区公安局只牵头 GA-07、GA-19、GA-20，不能再接其他事项（R19）。")
    unit_on(pack, code, on)


@dataclass(frozen=True)
class MoveMatter:
    """Another unit answers for a matter from a day on; ``clause`` is what decided it."""

    kind: ClassVar[str] = "move_matter"
    matter: str
    unit: str
    on: date
    clause: str

    @property
    def target(self) -> str:
        return self.matter

    def says(self, pack: Pack) -> str:
        now = v.at((row for row in pack.matters if row.code == self.matter), self.on)
        name = f"{self.matter} {now.name}：{_shown(pack, now.unit, self.on)}" if now else self.matter
        return f"移交 {name} → {_shown(pack, self.unit, self.on)}，{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        matter = matter_on(pack, self.matter, self.on)
        taker(pack, self.unit, self.on)
        clause = words(self.clause, "依据", 300)
        if matter.unit == self.unit:
            raise SettingError(
                f"{self.on} 的 {matter.code} 本来就归{_shown(pack, self.unit, self.on)}，不用移交。"
            )
        row = replace(
            matter,
            unit=self.unit,
            version=version(pack, self.matter, self.on),
            clause=clause,
            valid_from=self.on,
            valid_to=None,
        )
        return replace(pack, matters=begin(pack.matters, row, lambda one: one.code, f"事项 {self.matter} "))


@dataclass(frozen=True)
class EndMatter:
    """Nobody answers for a matter any more from a day on: texts about it are suggested to nobody in the catalogue."""

    kind: ClassVar[str] = "end_matter"
    matter: str
    on: date

    @property
    def target(self) -> str:
        return self.matter

    def says(self, pack: Pack) -> str:
        return f"事项 {self.matter} 移出职责目录，{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        matter = matter_on(pack, self.matter, self.on)
        if matter.valid_from >= self.on:
            raise SettingError("事项至少要有效一天；还没生效的请在“变更记录”撤回（R22）。")
        return replace(pack, matters=end(pack.matters, self.on, lambda row: row.code == self.matter))


@dataclass(frozen=True)
class NewMatter:
    """A matter that the catalogue did not have, under a paragraph of the notice, from a day on (R22, AMB19)."""

    kind: ClassVar[str] = "new_matter"
    matter: str
    unit: str
    entry_no: int
    name: str
    kinds: tuple[str, ...]
    clause: str
    on: date

    @property
    def target(self) -> str:
        return self.matter

    def says(self, pack: Pack) -> str:
        return f"新增事项 {self.matter} {self.name}，归{_shown(pack, self.unit, self.on)}，{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        taker(pack, self.unit, self.on)
        name, clause = words(self.name, "名称", 100), words(self.clause, "依据", 300)
        head, _, number = self.matter.rpartition("-")
        if not head or not (len(number) == 2 and number.isdigit()) or len(self.matter) > 40:
            raise SettingError("事项代码写作 单位代码-两位数字，如 CG-08（R22）。")
        if any(row.code == self.matter for row in pack.matters):
            raise SettingError(f"事项代码 {self.matter} 已用过，请换下一个号（R22）。")
        if v.at((entry for entry in pack.entries if entry.no == self.entry_no), self.on) is None:
            raise SettingError(f"{self.on} 没有目录第 {self.entry_no} 段（R22）。")
        if set(self.kinds) - set(REQUEST_KINDS):
            raise SettingError("诉求类型请从列表中选择。")
        row = v.MatterRow(
            self.matter, version(pack, self.matter, self.on), self.unit, self.entry_no, name, "", -1, self.kinds,
            False, "", False, (), self.on, None, clause,
        )  # fmt: skip
        return replace(pack, matters=(*pack.matters, row))


def _shown(pack: Pack, code: str, on: date) -> str:
    return pack.name_at(code, on) if code in pack.unit_by_code else pack.name_of(code)
