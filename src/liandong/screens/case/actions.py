"""What I may do with a case now, sorted by what usually comes next, and why the rest may not be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from liandong.casework import history
from liandong.rules.codes import OPEN
from liandong.rules.model import Actor
from liandong.rules.table import COMMANDS
from liandong.screens.common import labels, suggesting
from liandong.screens.common.access import DESK
from liandong.screens.common.policy import current
from liandong.screens.common.story import story, words

NEXT: Mapping[str, tuple[str, ...]] = {
    "registered": ("dispatch", "answer", "to_police", "split", "merge"),
    "dispatched": ("sign", "return", "answer_now", "contact", "recall", "raise_dispute"),
    "handling": (
        "feedback",
        "contact",
        "decide_extension",
        "decide_suspension",
        "return",
        "request_extension",
        "request_suspension",
    ),
    "return_review": ("dispatch", "reject_return", "raise_dispute", "answer"),
    "disputed": ("designate",),
    "suspended": ("resume",),
    "feedback_review": ("accept_feedback", "reject_feedback"),
    "callback": ("call_back",),
    "police": ("police_done", "acknowledge"),
    "closed": ("rework",),
    "answered": ("rework",),
    "archived": ("reopen",),
}
ALARM = ("to_police", "void", "withdraw")
GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _("办理"),
        (
            "dispatch", "recall", "answer", "sign", "contact", "assign_inside", "answer_now", "return",
            "reject_return", "request_extension", "decide_extension", "request_suspension",
            "decide_suspension", "resume", "feedback", "reject_feedback", "accept_feedback", "call_back",
            "rework", "reopen", "report_by_phone", "report_in_writing",
        ),
    ),
    (_("协同"), ("note", "add_assist", "assist_reply", "urge", "raise_dispute", "designate", "to_police", "police_done")),
    (
        _("指挥督办"),
        (
            "instruct", "acknowledge", "supervise", "answer_supervision", "lift_supervision", "set_level",
            "release",
        ),
    ),
    (_("更正"), ("amend", "set_safety", "reclassify", "confirm", "merge", "split")),
    (_("结束"), ("void", "withdraw")),
)  # fmt: skip
"""Headings under which the other commands stand, in the order in which they are usually wanted."""
SYSTEM = ("run_clock", "recompute", "archive", "register")
MOST_NEXT = 3
MOST_KEYS = 9


@dataclass(frozen=True, slots=True)
class Action:
    """One command that may be given now: its form's address (a variant adds ``ask``), and the digit that opens it."""

    command: str
    key: int | None
    name: Any
    ask: str = ""


def _offered(first: list[str], rest: list[str]) -> tuple[list[Action], list[tuple[Any, list[Action]]]]:
    """The next steps, and the others under their headings; digits run through both in the order shown."""
    keys = iter(range(1, MOST_KEYS + 1))
    next_ones = [Action(command, next(keys, None), labels.COMMANDS[command]) for command in first]
    grouped: list[tuple[Any, list[Action]]] = []
    for heading, commands in GROUPS:
        shown = []
        for command in (one for one in commands if one in rest):
            if command == "instruct":
                shown.append(Action(command, next(keys, None), _("登记领导批示"), "?written=1"))
            shown.append(Action(command, next(keys, None), labels.COMMANDS[command]))
        if shown:
            grouped.append((heading, shown))
    return next_ones, grouped


