"""The rows of a pack as plain values: what a district is, without a database.

Dates are ``valid_from`` (the first day in force) and ``valid_to`` (the first day no longer in force).
Every row says where it comes from: ``source`` (28号文, default, [M], demonstration …) and ``clause``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Protocol, TypeVar


class Dated(Protocol):
    """Anything that is in force from one day until before another."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


Row = TypeVar("Row", bound=Dated)


def in_force(row: Dated, day: date) -> bool:
    """Whether ``row`` is in force on ``day``; ``valid_to`` itself is excluded."""
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def overlap(one: Dated, other: Dated) -> bool:
    """Whether two rows share at least one day."""
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def at(rows: Iterable[Row], day: date) -> Row | None:
    """The first row in force on ``day``."""
    return next((row for row in rows if in_force(row, day)), None)


@dataclass(frozen=True, slots=True)
class NameRow:
    """A unit's name for a time; a renamed unit keeps its code (trap 4: old signatures keep the old name)."""

    text: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit (R12): ``kind`` is command, police, department, utility, township, park or other."""

    code: str
    kind: str
    valid_from: date
    valid_to: date | None
    names: tuple[NameRow, ...]
    successors: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    township: str = ""
    source: str = ""
    clause: str = ""

    def name_at(self, day: date) -> str:
        """The name the unit bore on ``day``; before its first name the first, after its last the last."""
        named = at(self.names, day)
        if named is None:
            named = self.names[0] if day < self.names[0].valid_from else self.names[-1]
        return named.text

    @property
    def name(self) -> str:
        """The newest name."""
        return self.names[-1].text


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of the catalogue that is no unit: JZ (each township and park), QT (nobody in the catalogue)."""

    code: str
    name: str
    expands: tuple[str, ...]
    note: str = ""
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One paragraph of the notice's duty catalogue (R22), as it is printed."""

    no: int
    unit: str
    version: str
    text: str
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class MatterRow:
    """One atomic matter. ``position``: where ``phrase`` begins in the entry's text (-1: another clause)."""

    code: str
    version: str
    unit: str
    entry_no: int
    name: str
    phrase: str
    position: int
    kinds: tuple[str, ...]
    emergency: bool
    never_divert: str
    restricted: bool
    stages: tuple[str, ...]
    valid_from: date
    valid_to: date | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyRow:
    """A class that is never diverted (EB1–EB14), with those told at the same time (R41)."""

    code: str
    name: str
    triggers: tuple[str, ...]
    parallel: tuple[str, ...]
    outside: tuple[str, ...]
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """How long a kind of clock runs; ``outside`` (may be "") replaces it outside duty hours."""

    kind: str
    name: str
    length: str
    outside: str
    source: str
    clause: str


@dataclass(frozen=True, slots=True)
class StatutoryRow:
    """A legal limit for one matter (R34). ``stage`` finish is a 办结 limit; a draft does nothing."""

    matter: str
    length: str
    citation: str
    valid_from: date
    valid_to: date | None
    confirmed: bool
    stage: str
    mark: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TownshipRow:
    """A township inside the district code; ``ours`` false: another body governs it (AMB21)."""

    code: str
    name: str
    kind: str
    ours: bool
    governed_by: str
    villages: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class HotlineRow:
    """A published number that keeps serving as before (R14)."""

    number: str
    name: str
    unit: str
    purpose: str
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A unit's responsible person and liaison (R59)."""

    unit: str
    responsible: str
    responsible_phone: str
    liaison: str
    liaison_phone: str
    duty_phone: str
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class SubUnitRow:
    """An inner unit with exactly one responsible person and one liaison (R48)."""

    code: str
    unit: str
    name: str
    responsible: str
    responsible_phone: str
    liaison: str
    liaison_phone: str
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A daily shift of the duty roster (R24); ``ends`` ≤ ``starts`` means the next morning."""

    unit: str
    starts: time
    ends: time
    post: str
    person: str
    phone: str
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    clause: str = ""

    def covers(self, clock: time) -> bool:
        """Whether the shift is on at this time of day (the end excluded)."""
        if self.starts < self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends


@dataclass(frozen=True, slots=True)
class ReformRow:
    """A planned succession (AMB23). It does nothing: units change only where units.toml says so."""

    unit: str
    successor_names: tuple[str, ...]
    on: date
    confirmed: bool
    source: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A year's exceptions to Monday–Friday (R38): True a working day, False a day off."""

    year: int
    version: str
    source: str
    days: dict[date, bool] = field(default_factory=dict)
    names: dict[date, str] = field(default_factory=dict)
