"""Rows of the inbox: each case with the clock that puts it where it stands, how pressing that is, and who has it inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liandong.casework.workbench import GROUPS
from liandong.district import grades
from liandong.rules.policy import Policy
from liandong.screens.common.times import to_instant

from .urgency import Urgency, urgency

NEVER_PRESSING = ("total", "return_window")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: ``can_sign`` where this unit has not signed yet, ``to`` whom it gave the case inside."""

    case: dict[str, Any]
    clock: dict[str, Any] | None
    urgency: Urgency
    can_sign: bool
    to: str
    township: str
    matter: str


def pressing(
    case: Mapping[str, Any], owners: frozenset[str], kinds: tuple[str, ...] = ()
) -> dict[str, Any] | None:
    """The running clock of these owners (and kinds) that is due first; a paused one only where nothing runs."""
    running = [
        clock
        for clock in case["clocks"]
        if not clock["stopped_at"]
        and (clock["unit"] in owners or not owners)
        and (clock["kind"] in kinds if kinds else clock["kind"] not in NEVER_PRESSING)
    ]
    return min(running, key=_order, default=None)


def _order(clock: Mapping[str, Any]) -> tuple[bool, bool, float]:
    due = to_instant(clock["due_at"])
    return bool(clock["paused"]), due is None, due.timestamp() if due else 0.0


def lines(
    items: list[dict[str, Any]],
    group: str,
    units: frozenset[str],
    to: Mapping[str, str],
    policy: Policy,
    now: datetime,
) -> list[Line]:
    """The rows of one page of a group."""
    shares = grades.current()
    owners = units | {"police"} if "GA" in units else units
    made = []
    for case in items:
        kinds = GROUPS[group]
        whose = frozenset() if group in ("requests", "waiting") else owners
        clock = pressing(case, whose, kinds) or pressing(case, frozenset())
        town = policy.townships.get((case.get("place") or {}).get("township") or "")
        matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
        made.append(
            Line(
                case,
                clock,
                urgency(clock, now, policy, shares),
                case["state"] == "dispatched" and case["holder"]["code"] in units,
                to.get(case["no"], ""),
                town.name if town else "",
                matter.name if matter else "",
            )
        )
    return made
