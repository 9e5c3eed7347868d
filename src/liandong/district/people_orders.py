"""What a person may change about people: responsible person, liaison, duty phone, inner units (R48, R59)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from . import values as v
from .errors import SettingError
from .orders import HERE, begin, end, in_time, unit_on, words
from .pack import Pack

PHONE = re.compile(r"^[0-9+][0-9 -]{2,28}$")


@dataclass(frozen=True)
class Pair:
    """One responsible person and one liaison; an empty name is a vacancy, shown as a gap."""

    responsible: str = ""
    responsible_phone: str = ""
    liaison: str = ""
    liaison_phone: str = ""

    def checked(self) -> dict[str, Any]:
        """The values to store. Raises SettingError for a name without a number, a number that is none."""
        values = {
            name: " ".join(getattr(self, name).split())
            for name in ("responsible", "responsible_phone", "liaison", "liaison_phone")
        }
        for person, says in (("responsible", "负责人"), ("liaison", "联络员")):
            name, phone = values[person], values[f"{person}_phone"]
            if len(name) > 60:
                raise SettingError(f"{says}姓名太长，最多 60 个字。")
            if name and not phone:
                raise SettingError(f"请填写{says}的电话（R59）。")
            if phone and not name:
                raise SettingError(f"请填写{says}的姓名；空缺时姓名、电话都不填（R59）。")
            if phone:
                phone_of(phone, f"{says}电话")
        return values


def phone_of(text: str, what: str) -> str:
    """A telephone number as people write it. Raises SettingError."""
    text = " ".join(text.split())
    if text and not PHONE.match(text):
        raise SettingError(f"{what}只能有数字、空格和短横线，如 023-48661234。")
    return text


@dataclass(frozen=True)
class ChangePeople:
    """The responsible person, the liaison and the duty phone of a unit from a day on (R59); empty means vacant."""

    kind: ClassVar[str] = "change_people"
    unit: str
    on: date
    pair: Pair
    duty_phone: str

    @property
    def target(self) -> str:
        return self.unit

    def says(self, pack: Pack) -> str:
        return f"负责人、联络员、值班电话：{pack.name_at(self.unit, self.on)}（{self.unit}），{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        unit_on(pack, self.unit, self.on)
        values = self.pair.checked() | {"duty_phone": phone_of(self.duty_phone, "值班电话")}
        now = pack.contact(self.unit, self.on)
        if now is not None and all(getattr(now, name) == value for name, value in values.items()):
            raise SettingError("与现在登记的一样，没有要改的。")
        if now is None and not any(values.values()):
            raise SettingError("请至少填写一项。")
        row = v.ContactRow(
            unit=self.unit, valid_from=self.on, source=HERE, clause="28号文 五（一）（R59）", **values
        )
        rows = begin(pack.contacts, row, lambda one: one.unit, "联系人", correct=self.on == today)
        return replace(pack, contacts=rows)


@dataclass(frozen=True)
class NewSubUnit:
    """An inner unit of a unit from a day on, with its responsible person and liaison (R48)."""

    kind: ClassVar[str] = "new_subunit"
    unit: str
    code: str
    name: str
    on: date
    pair: Pair

    @property
    def target(self) -> str:
        return self.unit

    def says(self, pack: Pack) -> str:
        return f"新设内部单位：{self.name}（{self.code}），{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        unit_on(pack, self.unit, self.on)
        if any(row.code == self.code for row in pack.subunits):
            raise SettingError(f"内部单位代码 {self.code} 已被占用，请换一个（R48）。")
        if not re.match(rf"^{re.escape(self.unit)}/[A-Za-z0-9-]{{1,20}}$", self.code):
            raise SettingError(f"内部单位代码写作 {self.unit}/ 加字母或数字，如 {self.unit}/03（R48）。")
        name = words(self.name, "名称", 100)
        row = v.SubUnitRow(
            self.code,
            self.unit,
            name,
            **self.pair.checked(),
            valid_from=self.on,
            source=HERE,
            clause="28号文 三（六）（R48）",
        )
        return replace(pack, subunits=(*pack.subunits, row))


@dataclass(frozen=True)
class ChangeSubUnit:
    """An inner unit's name and people from a day on, or its end (``ends``) (R48)."""

    kind: ClassVar[str] = "change_subunit"
    code: str
    on: date
    name: str = ""
    pair: Pair = field(default_factory=Pair)
    ends: bool = False

    @property
    def target(self) -> str:
        return self.code.partition("/")[0]

    def says(self, pack: Pack) -> str:
        return f"{'撤销' if self.ends else '变更'}内部单位 {self.code}，{self.on} 起"

    def apply(self, pack: Pack, today: date) -> Pack:
        in_time(self.on, today)
        own = [row for row in pack.subunits if row.code == self.code]
        now = v.at(own, self.on)
        if now is None:
            raise SettingError(f"{self.on} 没有内部单位 {self.code[:60]}，请从单位页面选择（R48）。")
        if self.ends:
            if now.valid_from >= self.on:
                raise SettingError("内部单位至少要存在一天；还没生效的请在“变更记录”撤回。")
            return replace(pack, subunits=end(pack.subunits, self.on, lambda row: row.code == self.code))
        row = replace(
            now,
            name=words(self.name, "名称", 100),
            **self.pair.checked(),
            valid_from=self.on,
            valid_to=None,
            source=HERE,
        )
        if replace(row, valid_from=now.valid_from, valid_to=now.valid_to, source=now.source) == now:
            raise SettingError("与现在登记的一样，没有要改的。")
        rows = begin(pack.subunits, row, lambda one: one.code, "内部单位", correct=self.on == today)
        return replace(pack, subunits=rows)
