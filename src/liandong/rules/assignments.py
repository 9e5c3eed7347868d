"""What became of every time a case was given to a unit: the rows that evaluation counts (part E, population P).

An assignment is a dispatch, a ruling, or the same unit's next turn after a rework. All of it follows from the clocks of
a state, because every open case has exactly one holder and a running clock; so it can be derived again at any time.
Whoever held a case while its limit ran out bears the lateness: the row of the unit that came later begins its own limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from .change import to_be_called
from .codes import FINISHED
from .model import State

PAUSING = ("return_decision", "ruling", "review", "suspension")
"""Whose time it is while the unit's own limit rests."""
JUDGED = ("on_time", "late")
_DROPPED = ("voided", "merged")

Clock = dict[str, Any]


class Assignment(NamedTuple):
    """One assignment. ``n`` is the number of the clock that began it; ``how`` dispatch, designate or rework.

    ``due`` and ``original_due`` (without extensions) are those of the unit's limit, ``outcome`` its judgement ("" while it runs), ``finished``
    the instant of the feedback that was accepted. ``returned`` is when the unit asked to give it back and
    ``return_outcome`` accepted, rejected, wrong (accepted, but a ruling gave it to the same unit) or "" (not decided).
    ``dropped``: the case was voided or merged. ``pauses`` are stretches in which others had it (None: still).
    """

    n: int
    unit: str
    how: str
    pushed: datetime
    sign_due: datetime | None
    signed: datetime | None
    sign_outcome: str
    due: datetime | None
    original_due: datetime | None
    stopped: datetime | None
    outcome: str
    paused: bool
    promised: bool
    suspended: bool
    feedback: datetime | None
    finished: datetime | None
    contact_due: datetime | None
    contacted: datetime | None
    contact_outcome: str
    contact_paused: bool
    contact_claimed: bool
    reachable: bool
    returned: datetime | None
    return_outcome: str
    dropped: bool
    pauses: tuple[tuple[datetime, datetime | None], ...]


class _Turn(NamedTuple):
    n: int
    unit: str
    how: str
    start: datetime
    sign: Clock | None


def assignments(state: State) -> list[Assignment]:
    """Every assignment of a case in order; none before its first dispatch."""
    clocks: Mapping[int, Clock] = state["clocks"]
    turns = _turns(state, clocks)
    if not turns:
        return []
    handles, contacts = _owned(turns, clocks, "handle"), _owned(turns, clocks, "contact")
    returns = _returns(state, clocks)
    reachable = bool(to_be_called(state["caller"], state["callers"]))
    dropped = state["state"] in _DROPPED
    made = []
    for at, turn in enumerate(turns):
        end = turns[at + 1].start if at + 1 < len(turns) else None
        inside = [c for c in clocks.values() if _within(c["started_at"], turn.start, end)]
        reviews = [c["started_at"] for c in inside if c["kind"] == "review"]
        mine, contact = handles.get(turn.n), contacts.get(turn.n)
        handle, given_up = mine if mine else (None, False)
        stopped = end if given_up else handle["stopped_at"] if handle else None
        outcome = "superseded" if given_up else (handle["outcome"] or "") if handle else ""
        finished = stopped if outcome in JUDGED and stopped in reviews else None
        pauses = tuple(
            (c["started_at"], c["stopped_at"])
            for c in inside
            if c["kind"] in PAUSING and (finished is None or c["started_at"] < finished)
        )
        returned = next((when for when in returns if _within(when, turn.start, end)), None)
        told, left = contact if contact else (None, False)
        made.append(
            Assignment(
                n=turn.n,
                unit=turn.unit,
                how=turn.how,
                pushed=turn.start,
                sign_due=turn.sign["due_at"] if turn.sign else None,
                signed=turn.sign["stopped_at"] if turn.sign else None,
                sign_outcome=(turn.sign["outcome"] or "") if turn.sign else "",
                due=(handle["original_due_at"] if given_up else handle["due_at"]) if handle else None,
                original_due=_original(handle) if handle else None,
                stopped=stopped,
                outcome=outcome,
                paused=bool(handle and not given_up and handle["paused"]),
                promised=bool(handle and not given_up and handle["source"] == "promise"),
                suspended=any(c["kind"] == "suspension" for c in inside),
                feedback=min(reviews, default=None),
                finished=finished,
                contact_due=told["due_at"] if told and not left else None,
                contacted=told["stopped_at"] if told and not left and told["outcome"] in JUDGED else None,
                contact_outcome=(told["outcome"] or "") if told and not left else "",
                contact_paused=bool(told and not left and told["paused"]),
                contact_claimed=bool(told and not left and told["stopped_at"] in reviews),
                reachable=reachable,
                returned=returned,
                return_outcome=_verdict(state, turns, at) if returned else "",
                dropped=dropped,
                pauses=pauses,
            )
        )
    return made


