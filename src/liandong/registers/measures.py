"""The convenience measures of a quarter: who filed one, who owes one, who does not owe (R64); days of publicity (R62)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from liandong.district import measuring, register_settings
from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.policy import Policy, Unit
from liandong.rules.register import Entry
from liandong.rules.register.parties import days_in

from . import reading
from .queries import Asking

EXEMPT, DISSOLVED, NEW = "exempt", "dissolved", "new"
REASONS = {
    EXEMPT: "不在应报之列",
    DISSOLVED: "季末已撤并",
    NEW: "在册不满规定天数",
}
"""Why a unit owes no measure in a quarter."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One quarter. ``filed``: measures that were not withdrawn, by unit; ``missing``: units that owe one and filed none;
    ``not_owed``: units in force at some time of the quarter that owe none, with the reason's code."""

    period: Period
    filed: Mapping[str, tuple[Entry, ...]]
    missing: tuple[str, ...]
    not_owed: Mapping[str, str]

    @property
    def owing(self) -> int:
        """How many units owe one."""
        return len(self.missing) + self.met

    @property
    def met(self) -> int:
        """How many units that owe one filed one."""
        return sum(unit not in self.not_owed for unit in self.filed)

    @property
    def published(self) -> int:
        """How many measures were published."""
        return sum(one.state == "published" for many in self.filed.values() for one in many)


def why_not(unit: Unit, period: Period, settings: Mapping[str, Any], go_live: date) -> str | None:
    """Why a unit owes no measure in a quarter; None where it owes one.

    It owes one when it is in force on the quarter's last day, was so for the pack's least number of days since the system
    went live (R57), and is not of an exempt kind.
    """
    if unit.kind in settings.get("exempt", ()):
        return EXEMPT
    if unit.valid_to is not None and unit.valid_to < period.end.date():
        return DISSOLVED
    days = days_in(period, max(unit.valid_from, go_live), unit.valid_to)
    return NEW if days < int(settings.get("least_days", 0)) else None


def owing(policy: Policy, period: Period) -> tuple[list[str], dict[str, str]]:
    """(units that owe a measure in a quarter, units in force in it that owe none with the reason)."""
    settings = register_settings.of("measure")
    go_live = measuring.current().go_live
    owe, free = [], {}
    for unit in policy.units.values():
        if not unit.dispatchable or days_in(period, unit.valid_from, unit.valid_to) == 0:
            continue
        reason = why_not(unit, period, settings, go_live)
        if reason is None:
            owe.append(unit.code)
        else:
            free[unit.code] = reason
    return owe, free


def standing(viewer: Actor, period: Period, policy: Policy, *, at: datetime | None = None) -> Standing:
    """How a quarter stands, as far as this viewer sees it; ``at``: as it stood then."""
    entries = reading.every(viewer, "measure", Asking(period=period.name), policy=policy)
    filed: dict[str, list[Entry]] = {}
    for entry in reversed(entries):
        if entry.state != "withdrawn" and (at is None or entry.opened_at <= at):
            filed.setdefault(entry.unit, []).append(entry)
    owe, free = owing(policy, period)
    if viewer.role == "unit":
        owe = [code for code in owe if code == viewer.unit]
    missing = tuple(code for code in owe if code not in filed and not _by_heir(code, filed, policy))
    return Standing(period, {u: tuple(m) for u, m in filed.items()}, missing, free)


def _by_heir(code: str, filed: Mapping[str, Any], policy: Policy) -> bool:
    return any(heir in filed for heir in policy.units[code].successors)


class Reminder(NamedTuple):
    """A day of publicity that comes near: its name, when, in how many days."""

    name: str
    day: date
    days: int


def reminders(today: date) -> list[Reminder]:
    """Days of publicity within the pack's look ahead (R62: 110宣传日)."""
    settings = register_settings.of("campaign")
    ahead = timedelta(days=int(settings.get("ahead_days", 0)))
    found = []
    for text in settings.get("days", ()):
        when, _, name = str(text).partition(" ")
        month, day = (int(part) for part in when.split("-"))
        for year in (today.year, today.year + 1):
            one = date(year, month, day)
            if today <= one <= today + ahead:
                found.append(Reminder(name, one, (one - today).days))
    return sorted(found, key=lambda one: one.day)
