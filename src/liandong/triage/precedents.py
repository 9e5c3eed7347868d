"""Rulings as precedents: a case like one the duty office has ruled on goes to the unit that was designated (R30).

A precedent keeps hashes of its text's features, never the text. Likeness is the cosine over features weighed by how
rare they are among the precedents themselves, so it does not depend on a model's version.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from . import features

ALIKE = 0.42
"""From this cosine on two texts are like cases; below it a ruling says nothing (measured on the phrasebook: texts of
different matters reach it in fewer than one pair of ten thousand)."""

EQUAL = 1e-6
"""Scores no further apart than this are equal: the later ruling counts."""


class Ruling(NamedTuple):
    """What is kept of one ruling: the case, when (milliseconds), the unit designated, its matter, hashed features."""

    case: str
    at_ms: int
    unit: str
    matter: str
    hashes: features.Hashes


class Precedent(NamedTuple):
    """A ruling on a like case: ``score`` from 0 to 1."""

    case: str
    unit: str
    matter: str
    score: float


class Precedents:
    """An inverted index of rulings, built once and read by all threads."""

    def __init__(self, rulings: Iterable[Ruling], syllables: features.Syllables | None = None) -> None:
        self._rulings = list(rulings)
        self._syllables = syllables
        names = [one.hashes for one in self._rulings]
        self._posts: dict[int, np.ndarray] = {}
        if not any(len(one) for one in names):  # none, or none of whose texts had a word
            return
        every = np.concatenate(names)
        owner = np.repeat(np.arange(len(names)), [len(one) for one in names])
        order = np.argsort(every, kind="stable")
        every, owner = every[order], owner[order]
        starts = np.flatnonzero(np.r_[True, every[1:] != every[:-1]])
        self._posts = dict(zip(every[starts].tolist(), np.split(owner, starts[1:]), strict=True))
        self._norm = np.zeros(len(names))
        for who in self._posts.values():
            self._norm[who] += self._weight(len(who)) ** 2
        self._norm = np.sqrt(np.maximum(self._norm, 1e-9))

    def __len__(self) -> int:
        return len(self._rulings)

    def _weight(self, count: int) -> float:
        return float(np.log(1 + (len(self._rulings) + 1) / count))

    def similar(self, text: str) -> Precedent | None:
        """The ruling on the likest case, the later of equals; None where no case is like enough."""
        return next(iter(self.likest(text, 1)), None)

    def likest(self, text: str, most: int) -> list[Precedent]:
        """The rulings on like cases, the likest first and of equals the later; at most ``most``."""
        if not self._posts:
            return []
        found = features.hashes(text, self._syllables).tolist()
        scores, norm = np.zeros(len(self._rulings)), 0.0
        for name in found:
            who = self._posts.get(name)
            weight = self._weight(len(who) if who is not None else 1)
            norm += weight**2
            if who is not None:
                scores[who] += weight**2
        scores /= self._norm * max(norm**0.5, 1e-9)
        like = [(float(scores[at]), self._rulings[at]) for at in np.flatnonzero(scores >= ALIKE).tolist()]
        like.sort(key=lambda one: (-round(one[0] / EQUAL), -one[1].at_ms))
        return [
            Precedent(ruling.case, ruling.unit, ruling.matter, round(min(1.0, score), 4))
            for score, ruling in like[:most]
        ]
