"""Who may see which case, and how much of it (contract §1): one answer for pages, API, stream and feed.

A case that is not visible is not there at all for that viewer. Complaints about police (R19) are visible to desk lead,
duty office and police inspectorate only, beside the unit that has to handle them at the moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from liandong.rules.checks import owned_by
from liandong.rules.codes import OPEN, POLICE_UNIT
from liandong.rules.masking import mask_caller, mask_deep, mask_names, mask_text
from liandong.rules.model import Actor, State
from liandong.rules.policy import Policy

FULL, MASKED, HIDDEN = "full", "masked", "hidden"
SEE_PERSONS = ("desk", "desk_lead", "duty_office", "system")
SEE_RESTRICTED = ("desk_lead", "duty_office", "police_inspectorate", "system")
_OWN_CASES = frozenset(("register", "append", "cancel"))
NOTHING = "1 = 0"
LED = tuple(state for state in OPEN if state != "registered")
"""States in which a unit leads: a case at the desk may only name one as a suggestion."""


class Scope(NamedTuple):
    """What a viewer's lists are limited to: a condition on the case row ``c`` and units whose party rows are joined."""

    where: tuple[str, ...]
    values: tuple[Any, ...]
    units: tuple[str, ...] | None = None


def units_of(viewer: Actor, policy: Policy, now: datetime) -> frozenset[str]:
    """The unit codes a viewer stands for, successors included; none for other roles."""
    unit = viewer.unit
    if unit is None and viewer.role == "integration":
        unit = next((s.removeprefix("unit:") for s in sorted(viewer.scopes) if s.startswith("unit:")), None)
    if viewer.role not in ("unit", "integration") or unit is None:
        return frozenset()
    return owned_by(policy, unit, now)


def scope(viewer: Actor, policy: Policy, now: datetime) -> Scope:
    """The limits of a viewer's lists."""
    role = viewer.role
    if role in ("desk_lead", "duty_office", "system"):
        return Scope((), ())
    if role in ("desk", "inspector"):
        return Scope(("NOT c.restricted",), ())
    if role == "police_inspectorate":
        return Scope(("c.restricted",), ())
    units = tuple(sorted(units_of(viewer, policy, now)))
    if units:
        marks = ", ".join(["%s"] * len(units))
        return Scope((f"(NOT c.restricted OR c.lead_unit IN ({marks}))",), units, units)
    if role == "integration" and viewer.scopes & _OWN_CASES:
        return Scope(("c.registrar = %s", "NOT (c.registrar = '')", "NOT c.restricted"), (str(viewer),))
    if role == "integration" and "police_done" in viewer.scopes:
        return Scope(("c.state = 'police'", "NOT c.restricted"), ())
    return Scope((NOTHING,), ())


def is_visible(
    state: State,
    viewer: Actor,
    *,
    restricted: bool,
    registrar: str,
    roles: Mapping[str, int],
    units: frozenset[str],
) -> bool:
    """Whether this viewer may know of this case. ``roles`` are the stored parties of the case."""
    role = viewer.role
    if restricted and role not in SEE_RESTRICTED and state.get("lead_unit") not in units:
        return False
    if role == "police_inspectorate":
        return restricted
    if role in ("desk", "desk_lead", "duty_office", "inspector", "system"):
        return True
    if units:
        return any(unit in roles for unit in units)
    if role == "integration":
        if viewer.scopes & _OWN_CASES and registrar == str(viewer):
            return True
        return "police_done" in viewer.scopes and (
            state["state"] == "police" or bool(state.get("_police_from"))
        )
    return False


def persons(state: State, viewer: Actor, units: frozenset[str]) -> str:
    """How the caller is shown: full, masked or hidden (the complainant of a 举报 to every unit)."""
    if viewer.role in SEE_PERSONS:
        return FULL
    if units:
        if state.get("kind") == "report":
            return HIDDEN
        confidential = any(
            caller and caller.get("confidential")
            for caller in (state.get("caller"), *(state.get("callers") or ()))
        )
        leads = state["state"] in LED and state["lead_unit"] in units
        police = state["state"] == "police" and POLICE_UNIT in units
        if (leads or police) and not confidential:
            return FULL
    return MASKED


def show(case: dict[str, Any], how: str, *, in_list: bool = False, keep_code: bool = False) -> dict[str, Any]:
    """The contract's view of a case as this viewer may see it; lists never show a person in full.

    The tracking code is the caller's: beside those who see persons only the machine that registered the case gets it.
    """
    if how != FULL and not keep_code:
        case["tracking_code"] = None
    if how == FULL and not in_list:
        return case
    names = names_of(case)
    if how == HIDDEN:
        case["caller"], case["callers"] = None, []
    else:
        case["caller"] = mask_caller(case.get("caller"))
        case["callers"] = [mask_caller(caller) for caller in case.get("callers") or ()]
    for key in ("summary", "content"):
        case[key] = mask_text(mask_names(case.get(key), names))
    if isinstance(case.get("place"), dict):
        case["place"] = mask_deep(case["place"])
    return case


def names_of(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of everybody who asked for this: what free text must not say where persons are masked."""
    callers = [case.get("caller"), *(case.get("callers") or ())]
    return tuple(dict.fromkeys(str(c["name"]) for c in callers if c and c.get("name")))
