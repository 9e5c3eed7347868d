"""What I may do with a case now, sorted by what usually comes next, and why the rest may not be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.casework import history
from liandong.district.policy import current_pack
from liandong.rules.codes import OPEN
from liandong.rules.model import Actor
from liandong.rules.table import COMMANDS
from liandong.screens.common import suggesting
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
SYSTEM = ("run_clock", "recompute", "archive", "register")
MOST_NEXT = 3


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
    return {
        "first": first,
        "rest": rest,
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
        given.setdefault("instruction", str(len(instructions(case, actor)) or 1))
    return given


def extras(command: str, case: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """What a form shows beside its inputs: suggestions, the duty's clause, both positions, the open request."""
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
    if command == "return":
        return {"duty": _duty(case)}
    if command in ("designate", "reject_return", "raise_dispute"):
        return {"positions": positions(case, actor)}
    if command in ("decide_extension", "decide_suspension"):
        return {
            "pending": [{**p, "shown": words("value", p.get("value"))} for p in case.get("pending") or []]
        }
    if command == "acknowledge":
        return {"instructions": instructions(case, actor)}
    return {}


def told(case: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The case's events as this viewer may read them."""
    return history.events_of(case["no"], actor, policy=current()) or []


def instructions(case: dict[str, Any], actor: Actor) -> list[Any]:
    """Everything that asks units for an acknowledgement, in the order that numbers it (R8, R41)."""
    return [step for step in story(told(case, actor)) if step.type in ("instruct", "to_police")]


def _owes_acknowledgement(case: dict[str, Any], actor: Actor) -> bool:
    """Whether an acknowledgement clock of this unit runs; police notices run on the police's own."""
    own = (actor.unit, "police") if actor.unit == "GA" else (actor.unit,)
    return any(c["kind"] == "ack" and not c.get("stopped_at") and c["unit"] in own for c in case["clocks"])


def _duty(case: dict[str, Any]) -> dict[str, Any] | None:
    """The matter the case was dispatched under, with the words of the notice that make it the unit's duty."""
    code = (case.get("matter") or {}).get("code")
    pack = current_pack()
    matter = next((m for m in pack.matters if m.code == code), None)
    if matter is None:
        return None
    entry = next((e for e in pack.entries if e.no == matter.entry_no), None)
    return {
        "matter": matter,
        "text": entry.text if entry else "",
        "clause": entry.clause if entry else matter.clause,
    }


def positions(case: dict[str, Any], actor: Actor) -> list[Any]:
    """What the units and the desk said about whose duty it is: returns and disputes in their order."""
    kinds = ("return", "raise_dispute", "designate", "reject_return", "dispatch")
    return [step for step in story(told(case, actor)) if step.type in kinds]
