"""What a shift leaves in the registers beside its cases (R24): calls to make, messages to repair, slips, roll calls owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from liandong.casework import sight
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers import registers

from . import queries
from .queries import Asking

MOST = 50
"""Entries of one register in one hand-over."""
_DESK: Mapping[str, tuple[str, ...]] = {
    "phone_task": ("waiting", "tried"), "quarantine": (), "intake_task": (), "hotline_transfer": (), "paper_slip": (),
}  # fmt: skip
_OPEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "desk": _DESK,
    "desk_lead": _DESK,
    "duty_office": {"duty_alarm": (), "phone_task": ("tried",)},
}
"""By role: the registers whose open entries a shift hands on, and in which states (none named: in any)."""
_OWED = ("drill", "supervision_slip", "connection_test", "meeting", "task")
"""Registers in which a unit owes something as a party."""


class Left(NamedTuple):
    """One entry that waits; ``late``: past its own limit."""

    register: str
    no: str
    state: str
    due_at: datetime | None
    late: bool


def left(viewer: Actor, *, policy: Policy, now: datetime) -> list[Left]:
    """What waits for whoever takes over from this viewer, the most pressing first. A statement for each register."""
    found: list[Left] = []
    for register, states in _OPEN.get(viewer.role, {}).items():
        if register in registers():
            found += _found(viewer, register, Asking(states=states, is_open=True), policy, now)
    for unit in sorted(sight.units_of(viewer, policy, now)) if viewer.role == "unit" else ():
        for register in _OWED:
            if register in registers():
                found += _found(viewer, register, Asking(is_open=True, owing=(unit,)), policy, now)
    once = {(one.register, one.no): one for one in found}
    return sorted(once.values(), key=lambda one: (one.due_at is None, one.due_at, one.no))


def _found(viewer: Actor, register: str, asking: Asking, policy: Policy, now: datetime) -> list[Left]:
    page = queries.find(viewer, register, asking, limit=MOST, now=now, policy=policy)
    return [_left(one, now) for one in page.items]


def _left(entry: Entry, now: datetime) -> Left:
    return Left(entry.register, entry.no, entry.state, entry.due_at, entry.is_overdue(now))
