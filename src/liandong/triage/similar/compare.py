"""How alike a text and some records are: the shared worth, moved by caller, place, matter and time."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import layout as lay
from .settings import Alike
from .sheet import Entry, Weighed, caller_number, frequency_slots, number_of, record, small, weigh
from .text import TextReader, Weights

Rows = npt.NDArray[Any]
SHORT = 2.0
"""Added to the worth of the two texts: a word or two in common are no proof."""
TORN = 4
"""Records beyond the wanted that are looked at, for those somebody writes while we read."""
_ROOTS = np.sqrt(np.arange(256, dtype=np.float32) / np.float32(255))
HOUR_MS = 3600 * 1000
WEEK_MS = 7 * 24 * HOUR_MS


class Question(NamedTuple):
    """What is looked for. Instants in ms; ``caller`` as in Entry, ``town`` a code, ``matters`` names with shares 0..1."""

    text: str
    now_ms: int
    since_ms: int = 0
    town: str = ""
    caller: str = ""
    matters: Mapping[str, float] | None = None
    limit: int = 5
    open_only: bool = True


class Match(NamedTuple):
    """A case found: its score 0..1, what speaks for it (in words for a person), when it was received."""

    no: str
    score: float
    why: tuple[str, ...]
    received_ms: int


class Raw(NamedTuple):
    """The bytes records were read from, and which of the records in them the first rows are."""

    body: bytes = b""
    places: Sequence[int] = ()

    def whole(self, row: int) -> bool:
        """Whether a row is as it was written; one that was not read from the file is."""
        if row >= len(self.places):
            return True
        at = self.places[row] * lay.RECORD.itemsize
        return lay.whole(self.body[at : at + lay.RECORD.itemsize])


class Comparison:
    """Compares; safe to share between threads."""

    def __init__(self, alike: Alike) -> None:
        self.alike = alike
        shown = min(max(alike.shown_from, 1e-9), 1 - 1e-9)
        self._least = math.log(shown / (1 - shown))
        self._local = threading.local()

    def __call__(self, question: Question, weighed: Weighed, rows: Rows, raw: Raw) -> list[Match]:
        """The matches among records, best first; ``raw`` is what they were read from, checked before shown."""
        if len(rows) == 0:
            return []
        shared, part = self._shared(weighed, rows)
        # What was rare when the record was written may be frequent now: what is shared counts at today's worth in both.
        other = shared + rows["weight"] * (1 - part)
        text = np.minimum(shared / ((weighed.total() + other) / 2 + SHORT), 1.0)
        odds, signals = self._odds(question, rows, text)
        odds[rows["received_ms"] < question.since_ms] = -np.inf
        if question.open_only:
            odds[(rows["flags"] & lay.OPEN) == 0] = -np.inf
        best = np.argsort(-odds, kind="stable")[: question.limit + TORN]
        best = best[odds[best] >= self._least]
        told = zip(
            best.tolist(),
            rows["no"][best].tolist(),
            odds[best].tolist(),
            text[best].tolist(),
            rows["received_ms"][best].tolist(),
            *(here[best].tolist() for _, here in signals),
            strict=True,
        )
        names = [words for words, _ in signals]
        matches: list[Match] = []
        for at, no, chance, near, received_ms, *holds in told:
            if len(matches) == question.limit:
                break
            if not raw.whole(at):
                continue  # somebody wrote it while we read, or it is corrupt: no word of it is shown
            why = [f"文字相近 {near:.0%}"] if near >= 0.02 else []
            why += [words for words, here in zip(names, holds, strict=True) if here]
            score = round(1 / (1 + math.exp(-chance)), 4)
            matches.append(Match(no.decode("ascii"), score, tuple(why), received_ms))
        return matches

    def _table(self) -> Weights:
        """A table by 16-bit numbers, all 0, one a thread: whoever fills places empties them again."""
        table: Weights | None = getattr(self._local, "table", None)
        if table is None:
            table = self._local.table = np.zeros(65536, dtype=np.float32)
        return table

    def _shared(self, weighed: Weighed, rows: Rows) -> tuple[Weights, Weights]:
        """The worth of what each record shares with the text, and which part of the record that is, by count."""
        table = self._table()
        mine = small(weighed.numbers)
        table[mine] = weighed.weights
        try:
            worth: Weights = table[rows["features"]]
        finally:
            table[mine] = 0
        part = np.count_nonzero(worth, axis=1) / np.maximum(rows["count"], 1)
        return worth.sum(axis=1), part.astype(np.float32)

    def _odds(
        self, question: Question, rows: Rows, text: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float64], list[tuple[str, npt.NDArray[np.bool_]]]]:
        """Log-odds of each record and the signals, in words, with the records they hold for."""
        alike = self.alike
        odds = alike.steepness * np.log(np.maximum(text, 1e-4).astype(np.float64) / alike.middle)
        signals = []
        caller, town = caller_number(question.caller), number_of(question.town, 32)
        if caller:
            same = rows["caller"] == caller
            odds += alike.same_caller * same
            # However little the words have in common: a person who calls twice is worth a look.
            odds = np.where(same, np.maximum(odds, alike.same_caller - 3.0), odds)
            signals.append(("同一来电号码", same))
        if town:
            known = rows["town"] != 0
            here = rows["town"] == town
            odds += alike.same_place * here + alike.other_place * (known & ~here)
            signals.append(("同一街镇", here))
        if question.matters:
            names = [number_of(name, 16) for name in question.matters]
            table = self._table()
            table[names] = [math.sqrt(min(max(share, 0.0), 1.0)) for share in question.matters.values()]
            agree = (table[rows["matters"]] * _ROOTS[rows["shares"]]).sum(axis=1)
            table[names] = 0
            guessed = rows["matters"].any(axis=1)
            odds += alike.same_matter * (np.minimum(agree, 1.0) - 0.5) * guessed
            signals.append(("事项相同", agree >= 0.5))
        apart = np.abs(question.now_ms - rows["received_ms"]) / WEEK_MS
        odds += alike.weeks * np.log2(1 + apart)
        signals.append(("一天之内", apart <= 1 / 7))
        return odds, signals


def among(question: Question, entries: Sequence[Entry], read: TextReader, alike: Alike) -> list[Match]:
    """The matches among a few cases without any index: what is rare is counted in these alone. Slow for many."""
    if not entries:
        return []
    frequencies = np.zeros(lay.FREQUENCIES, dtype=np.uint32)
    grams = [read(entry.text) for entry in entries]
    for one in grams:
        np.add.at(frequencies, frequency_slots(one.all()[0]), np.uint32(1))
    count = len(entries)
    rows = np.concatenate(
        [
            record(weigh(one, frequencies, count, alike.rarity), entry)
            for one, entry in zip(grams, entries, strict=True)
        ]
    )
    weighed = weigh(read(question.text), frequencies, count, alike.rarity)
    return Comparison(alike)(question, weighed, rows, Raw())