def sorted_out(options: list[Any], case: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Options as the page shows them: the next steps, everything else allowed, what is not allowed and why."""
    order = NEXT.get(case["state"], ())
    allowed = [o.command for o in options if o.allowed and o.command not in SYSTEM]
    if "acknowledge" in allowed:
        allowed.remove("acknowledge")
        if _owes_acknowledgement(case, actor):
            allowed.insert(0, "acknowledge")
            order = ("acknowledge", *order)
    first = [c for c in order if c in allowed][:MOST_NEXT]
    rest = [c for c in allowed if c not in first]
    if (
        actor.role in DESK
        and case["state"] in OPEN
        and ("set_safety" in allowed or case["state"] == "registered")
    ):
        rest.append("confirm")  # the second person's word (I7), asked for by a colleague beside
    refused = [o for o in options if not o.allowed and o.command not in SYSTEM and o.refusal is not None]
    next_ones, grouped = _offered(first, rest)
    return {
        "first": next_ones,
        "rest": grouped,
        "alarm": ALARM,
        "not_now": [o for o in refused if o.refusal.code != "wrong_role"],
        "not_mine": [o for o in refused if o.refusal.code == "wrong_role"],
    }


def proposed(command: str, case: dict[str, Any], actor: Actor, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Values a form opens with: what the address says, else what the case itself suggests."""
    names = {spec.name for spec in COMMANDS[command].fields}
    given = {name: asked[name] for name in names if asked.get(name)}
    matter = (case.get("matter") or {}).get("code")
    if command in ("dispatch", "reclassify"):
        given.setdefault(
            "class", case.get("class") if case.get("class") in ("general", "special") else "general"
        )
    if command == "reclassify" and matter:
        given.setdefault("matter", matter)
    if command == "answer":
        given.setdefault("knowledge", "none")
    if command == "set_safety":
        given |= case.get("safety") or {}
    if command == "acknowledge":
        given.setdefault("instruction", str(_first_owed(case, actor)))
    return given


def extras(command: str, case: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """What a form shows beside its inputs: suggestions, both positions, the open request."""
    if command == "dispatch":
        text = "\n".join(str(case.get(key) or "") for key in ("summary", "content"))
        returned = {
            e["by"].split(":")[1] for e in told(case, actor) if e["type"] == "return" and ":" in e["by"]
        }
        caller = (case.get("caller") or {}).get("phone")
        return suggesting.suggest(
            text, case.get("place"), actor, caller=caller, exclude=returned, leave_out=case["no"]
        )
    if command == "set_safety":
        text = "\n".join(str(case.get(key) or "") for key in ("summary", "content"))
        return {"machine": suggesting.signs(text)}
    if command in ("designate", "reject_return", "raise_dispute"):
        return {"positions": positions(case, actor)}
    if command in ("decide_extension", "decide_suspension"):
        return {
            "pending": [{**p, "shown": words("value", p.get("value"))} for p in case.get("pending") or []]
        }
    if command == "acknowledge":
        return {"given": instructions(case, actor)}
    return {}


def told(case: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The case's events as this viewer may read them."""
    return history.events_of(case["no"], actor, policy=current()) or []


def instructions(case: dict[str, Any], actor: Actor) -> list[Any]:
    """Everything that asks units for an acknowledgement, in the order that numbers it (R8, R41)."""
    return [step for step in story(told(case, actor)) if step.type in ("instruct", "to_police")]


def _first_owed(case: dict[str, Any], actor: Actor) -> int:
    """The number of the first instruction this unit has not acknowledged; the last one where it owes none."""
    given = [event for event in _with_clocks(case, actor) if event["type"] in ("instruct", "to_police")]
    for n, event in enumerate(given, start=1):
        for number, changed in event["clocks"].items():
            clock = case["clocks"][number - 1]
            if changed.get("kind") == "ack" and not clock["stopped_at"] and clock["unit"] in _own(actor):
                return n
    return len(given) or 1


def _with_clocks(case: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    return history.events_of(case["no"], actor, policy=current(), clocks=True) or []


def _own(actor: Actor) -> tuple[str | None, ...]:
    """Whose clocks are this unit's: police notices run on the police's own."""
    return (actor.unit, "police") if actor.unit == "GA" else (actor.unit,)


def _owes_acknowledgement(case: dict[str, Any], actor: Actor) -> bool:
    """Whether an acknowledgement clock of this unit runs."""
    own = _own(actor)
    return any(c["kind"] == "ack" and not c.get("stopped_at") and c["unit"] in own for c in case["clocks"])


def positions(case: dict[str, Any], actor: Actor) -> list[Any]:
    """What the units and the desk said about whose duty it is: returns and disputes in their order."""
    kinds = ("return", "raise_dispute", "designate", "reject_return", "dispatch")
    return [step for step in story(told(case, actor)) if step.type in kinds]
