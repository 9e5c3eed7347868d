"""What a unit owes in a case beside handling it: instructions to acknowledge, a supervision, an assist task.

Read out of the case's history, where the words stand; only what still runs for this unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liandong.casework import history
from liandong.rules.model import Actor
from liandong.screens.common.policy import current
from liandong.screens.common.story import who

ASKING = ("instruct", "to_police")
"""Events that ask units for an acknowledgement; their order numbers the instructions (R8, R41)."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing asked of this unit: by whom, when, in which words, its clock; ``n`` numbers an instruction."""

    n: int
    by: str
    at: str
    text: str
    clock: dict[str, Any]
    police: bool = False
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Tasks:
    """Everything one case asks of a unit beside its state."""

    orders: tuple[Owed, ...] = ()
    supervision: Owed | None = None
    assist: Owed | None = None
    contacts: int = 0
    """How often somebody of the unit reached for the caller (a suspension for that reason needs three)."""


def events_of(case: Mapping[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The case's history with its clocks, as this viewer may read it."""
    return history.events_of(case["no"], actor, policy=current(), clocks=True) or []


def tasks(case: Mapping[str, Any], events: list[dict[str, Any]], units: frozenset[str]) -> Tasks:
    """What runs for these units in the case."""
    owners = units | {"police"} if "GA" in units else units
    orders: list[Owed] = []
    supervision = assist = None
    number = contacts = 0
    for event in events:
        kind, fields = event["type"], event["fields"]
        if kind in ASKING:
            number += 1
            clock = _running(case, event, "ack", owners)
            if clock:
                text = str(fields.get("text") or fields.get("reason") or "")
                orders.append(_owed(event, text, clock, number, police=kind == "to_police"))
        elif kind == "supervise":
            clock = _running(case, event, "supervision", owners)
            if clock:
                supervision = _owed(
                    event, str(fields.get("requirement") or ""), clock, grade=str(fields.get("grade") or "")
                )
        elif kind in ("add_assist", "dispatch"):
            clock = _running(case, event, "assist", owners)
            if clock:
                assist = _owed(event, str(fields.get("task") or fields.get("basis") or ""), clock)
        elif kind == "contact" or (kind in ("feedback", "answer_now") and fields.get("contacted_caller")):
            contacts += 1
    return Tasks(tuple(orders), supervision, assist, contacts)


def _running(
    case: Mapping[str, Any], event: Mapping[str, Any], kind: str, owners: frozenset[str]
) -> dict[str, Any] | None:
    """The clock of this kind that the event began for one of the owners, while it runs."""
    for number, changed in (event.get("clocks") or {}).items():
        clock: dict[str, Any] = case["clocks"][int(number) - 1]
        if changed.get("kind") == kind and clock["unit"] in owners and not clock["stopped_at"]:
            return clock
    return None


def _owed(
    event: Mapping[str, Any],
    text: str,
    clock: dict[str, Any],
    n: int = 0,
    *,
    police: bool = False,
    grade: str = "",
) -> Owed:
    return Owed(n, who(str(event["by"])), str(event["at"]), text, clock, police, grade)
