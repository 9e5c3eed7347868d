"""Marks of vehicles in joint duty (R17): a unit applies, public security reviews, issues, replaces, transfers, revokes.

One entry is the file of one vehicle. Its mark has a number of its own (gap-free over all that were ever issued) and a check
code nobody can guess; a lost mark's number and code stay in the file as void, so that whoever holds it is found out.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from .. import plates
from ..codes import POLICE_UNIT
from ..fields import Bad, Field, text
from ..model import Refusal
from ..periods import end_of
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import not_future, refuse, units_in_force
from ..vehicles import LIVE, PENDING, exists

KINDS = {
    "rescue": "抢险救援车",
    "utility": "供水供电供气抢修车",
    "engineering": "工程作业车",
    "sanitation": "环卫作业车",
    "medical": "医疗防疫车",
    "supply": "物资运输车",
    "command": "指挥通信车",
    "other": "其他车辆",
}
DEFAULTS: dict[str, Any] = {
    "mark_number": "联动{year}-{n:04d}", "valid_days": 365, "most_days": 1095, "renew_days": 30, "transfer_days": 30, "review": "3wd",
}  # fmt: skip
"""What holds where a pack sets nothing of its own; none of it stands in the notice."""
UNIT = ("unit",)
REVIEWER = f"unit:{POLICE_UNIT}"


def _plate(value: Any, zone: tzinfo) -> str:
    found = plates.normal(value) if isinstance(value, str) and len(value) <= 40 else ""
    if plates.kind(found) is None:
        raise Bad("不是有效的车牌号，请照行驶证填写，如 渝B12345、渝BD12345（新能源八位）；字母没有 I 和 O")
    return found


def plate_field(*, required: bool = True) -> Field:
    """A licence plate, kept in its normal form."""
    return Field("plate", _plate, "code", required, "public", (), "车牌号")


def _setting(draft: Draft, key: str) -> Any:
    return draft.facts.settings.get(key, DEFAULTS[key])


def _review_due(draft: Draft) -> datetime:
    return draft.facts.policy.calendar.due(draft.now, str(_setting(draft, "review")))[0]


# -- checks ------------------------------------------------------------------------------------------------------


def _unit_in_force(draft: Draft) -> Refusal | None:
    code = (draft.entry.unit if draft.entry else draft.actor.unit) or ""
    if exists(code, _today(draft), draft.facts.policy):
        return None
    unit = draft.facts.policy.units.get(code)
    heirs = "、".join(unit.successors) if unit and unit.successors else "无"
    return refuse(
        "unit_not_in_force", "R22", f"标识所属单位今天不在册，请由职责承接单位办理；承接单位：{heirs}"
    )


def _plate_free(draft: Draft) -> Refusal | None:
    """One mark a plate: another file with this plate that is applied for or good stands in the way."""
    taken = draft.facts.known.get("taken", {}).get(draft.data["plate"])
    if taken and (draft.entry is None or taken != draft.entry.no):
        return refuse(
            "plate_taken",
            "R17",
            f"这个车牌已有在办或有效的标识（{taken}），一车一标；请先了结那一件",
            "plate",
        )
    return None


def _until_fits(draft: Draft) -> Refusal | None:
    given, most = draft.f.get("valid_until"), int(_setting(draft, "most_days"))
    today = _today(draft)
    if given is None:
        return None
    if date.fromisoformat(given) < today:
        return refuse("in_past", "R17", "有效期止已经过去，请填今天以后的日期", "valid_until")
    if date.fromisoformat(given) > today + timedelta(days=most):
        last = today + timedelta(days=most)
        return refuse(
            "too_long", "R17", f"有效期最长 {most} 天，最晚到 {last}，请填较早的日期", "valid_until"
        )
    return None


def _not_too_early(draft: Draft) -> Refusal | None:
    assert draft.entry is not None
    days = int(_setting(draft, "renew_days"))
    first = date.fromisoformat(draft.entry.data["valid_until"]) - timedelta(days=days)
    if _today(draft) < first:
        return refuse("too_early", "R17", f"到期前 {days} 天起才能申请续期，请在 {first} 以后提出")
    return None


def _not_expired(draft: Draft) -> Refusal | None:
    assert draft.entry is not None
    if draft.now >= end_of(draft.entry.data["valid_until"], draft.facts.policy.zone):
        return refuse("wrong_state", "R17", "标识已经到期，不能再办；请重新申请")
    return None


def _another_unit(draft: Draft) -> Refusal | None:
    assert draft.entry is not None
    if draft.f["unit"] == draft.entry.unit:
        return refuse("bad_value", "R32", "标识已经在这个单位名下，请选择承接的另一个单位", "unit")
    return None


# -- effects -----------------------------------------------------------------------------------------------------


def _today(draft: Draft) -> date:
    return draft.now.astimezone(draft.facts.policy.zone).date()


def _settle(draft: Draft) -> None:
    """What public security owed is done; an instant that stands already stays."""
    owed = draft.owed.get(POLICE_UNIT)
    if owed is not None and owed.done_at is None:
        draft.did(POLICE_UNIT)


def _asked(draft: Draft) -> None:
    """Public security owes a review from now on."""
    draft.unit = draft.entry.unit if draft.entry else (draft.actor.unit or "")
    draft.due_at = _review_due(draft)
    draft.owe([POLICE_UNIT], draft.due_at)
    draft.tell(REVIEWER, "mark_applied")


def _asked_renewal(draft: Draft) -> None:
    draft.owe([POLICE_UNIT], _review_due(draft))
    draft.tell(REVIEWER, "mark_renewal_asked")


def _reviewed(kind: str) -> Any:
    def effect(draft: Draft) -> None:
        _settle(draft)
        draft.tell(f"unit:{draft.unit}", kind)
        if draft.state not in LIVE:
            draft.due_at = None

    return effect


def _is_good(draft: Draft, start: date) -> None:
    """From now on good until a day: the one given, else as many days as the pack says from ``start``."""
    days = timedelta(days=int(_setting(draft, "valid_days")))
    draft.data["valid_until"] = draft.f.get("valid_until") or (start + days).isoformat()
    draft.due_at = end_of(draft.data["valid_until"], draft.facts.policy.zone)


def _numbered(draft: Draft) -> None:
    """The next number of the year and a fresh code: whoever asks the register gives them (``known``)."""
    serial, year = draft.facts.known["serial"], _today(draft).year
    pattern = str(_setting(draft, "mark_number"))
    draft.data["mark_no"] = pattern.format(year=year, n=serial)
    draft.data["code"] = draft.facts.known["code"]


def _issued(draft: Draft) -> None:
    _numbered(draft)
    draft.data["valid_from"] = _today(draft).isoformat()
    _is_good(draft, _today(draft))
    _reviewed("mark_issued")(draft)


def _renewed(draft: Draft) -> None:
    assert draft.entry is not None
    _is_good(draft, max(_today(draft), date.fromisoformat(draft.entry.data["valid_until"])))
    _reviewed("mark_renewed")(draft)


def _void(draft: Draft, why: str) -> None:
    old = {"mark_no": draft.data["mark_no"], "code": draft.data["code"], "why": why, "at": draft.now}
    draft.data["voided"] = [*draft.data.get("voided", ()), old]


def _lost(draft: Draft) -> None:
    draft.owe([POLICE_UNIT], _review_due(draft))
    draft.tell(REVIEWER, "mark_lost")


def _replaced(draft: Draft) -> None:
    _void(draft, "lost")
    _numbered(draft)
    _reviewed("mark_replaced")(draft)


def _ended(kind: str) -> Any:
    def effect(draft: Draft) -> None:
        draft.due_at = None
        _settle(draft)
        draft.tell(f"unit:{draft.unit}", kind)
        draft.tell(REVIEWER, kind)

    return effect


def _moved(draft: Draft) -> None:
    assert draft.entry is not None
    draft.data.pop("unit", None)
    draft.unit = draft.f["unit"]
    draft.tell(f"unit:{draft.unit}", "mark_transferred")
    draft.tell(f"unit:{draft.entry.unit}", "mark_transferred")


def _persons(*, required: bool) -> tuple[Field, ...]:
    return (
        f.person("manager", "车辆负责人", required=required),
        f.phone("manager_phone", "负责人电话", required=required),
        f.person("driver", "驾驶员", required=False),
        f.phone("driver_phone", "驾驶员电话", required=False),
    )


def _vehicle(*, required: bool) -> tuple[Field, ...]:
    return (
        plate_field(required=required),
        f.choice("kind", "车辆类型", tuple(KINDS), required=required),
        f.words("purpose", "用途", limit=300, required=required),
        *_persons(required=required),
    )


def _reason(label: str = "原因") -> Field:
    return f.words("reason", label, limit=500)


UNTIL = f.day("valid_until", "有效期止", required=False)
MADE_BY = f.words("made_by", "制作单位", limit=100, public=True)
_STEPS = (
    Step("apply", "申请标识", "R17", UNIT, (), _vehicle(required=True), "applied",
         (_unit_in_force, _plate_free), _asked, help="由公安局审核后统一制作、编号、发放。"),
    Step("resubmit", "补正后再提交", "R17", UNIT, ("returned",), _vehicle(required=False), "applied",
         (_unit_in_force, _plate_free), _asked, "own", help="只填需要更正的栏目。"),
    Step("withdraw", "撤回申请", "R17", UNIT, PENDING, (f.words("reason", "原因", limit=500, required=False),), "withdrawn",
         (), _ended("mark_withdrawn"), "own"),
    Step("issue", "核发标识", "R17", UNIT, ("applied",), (MADE_BY, UNTIL), "valid",
         (_unit_in_force, _plate_free, _until_fits), _issued, REVIEWER, ("apply", "resubmit"),
         help="编号和验证码自动生成；有效期止不填时按设置。审核人不能是申请人。"),
    Step("send_back", "退回补正", "R17", UNIT, ("applied",), (_reason("需要补正的内容"),), "returned",
         (), _reviewed("mark_returned"), REVIEWER, ("apply", "resubmit")),
    Step("refuse", "不予核发", "R17", UNIT, ("applied",), (_reason(),), "refused",
         (), _reviewed("mark_refused"), REVIEWER, ("apply", "resubmit")),
    Step("ask_renewal", "申请续期", "R17", UNIT, ("valid",), (_reason("续期理由"),), "renewing",
         (_not_expired, _not_too_early, _unit_in_force), _asked_renewal, "own"),
    Step("renew", "同意续期", "R17", UNIT, ("renewing",), (UNTIL,), "valid",
         (_not_expired, _unit_in_force, _until_fits), _renewed, REVIEWER, ("ask_renewal",)),
    Step("refuse_renewal", "不同意续期", "R17", UNIT, ("renewing",), (_reason(),), "valid",
         (), _reviewed("mark_renewal_refused"), REVIEWER, ("ask_renewal",)),
    Step("report_lost", "挂失", "R17", UNIT, LIVE, (f.instant("lost_at", "遗失时间"), f.words("how", "遗失经过", limit=500)),
         "lost", (not_future("lost_at"),), _lost, "own", help="挂失后原标识立即作废，巡查时会显示已挂失。"),
    Step("replace", "补发标识", "R17", UNIT, ("lost",), (MADE_BY,), "valid",
         (_not_expired, _unit_in_force), _replaced, REVIEWER, ("report_lost",), help="补发新的编号和验证码，有效期不变。"),
    Step("transfer", "转给承接单位", "R22", UNIT, LIVE, (f.unit("unit", "承接单位"), *_persons(required=True), _reason()), None,
         (_another_unit, units_in_force("unit"), _not_expired), _moved, REVIEWER, help="单位撤并后，车辆随职责转给承接单位。"),
    Step("hand_in", "交回标识", "R17", UNIT, (*LIVE, "lost"), (_reason(),), "handed_in", (), _ended("mark_handed_in"), "own"),
    Step("revoke", "撤销标识", "R17", UNIT, (*LIVE, "lost"), (_reason("撤销理由"),), "revoked",
         (), _ended("mark_revoked"), REVIEWER),
    Step("expire", "到期", "R17", ("system",), (*LIVE, "lost"),
         (f.choice("because", "原因", ("day", "unit")),), "expired", (), _ended("mark_expired")),
)  # fmt: skip

VEHICLE_MARK = Register(
    name="vehicle_mark",
    label="社会联动车辆标识",
    rule="R17",
    states={
        "applied": "待审核", "returned": "退回补正", "refused": "不予核发", "withdrawn": "已撤回", "valid": "有效",
        "renewing": "有效（续期待审）", "lost": "已挂失", "handed_in": "已交回", "revoked": "已撤销", "expired": "已到期",
    },
    ended=("refused", "withdrawn", "handed_in", "revoked", "expired"),
    steps=_STEPS,
    sees={
        "unit": Sight(OWN),
        **{role: Sight(ALL) for role in ("desk", "desk_lead", "duty_office", "inspector")},
    },
    number="LDCB-{year}-{n}",
    personal=("unit",),
    about="公安局负责社会联动车辆标识的统一制作、审核、发布和管理；一车一标，有编号、有期限、可查验。",
    titled="plate",
    listed=("kind",),
    kept=(Field("code", text(60), "person", False, "personal", (), "验证码"),),
    words={
        **KINDS, "day": "有效期已满", "unit": "单位撤并，未按时转给承接单位", "lost": "遗失",
        "mark_applied": "有标识申请待审核", "mark_returned": "申请退回补正", "mark_refused": "申请未获核发",
        "mark_withdrawn": "申请已撤回", "mark_issued": "标识已核发", "mark_renewal_asked": "有续期申请待审核",
        "mark_renewed": "续期已同意", "mark_renewal_refused": "续期未获同意", "mark_lost": "标识已挂失，待补发",
        "mark_replaced": "标识已补发", "mark_transferred": "标识已转给承接单位", "mark_handed_in": "标识已交回",
        "mark_revoked": "标识已撤销", "mark_expired": "标识已到期",
    },
)  # fmt: skip
REGISTERS = (VEHICLE_MARK,)
