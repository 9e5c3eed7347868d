"""From a text to keyed numbers: what the index keeps of it, and nothing from which it could be read again.

A text becomes its characters, its pairs of neighbours and the groups of synonyms it touches, each as a 32-bit number
under a secret of the installation. Telephone numbers, identity numbers and names are taken out before (issue 3, item
10). All work is on arrays: one text costs some fifty microseconds, a very long one hardly more.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from liandong.rules.masking import strip
from liandong.triage.normalise import simplification

Numbers = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

HEAD, TAIL = 3000, 1000
"""Characters of a text that are read: its beginning and its end."""
CHARACTER, PAIR, GROUP = 1.0, 0.7, 1.2
"""What sharing a character, a pair of neighbours, or a group of synonyms is worth beside each other."""
LONGEST_WORD = 4
_PLANE = 65536
_ACROSS, _ALONG, _MIX = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0x2C1B3C6D)
# Whatever masking leaves: a run of digits as long as a telephone number says more about a person than about a matter.
_DIGITS = re.compile(r"\d(?:[-\s]?\d){6,}")


class Grams(NamedTuple):
    """One text as numbers: distinct characters, pairs of neighbours, groups of synonyms; each array is sorted."""

    characters: Numbers
    pairs: Numbers
    groups: Numbers

    @property
    def empty(self) -> bool:
        """Nothing in the text can be compared."""
        return len(self.characters) == 0

    def all(self) -> tuple[Numbers, Weights, npt.NDArray[np.bool_]]:
        """All numbers, the worth of their kind, and which of them are pairs of neighbours."""
        numbers = np.concatenate((self.characters, self.pairs, self.groups))
        worth = np.empty(len(numbers), dtype=np.float32)
        first, second = len(self.characters), len(self.characters) + len(self.pairs)
        worth[:first], worth[first:second], worth[second:] = CHARACTER, PAIR, GROUP
        is_pair = np.zeros(len(numbers), dtype=bool)
        is_pair[first:second] = True
        return numbers, worth, is_pair


def mix(numbers: Numbers) -> Numbers:
    """Spread numbers over all bits, so that any part of the bits can serve as an address."""
    mixed = (numbers ^ (numbers >> np.uint32(15))) * _MIX
    return mixed ^ (mixed >> np.uint32(13))


def pair_keys(few: Numbers) -> tuple[Numbers, Places, Places]:
    """One number for every two of ``few``, whatever their order, and which two they are."""
    first, second = _every_two(len(few))
    one, other = few[first], few[second]
    return mix((one ^ other) * _ACROSS + (one + other) * _ALONG), first, second


@lru_cache(maxsize=32)
def _every_two(count: int) -> tuple[Places, Places]:
    return np.triu_indices(count, 1)


def whole(grams: Grams) -> Numbers:
    """One number that only texts of the very same characters and neighbours share; none for an empty text."""
    if grams.empty:
        return grams.characters
    # numbers wrap around in 32 bits, as a hash may
    sums = [np.add.reduce(one, dtype=np.uint32, keepdims=True) for one in (grams.characters, grams.pairs)]
    both: Numbers = sums[0] * _ACROSS + sums[1]
    return mix(both)


def folding(directory: str | Path) -> dict[int, str]:
    """Traditional to simplified, and the homophones of the pack's ``normalise.toml`` to one form; empty without it."""
    path = Path(directory)
    path = (path / "routing" if (path / "routing").is_dir() else path) / "normalise.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    table = dict(simplification())
    for group in data.get("homophones", ()):
        for character in str(group)[1:]:
            table[ord(character)] = str(group)[0]
    return {code: table.get(ord(to), to) for code, to in table.items()}