def _original(handle: Clock) -> datetime | None:
    """The limit without extensions: as it was set, moved only by the time in which others had the case.

    A promise and a change of class leave the limit as it was set beside the new one; a limit that merely rested and went
    on has moved by what was not the unit's time, and nobody is charged with that (part E).
    """
    rested = handle["_since"] != handle["started_at"]
    due: datetime | None = handle["due_at" if rested and handle["source"] != "promise" else "original_due_at"]
    return due


def _within(at: datetime, start: datetime, end: datetime | None) -> bool:
    return start <= at and (end is None or at < end)


def _turns(state: State, clocks: Mapping[int, Clock]) -> list[_Turn]:
    """Dispatches and rulings by their sign clocks; reworks by limits that began without one."""
    signs = [(n, c) for n, c in clocks.items() if c["kind"] == "sign"]
    if not signs:
        return []
    ruled = {c["stopped_at"] for c in clocks.values() if c["kind"] == "ruling"} - {None}
    pushed = {(c["unit"], c["started_at"]) for _, c in signs}
    turns, final = [], False
    for n, clock in sorted(signs, key=lambda pair: (pair[1]["started_at"], pair[0])):
        final = final or clock["started_at"] in ruled
        turns.append(
            _Turn(n, clock["unit"], "designate" if final else "dispatch", clock["started_at"], clock)
        )
    turns += [
        _Turn(n, c["unit"], "rework", c["started_at"], None)
        for n, c in clocks.items()
        if c["kind"] == "handle" and (c["unit"], c["started_at"]) not in pushed
    ]
    return sorted(turns, key=lambda turn: (turn.start, turn.n))


def _owned(turns: list[_Turn], clocks: Mapping[int, Clock], kind: str) -> dict[int, tuple[Clock, bool]]:
    """The clock of a kind that each turn answers for; True: a later turn of the same unit took it over (R25)."""
    found: dict[int, tuple[Clock, bool]] = {}
    last: dict[str, int] = {}
    begun = {(c["unit"], c["started_at"]): c for c in clocks.values() if c["kind"] == kind}
    for turn in turns:
        own = begun.get((turn.unit, turn.start))
        if own is None and turn.unit in last:
            earlier = last[turn.unit]
            own = found[earlier][0]
            found[earlier] = (own, True)
        if own is not None:
            found[turn.n] = (own, False)
            last[turn.unit] = turn.n
    return found


def _returns(state: State, clocks: Mapping[int, Clock]) -> list[datetime]:
    """When units asked to give the case back: the first asks the desk, the second goes straight to the duty office."""
    count = state["returns"]
    asked = [c["started_at"] for c in clocks.values() if c["kind"] == "return_decision"][:1] if count else []
    disputes = [c["started_at"] for c in clocks.values() if c["kind"] == "ruling"]
    return [*asked, *disputes[:1]] if count > 1 else asked


def _verdict(state: State, turns: list[_Turn], at: int) -> str:
    """What became of the return of this turn's unit (M5, M6)."""
    unit = turns[at].unit
    if unit not in state["_returned_by"]:
        return "rejected"
    later = [turn for turn in turns[at + 1 :] if turn.how != "rework"]
    ruled = [turn for turn in later if turn.how == "designate"]
    if ruled and ruled[-1].unit == unit:
        return "wrong"
    answered = state["state"] in (*FINISHED, "archived") and state["result"] == "explained"
    return "accepted" if later or answered else ""
