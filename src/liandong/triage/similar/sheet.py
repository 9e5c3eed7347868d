"""What reading and writing share: a text's weights and keys, and the record they make."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .layout import FEATURES, FREQUENCIES, LONG_LISTS, OPEN, RECORD
from .text import Grams, Numbers, Weights, mix, pair_keys, whole

RARE_TOGETHER = 6
"""Of so many of the rarest characters and groups every two make a key."""
ENTERED_PAIRS, ENTERED_LONG = 64, 64
"""Pairs of neighbours, and characters and groups, by which one text can be found: its rarest."""
SURE_WORTH = 50.0
"""What the very same text or caller says beside a rare character (at most 1): they are compared whatever else is alike."""
PRIOR_TEXTS = 100
"""With less than this behind it the index does not yet know what is rare."""


class Entry(NamedTuple):
    """A case as the index takes it. ``caller`` is a keyed hash in hexadecimal, ``town`` a code; instants in ms."""

    no: str
    text: str
    received_ms: int
    town: str = ""
    caller: str = ""
    matters: Mapping[str, float] | None = None
    is_open: bool = True


class Weighed(NamedTuple):
    """A text's numbers with what sharing each is worth at present."""

    grams: Grams
    numbers: Numbers
    weights: Weights
    is_pair: npt.NDArray[np.bool_]

    def total(self) -> float:
        """The worth of the whole text."""
        return float(self.weights.sum())


def frequency_slots(numbers: Numbers) -> npt.NDArray[np.intp]:
    """Where the frequencies of numbers stand."""
    return (numbers >> np.uint32(9)).astype(np.intp) & (FREQUENCIES - 1)


def weigh(grams: Grams, frequencies: Numbers, texts: int, rarity: float) -> Weighed:
    """What each number of a text is worth: rare ones up to 1, what stands in every text next to nothing.

    The worth is relative to the number of texts, so that likeness means the same in a small and in a large index.
    """
    numbers, worth, is_pair = grams.all()
    if len(numbers) == 0:
        return Weighed(grams, numbers, worth, is_pair)
    whole = float(np.log(texts + PRIOR_TEXTS + 1.0))
    seen = frequencies[frequency_slots(numbers)].astype(np.float32)
    rare = (whole - np.log(seen + np.float32(0.5))) / np.float32(whole)
    weights = worth * np.clip(rare, 0.02, 1.0) ** np.float32(rarity)
    if len(numbers) > FEATURES:
        keep = np.sort(np.argpartition(-weights, FEATURES)[:FEATURES])
        numbers, weights, is_pair = numbers[keep], weights[keep], is_pair[keep]
    return Weighed(grams, numbers, weights.astype(np.float32), is_pair)


def small(numbers: Numbers) -> npt.NDArray[np.uint16]:
    """Numbers as a record keeps them: 16 bits, never 0. Two texts share one by chance once in some five hundred."""
    return np.maximum((numbers >> np.uint32(16)).astype(np.uint16), np.uint16(1))


class Keys(NamedTuple):
    """The lists a text stands in, with what standing there says; long lists apart."""

    short: npt.NDArray[np.intp]
    short_worth: Weights
    long: npt.NDArray[np.intp]
    long_worth: Weights


def keys(weighed: Weighed, caller: int, buckets: int, most_pairs: int, most_long: int) -> Keys:
    """Where a text is entered and looked for.

    Short lists: its rarest pairs of neighbours, every two of its rarest characters and groups, the very same text, the
    caller. Long lists: its rarest characters and groups of synonyms.
    """
    grams, numbers, weights, is_pair = weighed
    pairs, pair_worth = _rarest(numbers[is_pair], weights[is_pair], most_pairs)
    single, worth = _rarest(numbers[~is_pair], weights[~is_pair], most_long)
    order = np.argsort(-worth, kind="stable")[:RARE_TOGETHER]
    few, few_worth = single[order], worth[order]
    together, first, second = pair_keys(few)
    callers = mix(np.array([caller & 0xFFFFFFFF] if caller else [], dtype=np.uint32))
    short = np.concatenate((mix(pairs), together, whole(grams), callers))
    short_worth = np.full(len(short), SURE_WORTH, dtype=np.float32)
    short_worth[: len(pairs)] = pair_worth
    short_worth[len(pairs) : len(pairs) + len(together)] = (
        few_worth[first] + few_worth[second]
    ) * np.float32(0.5)
    return Keys(
        mix(short).astype(np.intp) & (buckets - 1),
        short_worth,
        mix(single).astype(np.intp) & (LONG_LISTS - 1),
        worth,
    )


def _rarest(numbers: Numbers, weights: Weights, most: int) -> tuple[Numbers, Weights]:
    if len(numbers) <= most:
        return numbers, weights
    keep = np.argpartition(-weights, most)[:most]
    return numbers[keep], weights[keep]


@lru_cache(maxsize=4096)
def number_of(name: str, bits: int) -> int:
    """A name (township, matter, case) as a number of so many bits, never 0; "" is 0."""
    if not name:
        return 0
    return (
        int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") % ((1 << bits) - 1)
        + 1
    )


def caller_number(hashed: str) -> int:
    """The first 64 bits of a keyed hash of a telephone in hexadecimal; 0 for none."""
    try:
        return int(hashed[:16], 16) if hashed else 0
    except ValueError:
        return number_of(hashed, 63)


def record(weighed: Weighed, entry: Entry) -> npt.NDArray[Any]:
    """A record without identity and checksum, as an array of one row."""
    row = np.zeros(1, dtype=RECORD)
    features = small(weighed.numbers)
    row["no"] = entry.no.encode("ascii", "replace")[:40]
    row["received_ms"] = entry.received_ms
    row["count"], row["weight"] = len(features), weighed.total()
    row["features"][0, : len(features)] = features
    describe(row, is_open=entry.is_open, town=entry.town, caller=entry.caller, matters=entry.matters)
    return row


def describe(
    row: npt.NDArray[Any], *, is_open: bool, town: str, caller: str, matters: Mapping[str, float] | None
) -> None:
    """Write what can change about a case whose text stands; no ``matters`` leaves those of the record."""
    row["flags"] = OPEN if is_open else 0
    row["town"], row["caller"] = number_of(town, 32), caller_number(caller)
    if matters:
        row["matters"], row["shares"] = 0, 0
        for at, (name, share) in enumerate(sorted(matters.items(), key=lambda item: (-item[1], item[0]))[:4]):
            row["matters"][0, at], row["shares"][0, at] = (
                number_of(name, 16),
                min(255, max(0, round(255 * share))),
            )
