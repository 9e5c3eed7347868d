"""What the notice says a unit answers for, as a ruling cites it: paragraph, matters, numbers (R22, R30)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from liandong.district.pack import Pack
from liandong.district.policy import current_pack
from liandong.district.values import EntryRow, MatterRow, in_force
from liandong.rules.codes import RESIDUAL
from liandong.screens.common.page import unit_name
from liandong.screens.common.times import ZONE

TERRITORIAL = ("JZ-", "YQ-")
TERRITORY = "JZ"
"""The class whose one paragraph speaks of every township and park."""


@dataclass(frozen=True, slots=True)
class Cited:
    """One matter as a ruling cites it; ``near`` marks the ones this case is about."""

    code: str
    name: str
    basis: str
    near: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """A unit's paragraphs in pieces (text, whether it names a matter of this case) and its matters, near ones first."""

    unit: str
    name: str
    clause: str
    pieces: tuple[tuple[str, bool], ...]
    matters: tuple[Cited, ...]


def entry_unit(code: str) -> str:
    """Under which name the catalogue speaks of a unit: its own, or the class of its kind."""
    if code.startswith(TERRITORIAL):
        return TERRITORY
    return RESIDUAL if code.startswith(f"{RESIDUAL}-") else code


def clause_of(code: str, near: Iterable[str], now: datetime) -> Clause:
    """What a unit answers for on that day; ``near`` are the matters of the case. Empty where the notice is silent."""
    pack, day = current_pack(), now.astimezone(ZONE).date()
    about = set(near)
    entries = [row for row in pack.entries if row.unit == entry_unit(code) and in_force(row, day)]
    pieces: list[tuple[str, bool]] = []
    matters: list[Cited] = []
    for entry in entries:
        own = _matters(pack, entry, day)
        pieces += _pieces(entry.text, [m.phrase for m in own if m.phrase and m.code in about])
        matters += [Cited(m.code, m.name, basis_of(entry, m), m.code in about) for m in own]
    return Clause(
        code,
        unit_name(code),
        "；".join(entry.clause for entry in entries),
        tuple(pieces),
        tuple(sorted(matters, key=lambda one: not one.near)),
    )


def _matters(pack: Pack, entry: EntryRow, day: date) -> list[MatterRow]:
    return [row for row in pack.matters if row.entry_no == entry.no and in_force(row, day)]


def basis_of(entry: EntryRow, matter: MatterRow) -> str:
    """The words under which a ruling rests on one matter: clause, what it says, the matter's number."""
    clause = matter.clause or entry.clause
    said = matter.phrase or matter.name
    return f"{clause}“{said}”（{matter.code}）"


def _pieces(text: str, phrases: list[str]) -> list[tuple[str, bool]]:
    """A text cut where the phrases stand."""
    marked = [False] * len(text)
    for phrase in phrases:
        start = text.find(phrase)
        if start >= 0:
            marked[start : start + len(phrase)] = [True] * len(phrase)
    pieces: list[tuple[str, bool]] = []
    for character, mark in zip(text, marked, strict=True):
        if pieces and pieces[-1][1] == mark:
            pieces[-1] = (pieces[-1][0] + character, mark)
        else:
            pieces.append((character, mark))
    return pieces
