"""What entries with several units share: whose part a unit plays, its answer to an invitation, quarters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from .. import fields as base
from ..checks import owned_by
from ..fields import Field
from ..model import Refusal
from ..periods import Period, end_of, on, quarter
from . import fields as f
from .model import Check, Draft, Owed


def own_unit(field: str = "unit") -> Check:
    """A unit files for itself (and for units whose work it took over), never for another (R33)."""

    def check(draft: Draft) -> Refusal | None:
        named = draft.f.get(field)
        if draft.actor.role != "unit" or named is None:
            return None
        if named not in owned_by(draft.facts.policy, draft.actor.unit, draft.now):
            return Refusal("not_your_unit", "R33", "只能为本单位填报，请把单位改为本单位", field)
        return None

    return check


def parts_of(draft: Draft) -> list[str]:
    """The units taking part whom this actor answers for: its own code, and those of units whose work it took over."""
    mine = owned_by(draft.facts.policy, draft.actor.unit, draft.now)
    return [code for code in draft.owed if code in mine]


def invited(*, personal: bool = True) -> Field:
    """Who comes for whom, as the units answered and as it was called at the meeting."""
    keys = {
        "unit": base.code,
        "person": base.text(80, empty=True),
        "post": base.text(80, empty=True),
        "phone": base.text(30, empty=True),
        "attends": base.boolean,
        "present": base.boolean,
        "reason": base.text(300, empty=True),
    }
    return f.records("attendance", "到会情况", keys, ("unit",), required=False, personal=personal)


ANSWER = (
    f.yes_no("attends", "能否参加"),
    f.person("person", "参加人", required=False),
    f.words("post", "职务", limit=80, required=False),
    f.phone("phone", "联系电话", required=False),
    f.words("reason", "不能参加的原因", limit=300, required=False),
)
"""What a unit says to an invitation."""


def says_who_or_why(draft: Draft) -> Refusal | None:
    """Who comes, or why nobody does."""
    if draft.f["attends"] and not (draft.f.get("person") or "").strip():
        return Refusal("missing_field", "R45", "请填写参加人姓名", "person")
    if not draft.f["attends"] and not (draft.f.get("reason") or "").strip():
        return Refusal("missing_field", "R45", "不能参加的，请写明原因", "reason")
    return None


_SAID = ("person", "post", "phone", "attends", "reason")


def answered(draft: Draft) -> None:
    """A unit's answer becomes its line of the attendance (``attendance:CG``); a later answer replaces it."""
    line = {name: draft.f[name] for name in _SAID if name in draft.f}
    for name in _SAID:
        draft.data.pop(name, None)
    for unit in parts_of(draft):
        draft.data[f"attendance:{unit}"] = {"unit": unit, **line}
        draft.did(unit)


def called(draft: Draft) -> None:
    """The roll at the meeting: who was there; units not on it keep what they had answered."""
    for one in draft.f.get("attendance", ()):
        key = f"attendance:{one['unit']}"
        draft.data[key] = {**(draft.data.get(key) or {}), **one}
        draft.owed.setdefault(one["unit"], Owed(None, draft.now))
    draft.data.pop("attendance", None)
    draft.data["present"] = sorted(one["unit"] for one in draft.f.get("attendance", ()) if one.get("present"))


def forget_answers(draft: Draft) -> None:
    """Time or place changed: nobody has answered yet."""
    for name in list(draft.data):
        if name.startswith("attendance:"):
            draft.data[name] = {}


def attendance(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each unit answered, and whether it was there, by unit."""
    found = {name.partition(":")[2]: line for name, line in data.items() if name.startswith("attendance:")}
    return {unit: line for unit, line in found.items() if line}


def some_present(draft: Draft) -> Refusal | None:
    """A meeting of nobody is none."""
    if not any(one.get("present") for one in draft.f.get("attendance", ())):
        return Refusal("nobody_present", "R45", "请至少勾选一个到会单位", "attendance")
    known = draft.facts.policy.units
    for one in draft.f["attendance"]:
        if one["unit"] not in known:
            return Refusal(
                "unknown_unit", "R22", f"没有代码为 {one['unit'][:40]} 的单位，请核对", "attendance"
            )
    return None


# -- quarters ----------------------------------------


def is_quarter(field: str) -> Check:
    """The period is a quarter."""

    def check(draft: Draft) -> Refusal | None:
        value = draft.f.get(field)
        if value is not None and "Q" not in value:
            return Refusal("bad_value", "R45", "应为季度，如 2018Q3", field)
        return None

    return check


def quarter_of(at: datetime, zone: tzinfo) -> str:
    """The name of the quarter that holds an instant."""
    return on("quarterly", at.astimezone(zone).date(), zone).name


def inside(field: str, period: str) -> Check:
    """An instant lies in the quarter it is planned for (R45: one meeting in each calendar quarter)."""

    def check(draft: Draft) -> Refusal | None:
        wanted = draft.f.get(period) or draft.period
        if "Q" in wanted and not quarter(wanted, draft.facts.policy.zone).holds(draft.f[field]):
            return Refusal(
                "outside_quarter", "R45", f"时间不在{label_of(wanted, draft)}之内，请核对季度或时间", field
            )
        return None

    return check


def label_of(period: str, draft: Draft) -> str:
    """A quarter as papers write it."""
    return quarter(period, draft.facts.policy.zone).label


def days_in(period: Period, valid_from: date, valid_to: date | None) -> int:
    """On how many days of a period something was in force."""
    first = max(period.start.date(), valid_from)
    until = min(period.end.date(), valid_to or date.max)
    return max(0, (until - first).days)


def day_not_past(field: str) -> Check:
    """A limit that is set lies ahead."""

    def check(draft: Draft) -> Refusal | None:
        value = draft.f.get(field)
        zone = draft.facts.policy.zone
        if value is not None and end_of(value, zone) <= draft.now.astimezone(zone):
            return Refusal("in_past", "R45", "期限已经过去，请填今天或以后的日期", field)
        return None

    return check


def day_not_future(field: str) -> Check:
    """A day that is told has come."""

    def check(draft: Draft) -> Refusal | None:
        value = draft.f.get(field)
        if value is not None and value > draft.now.astimezone(draft.facts.policy.zone).date().isoformat():
            return Refusal("in_future", "R42", "日期晚于今天，请核对后再提交", field)
        return None

    return check


def files_known(draft: Draft) -> Refusal | None:
    """Files named belong to this entry (or wait for it, brought by its author)."""
    known = draft.facts.known.get("files", frozenset())
    if any(one not in known for one in draft.f.get("attachments", ())):
        return Refusal("unknown_attachment", "R23", "有附件不属于这一条，请重新上传", "attachments")
    return None


Effect = Callable[[Draft], None]


def together(*effects: Effect) -> Effect:
    """Several effects, one after the other."""

    def effect(draft: Draft) -> None:
        for one in effects:
            one(draft)

    return effect
