"""How pressing a clock is, in four grades: words and an icon, which colour only repeats.

The shares of a limit at which a grade begins are the district's settings (``workbench.toml``). A limit in working days or
hours is measured in working time, as its warnings are (CONTRACT §4), every other in elapsed time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from liandong.district.grades import Grade, grade_of
from liandong.rules.policy import Policy
from liandong.screens.common.times import length_in_words, to_instant

WORKING = ("wd", "wh")
AGREED = ("promise", "statute")
"""Sources whose limits are counted up to an instant, not in the usual limit's own kind of time."""
ICONS = {
    "green": "clock",
    "yellow": "hourglass-split",
    "red": "exclamation-triangle-fill",
    "overdue": "exclamation-octagon-fill",
    "paused": "pause-circle",
    "none": "dash-circle",
    "plain": "clock",
}


@dataclass(frozen=True, slots=True)
class Urgency:
    """A grade (green, yellow, red, overdue, paused, none; plain before any pack set grades), its word, time left and icon."""

    code: str
    word: str
    left: str
    icon: str


def _word(code: str) -> str:
    return {
        "green": _("充裕"),
        "yellow": _("过半"),
        "red": _("紧急"),
        "overdue": _("超期"),
        "paused": _("暂停"),
        "none": _("无期限"),
        "plain": "",
    }[code]


def _in_working_time(clock: Mapping[str, Any], policy: Policy) -> bool:
    """Whether this clock's limit is counted in working days or hours."""
    kind = str(clock["kind"])
    limit = policy.limits.get(kind) or policy.limits.get(f"{kind}_general")
    return limit is not None and clock.get("source") not in AGREED and limit.length.endswith(WORKING)


def left_of(clock: Mapping[str, Any], now: datetime, policy: Policy) -> float:
    """The share of a running clock's limit that is left (0.0–1.0)."""
    started, due = to_instant(clock["started_at"]), to_instant(clock["due_at"])
    if started is None or due is None or due <= started:
        return 0.0
    if _in_working_time(clock, policy):
        whole = policy.calendar.work_between(started, due)
        return policy.calendar.work_between(now, due) / whole if whole else 0.0
    return (due - now) / (due - started)


def urgency(
    clock: Mapping[str, Any] | None, now: datetime, policy: Policy, grades: tuple[Grade, ...]
) -> Urgency:
    """How pressing a clock of the contract's view is at ``now``; at the due instant it is still in time."""
    if clock is None or (not clock.get("paused") and clock.get("due_at") is None):
        return Urgency("none", _word("none"), "", ICONS["none"])
    if clock.get("paused"):
        return Urgency("paused", _word("paused"), "", ICONS["paused"])
    due = to_instant(clock["due_at"])
    left = due - now if due else timedelta(0)
    if left < timedelta(0):
        return Urgency("overdue", _word("overdue"), length_in_words(left), ICONS["overdue"])
    code = grade_of(left_of(clock, now, policy), grades) if grades else "plain"
    return Urgency(code, _word(code), _("还剩 ") + length_in_words(left), ICONS[code])
