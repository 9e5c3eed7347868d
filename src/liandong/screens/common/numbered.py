"""Several cases by their numbers as a list shows them: visible ones only, persons masked, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liandong.casework import queries, sight
from liandong.rules.model import Actor
from liandong.rules.view import view

from .policy import current

SEE_BY_ROLE = ("desk", "desk_lead", "duty_office", "inspector")
"""Roles whose sight does not depend on who was party to a case."""


def by_number(numbers: Sequence[str], viewer: Actor) -> dict[str, dict[str, Any]]:
    """The cases as the contract names them; one that this viewer may not see is not there."""
    if not numbers:
        return {}
    if viewer.role not in SEE_BY_ROLE:
        found = {no: queries.get_case(no, viewer, policy=current()) for no in numbers}
        return {no: case for no, case in found.items() if case is not None}
    stored = queries.load_cases(list(numbers))
    others = queries.load_others(case.state for case in stored.values())
    shown: dict[str, dict[str, Any]] = {}
    for no in numbers:
        case = stored.get(no)
        if case is None or not sight.is_visible(
            case.state,
            viewer,
            restricted=case.restricted,
            registrar=case.registrar,
            roles={},
            units=frozenset(),
        ):
            continue
        how = sight.persons(case.state, viewer, frozenset())
        shown[no] = sight.show(view(case.state, case.private, others.get), how, in_list=True)
    return shown
