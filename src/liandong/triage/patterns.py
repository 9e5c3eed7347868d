"""A small language for hand-written terms and one pass over a text for all of them.

``水管+裂/爆/漏`` means: 水管 and one of 裂, 爆, 漏 near each other, in any order. ``!`` before a part means
that none of it may stand near. Parts are joined by ``+``, alternatives by ``/``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import ahocorasick

T = TypeVar("T")

NEAR = 30
"""Characters within which all parts of one pattern have to stand: a sentence or two."""
_MOST = 60
"""Occurrences of one term kept: a text that repeats a word says nothing more by it."""


class PatternError(ValueError):
    """A pattern that cannot be read; the message says which and why."""


class Hit(NamedTuple):
    """Where a pattern matched: the words as written in the pack and the span from first to last of them."""

    words: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """``need``: each part one of these words; ``never``: none of these words near the first part."""

    source: str
    need: tuple[tuple[str, ...], ...]
    never: tuple[str, ...]


def parse(source: str) -> Pattern:
    """Read one pattern. Raises PatternError for an empty part or a pattern of nothing but exclusions."""
    need: list[tuple[str, ...]] = []
    never: list[str] = []
    for part in source.split("+"):
        excluded = part.startswith("!")
        words = tuple(word.removeprefix("!") for word in part.split("/"))
        if not all(word.strip() == word and word for word in words):
            raise PatternError(f"«{source}» has an empty word or a space at a word's edge")
        if excluded:
            never.extend(words)
        else:
            need.append(words)
    if not need:
        raise PatternError(f"«{source}» names nothing that has to occur")
    return Pattern(source, tuple(need), tuple(never))


class Found:
    """The words of all patterns that occur in one text, each with its positions in order."""

    def __init__(
        self, spans: dict[str, list[tuple[int, int]]], starting: Collection[int] | None = None
    ) -> None:
        """``starting``: which patterns (by ``id``) have a word of their first part in the text; None: unknown."""
        self._spans = spans
        self._starting = starting

    @property
    def starting(self) -> Collection[int] | None:
        """Which patterns (by ``id``) have a word of their first part in the text; None: unknown."""
        return self._starting

    def among(self, words: frozenset[str]) -> list[tuple[int, int]]:
        """Start and end of each occurrence of any of these words."""
        return [span for word in words & self._spans.keys() for span in self._spans[word]]

    def spans(self, word: str) -> list[tuple[int, int]]:
        """Start and end of each occurrence of a word."""
        return self._spans.get(word, [])

    def first(self, pattern: Pattern, drop: Callable[[int, int], bool] | None = None) -> Hit | None:
        """The first match of a pattern, or None. ``drop`` may refuse single words by position (masked idioms)."""
        if self._starting is not None and id(pattern) not in self._starting:
            return None
        for hit in self.all(pattern, drop):
            return hit
        return None

    def all(self, pattern: Pattern, drop: Callable[[int, int], bool] | None = None) -> Iterable[Hit]:
        """Every match, one for each occurrence of the pattern's first part."""
        if self._starting is not None and id(pattern) not in self._starting:
            return  # nearly every pattern ends here: thousands are tried on one text
        columns: list[list[tuple[int, int, str]]] = []
        found = self._spans
        occurring = found.keys()
        for part in pattern.need:
            if occurring.isdisjoint(part):
                return
            column = [
                (s, e, word)
                for word in part
                if word in found
                for s, e in found[word]
                if not (drop and drop(s, e))
            ]
            if not column:
                return
            column.sort()
            columns.append(column)
        never = sorted(span for word in pattern.never for span in self.spans(word))
        for start, end, word in columns[0]:
            if any(abs(span[0] - start) <= NEAR for span in never):
                continue
            taken = [(start, end, word)]
            for column in columns[1:]:
                nearest = _nearest(column, taken)
                if nearest is None:
                    break
                taken.append(nearest)
            else:
                words = tuple(item[2] for item in taken)
                yield Hit(words, min(item[0] for item in taken), max(item[1] for item in taken))


