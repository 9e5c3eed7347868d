"""The settings in force, as one immutable snapshot whose id stands on every event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .worktime import Calendar


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock runs. ``length`` like 2wd, 15d, 4wh, 10min, 24h; ``outside`` replaces it outside duty hours."""

    length: str
    source: str = "default"
    outside: str | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Statutory:
    """A limit that a law or ministerial rule sets for one matter (R34). A draft (``confirmed`` false) does nothing."""

    length: str
    citation: str
    valid_from: date
    valid_to: date | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the notice. ``valid_to`` is the first day it is no longer in force; ``successors`` carry its work on."""

    code: str
    name: str
    kind: str
    valid_from: date
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    dispatchable: bool = True

    def in_force(self, day: date) -> bool:
        """Whether the unit takes work on that day (R22)."""
        return self.dispatchable and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Matter:
    """One atomic duty of the catalogue. ``never_divert`` names the class (EB1–EB14) that stays with the police,
    ``valid_to`` the first day on which no order may cite it any more."""

    code: str
    version: str
    unit: str
    name: str
    kinds: tuple[str, ...] = ()
    emergency: bool = False
    never_divert: str | None = None
    restricted: bool = False
    valid_to: date | None = None

    def ended(self, day: date) -> bool:
        """Whether nobody answers for the matter any more on that day (R22)."""
        return self.valid_to is not None and self.valid_to <= day


@dataclass(frozen=True, slots=True)
class Township:
    """A township; ``ours`` is false where another body governs it (AMB21: 万盛)."""

    code: str
    name: str
    ours: bool = True


@dataclass(frozen=True)
class Policy:
    """Everything a rule may ask about the district."""

    id: str
    zone: tzinfo
    calendar: Calendar
    limits: Mapping[str, Limit]
    statutory: Mapping[str, tuple[Statutory, ...]] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    matters: Mapping[str, Matter] = field(default_factory=dict)
    townships: Mapping[str, Township] = field(default_factory=dict)
    district: str = "500110"
    number_prefix: str = "QJFL"
    second_by_name: bool = False

    @cached_property
    def predecessors(self) -> Mapping[str, tuple[Unit, ...]]:
        """The units that name a unit as their successor, by its code (R22, AMB23)."""
        found: dict[str, tuple[Unit, ...]] = {}
        for unit in self.units.values():
            for heir in unit.successors:
                found[heir] = (*found.get(heir, ()), unit)
        return found
