"""What a unit's forms show beside their inputs: clauses, dates to choose, templates, files, people inside.

Each command may have a partial ``unit/extra_<command>.html``; the case page's form includes it within the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liandong.casework import sight
from liandong.district import grades, texts
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.page import unit_name
from liandong.screens.common.policy import current

from . import duties, moments, people
from .owed import events_of, tasks
from .urgency import urgency

TEXT_FIELDS = {
    "feedback": "text",
    "answer_now": "text",
    "assist_reply": "text",
    "answer_supervision": "text",
    "note": "text",
    "contact": "note",
    "return": "explanation",
    "request_extension": "reason",
    "request_suspension": "explanation",
    "to_police": "reason",
    "set_level": "reason",
}
"""Which field of a command a template's text goes into."""
WITH_FILES = (
    "feedback",
    "answer_now",
    "assist_reply",
    "answer_supervision",
    "contact",
    "return",
    "note",
    "report_in_writing",
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A template filled for the case, and the field it goes into."""

    name: str
    text: str


def extras(command: str, case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Context for the partials of a unit's form; nothing for any other role."""
    if actor.role != "unit":
        return {}
    found: dict[str, Any] = {}
    if command in TEXT_FIELDS:
        offered = texts.for_command(command, actor.unit)
        found["wordings"] = [Wording(one.name, texts.fill(one, case)) for one in offered]
        found["wording_field"] = TEXT_FIELDS[command]
    if command in WITH_FILES:
        found["upload_to"] = f"/unit/cases/{case['no']}/files"
    made = MADE.get(command)
    if made is not None:
        found |= made(case, actor, now)
        found["extra_template"] = f"unit/extra_{command}.html"
    return found


def _return(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    policy = current()
    window = next((c for c in case["clocks"] if c["kind"] == "return_window" and not c["stopped_at"]), None)
    text = "\n".join(str(case.get(key) or "") for key in ("summary", "content"))
    return {
        "ours": duties.of_matter(case),
        "window": window,
        "window_urgency": urgency(window, now, policy, grades.current()),
        "likely": [(code, unit_name(code)) for code in duties.likely(text, case.get("place"), actor)],
        "becomes_dispute": case["returns"] >= 1,
    }


def _extension(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    return {"moments": moments.promises(case, now, current()), "present_due": moments.handle_due(case)}


def _suspension(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    units = sight.units_of(actor, current(), now)
    told = tasks(case, events_of(case, actor), units)
    return {"moments": moments.reviews(now, current()), "contacts": told.contacts}


def _supervision(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    units = sight.units_of(actor, current(), now)
    return {"supervision": tasks(case, events_of(case, actor), units).supervision}


def _assist(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    units = sight.units_of(actor, current(), now)
    return {"assist": tasks(case, events_of(case, actor), units).assist}


def _contact(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    return {"methods": [str(name) for name in labels.METHODS.values()], "caller": case.get("caller")}


def _inside(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    return {"people": people.choices(actor, now)}


MADE: dict[str, Callable[[Mapping[str, Any], Actor, datetime], dict[str, Any]]] = {
    "return": _return,
    "request_extension": _extension,
    "request_suspension": _suspension,
    "answer_supervision": _supervision,
    "assist_reply": _assist,
    "contact": _contact,
    "assign_inside": _inside,
}
