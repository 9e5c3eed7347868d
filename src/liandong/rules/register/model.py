"""The values of a register: its table of steps, an entry, and the draft of a change that effects work on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from ..fields import Field
from ..model import Actor, Refusal
from ..policy import Policy

ALL, OWN, NONE = "all", "own", "none"
"""How much of a register a role sees: every entry, those it is a party to, nothing."""


class Sight(NamedTuple):
    """What a role sees: ALL or OWN, and only in these states (empty: in every state)."""

    how: str
    states: tuple[str, ...] = ()


class Owed(NamedTuple):
    """What a unit owes in an entry: until when (None: no limit), and when it did (None: not yet)."""

    due_at: datetime | None
    done_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Done after its limit, or not done although the limit has passed."""
        return self.due_at is not None and (self.done_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands. ``unit`` is the one it is about, ``owed`` the units that take part, ``case`` a case's
    number, ``period`` what it belongs to (2018Q3). ``by`` names for every step its last author. ``version`` counts steps.
    """

    register: str
    no: str
    state: str
    data: Mapping[str, Any]
    opened_at: datetime
    opened_by: str
    unit: str = ""
    case: str = ""
    period: str = ""
    due_at: datetime | None = None
    closed_at: datetime | None = None
    owed: Mapping[str, Owed] = field(default_factory=dict)
    by: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.closed_at is None

    def is_overdue(self, now: datetime) -> bool:
        """Open past its own limit."""
        return self.is_open and self.due_at is not None and now > self.due_at


class Facts(NamedTuple):
    """What a check may know beside entry and fields: the district's policy, this register's settings (pack), and what
    the room gathered for it (``registers.facts``)."""

    policy: Policy
    settings: Mapping[str, Any]
    known: Mapping[str, Any]


class Draft:
    """A change being made: effects set what becomes of the entry. ``data`` holds old values and the fields given."""

    __slots__ = ("actor", "case", "data", "due_at", "entry", "f", "facts", "notices", "now", "owed", "period", "state", "unit")  # fmt: skip

    def __init__(
        self, entry: Entry | None, fields: Mapping[str, Any], actor: Actor, now: datetime, facts: Facts
    ) -> None:
        self.entry = entry
        self.f = fields
        self.actor = actor
        self.now = now
        self.facts = facts
        self.data: dict[str, Any] = {**(entry.data if entry else {}), **fields}
        self.state = entry.state if entry else ""
        self.unit = entry.unit if entry else ""
        self.case = entry.case if entry else ""
        self.period = entry.period if entry else ""
        self.due_at = entry.due_at if entry else None
        self.owed: dict[str, Owed] = dict(entry.owed) if entry else {}
        self.notices: list[tuple[str, str]] = []

    def owe(self, units: Iterable[str], due_at: datetime | None) -> None:
        """These units take part and owe something until then; what a unit did before is forgotten."""
        for unit in units:
            self.owed[unit] = Owed(due_at)

    def did(self, unit: str) -> None:
        """A unit did what it owed, now."""
        self.owed[unit] = self.owed.get(unit, Owed(None))._replace(done_at=self.now)

    def tell(self, to: str, kind: str) -> None:
        """A notice: ``to`` is unit:CODE, unit:CODE:responsible, desk, duty_office, government or inspector."""
        self.notices.append((to, kind))

    def due(self, setting: str, start: datetime | None = None) -> datetime:
        """The end of a limit that the pack sets for this register under this name ("3wd", "10min")."""
        return self.facts.policy.calendar.due(start or self.now, str(self.facts.settings[setting]))[0]


Check = Callable[[Draft], Refusal | None]
"""A rule that may refuse a step; its Chinese sentence says what to do instead."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``frm`` empty: it opens an entry. ``becomes`` None: the state stays, or ``effect`` sets it.

    ``relation`` (for units): "own" the entry is about the unit, "party" the unit takes part, "any";
    "unit:GA" that one unit alone.
    ``others`` names steps whose author may not do this one (I7: nobody approves their own request).
    ``keeps_version``: may be done without having seen the latest state (answers of many units at once).
    """

    name: str
    label: str
    rule: str
    who: tuple[str, ...]
    frm: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    becomes: str | None = None
    checks: tuple[Check, ...] = ()
    effect: Callable[[Draft], None] | None = None
    relation: str = "any"
    others: tuple[str, ...] = ()
    help: str = ""
    known: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {one.name: one for one in self.fields})

    @property
    def opens(self) -> bool:
        """Whether it opens an entry."""
        return not self.frm


@dataclass(frozen=True, slots=True)
class Register:
    """One register. ``states`` maps each state to its Chinese name, ``ended`` are those in which nothing is to be done.

    ``sees`` says for each role what it sees; a role that is missing sees nothing. ``number`` is used where the pack has no
    pattern of its own: ``{year}`` and ``{n}`` (gap-free per year). ``personal`` are roles that see personal fields in full.
    """

    name: str
    label: str
    rule: str
    states: Mapping[str, str]
    ended: tuple[str, ...]
    steps: tuple[Step, ...]
    sees: Mapping[str, Sight]
    number: str
    personal: tuple[str, ...] = ("duty_office",)
    about: str = ""
    titled: str = ""
    """The field that names an entry in lists."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Chinese words for the codes of its choices."""
    listed: tuple[str, ...] = ()
    """Fields that lists show beside number, title, unit, state and limit."""
    kept: tuple[Field, ...] = ()
    """Fields that effects write by themselves and nobody gives: they decide what of it lies sealed."""
    by_name: dict[str, Step] = field(init=False, repr=False, compare=False)
    by_field: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {step.name: step for step in self.steps})
        given = [one for step in self.steps for one in step.fields]
        object.__setattr__(self, "by_field", {one.name: one for one in reversed((*given, *self.kept))})
        unknown = {s for step in self.steps for s in (*step.frm, step.becomes or "")} - {*self.states, ""}
        if unknown or not set(self.ended) <= set(self.states):
            raise ValueError(f"{self.name}: unknown states {sorted(unknown)}")

    def field_of(self, name: str) -> Field | None:
        """A field by its name, whichever step gives it. ``position:CG`` is what unit CG gave as ``position``."""
        return self.by_field.get(name.partition(":")[0])

    def title_of(self, entry: Entry) -> str:
        """What the field that names an entry says, a code in words; empty where none does."""
        said = str(entry.data.get(self.titled) or "")
        field = self.field_of(self.titled)
        return self.words.get(said, said) if field is not None and field.type == "choice" else said


class Change(NamedTuple):
    """What a step does: the entry afterwards, the fields as given (validated), and who is told."""

    step: Step
    entry: Entry
    fields: Mapping[str, Any]
    notices: tuple[tuple[str, str], ...]


def after(draft: Draft, register: Register, step: Step, no: str) -> Entry:
    """The entry a draft makes: closed when its state is an ended one."""
    ended = draft.state in register.ended
    before = draft.entry
    base = before or Entry(register.name, no, "", {}, draft.now, str(draft.actor))
    return replace(
        base,
        state=draft.state,
        data=draft.data,
        unit=draft.unit,
        case=draft.case,
        period=draft.period,
        due_at=draft.due_at,
        closed_at=(base.closed_at or draft.now) if ended else None,
        owed=draft.owed,
        by={**base.by, step.name: str(draft.actor)},
        version=base.version + 1,
    )
