"""A whole district as one immutable value, and the policy the rules ask (docs/architecture.md)."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from liandong.rules.policy import Limit, Matter, Policy, Statutory, Township, Unit
from liandong.rules.worktime import Calendar

from .values import (
    CalendarRow,
    ClassRow,
    ContactRow,
    Dated,
    EmergencyRow,
    EntryRow,
    HotlineRow,
    LimitRow,
    MatterRow,
    ReformRow,
    ShiftRow,
    StatutoryRow,
    SubUnitRow,
    TownshipRow,
    UnitRow,
    at,
    in_force,
)


@dataclass(frozen=True)
class Pack:
    """Everything a district is, read from a pack's files or from the tables: the two give the same value."""

    district: str
    name: str
    zone: str
    number_prefix: str
    version: str
    valid_from: date
    hours: tuple[tuple[time, time], ...]
    units: tuple[UnitRow, ...]
    townships: tuple[TownshipRow, ...]
    classes: tuple[ClassRow, ...]
    entries: tuple[EntryRow, ...]
    matters: tuple[MatterRow, ...]
    emergencies: tuple[EmergencyRow, ...]
    limits: tuple[LimitRow, ...]
    statutory: tuple[StatutoryRow, ...]
    hotlines: tuple[HotlineRow, ...]
    contacts: tuple[ContactRow, ...]
    subunits: tuple[SubUnitRow, ...]
    shifts: tuple[ShiftRow, ...]
    reforms: tuple[ReformRow, ...]
    calendars: tuple[CalendarRow, ...]

    def __repr__(self) -> str:
        return f"Pack({self.district} {self.version}, {len(self.units)} units, {len(self.matters)} matters)"

    # -- look-ups ----------------------------------------

    @cached_property
    def unit_by_code(self) -> Mapping[str, UnitRow]:
        """Units by code; the classes JZ and QT are not among them."""
        return {unit.code: unit for unit in self.units}

    @cached_property
    def matter_by_code(self) -> Mapping[str, MatterRow]:
        """The newest version of each matter, also one that is still to come."""
        return {matter.code: matter for matter in sorted(self.matters, key=lambda m: m.valid_from)}

    @cached_property
    def turns(self) -> tuple[date, ...]:
        """The days on which units, their names or matters begin or end, in order: between two of them nothing changes."""
        rows: list[Dated] = [
            *self.units,
            *self.matters,
            *(name for unit in self.units for name in unit.names),
        ]
        return tuple(sorted({day for row in rows for day in (row.valid_from, row.valid_to) if day}))

    def turn(self, day: date) -> date:
        """The last of ``turns`` up to ``day``; before the district's first day that day counts."""
        day = max(day, self.valid_from)
        at = bisect_right(self.turns, day)
        return self.turns[at - 1] if at else self.valid_from

    def matters_on(self, day: date) -> Mapping[str, MatterRow]:
        """Each matter as it stands on that day; one that has ended as it last stood, one yet to begin not at all."""
        day = max(day, self.valid_from)
        begun = sorted((m for m in self.matters if m.valid_from <= day), key=lambda m: m.valid_from)
        return {matter.code: matter for matter in begun}

    def name_at(self, code: str, day: date) -> str:
        """The name that unit bore on ``day``. KeyError for a code that is no unit."""
        return self.unit_by_code[code].name_at(day)

    def name_of(self, code: str) -> str:
        """A name to show for a unit or a class (QT); the code itself where nobody bears it."""
        if code in self.unit_by_code:
            return self.unit_by_code[code].name
        return next((row.name for row in self.classes if row.code == code), code)

    def contact(self, unit: str, day: date) -> ContactRow | None:
        """The responsible person and liaison of a unit on that day (R59)."""
        return at((row for row in self.contacts if row.unit == unit), day)

    def subunits_of(self, unit: str, day: date) -> tuple[SubUnitRow, ...]:
        """The inner units of a unit on that day (R48)."""
        return tuple(row for row in self.subunits if row.unit == unit and in_force(row, day))

    def on_duty(self, unit: str, instant: datetime) -> tuple[ShiftRow, ...]:
        """Who stands on the roster of a unit at that instant, the main post first (R24)."""
        local = instant.astimezone(ZoneInfo(self.zone))
        found = [
            s for s in self.shifts if s.unit == unit and in_force(s, local.date()) and s.covers(local.time())
        ]
        return tuple(sorted(found, key=lambda s: s.post != "main"))

    # -- for the rules ----------------------------------------

    @cached_property
    def calendar(self) -> Calendar:
        """The working-time calendar of all loaded years (R38)."""
        years = [row.year for row in self.calendars]
        days = {day: works for row in self.calendars for day, works in row.days.items()}
        version = hashlib.sha256("|".join(f"{row.year}:{row.version}" for row in self.calendars).encode())
        return Calendar(
            f"{max(years)}-{version.hexdigest()[:8]}",
            ZoneInfo(self.zone),
            days,
            date(min(years), 1, 1),
            date(max(years), 12, 31),
            self.hours,
        )

    @cached_property
    def digest(self) -> str:
        """16 hex digits over the content: the same content gives the same id, whatever machine read it."""
        return hashlib.sha256(_canonical(asdict(self)).encode()).hexdigest()[:16]

    def policy(self, second_by_name: bool = False, on: date | None = None) -> Policy:
        """The snapshot the rules ask. ``second_by_name``: a simulation trusts a second person's name (I7).

        ``on``: names and matters as they stand that day (R22); None: the newest. The id tells the two apart only while
        something is still to come.
        """
        turn = self.turn(on) if on is not None and self.turns else None
        to_come = turn is not None and turn != self.turns[-1]
        matters = self.matter_by_code if turn is None else self.matters_on(turn)
        statutory: dict[str, list[Statutory]] = {}
        for row in self.statutory:
            effective = row.confirmed and row.stage == "finish"
            statutory.setdefault(row.matter, []).append(
                Statutory(row.length, row.citation, row.valid_from, row.valid_to, effective)
            )
        townships = [Township(row.code, row.name, row.ours) for row in self.townships]
        return Policy(
            id=f"{self.digest}@{turn:%Y%m%d}" if to_come else self.digest,
            zone=ZoneInfo(self.zone),
            calendar=self.calendar,
            limits={r.kind: Limit(r.length, r.source, r.outside or None, r.clause) for r in self.limits},
            statutory={code: tuple(rows) for code, rows in statutory.items()},
            units={
                u.code: Unit(
                    u.code,
                    u.name if turn is None else u.name_at(turn),
                    u.kind,
                    u.valid_from,
                    u.valid_to,
                    u.successors,
                )
                for u in self.units
            },
            matters={
                code: Matter(
                    code,
                    m.version,
                    m.unit,
                    m.name,
                    m.kinds,
                    m.emergency,
                    m.never_divert or None,
                    m.restricted,
                    m.valid_to,
                )
                for code, m in matters.items()
            },
            townships={key: t for t in townships for key in (t.code, t.name)},
            district=self.district,
            number_prefix=self.number_prefix,
            second_by_name=second_by_name,
        )


def _canonical(value: Any) -> str:
    """A text that is the same for the same content."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)