class Index(Generic[T]):
    """Patterns with what each stands for, so that a text asks only those that may begin in it: thousands are known,
    some ten begin."""

    def __init__(self, patterns: Iterable[tuple[Pattern, T]]) -> None:
        self._all = list(patterns)
        self._by_id: dict[int, list[int]] = {}
        for at, (pattern, _) in enumerate(self._all):
            self._by_id.setdefault(id(pattern), []).append(at)

    def beginning(self, found: Found) -> list[tuple[Pattern, T]]:
        """The patterns that may match, with what they stand for, in the order they were given."""
        starting = found.starting
        if starting is None:
            return self._all
        by_id = self._by_id
        return [self._all[at] for at in sorted(at for one in starting if one in by_id for at in by_id[one])]


def _nearest(
    column: list[tuple[int, int, str]], taken: list[tuple[int, int, str]]
) -> tuple[int, int, str] | None:
    """The word of a part nearest to the first part, without sharing a character with the parts before."""
    at = taken[0][0]
    index = bisect_left(column, (at, 0, ""))
    near = [
        item
        for item in column[max(0, index - 3) : index + 4]
        if abs(item[0] - at) <= NEAR and not any(item[0] < end and start < item[1] for start, end, _ in taken)
    ]
    return min(near, key=lambda item: abs(item[0] - at)) if near else None


def _whole(text: str, start: int, stop: int) -> bool:
    """Whether no Latin letter stands right before or after."""
    before, after = text[start - 1 : start], text[stop : stop + 1]
    return not (before.isascii() and before.isalpha()) and not (after.isascii() and after.isalpha())


class Lexicon:
    """All words of a pack in two automata: a text is read once, whatever the number of words.

    Words of two and more characters are compared in folded form (homophones alike); a single character is
    taken as written, for alone it would sound like too many others.
    """

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._words: dict[str, list[str]] = {}
        self._single: set[str] = set()
        self._automaton: ahocorasick.Automaton | None = None
        self._patterns: list[Pattern] = []
        self._starts: dict[str, list[int]] = {}

    def add(self, words: Iterable[str]) -> None:
        """Take words into the lexicon; before the first ``find`` only."""
        if self._automaton is not None:
            raise RuntimeError("the lexicon is already built")
        for word in words:
            if len(word) == 1:
                self._single.add(word)
                continue
            forms = self._words.setdefault(self._fold(word.lower()), [])
            if word not in forms:
                forms.append(word)

    def add_pattern(self, pattern: Pattern) -> None:
        """Take all words of a pattern, and remember which words may begin it (the pattern is kept: its id counts)."""
        self._patterns.append(pattern)
        for word in pattern.need[0]:
            self._starts.setdefault(word, []).append(id(pattern))
        for part in pattern.need:
            self.add(part)
        self.add(pattern.never)

    def find(self, clean: str, folded: str) -> Found:
        """Every word of the lexicon in a text (both forms of it, of the same length)."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for index, char in enumerate(clean):
            if char in self._single:
                places = spans.setdefault(char, [])
                if len(places) < _MOST:
                    places.append((index, index + 1))
        if not self._words:
            return self._found(spans)
        if self._automaton is None:
            automaton = ahocorasick.Automaton()
            for form, words in self._words.items():
                automaton.add_word(form, (len(form), words))
            automaton.make_automaton()
            self._automaton = automaton
        for last, (length, words) in self._automaton.iter(folded):
            start = last - length + 1
            for word in words:
                if word[0].isascii() and not _whole(clean, start, last + 1):
                    continue  # a Latin word is meant as a word: gun, not the street of Gunan
                places = spans.setdefault(word, [])
                if len(places) < _MOST:
                    places.append((start, last + 1))
        return self._found(spans)

    def _found(self, spans: dict[str, list[tuple[int, int]]]) -> Found:
        starting: set[int] = set()
        for word in spans:
            starting.update(self._starts.get(word, ()))
        return Found(spans, starting)
