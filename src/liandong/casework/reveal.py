"""Showing one masked value to somebody who says why; the asking is recorded before the value is shown (contract §1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from liandong.district import policy as district_policy
from liandong.rules.model import Actor, Refusal
from liandong.rules.policy import Policy

from . import rows, sight
from .execute import NoSuchCase, Refused
from .jsontext import to_ms
from .looks import PRINTED
from .queries import _visible

FIELDS: Final = ("caller.name", "caller.phone", "place.text", "summary", "content")
_MAY: Final = ("desk", "desk_lead", "duty_office", "inspector", "police_inspectorate", "unit")


def reveal(
    no: str,
    field: str,
    reason: str,
    viewer: Actor,
    *,
    now: datetime | None = None,
    policy: Policy | None = None,
) -> Any:
    """The value in full. ``field``: caller.name (or name), caller.phone (or phone), place.text, summary, content.

    Raises NoSuchCase (not visible), Refused: wrong_role, bad_value (no such field), missing_field (no reason). A unit
    that does not hold the case, and any unit about a complainant or a confidential caller, is refused not_your_case.
    """
    rules, moment = policy or district_policy.current(), now or datetime.now(UTC)
    seen = _visible(no, viewer, rules, moment)
    if seen is None:
        raise NoSuchCase(no)
    stored, units = seen
    if viewer.role not in _MAY:
        raise Refused(Refusal("wrong_role", "R12", "这个角色不能查看来电人信息，请由接警服务台或值班室查看"))
    name = {"name": "caller.name", "phone": "caller.phone", "place": "place.text"}.get(field, field)
    if name not in FIELDS:
        raise Refused(Refusal("bad_value", "R32", f"field 应为 {'、'.join(FIELDS)} 之一", "field"))
    if not isinstance(reason, str) or not reason.strip():
        raise Refused(Refusal("missing_field", "R32", "请写明查看的理由", "reason"))
    if units and sight.persons(stored.state, viewer, units) != sight.FULL:
        detail = "来电人信息只对正在办理的主办单位开放，举报人和要求保密的来电人不向单位公开；如确有需要请联系接警服务台"
        raise Refused(Refusal("not_your_case", "R33", detail))
    with transaction.atomic():
        rows.run(
            "INSERT INTO casework_reveal (case_no, field, by, at_ms, reason) VALUES (%s, %s, %s, %s, %s)",
            [no, name, str(viewer), to_ms(moment), reason.strip()[:500]],
        )
    value: Any = stored.private
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def printed(no: str, viewer: Actor, form: str, now: datetime | None = None) -> None:
    """A work order with the caller in full leaves for paper or a file: recorded before it does. ``form``: page or pdf."""
    with transaction.atomic():
        rows.run(
            "INSERT INTO casework_reveal (case_no, field, by, at_ms, reason) VALUES (%s, %s, %s, %s, %s)",
            [no, PRINTED, str(viewer), to_ms(now or datetime.now(UTC)), form],
        )


def reveals(no: str) -> list[dict[str, Any]]:
    """Who asked to see what of a case, newest first (for the auditor and the desk lead)."""
    found = rows.ask(
        "SELECT field, by, at_ms, reason FROM casework_reveal WHERE case_no = %s ORDER BY id DESC LIMIT 200",
        [no],
    )
    return [{"field": f, "by": by, "at_ms": at, "reason": reason} for f, by, at, reason in found]
