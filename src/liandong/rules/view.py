"""The case exactly as CONTRACT §3 names it: state and private part put together, internals left out, instants as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .model import State

CLOCK_KEYS = (
    "kind",
    "unit",
    "started_at",
    "due_at",
    "original_due_at",
    "paused",
    "provisional",
    "source",
    "stopped_at",
    "outcome",
)
CASE_KEYS = (
    "no",
    "tracking_code",
    "source",
    "incident_no",
    "kind",
    "class",
    "level",
    "safety",
    "summary",
    "content",
    "place",
    "caller",
    "callers",
    "matter",
    "state",
    "holder",
    "first_unit",
    "lead_unit",
    "assist_units",
    "joint_units",
    "final",
    "cycle",
    "returns",
    "pending",
    "previous",
    "parent",
    "children",
    "merged_into",
    "version",
    "clocks",
    "received_at",
    "registered_at",
    "closed_at",
    "result",
    "satisfaction",
    "solved",
)


def plain(value: Any) -> Any:
    """The same value with instants as ISO 8601 text."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def clock_view(clock: Mapping[str, Any]) -> dict[str, Any]:
    """One clock with the contract's keys."""
    return {
        key: value.isoformat() if isinstance(value := clock[key], datetime) else value for key in CLOCK_KEYS
    }


def caller_view(public: Mapping[str, Any], personal: Mapping[str, Any] | None) -> dict[str, Any]:
    """A caller: what rules know and what was kept apart."""
    known = personal or {}
    return {
        "name": known.get("name"),
        "phone": known.get("phone"),
        "anonymous": public["anonymous"],
        "confidential": public["confidential"],
        "contact_ok": public["contact_ok"],
        "language": public["language"],
    }


def view(
    state: State,
    private: Mapping[str, Any] | None,
    other: Callable[[str], Mapping[str, Any] | None] = lambda no: None,
) -> dict[str, Any]:
    """The whole case. ``other`` gives the private part of a case that was merged into this one, by its number."""
    known = private or {}
    result = {
        key: plain(state.get(key)) for key in CASE_KEYS if key not in ("clocks", "caller", "callers", "place")
    }
    result["summary"] = known.get("summary")
    result["content"] = known.get("content")
    result["caller"] = caller_view(state["caller"], known.get("caller"))
    result["callers"] = [
        caller_view(
            who, known.get("caller") if who["no"] == state["no"] else (other(who["no"]) or {}).get("caller")
        )
        for who in state["callers"]
    ]
    if state["place"] is None:
        result["place"] = None
    else:
        result["place"] = {"text": (known.get("place") or {}).get("text"), **state["place"]}
    result["clocks"] = [clock_view(clock) for clock in state["clocks"].values()]
    result["pending"] = [{**plain(p), "by": ":".join(p["by"].split(":")[:2])} for p in state["pending"]]
    return result


def breaches(state: State) -> list[dict[str, Any]]:
    """Every clock of the case whose due passed unanswered and was not struck: kind, unit, due instant."""
    return [
        {"clock": clock["kind"], "unit": clock["unit"], "due_at": clock["due_at"]}
        for clock in state["clocks"].values()
        if clock["_breach"] or clock["outcome"] == "late"
    ]
