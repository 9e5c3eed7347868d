"""What a routing pack holds, as plain immutable values. Reading it from files is pack.py's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .normalise import Normaliser
from .patterns import Lexicon, Pattern
from .weights import Blend


@dataclass(frozen=True, slots=True)
class Term:
    """One pattern of a matter and what its occurrence is worth."""

    pattern: Pattern
    weight: float


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """The terms of one matter (R22). ``unit`` is "JZ" for the township class.

    ``catalogue`` is the code the catalogue knows: a residual matter of AMB19 has another code here, or none there.
    """

    code: str
    catalogue: str | None
    unit: str
    name: str
    clause: str
    terms: tuple[Term, ...]
    assist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """One class of part B. ``danger`` flags an emergency, ``keep`` stays with the police without danger.

    ``softened_by`` names the markers (negation, past, …) that turn a flag into a question (EB-R3).
    ``suggest`` is the police matter shown for ``keep``: GA leads only GA-07, GA-19, GA-20 and questions.
    """

    danger_class: str
    matter: str
    name: str
    danger: tuple[Pattern, ...]
    keep: tuple[Pattern, ...]
    doubt: tuple[Pattern, ...]
    softened_by: tuple[str, ...]
    assist: tuple[str, ...]
    suggest: str | None


@dataclass(frozen=True, slots=True)
class Markers:
    """Words that say "not", "long ago", "if". ``scope``: right before the term, in its clause, or anywhere."""

    name: str
    label: str
    words: tuple[str, ...]
    scope: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A sign of danger that is not enough alone: each kind counts once."""

    name: str
    points: float
    words: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Emergency, other (both lists of the notice end in 等): cues that add up to ``flag_at``, or ask at ``ask_at``."""

    family: Family
    cues: tuple[Cue, ...]
    flag_at: float
    ask_at: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the decision table (A3): between the units ``among``, when all and none of the features hold, ``lead``
    gains ``score``. Without ``among`` it applies to any text; ``settles`` puts its lead before the others of ``among``
    whatever else is known. ``yes`` and ``no`` are sentences it decides or does not.
    """

    id: str
    amb: str
    all: tuple[str, ...]
    none: tuple[str, ...]
    lead: str
    assist: tuple[str, ...]
    against: tuple[str, ...]
    score: float
    clause: str
    among: tuple[str, ...] = ()
    settles: bool = False
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A township or park with its names. ``ours`` is false where another body governs it (AMB21).

    ``former`` names towns merged into it, ``centre`` is longitude and latitude of its seat (None: unknown).
    """

    code: str | None
    name: str
    unit: str | None
    ours: bool
    names: tuple[str, ...]
    loose: tuple[str, ...]
    landmarks: Mapping[str, str]
    villages: tuple[str, ...]
    former: tuple[str, ...] = ()
    centre: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The gazetteer. The word lists decide whether an everyday word is meant as a place, and whether it happens there.

    Each list is explained where it stands, in places.toml and places-words.toml. ``box``: west, south, east, north.
    """

    places: tuple[Place, ...]
    after: tuple[str, ...]
    before: tuple[str, ...]
    outside: tuple[str, ...]
    after_start: tuple[str, ...] = ()
    street: tuple[str, ...] = ()
    before_sure: tuple[str, ...] = ()
    outside_loose: tuple[str, ...] = ()
    everyday: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    generic: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()
    verbal: tuple[str, ...] = ()
    continued: tuple[str, ...] = ()
    towards: tuple[str, ...] = ()
    origin_before: tuple[str, ...] = ()
    origin_after: tuple[str, ...] = ()
    beginning: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()
    happens: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    living: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers of the router; each stands in router.toml with its reason. ``alone``: the judgement without a model."""

    alone: Blend
    township_prior: float
    township_unknown_penalty: float
    police_first: float
    police_keep: float
    police_doubt: float
    foreign: float
    precedent: float
    known_enough: float
    matter_from: float
    clause_factor: float
    explain_from: float
    another_matter: float
    clause_length: int
    clauses_read: int
    shown: int
    few_characters: int
    few_han: int
    long_from: int
    fallback: tuple[str, ...]
    default_park: str


@dataclass(frozen=True, slots=True)
class MatterName:
    """A matter as suggestions name it: its unit (JZ and YQ as classes), the catalogue item to dispatch under, its clause.

    ``catalogue`` is None for what nobody can be sent (the police's own services).
    """

    unit: str
    name: str
    catalogue: str | None
    clause: str


@dataclass(frozen=True, slots=True)
class RoutingPack:
    """Everything the router knows about a district, as plain values."""

    normalise: Normaliser
    lexicon: Lexicon
    unit_names: Mapping[str, str]
    matters: Mapping[str, MatterTerms]
    families: tuple[Family, ...]
    other: Other
    markers: Mapping[str, Markers]
    masks: tuple[str, ...]
    features: Mapping[str, tuple[Pattern, ...]]
    rows: tuple[Row, ...]
    places: Places
    settings: Settings
    named: Mapping[str, MatterName]

    def unit_of(self, code: str) -> str:
        """The unit of a matter's code."""
        known = self.named.get(code)
        if known is not None:
            return known.unit
        terms = self.matters.get(code)
        return terms.unit if terms else code.rpartition("-")[0]
