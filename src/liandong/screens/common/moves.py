"""What one event moved, in words: state, holder, unit, class, level, and which clocks it started, stopped or paused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.rules.table import COMMANDS

from . import labels
from .page import unit_name
from .policy import current
from .times import to_instant

GROUPS = {
    "decision": gettext_lazy("决定"),
    "work": gettext_lazy("办理"),
    "contact": gettext_lazy("联系"),
    "clock": gettext_lazy("时钟"),
    "look": gettext_lazy("查看"),
}
CONTACTS = ("register", "registered", "append", "contact", "call_back", "urge", "note", "report_by_phone")
WORK = (
    "sign", "assign_inside", "assist_reply", "feedback", "answer_now", "return", "request_extension",
    "request_suspension", "resume", "answer_supervision", "acknowledge", "report_in_writing",
)  # fmt: skip
CLOCKS = ("run_clock", "recompute", "archive")
LOOKS = ("page", "reveal", "print")
_RULE = re.compile(r"R\d+")


def group_of(kind: str) -> str:
    """Under which filter of the history an event stands; whatever is none of the others is somebody's decision."""
    for group, kinds in (("contact", CONTACTS), ("work", WORK), ("clock", CLOCKS), ("look", LOOKS)):
        if kind in kinds:
            return group
    return "decision"


@dataclass(slots=True)
class Before:
    """How the case stood before the event that is read next."""

    state: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    clocks: dict[int, dict[str, Any]] = field(default_factory=dict)


_SHOWN = {
    "class": (gettext_lazy("类别"), labels.CLASSES),
    "level": (gettext_lazy("响应等级"), labels.LEVELS),
    "result": (gettext_lazy("处理结果"), labels.RESULTS),
}


def moved(event: Mapping[str, Any], before: Before) -> list[str]:
    """The changes in words; ``before`` is carried forward to the next event."""
    said: list[str] = []
    changed: Mapping[str, Any] = event.get("set") or {}
    state = changed.get("state")
    if state and state != before.state:
        name = labels.label(labels.STATES, state)
        came = labels.label(labels.STATES, before.state) if before.state else ""
        said.append(f"{came} → {name}" if came else name)
        before.state = state
    holder = changed.get("holder")
    if isinstance(holder, Mapping) and holder != before.values.get("holder"):
        who = (
            unit_name(holder.get("code"))
            if holder.get("type") == "unit"
            else labels.label(labels.HOLDERS, holder.get("type"))
        )
        said.append(_("由{who}负责").format(who=who) if holder.get("type") != "none" else _("不再由谁负责"))
        before.values["holder"] = holder
    for key, (title, table) in _SHOWN.items():
        value = changed.get(key)
        if value and value != before.values.get(key):
            if key in before.values or key == "result":
                said.append(f"{title}：{labels.label(table, value)}")
            before.values[key] = value
    for number, clock in (event.get("clocks") or {}).items():
        known = before.clocks.setdefault(int(number), {})
        said += _clock(clock, known, event["type"])
        known.update(clock)
    return said


def _clock(changed: Mapping[str, Any], known: Mapping[str, Any], kind: str) -> list[str]:
    """What happened to one clock."""
    name = labels.label(labels.CLOCKS, changed.get("kind") or known.get("kind"))
    due = changed.get("due_at")
    if not known:
        return (
            [_("{clock}开始，期限 {due}").format(clock=name, due=end_of(due))]
            if due
            else [_("{clock}开始").format(clock=name)]
        )
    if changed.get("stopped_at"):
        outcome = changed.get("outcome")
        how = labels.label(labels.OUTCOMES, outcome) if outcome else _("已停止")
        return [_("{clock}停止（{how}）").format(clock=name, how=how)]
    if changed.get("paused"):
        return [_("{clock}暂停").format(clock=name)]
    if known.get("paused") and changed.get("paused") is False:
        return [_("{clock}恢复，期限 {due}").format(clock=name, due=end_of(due or known.get("due_at")))]
    if due and due != known.get("due_at"):
        return [_("{clock}期限改为 {due}").format(clock=name, due=end_of(due))]
    return [name] if kind in CLOCKS else []


def end_of(value: Any) -> str:
    """The end of a limit as a person writes it: midnight is 24:00 of the day before (CONTRACT §4)."""
    instant = to_instant(value)
    if instant is None:
        return "—"
    if instant.time() == time(0, 0):
        return f"{instant - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{instant:%Y-%m-%d %H:%M}"


def rule_of(event: Mapping[str, Any], before: Before) -> str:
    """The number of the rule that acted: the command's row, or for the clock the clause of the limit that it ran on."""
    kind = str(event.get("type", ""))
    row = COMMANDS.get("register" if kind == "registered" else kind)
    if row is not None:
        return row.rule
    if kind != "run_clock":
        return ""
    limits = current().limits
    for number in event.get("clocks") or {}:
        clock = before.clocks.get(int(number), {}).get("kind", "")
        names = (f"{clock}_general", f"{clock}_special") if clock in ("handle", "assist") else (clock,)
        for name in names:
            found = _RULE.search(limits[name].clause) if name in limits else None
            if found:
                return found[0]
    return "I2"


def day_of(at: datetime | None, now: datetime) -> str:
    """A day as a heading: 今天, 昨天, or its date with the weekday."""
    if at is None:
        return "—"
    here = to_instant(now)
    assert here is not None
    away = (at.date() - here.date()).days
    week = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))[at.weekday()]
    said = f"{at:%Y-%m-%d} {week}"
    names = {0: _("今天"), -1: _("昨天"), -2: _("前天")}
    return f"{names[away]} {said}" if away in names else said
