"""Evidence of a sanction (R66): what its numbers lead to, and which records there are about a unit that could be cited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from liandong.casework import rows
from liandong.casework.evaluation import snapshots
from liandong.district import policy as district_policy
from liandong.rules.model import Actor
from liandong.rules.register import Entry
from liandong.rules.registers import registers

from . import facts, queries
from .known.sanctions import EVIDENCE
from .queries import Asking


class Piece(NamedTuple):
    """One piece: what kind (case, snapshot, or the register's name), its number, how it stands; ``open``: the reader may
    open it."""

    kind: str
    no: str
    state: str
    open: bool


def of(viewer: Actor, entry: Entry) -> list[Piece]:
    """The pieces of one sanction as this viewer may open them; a number it may not open is named all the same."""
    policy, now = district_policy.current(), datetime.now(UTC)
    numbers = list(entry.data.get("cases") or ())
    seen = facts.cases(numbers, viewer, policy, now)
    found = [Piece("case", no, seen[no].state if no in seen else "", no in seen) for no in numbers]
    records = registers_of(list(entry.data.get("findings") or ()))
    for no in entry.data.get("findings") or ():
        register = records.get(no, "")
        mine = queries.get(viewer, register, no) if register else None
        found.append(Piece(register, no, mine.state if mine else "", mine is not None))
    for no in entry.data.get("figures") or ():
        found.append(Piece("snapshot", no, "frozen" if snapshots.load(no) else "", viewer.role != "unit"))
    return found


def registers_of(numbers: list[str]) -> Mapping[str, str]:
    """In which register each of these entries stands."""
    if not numbers:
        return {}
    marks = ", ".join(["%s"] * len(numbers))
    return dict(rows.ask(f"SELECT no, register FROM registers_entry WHERE no IN ({marks})", numbers))


def about(viewer: Actor, unit: str, *, limit: int = 5) -> dict[str, list[Entry]]:
    """The latest records about a unit, by register, as far as this viewer sees them."""
    found = {
        register: queries.find(viewer, register, Asking(unit=unit), limit=limit).items
        for register in EVIDENCE
        if register in registers()
    }
    return {register: entries for register, entries in found.items() if entries}
