"""A case's history in words: one step for each event, codes translated, instants kept exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liandong.rules import written

from . import labels, moves
from .page import unit_name
from .policy import current
from .times import ZONE, to_instant

QUIET = ("clock_fired", "warning", "run_clock", "recompute", "reveal", "revealed")
HIDDEN = ("version", "source", "tracking_code", "screen", "screen_flag", "attachments_sha", "notices")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
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
    rule: str = ""
    group: str = ""
    changes: list[str] = field(default_factory=list)
    files: list[Mapping[str, Any]] = field(default_factory=list)


def who(by: str, names: Mapping[str, str] | None = None) -> str:
    """An actor's text form in words: ``unit:CG:zhang`` → 区城市管理局 zhang; ``names`` says what accounts are called."""
    parts = by.split(":")
    known = names or {}
    if parts[0] == "unit":
        called = [known.get(part, part) for part in parts[2:]]
        return " ".join([unit_name(parts[1]) if len(parts) > 1 else "", *called]).strip()
    called = [known.get(part, part) for part in parts[1:]]
    return " ".join([labels.label(labels.ROLES, parts[0]), *called]).strip()


ENDS = ("promised_at", "due_at", "reply_due")
"""Fields whose instant ends a limit: midnight there is 24:00 of the day before (CONTRACT §4)."""


def dated(value: Any, *, end: bool = False) -> str:
    """An instant of the past record with its date, to the minute."""
    if end:
        return moves.end_of(value)
    instant = to_instant(value)
    return "—" if instant is None else f"{instant:%Y-%m-%d %H:%M}"


def _is_instant(value: Any) -> bool:
    """Whether a text is an instant and nothing else: a person's own words may begin like one."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        to_instant(value)
    except ValueError:
        return False
    return True


def words(key: str, value: Any, kind: str = "") -> str:
    """One value of an event in words; lists and objects become lines."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return labels.label(labels.YES_NO_UNKNOWN, "yes" if value else "no")
    if isinstance(value, datetime) or _is_instant(value):
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
            labels.label(labels.YES_NO_UNKNOWN, "unknown")
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


def _step(event: Mapping[str, Any], before: moves.Before, read: Reading) -> Step:
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
    title = labels.label(labels.EVENTS, kind)
    more: list[tuple[str, str]] = []
    if (said := written_in(kind, str(shown.get("text") or ""))) is not None:
        title, more = said
        shown.pop("text")
    attached = [read.files[one] for one in shown.get("attachments") or () if one in read.files]
    hidden = (*HIDDEN, "attachments") if attached else HIDDEN
    rows = [
        (labels.label(labels.FIELDS, key), words(key, value, kind))
        for key, value in shown.items()
        if key not in hidden and not key.startswith("_") and value not in (None, "", [], {})
    ]
    rows += more
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
        title,
        to_instant(event.get("at")),
        who(str(event.get("by", "")), read.names),
        kind in QUIET,
        rows,
        rule=moves.rule_of(event, before),
        group=moves.group_of(kind),
        changes=moves.moved(event, before),
        files=attached,
    )


def written_in(kind: str, text: str) -> tuple[str, list[tuple[str, str]]] | None:
    """A leader's written instruction, or a reply to an instruction, as title and lines; None for any other text."""
    if kind == "instruct" and (found := written.parse(text, ZONE)) is not None:
        rows = [(_("批示领导"), found.leader), (_("批示日期"), found.day.isoformat())]
        if found.reply_by is not None:
            rows.append((_("要求回复的时间"), dated(found.reply_by)))
        return _("领导批示"), [*rows, (_("批示内容"), found.text)]
    if kind == "note" and (reply := written.parse_reply(text)) is not None:
        return _("回复指令"), [(_("指令编号"), str(reply[0])), (_("内容"), reply[1])]
    return None


def _recipient(to: str) -> str:
    """Who was told, in words: ``unit:CG:responsible`` → 区城市管理局 负责人."""
    parts = to.split(":")
    if parts[0] == "unit" and len(parts) > 1:
        return unit_name(parts[1]) + (" " + _("负责人") if len(parts) > 2 else "")
    return labels.label(labels.HOLDERS | labels.ROLES, parts[0])


@dataclass(frozen=True, slots=True)
class Reading:
    """What helps to read a history: names of accounts, files by their id."""

    names: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def story(events: list[dict[str, Any]], reading: Reading | None = None) -> list[Step]:
    """All events of a case as steps, in their order; a clock's silent bookkeeping is left out."""
    before = moves.Before()
    steps = [_step(event, before, reading or Reading()) for event in events]
    return [step for step in steps if step.type != "run_clock" or step.rows]
