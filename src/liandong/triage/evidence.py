"""What the rules say of a text: points for each matter from the terms of the catalogue, and which rows of
the decision table (A3) may decide.

Points are arguments, not probabilities: ``blend.py`` weighs them against the model. Each keeps its words and clause, so
that a suggestion can say why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from .patterns import Found, Index
from .screen import Boundary
from .values import RoutingPack, Row, Term

KEEP_POINTS = 8.0
"""What a sign of a police matter without danger is worth (R19)."""


@dataclass(slots=True)
class Evidence:
    """What speaks for one unit (or class of units): points, the clause of its best matter, words."""

    points: float = 0.0
    clause: str = ""
    words: list[str] = field(default_factory=list)
    best: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """All evidence of one text: by unit (JZ and YQ as classes), the rows of the table whose features hold, by matter."""

    units: dict[str, Evidence]
    rows: tuple[Row, ...]
    matters: dict[str, float]


Terms = Index[tuple[str, Term]]


def terms_of(pack: RoutingPack) -> Terms:
    """All terms of a pack's matters, by the patterns they are found by."""
    return Index(
        (term.pattern, (code, term)) for code, matter in pack.matters.items() for term in matter.terms
    )


def weigh(
    pack: RoutingPack,
    terms: Terms,
    found: Found,
    names: list[tuple[int, int]],
    rows: tuple[Row, ...],
    boundary: Boundary,
) -> Rules:
    """Points of one text. ``terms`` are the pack's (``terms_of``); ``names`` are spans of place names, whose characters
    mean nothing here.

    The best matter of a unit counts in full, its further matters by a third.
    """

    def in_name(start: int, end: int) -> bool:
        return any(low <= start and end <= high for low, high in names)

    scores: dict[str, float] = {}
    words: dict[str, list[str]] = defaultdict(list)
    clauses: dict[str, str] = {}
    weights: dict[str, list[float]] = {}
    for pattern, (code, term) in terms.beginning(found):
        hit = found.first(pattern, in_name if names else None)
        if hit is not None:
            weights.setdefault(code, []).append(term.weight)
            words[code].extend(hit.words)
    for code, found_weights in weights.items():
        found_weights.sort(reverse=True)
        scores[code] = found_weights[0] + sum(found_weights[1:4]) / 2
        clauses[code] = pack.matters[code].clause
    for family in boundary.families:
        if family.suggest and boundary.keep:
            scores[family.suggest] = scores.get(family.suggest, 0.0) + KEEP_POINTS
            clauses[family.suggest] = f"{family.danger_class} {family.name}：由公安机关办理"
    units: dict[str, Evidence] = {}
    for code, score in scores.items():
        unit = pack.unit_of(code)
        one = units.setdefault(unit, Evidence())
        if score > one.best:
            one.points = score + one.best / 3
            one.best, one.clause = score, clauses[code]
        else:
            one.points += score / 3
        one.words.extend(words[code])
    return Rules(units, rows, scores)
