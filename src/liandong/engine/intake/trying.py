"""What a text of another system would become: nothing is written and nothing of it is kept or logged (R6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liandong.district.intake import IntakeMapping
from liandong.rules.masking import mask_caller, mask_deep
from liandong.rules.policy import Policy

from . import parsing
from .mapping import translated
from .problems import Unfit


def attempt(raw: bytes, used: IntakeMapping, now: datetime, policy: Policy) -> list[dict[str, Any]]:
    """For each record either what would be done, or its ``problems``. Raises Unfit where the whole cannot be read."""
    return [_one(n, record, used, now, policy) for n, record in enumerate(parsing.records(raw, used), 1)]


def _one(n: int, record: Any, used: IntakeMapping, now: datetime, policy: Policy) -> dict[str, Any]:
    shown: dict[str, Any] = {"record": n}
    try:
        one = translated(record, used, now, policy)
    except Unfit as unfit:
        shown["problems"] = [{"reason": wrong.reason, "detail": wrong.detail} for wrong in unfit.problems]
        return shown
    shown |= {"do": one.do, "channel": one.channel, "ref": one.ref, "message": one.id}
    named = {"our_ref": one.our_ref, "fields": dict(one.fields), "text": one.text}
    return shown | {name: value for name, value in named.items() if value}


def masked(shown: dict[str, Any]) -> dict[str, Any]:
    """The same for somebody who may not see persons: numbers and names hidden, in free text and in complaints as well."""
    fields = shown.get("fields", {})
    caller = mask_caller(fields.get("caller"))
    names = [name for name in ((fields.get("caller") or {}).get("name"),) if name]
    hidden: dict[str, Any] = mask_deep(shown, names)
    if caller:
        hidden["fields"]["caller"] = caller
    return hidden
