"""The answer of ``POST /route`` as one value, and as the contract writes it (§6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from .places import Location
from .screen import Boundary


class Suggestion(NamedTuple):
    """One unit that may answer, how likely, and why. ``matter`` is the catalogue item to dispatch under."""

    unit: str
    name: str
    score: float
    matter: str | None
    clause: str
    words: tuple[str, ...]
    territory: str | None

    def as_dict(self) -> dict[str, Any]:
        """As the contract names it."""
        why = {"clause": self.clause, "terms": list(self.words), "territory": self.territory}
        return {"unit": self.unit, "name": self.name, "score": self.score, "matter": self.matter, "why": why}


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is known of one text. ``ask`` holds what to ask the caller, ``model`` who made the suggestions."""

    boundary: Boundary
    suggestions: list[Suggestion]
    matters: list[dict[str, Any]]
    assist: list[str]
    place: Location | None
    ask: list[str]
    confidence: float
    auto: bool
    model: str | None

    def as_dict(self) -> dict[str, Any]:
        """The contract's keys, and beside them ``matters``, ``ask`` and ``model`` (decision 023)."""
        seen = self.boundary
        return {
            "emergency": {"flag": seen.flag, "reasons": [*seen.reasons, *seen.doubts]},
            "never_divert": {
                "flag": seen.flag or seen.keep,
                "class": seen.danger_class,
                "reasons": [*seen.reasons, *seen.keep_reasons],
            },
            "suggestions": [one.as_dict() for one in self.suggestions],
            "assist": self.assist,
            "place": self.place.as_dict() if self.place else None,
            "duplicates": [],
            "confidence": self.confidence,
            "auto": self.auto,
            "matters": self.matters,
            "ask": self.ask,
            "model": self.model,
        }
