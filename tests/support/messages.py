"""Channels as an administrator types them, and messages ready to go out."""

from __future__ import annotations

from typing import Any

from liandong.engine.channels import kinds
from liandong.engine.instants import now_ms
from liandong.engine.models import Message


def typed(kind: str, **values: str) -> dict[str, str]:
    """What an administrator types for a channel of this kind."""
    start = {field.key: field.start for field in kinds.KINDS[kind].fields}
    numbers = {"per_minute": "6000", "at_once": "4", "most_attempts": "4", "rank": "10"}
    return {**start, **numbers, "name": kind, "active": "1", "timeout": "1", **values}


def a_message(channel: str, **values: Any) -> Message:
    """A message ready to go out."""
    count = Message.objects.count()
    base = {
        "id": f"{count:032x}", "position": count + 1, "n": 0, "person": "duty", "case_no": "QJFL-1", "kind": "assigned",
        "recipient": "unit:CG", "means": "sms", "channel": channel, "address": "13912345678", "text": "【联动】新工单",
        "created_ms": now_ms(), "next_ms": now_ms(), "until_ms": now_ms() + 600_000,
    }  # fmt: skip
    return Message.objects.create(**{**base, **values})
