"""What a routing pack holds, as plain immutable values. Reading it from files is pack.py's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .normalise import Normaliser
from .patterns import Lexicon, Pattern


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
    """One row of the ambiguity table: when all and none features hold, ``lead`` gains ``score`` (A3)."""

    id: str
    amb: str
    all: tuple[str, ...]
    none: tuple[str, ...]
    lead: str
    assist: tuple[str, ...]
    against: tuple[str, ...]
    score: float
    clause: str


@dataclass(frozen=True, slots=True)
class Place:
    """A township or park with its names. ``ours`` is false where another body governs it (AMB21)."""

    code: str | None
    name: str
    unit: str | None
    ours: bool
    names: tuple[str, ...]
    loose: tuple[str, ...]
    landmarks: Mapping[str, str]
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """The gazetteer. ``after``, ``before`` and ``never`` decide whether an everyday word is meant as a place."""

    places: tuple[Place, ...]
    after: tuple[str, ...]
    before: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers of the router; each stands in router.toml with its reason."""

    temperature: float
    none_score: float
    auto_confidence: float
    township_prior: float
    township_unknown_penalty: float
    shown: int
    fallback: tuple[str, ...]
    police_in_emergency: bool
    few_characters: int


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
