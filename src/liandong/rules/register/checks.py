"""Checks that many registers share; each gives None or a refusal that says what to do instead."""

from __future__ import annotations

from ..model import Refusal
from .model import Check, Draft


def refuse(code: str, rule: str, detail: str, field: str | None = None) -> Refusal:
    """A refusal of a register's own rule."""
    return Refusal(code, rule, detail, field)


def not_future(field: str) -> Check:
    """An instant that is told must have passed (R42: no back- or forward-filled times)."""

    def check(draft: Draft) -> Refusal | None:
        value = draft.f.get(field)
        if value is not None and value > draft.now:
            return Refusal("in_future", "R42", "时间晚于现在，请核对后再提交", field)
        return None

    return check


def is_future(field: str) -> Check:
    """An instant that is planned must lie ahead."""

    def check(draft: Draft) -> Refusal | None:
        value = draft.f.get(field)
        if value is not None and value <= draft.now:
            return Refusal("in_past", "R42", "时间已经过去，请填以后的时间", field)
        return None

    return check


def units_in_force(*fields: str) -> Check:
    """Units named are units of the district, in force today (R22)."""

    def check(draft: Draft) -> Refusal | None:
        today = draft.now.astimezone(draft.facts.policy.zone).date()
        for field in fields:
            value = draft.f.get(field)
            for code in value if isinstance(value, list) else [value] if value else ():
                unit = draft.facts.policy.units.get(code)
                if unit is None:
                    return Refusal("unknown_unit", "R22", f"没有代码为 {code[:40]} 的单位，请核对", field)
                if not (unit.valid_from <= today and (unit.valid_to is None or today < unit.valid_to)):
                    heirs = "、".join(unit.successors) or "无"
                    return Refusal(
                        "unit_not_in_force", "R22", f"{unit.name}今天不在册，职责承接单位：{heirs}", field
                    )
        return None

    return check


def cases_exist(*fields: str) -> Check:
    """Cases named exist and this actor may see them; ``registers.facts`` looks them up as ``known["cases"]``."""

    def check(draft: Draft) -> Refusal | None:
        for field in fields:
            value = draft.f.get(field)
            for no in value if isinstance(value, list) else [value] if value else ():
                if no not in draft.facts.known.get("cases", {}):
                    return Refusal("not_found", "R33", f"没有编号为 {no} 的案件，请核对", field)
        return None

    return check
