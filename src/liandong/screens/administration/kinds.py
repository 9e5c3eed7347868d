"""The kinds of changes as forms: what is asked, what stands in it at first, and the order that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.district import values as v
from liandong.district.duty_orders import EndMatter, MoveMatter, NewMatter
from liandong.district.errors import SettingError
from liandong.district.mergers import EndUnit
from liandong.district.orders import NewUnit, Order, RenameUnit
from liandong.district.pack import Pack
from liandong.district.people_orders import ChangePeople, ChangeSubUnit, NewSubUnit, Pair
from liandong.screens.common import labels
from liandong.screens.common.forms import Input, Option, Raw
from liandong.screens.common.whole import whole

UNITS, DUTIES = "/district/units", "/district/duties"
UNIT_KINDS = {
    "department": gettext_lazy("区级部门"),
    "utility": gettext_lazy("公用企业"),
    "township": gettext_lazy("街道、镇"),
    "park": gettext_lazy("园区"),
    "other": gettext_lazy("其他"),
    "command": gettext_lazy("统筹单位"),
    "police": gettext_lazy("公安"),
}
NEW_KINDS = ("department", "utility", "township", "park", "other")
PAIR = (
    ("responsible", gettext_lazy("负责人")),
    ("responsible_phone", gettext_lazy("负责人电话")),
    ("liaison", gettext_lazy("联络员")),
    ("liaison_phone", gettext_lazy("联络员电话")),
)


@dataclass(frozen=True)
class Kind:
    """One kind of change."""

    kind: str
    title: Any
    section: str
    inputs: Callable[[Pack, str, Raw, date], list[Input]]
    order: Callable[[Pack, str, Raw], Order]
    start: Callable[[Pack, str, date], dict[str, Any]]
    back: Callable[[str], str]
    known: Callable[[Pack, str], bool]
    help: Any = ""
    reroutes: bool = False

    def title_for(self, pack: Pack, target: str, today: date) -> str:
        """The heading, with the name of what is changed."""
        if target in pack.unit_by_code:
            return f"{self.title}：{pack.name_at(target, today)}（{target}）"
        matter = pack.matters_on(today).get(target) or pack.matter_by_code.get(target)
        if matter is not None:
            return f"{self.title}：{matter.code} {matter.name}"
        return f"{self.title}：{target}" if target else str(self.title)


# -- inputs ----------------------------------------


def text(
    name: str, label: Any, raw: Raw, *, required: bool = True, help: Any = "", long: bool = False
) -> Input:
    """A line or some lines of words."""
    return Input(
        name, str(label), "long" if long else "text", required, str(raw.get(name, "")), help=str(help)
    )


def pick(
    name: str, label: Any, table: Mapping[str, Any], raw: Raw, *, required: bool = True, help: Any = ""
) -> Input:
    """One of a table."""
    chosen = raw.get(name, "")
    options = tuple(Option(code, str(says), code == chosen) for code, says in table.items())
    return Input(name, str(label), "select", required, options=options, help=str(help))


def day(raw: Raw) -> Input:
    """The first day the change counts."""
    says = _("从这一天零时起生效；当天之前一切照旧。可以选今天或以后。")
    return Input("on", _("生效日"), "day", True, str(raw.get("on", "")), help=says)


def reason(raw: Raw) -> Input:
    """Why, for the record."""
    return text("reason", _("变更理由"), raw, help=_("写进变更记录，如文件名称、会议决定。不要写个人信息。"))


def day_of(raw: Raw) -> date:
    """The day that was typed. Raises SettingError."""
    try:
        return date.fromisoformat(raw.get("on", "").strip())
    except ValueError:
        raise SettingError(_("请填写生效日，如 2026-12-01。")) from None


def unit_table(pack: Pack, on: date, leave_out: Iterable[str] = ()) -> dict[str, str]:
    """Units in force on a day, the police left out: they take no duty (R19)."""
    out = {"GA", *leave_out}
    units = [u for u in pack.units if v.in_force(u, on) and u.code not in out]
    units.sort(key=lambda u: (u.code.startswith(("JZ-", "YQ-", "QT-")), u.code.startswith("U-"), u.code))
    return {u.code: f"{u.name_at(on)}（{u.code}）" for u in units}


def _chosen_day(raw: Raw, today: date) -> date:
    try:
        return max(day_of(raw), today)
    except SettingError:
        return today


def _tomorrow(pack: Pack, target: str, today: date) -> dict[str, Any]:
    return {"on": str(today + timedelta(days=1))}


def _unit_known(pack: Pack, target: str) -> bool:
    return target in pack.unit_by_code


def _matter_known(pack: Pack, target: str) -> bool:
    return target in pack.matter_by_code


def _to_unit(target: str) -> str:
    return f"{UNITS}/{target}"


def _pair(raw: Raw) -> Pair:
    return Pair(**{name: raw.get(name, "").strip() for name, _label in PAIR})


def _pair_inputs(raw: Raw) -> list[Input]:
    says = {"responsible": _("暂缺就留空，页面会标出缺口（R59）。"), "liaison": _("暂缺就留空。")}
    return [text(name, label, raw, required=False, help=says.get(name, "")) for name, label in PAIR]


# -- units ----------------------------------------


def _people_now(pack: Pack, target: str, today: date) -> dict[str, Any]:
    now = pack.contact(target, today)
    values = {
        name: getattr(now, name) if now else "" for name in (*(name for name, _l in PAIR), "duty_phone")
    }
    return {"on": str(today), **values}


def _subunit_now(pack: Pack, target: str, today: date) -> dict[str, Any]:
    now = v.at((row for row in pack.subunits if row.code == target), today)
    values = {name: getattr(now, name) if now else "" for name in ("name", *(name for name, _l in PAIR))}
    return {"on": str(today), **values}


def _duty_inputs(pack: Pack, target: str, raw: Raw, today: date) -> list[Input]:
    on = _chosen_day(raw, today)
    table = unit_table(pack, on, (target,))
    mine = [m for m in pack.matters_on(on).values() if m.unit == target and v.in_force(m, on)]
    return [
        pick(f"to-{m.code}", _("{code} {name} 归").format(code=m.code, name=m.name), table, raw, required=False,
             help=_("不选就归第一个承接单位。"))
        for m in sorted(mine, key=lambda m: m.code)
    ]  # fmt: skip


def _end_inputs(pack: Pack, target: str, raw: Raw, today: date) -> list[Input]:
    table = unit_table(pack, _chosen_day(raw, today), (target,))
    more = _("一分为二时再选第二个；在办工单两家都能看到和办理。")
    return [
        day(raw),
        pick("heir", _("承接单位"), table, raw, help=_("在办工单转由它办理（R22）。并入一家就只选这一个。")),
        pick("heir2", _("第二个承接单位"), table, raw, required=False, help=more),
        text("clause", _("依据"), raw, help=_("文件或决定的名称。")),
        *_duty_inputs(pack, target, raw, today),
        reason(raw),
    ]


def _end_order(pack: Pack, target: str, raw: Raw) -> Order:
    heirs = [raw.get(name, "") for name in ("heir", "heir2")]
    duties = {
        name.removeprefix("to-"): code
        for name in raw
        if name.startswith("to-") and (code := raw.get(name, ""))
    }
    return EndUnit(
        target, day_of(raw), tuple(dict.fromkeys(h for h in heirs if h)), raw.get("clause", ""), duties
    )


def _new_unit_inputs(pack: Pack, target: str, raw: Raw, today: date) -> list[Input]:
    towns = {t.code: f"{t.name}（{t.code}）" for t in pack.townships if t.ours}
    return [
        text("code", _("代码"), raw, help=_("一经使用不再改变，如 QT-yiyuan；部门用大写字母。")),
        text("name", _("名称"), raw),
        pick("unit_kind", _("类别"), {k: UNIT_KINDS[k] for k in NEW_KINDS}, raw),
        pick("township", _("所属街镇"), towns, raw, required=False, help=_("只有街道、镇填写。")),
        day(raw),
        text("clause", _("依据"), raw),
        reason(raw),
    ]


def _people_order(pack: Pack, target: str, raw: Raw) -> Order:
    return ChangePeople(target, day_of(raw), _pair(raw), raw.get("duty_phone", "").strip())


def _subunit_of(target: str) -> str:
    return _to_unit(target.partition("/")[0])


def _subunit_known(pack: Pack, target: str) -> bool:
    return any(row.code == target for row in pack.subunits)


# -- duties ----------------------------------------


def _move_inputs(pack: Pack, target: str, raw: Raw, today: date) -> list[Input]:
    on = _chosen_day(raw, today)
    now = pack.matters_on(on).get(target)
    table = {"JZ": _("属地街道（镇）（JZ）"), **unit_table(pack, on, (now.unit,) if now else ())}
    return [
        day(raw),
        pick("unit", _("移交给"), table, raw, help=_("从生效日起，这类来电建议派给它。")),
        text("clause", _("依据"), raw, help=_("文件或决定的名称，派单时作为条款显示。")),
        reason(raw),
    ]


def _new_matter_inputs(pack: Pack, target: str, raw: Raw, today: date) -> list[Input]:
    on = _chosen_day(raw, today)
    entries = {
        str(e.no): _("第 {n} 段 {unit}").format(n=e.no, unit=pack.name_of(e.unit))
        for e in pack.entries
        if v.in_force(e, on)
    }
    chosen = set(raw.getlist("kinds"))
    kinds = tuple(Option(code, str(name), code in chosen) for code, name in labels.KINDS.items())
    return [
        text("code", _("事项代码"), raw, help=_("单位代码-两位数字，如 CG-08。")),
        text("name", _("名称"), raw),
        pick("unit", _("承办单位"), unit_table(pack, on), raw),
        pick("entry_no", _("归入目录第几段"), entries, raw),
        Input("kinds", _("诉求类型"), "checks", True, options=kinds),
        text("clause", _("依据"), raw),
        day(raw),
        reason(raw),
    ]


def _new_matter_order(pack: Pack, target: str, raw: Raw) -> Order:
    return NewMatter(
        raw.get("code", "").strip(), raw.get("unit", ""), whole(raw.get("entry_no")) or 0, raw.get("name", ""),
        tuple(raw.getlist("kinds")), raw.get("clause", ""), day_of(raw),
    )  # fmt: skip


def _to_duty(target: str) -> str:
    return f"{DUTIES}/{target}"


KINDS: Mapping[str, Kind] = {
    one.kind: one
    for one in (
        Kind(
            "rename_unit", gettext_lazy("单位更名"), UNITS,
            lambda pack, target, raw, today: [day(raw), text("name", _("新名称"), raw), reason(raw)],
            lambda pack, target, raw: RenameUnit(target, raw.get("name", ""), day_of(raw)),
            _tomorrow, _to_unit, _unit_known,
            gettext_lazy("代码不变，在办工单照旧；生效日之前签署的仍显示旧名称。"),
        ),
        Kind(
            "end_unit", gettext_lazy("撤并单位"), UNITS, _end_inputs, _end_order, _tomorrow, _to_unit, _unit_known,
            gettext_lazy("合并：选一个承接单位。拆分：先新设单位，再选两个承接单位，逐项分职责。"), reroutes=True,
        ),
        Kind(
            "new_unit", gettext_lazy("新设单位"), UNITS, _new_unit_inputs,
            lambda pack, target, raw: NewUnit(
                raw.get("code", "").strip(), raw.get("unit_kind", ""), raw.get("name", ""), day_of(raw),
                raw.get("clause", ""), raw.get("township", ""),
            ),
            _tomorrow, lambda target: UNITS, lambda pack, target: not target,
            gettext_lazy("新单位生效后才能派单；之后请登记负责人、联络员和值班表。"),
        ),
        Kind(
            "change_people", gettext_lazy("负责人、联络员、值班电话"), UNITS,
            lambda pack, target, raw, today: [
                day(raw), *_pair_inputs(raw), text("duty_phone", _("值班电话"), raw, required=False), reason(raw),
            ],
            _people_order, _people_now, _to_unit, _unit_known,
            gettext_lazy("每个单位任何一天只有一名负责人、一名联络员（R59）。"),
        ),
        Kind(
            "new_subunit", gettext_lazy("新设内部单位"), UNITS,
            lambda pack, target, raw, today: [
                text("code", _("代码"), raw, help=_("写作 {unit}/03。").format(unit=target)), text("name", _("名称"), raw),
                *_pair_inputs(raw), day(raw), reason(raw),
            ],
            lambda pack, target, raw: NewSubUnit(
                target, raw.get("code", "").strip(), raw.get("name", ""), day_of(raw), _pair(raw)
            ),
            _tomorrow, _to_unit, _unit_known,
            gettext_lazy("110 不直接派给内部单位（R12）；每个内部单位一名负责人、一名联络员（R48）。"),
        ),
        Kind(
            "change_subunit", gettext_lazy("变更内部单位"), UNITS,
            lambda pack, target, raw, today: [
                day(raw), text("name", _("名称"), raw), *_pair_inputs(raw), reason(raw),
            ],
            lambda pack, target, raw: ChangeSubUnit(target, day_of(raw), raw.get("name", ""), _pair(raw)),
            _subunit_now, _subunit_of, _subunit_known,
        ),
        Kind(
            "end_subunit", gettext_lazy("撤销内部单位"), UNITS, lambda pack, target, raw, today: [day(raw), reason(raw)],
            lambda pack, target, raw: ChangeSubUnit(target, day_of(raw), ends=True),
            _tomorrow, _subunit_of, _subunit_known,
        ),
        Kind(
            "move_matter", gettext_lazy("移交职责"), DUTIES, _move_inputs,
            lambda pack, target, raw: MoveMatter(target, raw.get("unit", ""), day_of(raw), raw.get("clause", "")),
            _tomorrow, _to_duty, _matter_known,
            gettext_lazy("从生效日零时起，建议和派单都按新的承办单位；在办工单不动。"), reroutes=True,
        ),
        Kind(
            "end_matter", gettext_lazy("移出目录"), DUTIES, lambda pack, target, raw, today: [day(raw), reason(raw)],
            lambda pack, target, raw: EndMatter(target, day_of(raw)), _tomorrow, _to_duty, _matter_known,
            gettext_lazy("之后不能再按它派单；这类来电会提示“目录中没有单位”，报值班室（AMB19）。"), reroutes=True,
        ),
        Kind(
            "new_matter", gettext_lazy("新增事项"), DUTIES, _new_matter_inputs, _new_matter_order, _tomorrow,
            lambda target: DUTIES, lambda pack, target: not target,
            gettext_lazy("生效后可以按它派单。词语要由数据包补充，补充之前不会自动建议它（R22）。"),
        ),
    )
}  # fmt: skip
