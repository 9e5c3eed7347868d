"""How a case's supervision stands, with its words; which ended cases the rules propose to supervise (R11, R33, R65)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from liandong.rules.codec import load_state
from liandong.rules.codes import FINAL_RESULTS, MAX_REWORKS
from liandong.rules.masking import mask_text
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import commanding, rows, search
from .jsontext import to_ms

PROPOSED_DAYS = 90
"""So long after its end a case stands among those proposed for supervision."""
_SYSTEM = Actor("system", "registers")


class Told(NamedTuple):
    """A case's last supervision: its ordinal, grade, party, instants, requirement and answer, persons masked."""

    n: int
    grade: int
    unit: str
    at: datetime
    answered_at: datetime | None
    lifted_at: datetime | None
    requirement: str
    reply_due: datetime | None
    answer: str


class Found(NamedTuple):
    """A case as registers ask for it: open or not, proposed or not, who leads it, its last supervision."""

    is_open: bool
    proposed: bool
    lead_unit: str
    last: Told | None


def of_case(no: str, policy: Policy, now: datetime) -> Found | None:
    """How this case stands; None where there is no such case. The caller has made sure that its actor may see it."""
    row = rows.one("SELECT c.doc, c.is_open FROM casework_case c WHERE c.no = %s", [no])
    if row is None:
        return None
    state = load_state(row[0])
    lead = str(state.get("lead_unit") or "")
    proposed = _is_proposed(state)
    if not state["_supervision"]:
        return Found(bool(row[1]), proposed, lead, None)
    last = state["_supervision"][-1]
    types = ("supervise", "answer_supervision")
    events = commanding.told(_SYSTEM, [no], types, policy=policy, now=now).get(no, [])
    asked = [event for event in events if event["type"] == "supervise"][-1]
    answers = [one for one in events if one["type"] == "answer_supervision" and one["seq"] > asked["seq"]]
    due = next(
        (
            clock["due_at"]
            for clock in reversed(list(state["clocks"].values()))
            if clock["kind"] == "supervision"
        ),
        None,
    )
    return Found(
        bool(row[1]),
        proposed,
        lead,
        Told(
            last["n"],
            last["grade"],
            last["unit"],
            last["at"],
            last["answered_at"],
            last["lifted_at"],
            str(mask_text(asked["fields"].get("requirement") or "")),
            due,
            str(mask_text(answers[-1]["fields"].get("text") or "")) if answers else "",
        ),
    )


def standings(numbers: Sequence[str]) -> dict[str, tuple[bool, Mapping[str, Any]]]:
    """Of these cases: whether open, and the last supervision as the state has it; one statement, for the machine."""
    if not numbers:
        return {}
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(
        f"SELECT c.no, c.is_open, c.doc FROM casework_case c WHERE c.no IN ({marks})", list(numbers)
    )
    states = {str(no): (bool(is_open), load_state(doc)["_supervision"]) for no, is_open, doc in found}
    return {no: (is_open, last[-1]) for no, (is_open, last) in states.items() if last}


def _is_proposed(state: Any) -> bool:
    """R33: two reworks, and the caller is neither served nor content; results that end the matter are none."""
    return (
        state["state"] in ("closed", "archived")
        and state["cycle"] >= MAX_REWORKS
        and state["satisfaction"] == "dissatisfied"
        and state["solved"] == "no"
        and state["result"] not in FINAL_RESULTS
    )


def proposed(viewer: Actor, *, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """Cases that ended lately and that the rules propose to supervise, as lists show them, the newest first (R33)."""
    query = search.build(viewer, search.Filters(), policy, now)
    query.where("c.closed_ms >= %s", to_ms(now - timedelta(days=PROPOSED_DAYS)))
    query.where("c.satisfaction = 'dissatisfied' AND c.solved = 'no' AND c.cycle >= %s", MAX_REWORKS)
    found = commanding._load(query, "ORDER BY c.closed_ms DESC, c.no DESC", viewer, policy, now)
    return [case for state, case in found if _is_proposed(state)]
