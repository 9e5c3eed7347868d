"""What follows from a state: the columns of its row, its clock rows, its assignments and the units that are party to it.

Pure functions; ``execute`` writes what they give and ``check`` compares it with what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from liandong.rules.assignments import assignments
from liandong.rules.clocks import next_instant
from liandong.rules.codec import dump_state
from liandong.rules.codes import LEVELS, OPEN
from liandong.rules.model import Event, State
from liandong.rules.policy import Policy

from .jsontext import to_ms, to_ms_or_none

LEAD, ASSIST, JOINT = 1, 2, 4
_OPEN = frozenset(OPEN)
_LEVEL = {name: number for number, name in enumerate(LEVELS)}


def matter_code(state: State) -> str:
    """The code of the case's matter, or nothing."""
    matter = state.get("matter")
    return str(matter["code"]) if matter else ""


def is_restricted(state: State, policy: Policy) -> bool:
    """Whether only desk lead, duty office and police inspectorate may see the case (R19: complaints about police)."""
    if state.get("_restricted"):
        return True
    matter = policy.matters.get(matter_code(state))
    return matter is not None and matter.restricted


def township(state: State, policy: Policy | None) -> str:
    """The township's code where the policy knows the name or code that was given, else what was given."""
    given = str((state.get("place") or {}).get("township") or "")
    known = policy.townships.get(given) if policy is not None else None
    return known.code if known is not None else given


def holder_due(state: State) -> int | None:
    """The earliest due of the running clocks that the holder owns (I2); ``total`` does not count."""
    holder = state["holder"]
    owner = holder["code"] if holder["type"] == "unit" else holder["type"]
    dues = [
        clock["due_at"]
        for clock in state["clocks"].values()
        if clock["stopped_at"] is None
        and not clock["paused"]
        and clock["due_at"] is not None
        and clock["unit"] == owner
        and clock["kind"] != "total"
    ]
    return to_ms(min(dues)) if dues else None


def case_row(
    state: State,
    head: str,
    *,
    day: str,
    serial: int,
    registrar: str,
    phone_hash: str,
    restricted: bool,
    township: str,
) -> tuple[Any, ...]:
    """The row of a case in the order of ``rows.CASE``."""
    holder = state["holder"]
    source = state.get("source") or {}
    return (
        state["no"],
        day,
        serial,
        state["tracking_code"],
        source.get("channel") or "",
        source.get("ref") or "",
        registrar,
        state.get("incident_no") or "",
        state["_seq"],
        state["version"],
        head,
        state["state"],
        state["state"] in _OPEN,
        holder["type"],
        holder.get("code") or "",
        state.get("first_unit") or "",
        state.get("lead_unit") or "",
        _LEVEL[state.get("level") or "none"],
        state.get("kind") or "",
        state.get("class") or "",
        matter_code(state),
        township,
        restricted,
        to_ms(state["received_at"]),
        to_ms(state["registered_at"]),
        to_ms_or_none(state.get("closed_at")),
        holder_due(state),
        to_ms_or_none(next_instant(state)),
        phone_hash,
        dump_state(state),
        state.get("satisfaction") or "",
        state.get("solved") or "",
        state.get("cycle") or 0,
    )


def clock_rows(state: State, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
    """The rows of these clocks in the order of ``rows.CLOCK``."""
    rows = []
    for number in numbers:
        clock = state["clocks"][number]
        rows.append(
            (
                state["no"],
                number,
                clock["kind"],
                clock["unit"] or "",
                to_ms(clock["started_at"]),
                to_ms_or_none(clock["due_at"]),
                to_ms_or_none(clock["original_due_at"]),
                bool(clock["paused"]),
                bool(clock["provisional"]),
                clock["source"] or "",
                to_ms_or_none(clock["stopped_at"]),
                clock["outcome"] or "",
            )
        )
    return rows


_TELLING = frozenset(("started_at", "due_at", "original_due_at", "stopped_at", "outcome", "paused", "source"))


def tells(event: Event) -> bool:
    """Whether an event can move an assignment: a clock really changes, or the case's callers, returns or end do."""
    return any(not _TELLING.isdisjoint(change) for change in event.clocks.values()) or not {
        "state",
        "callers",
        "caller",
        "result",
    }.isdisjoint(event.set)


def assignment_rows(state: State) -> list[tuple[Any, ...]]:
    """The assignments of a case in the order of ``rows.ASSIGNMENT``."""
    no = state["no"]
    made = []
    for one in assignments(state):
        values = [to_ms(value) if isinstance(value, datetime) else value for value in one[:-1]]
        pauses = " ".join(f"{to_ms(a)}-{'' if b is None else to_ms(b)}" for a, b in one.pauses)
        made.append((no, *values, pauses))
    return made


def parties(state: State | None) -> dict[str, int]:
    """Units and their roles as the state shows them; over a case's life they only add up."""
    if state is None:
        return {}
    members = dict.fromkeys(state["_parties"], 0)
    if state.get("lead_unit") in members:  # a child's suggested unit is no party yet
        members[state["lead_unit"]] = LEAD
    for key, role in (("assist_units", ASSIST), ("joint_units", JOINT)):
        for unit in state.get(key) or ():
            members[unit] = members.get(unit, 0) | role
    return members
