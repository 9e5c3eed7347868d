"""Plain values of the reply quality: the pack, what was found, and the answer with its reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """A way of asking: its words, and which kinds of fact answer it."""

    kind: str
    label: str
    wants: tuple[str, ...]
    words: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of substance a reply may hold, told by words."""

    kind: str
    label: str
    words: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class ReplyPack:
    """``reply.toml`` as read: see there for the meaning of each number and list."""

    settings: Mapping[str, float]
    levels: Mapping[str, float]
    weights: Mapping[str, float]
    words: Mapping[str, float]
    asks: tuple[Ask, ...]
    facts: tuple[Fact, ...]
    courtesy: re.Pattern[str]
    generic: re.Pattern[str]
    needs_law: re.Pattern[str]
    formula: tuple[re.Pattern[str], ...]
    law_named: re.Pattern[str]
    law_vague: re.Pattern[str]
    defer: re.Pattern[str]
    promise: re.Pattern[str]
    apology: re.Pattern[str]
    amount: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was counted over many replies: ``rarity`` of common character pairs by hash (natural logarithm; a pair that
    is not listed is as rare as ``rarest``), and hashes of the runs of ``RUN`` characters that many replies share."""

    rarity: Mapping[int, float] = field(default_factory=dict)
    rarest: float = 6.0
    runs: frozenset[int] = frozenset()


RUN = 8
"""Length of a run of characters that counts as formula when many replies share it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a reply. ``facts``: kinds of substance; ``formula``: share of it that is formula, 0–1."""

    no: int
    text: str
    own: str
    facts: frozenset[str]
    law: float
    formula: float
    defers: bool
    promises: bool
    dated: bool
    sorry: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that was asked for. ``about``: its words, with the clause before where they are few (何时修好).
    ``generic``: it has no words of its own (请处理)."""

    no: int
    text: str
    about: str
    kind: str
    label: str
    wants: tuple[str, ...]
    generic: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A demand with what became of it: how fully it is answered (0–1, and whether with substance), by which sentences
    (from 1)."""

    text: str
    label: str
    level: float
    verdict: str
    answered: bool
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One score. ``value`` 0–1 or None where it is not called for; ``good`` the same with 1 as best."""

    name: str
    label: str
    value: float | None
    good: float | None
    word: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """The whole answer: an overall score 0–1 with its word, the measures, the demands one by one, the sentences."""

    overall: float
    word: str
    measures: tuple[Measure, ...]
    asked: tuple[Asked, ...]
    sentences: tuple[str, ...]

    def measure(self, name: str) -> Measure:
        """A measure by name. Raises KeyError."""
        for one in self.measures:
            if one.name == name:
                return one
        raise KeyError(name)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "overall": self.overall,
            "word": self.word,
            "measures": {
                one.name: {"value": one.value, "word": one.word, "reasons": list(one.reasons)}
                for one in self.measures
            },
            "asked": [
                {
                    "text": a.text,
                    "kind": a.label,
                    "level": a.level,
                    "verdict": a.verdict,
                    "sentences": list(a.sentences),
                }
                for a in self.asked
            ],
        }
