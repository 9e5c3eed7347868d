"""What the duty office commands: incidents from 较大 on, supervisions, and what was said in the steps that led there.

Same rules of sight as ``queries``: a case that the viewer may not see is not there, persons are masked as in every list.
The number of statements never depends on the number of cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from liandong.rules.clocks import is_running
from liandong.rules.codec import load_state
from liandong.rules.codes import LARGER
from liandong.rules.masking import mask_deep
from liandong.rules.model import Actor, State
from liandong.rules.policy import Policy
from liandong.rules.view import clock_view, view

from . import crypto, history, private, queries, rows, search, sight

MOST = 200
"""Incidents or supervisions one page shows at most: the newest."""
_NOT_LIFTED = '%"lifted_at":null%'
"""How canonical JSON writes a supervision that still stands; no other key of a state has this name."""
_ASKED = {"feedback_review": "accept_feedback", "callback": "call_back"}
"""In these states the next ordinary step closes the case, which waits for a release (R44)."""


class Instruction(NamedTuple):
    """One instruction to several units: its number in the case, when, ``instructed`` or ``police``, and each unit's
    acknowledgement clock (contract view)."""

    n: int
    at: datetime
    kind: str
    acks: dict[str, dict[str, Any]]


class Incident(NamedTuple):
    """A case from 较大 on: the case as lists show it, since when that was known, both report clocks (the latest of each
    kind, or None), instructions, commands let through and not yet used, and the command that waits for a release."""

    case: dict[str, Any]
    known_at: datetime | None
    phone: dict[str, Any] | None
    written: dict[str, Any] | None
    instructions: tuple[Instruction, ...]
    released: tuple[str, ...]
    wants_release: str | None


class Supervision(NamedTuple):
    """A supervision that was not lifted: the case as lists show it, grade 1–3, when it began, which party owes the
    answer, when it answered, and its clock (None where a later command ended it)."""

    case: dict[str, Any]
    grade: int
    at: datetime
    unit: str
    answered_at: datetime | None
    clock: dict[str, Any] | None


def incidents(viewer: Actor, *, policy: Policy, now: datetime, no: str | None = None) -> list[Incident]:
    """Open cases from level 较大 on, the highest level first, then the newest (R42–R44); with ``no`` only that case,
    which may have ended since."""
    query = search.build(viewer, search.Filters(state=None if no else "open"), policy, now)
    query.where(f"c.level + 0 >= {LARGER}")  # by the open cases: those of a level pile up over the years
    if no:
        query.where("c.no = %s", no)
    found = _load(query, "ORDER BY c.level DESC, c.received_ms DESC, c.no DESC", viewer, policy, now)
    return [_incident(state, case) for state, case in found]


def _incident(state: State, case: dict[str, Any]) -> Incident:
    phone = _last_clock(state, "phone_report")
    written = _last_clock(state, "written_report")
    wanted = _ASKED.get(state["state"])
    return Incident(
        case,
        phone["started_at"] if phone else None,
        clock_view(phone) if phone else None,
        clock_view(written) if written else None,
        tuple(
            Instruction(
                one["n"],
                one["at"],
                one["kind"],
                {unit: clock_view(state["clocks"][n]) for unit, n in one["acks"].items()},
            )
            for one in state["_instructions"]
        ),
        tuple(state["_released"]),
        wanted if wanted and wanted not in state["_released"] else None,
    )


def supervisions(viewer: Actor, *, policy: Policy, now: datetime) -> list[Supervision]:
    """Supervisions of open cases that were not lifted, the gravest grade first, then by when the answer is due (R65)."""
    query = search.build(viewer, search.Filters(state="open"), policy, now)
    query.where(  # the state's text is looked through only where there was a supervision
        "CASE WHEN EXISTS (SELECT 1 FROM casework_clock k WHERE k.case_no = c.no AND k.kind = 'supervision') "
        "THEN c.doc LIKE %s ELSE 1 = 0 END",
        _NOT_LIFTED,
    )
    made = []
    for state, case in _load(query, "ORDER BY c.received_ms DESC, c.no DESC", viewer, policy, now):
        last = next((one for one in reversed(state["_supervision"]) if one["lifted_at"] is None), None)
        if last is None:
            continue
        clock = _last_clock(state, "supervision")
        made.append(
            Supervision(
                case,
                last["grade"],
                last["at"],
                last["unit"],
                last["answered_at"],
                clock_view(clock) if clock else None,
            )
        )
    return sorted(made, key=lambda one: (one.grade, str((one.clock or {}).get("due_at") or "9")))


def told(
    viewer: Actor, numbers: Sequence[str], types: Sequence[str], *, policy: Policy, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Events of these types in these cases with their words, oldest first, persons masked as in every list."""
    if not numbers:
        return {}
    query = search.build(viewer, search.Filters(), policy, now)
    query.where(f"c.no IN ({', '.join(['%s'] * len(numbers))})", *numbers)
    query.where(f"e.type IN ({', '.join(['%s'] * len(types))})", *types)
    sql, values = query.sql(
        f"{history._EVENT}, p.sealed, p.text, k.wrapped, q.sealed, q.text",
        "JOIN casework_event e ON e.case_no = c.no "
        "LEFT JOIN casework_private_event p ON p.case_no = e.case_no AND p.seq = e.seq "
        "LEFT JOIN casework_key k ON k.case_no = e.case_no "
        "LEFT JOIN casework_private_case q ON q.case_no = e.case_no",
        "ORDER BY e.position",
    )
    made: dict[str, list[dict[str, Any]]] = {}
    for row in rows.ask(sql, values):
        no = row[1]
        key = crypto.unwrap(row[12], no) if row[12] is not None else None
        said = private.open_event(key, no, row[2], row[10] or b"", row[11] or "")
        names = sight.names_of({"callers": _callers(private.open_case(key, no, row[13], row[14]))})
        item = history._item(row, policy.zone)
        item["fields"] = mask_deep({**item["fields"], **(said.get("text") or {})}, names)
        made.setdefault(no, []).append(item)
    return made


def _callers(known: dict[str, Any]) -> list[Any]:
    return [known.get("caller"), *(known.get("callers") or ())]


def _last_clock(state: State, kind: str) -> dict[str, Any] | None:
    """The clock of a kind that counts: one that runs, else the latest."""
    found = [clock for clock in state["clocks"].values() if clock["kind"] == kind]
    return next((clock for clock in found if is_running(clock)), found[-1] if found else None)


def _load(
    query: search.Query, order: str, viewer: Actor, policy: Policy, now: datetime
) -> list[tuple[State, dict[str, Any]]]:
    """States with the cases as lists show them."""
    sql, values = query.sql(queries._COLUMNS, queries._PRIVATE, f"{order} LIMIT {MOST}")
    found = [
        (load_state(row[1]), queries._open(row[0], row[5], row[6], row[7])) for row in rows.ask(sql, values)
    ]
    others = queries.load_others(state for state, _ in found)
    units = sight.units_of(viewer, policy, now)
    return [
        (
            state,
            sight.show(view(state, known, others.get), sight.persons(state, viewer, units), in_list=True),
        )
        for state, known in found
    ]
