"""A case's history in words: one step for each event, codes translated, instants kept exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from . import labels
from .page import unit_name
from .policy import current
from .times import to_instant

QUIET = ("clock_fired", "warning", "run_clock", "recompute", "reveal", "revealed")
HIDDEN = ("version", "source", "tracking_code", "screen", "screen_flag", "attachments_sha", "notices")
_INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_UNIT = re.compile(r"^(?:[A-Z]{2,3}\d?|U-[A-Z]|(?:JZ|YQ|QT)-[\w-]+)$")


@dataclass(frozen=True, slots=True)
class Step:
    """One event as a person reads it."""

    seq: int
    version: int
    type: str
    title: str
    at: datetime | None
    by: str
    quiet: bool
    rows: list[tuple[str, str]] = field(default_factory=list)


def who(by: str) -> str:
    """An actor's text form in words: ``unit:CG:zhang`` → 区城市管理局 zhang."""
    parts = by.split(":")
    if parts[0] == "unit":
        return " ".join([unit_name(parts[1]) if len(parts) > 1 else "", *parts[2:]]).strip()
    return " ".join([labels.label(labels.ROLES, parts[0]), *parts[1:]]).strip()


ENDS = ("promised_at", "due_at", "reply_due")
"""Fields whose instant ends a limit: midnight there is 24:00 of the day before (CONTRACT §4)."""


def dated(value: Any, *, end: bool = False) -> str:
    """An instant of the past record with its date, to the minute."""
    instant = to_instant(value)
    if instant is None:
        return "—"
    if end and instant.time() == time(0, 0):
        return f"{instant - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{instant:%Y-%m-%d %H:%M}"


def words(key: str, value: Any, kind: str = "") -> str:
    """One value of an event in words; lists and objects become lines."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.match(value)):
        return dated(value, end=key in ENDS)
    if key == "attachments" and isinstance(value, list):
        return _("{n} 个").format(n=len(value))
    if isinstance(value, list | tuple):
        return "、".join(words(key, one, kind) for one in value) or "—"
    if key == "safety" and isinstance(value, Mapping):
        return "、".join(
            f"{labels.label(labels.DANGERS, name)} {labels.label(labels.YES_NO_UNKNOWN, one)}"
            for name, one in value.items()
        )
    if key == "place" and isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part)
    if isinstance(value, Mapping):
        return "；".join(
            f"{labels.label(labels.FIELDS, name)}：{words(name, one, kind)}" for name, one in value.items()
        )
    if key == "reason" and kind == "request_suspension":
        return labels.label(labels.SUSPENSION_REASONS, value)
    if key in labels.CHOICES and str(value) in labels.CHOICES[key]:
        return labels.label(labels.CHOICES[key], value)
    if isinstance(value, str) and key in (
        "unit",
        "lead_unit",
        "assist_units",
        "joint_units",
        "units",
        "suggested_unit",
    ):
        return (
            "不清楚"
            if value == "unknown"
            else f"{unit_name(value)}（{value}）"
            if _UNIT.match(value)
            else value
        )
    if key == "method":
        return labels.label(labels.METHODS, value)
    if key == "matter" and isinstance(value, str):
        matter = current().matters.get(value)
        return f"{value} {matter.name}" if matter else value
    if key == "clock":
        return labels.label(labels.CLOCKS, value)
    if key == "kind" and kind in QUIET:
        return labels.label(labels.NOTICES, value)
    return str(value)


def _step(event: Mapping[str, Any]) -> Step:
    kind = str(event.get("type", ""))
    shown: dict[str, Any] = dict(event.get("fields") or {})
    for part in ("text", "texts", "personal", "private"):
        extra = event.get(part)
        if isinstance(extra, Mapping):
            inner = (
                {k: v for k, v in extra.items() if k not in ("text", "personal")}
                if part == "private"
                else extra
            )
            shown |= inner
            if part == "private":
                for inside in ("text", "personal"):
                    if isinstance(extra.get(inside), Mapping):
                        shown |= extra[inside]
        elif isinstance(extra, str):
            shown.setdefault(part, extra)
    rows = [
        (labels.label(labels.FIELDS, key), words(key, value, kind))
        for key, value in shown.items()
        if key not in HIDDEN and not key.startswith("_") and value not in (None, "", [], {})
    ]
    if kind == "run_clock":
        rows += [
            (labels.label(labels.NOTICES, told["kind"]), _recipient(str(told["to"])))
            for told in event.get("notices") or []
        ]
        state = (event.get("set") or {}).get("state")
        if state:
            rows.append((_("状态"), labels.label(labels.STATES, state)))
    return Step(
        int(event.get("seq") or 0),
        int(event.get("version") or 0),
        kind,
        labels.label(labels.EVENTS, kind),
        to_instant(event.get("at")),
        who(str(event.get("by", ""))),
        kind in QUIET,
        rows,
    )


def _recipient(to: str) -> str:
    """Who was told, in words: ``unit:CG:responsible`` → 区城市管理局 负责人."""
    parts = to.split(":")
    if parts[0] == "unit" and len(parts) > 1:
        return unit_name(parts[1]) + (" " + _("负责人") if len(parts) > 2 else "")
    return labels.label(labels.HOLDERS | labels.ROLES, parts[0])


def story(events: list[dict[str, Any]]) -> list[Step]:
    """All events of a case as steps, in their order; a clock's silent bookkeeping is left out."""
    steps = [_step(event) for event in events]
    return [step for step in steps if step.type != "run_clock" or step.rows]