class TextReader:
    """Turns texts into ``Grams``. Immutable after construction; safe to share between threads."""

    def __init__(
        self, groups: Sequence[Sequence[str]], secret: bytes, fold: Mapping[int, str] | None = None
    ) -> None:
        """``secret``: at least 16 bytes; ``fold``: characters that count as another one (see ``folding``)."""
        if len(secret) < 16:
            raise ValueError("the secret of the index has to have 16 bytes or more")
        self._table = _table(secret, fold or {})
        self._groups(groups, secret)

    def __call__(self, text: str) -> Grams:
        """The numbers of any string. Never raises; time is bounded by HEAD + TAIL."""
        codes = self._codes(text)
        there = codes != 0
        here = codes[there]
        if len(codes) < 2:
            return Grams(here, here[:0], here[:0])
        windows = self._windows(codes, self._longest)
        pairs = mix(windows[0][there[1:] & there[:-1]])
        return Grams(_distinct(here), _distinct(pairs), _distinct(self._look(windows)))

    def _codes(self, text: str) -> Numbers:
        """One keyed number a character, 0 where the text breaks."""
        if len(text) > HEAD + TAIL:
            text = f"{text[:HEAD]}\n{text[-TAIL:]}"
        plain = unicodedata.normalize("NFKC", strip(text))[: 2 * (HEAD + TAIL)].lower()
        plain = _DIGITS.sub(" ", plain)
        points = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        # beyond the basic plane lie emoji and the rarest characters: all at the table's end, which separates
        return self._table.take(points, mode="clip")

    @staticmethod
    def _windows(codes: Numbers, longest: int) -> list[Numbers]:
        """One number for every 2, 3, … ``longest`` neighbours, also across breaks."""
        value, found = codes, []
        for length in range(2, min(longest, len(codes)) + 1):
            value = value[:-1] * _ACROSS + codes[length - 1 :] * _ALONG
            found.append(value)
        return found

    def _groups(self, groups: Sequence[Sequence[str]], secret: bytes) -> None:
        """Remember the number of every word, and the number of its group."""
        meanings: dict[int, int] = {}
        self._longest = 2
        for words in groups:
            name = hashlib.blake2b(" ".join(words).encode(), key=secret[:32], digest_size=4).digest()
            for word in words:
                codes = self._codes(word)
                if 2 <= len(codes) <= LONGEST_WORD and codes.all():
                    number = int(self._windows(codes, len(codes))[-1][0])
                    meanings.setdefault(number, int.from_bytes(name, "little"))
                    self._longest = max(self._longest, len(codes))
        self._words = np.array(sorted(meanings), dtype=np.uint32)
        self._meanings = np.array([meanings[number] for number in sorted(meanings)], dtype=np.uint32)
        # Nearly every window is no word: one look at a table of 64 K tells. One with a break in it cannot be one.
        self._maybe = np.zeros(_PLANE, dtype=bool)
        self._maybe[self._words >> np.uint32(16)] = True

    def _look(self, windows: Sequence[Numbers]) -> Numbers:
        """The groups of the words among windows."""
        every: Numbers = np.concatenate(windows)
        every = every[self._maybe[every >> np.uint32(16)]]
        if len(every) == 0:
            return every
        at = np.searchsorted(self._words, every)
        at[at == len(self._words)] = 0
        found: Numbers = self._meanings[at[self._words[at] == every]]
        return found


def _distinct(numbers: Numbers) -> Numbers:
    if len(numbers) < 2:
        return numbers
    ordered = np.sort(numbers)
    keep = np.empty(len(ordered), dtype=bool)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


def _table(secret: bytes, fold: Mapping[int, str]) -> Numbers:
    """A keyed number for every letter and digit of the basic plane; 0 for all that separates words."""
    random = np.frombuffer(
        hashlib.shake_256(b"characters" + secret).digest(4 * _PLANE), dtype=np.uint32
    ) | np.uint32(1)
    table = np.zeros(_PLANE, dtype=np.uint32)
    for code in range(_PLANE):
        if unicodedata.category(chr(code))[0] in "LN":
            to = fold.get(code)
            table[code] = random[ord(to) if to else code]
    return table
