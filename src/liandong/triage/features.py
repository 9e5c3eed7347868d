"""A text as hashed features: characters, pairs of them, and how pairs sound.

Everything is numpy arithmetic on code points, so that a text costs some tens of microseconds whatever is in it. Only
hashes leave this module: a model holds no word of anybody, nothing can be read back but by guessing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Syllables = NDArray[np.uint16]

FIRST_HAN, LAST_HAN = 0x4E00, 0x9FFF
LONGEST = 2_000
"""Characters that are looked at: what a matter is about stands at the beginning; danger has its own screen."""
_BREAK = 0
_ONE, _TWO, _SOUND = 0x1F123BB5, 0x2C9277B5, 0x5F356494
_MARK = np.uint32(1)
"""The lowest bit of a feature says what it is: set, a pair of sounds; clear, of characters."""
SOUND_WEIGHT = 0.5
"""A pair of sounds repeats a pair of characters: it counts half, and alone where a word was misheard or mistyped."""
_A, _B, _C = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F)


def _mix(values: Hashes) -> Hashes:
    """Spread the bits; arithmetic wraps at 32 bits by intent."""
    values = values ^ (values >> np.uint32(16))
    values = values * _A
    values = values ^ (values >> np.uint32(13))
    values = values * _B
    return values ^ (values >> np.uint32(16))


def code_points(text: str) -> Hashes:
    """Code points of a cleaned text: letters, digits and Han characters as they are, all else a break."""
    points = np.frombuffer(text[:LONGEST].encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()
    han = (points >= FIRST_HAN) & (points <= LAST_HAN)
    digit = (points >= ord("0")) & (points <= ord("9"))
    letter = (points >= ord("a")) & (points <= ord("z"))
    points[~(han | digit | letter)] = _BREAK
    return points


def _grams(points: Hashes, offsets: tuple[int, ...], seed: int) -> Hashes:
    """Hashes of the points that stand at these offsets from each other; none that reaches over a break."""
    span = offsets[-1]
    count = len(points) - span
    if count <= 0:
        return np.empty(0, dtype=np.uint32)
    value = np.full(count, seed, dtype=np.uint32)
    whole = np.ones(count, dtype=bool)
    for place, offset in enumerate(offsets):
        part = points[offset : offset + count]
        whole &= part != _BREAK
        value = _mix(value + part * (_A, _B, _C)[place % 3])
    return value[whole] & ~_MARK


def counted(text: str, syllables: Syllables | None = None) -> tuple[Hashes, NDArray[np.intp]]:
    """The distinct features of a cleaned text, sorted, and how often each occurs: characters, pairs of them, and pairs of
    their sounds.

    ``syllables`` tells how a character sounds (0: unknown). Triples and pairs at a distance were tried and say nothing
    more of texts as short as these.
    """
    points = code_points(text)
    parts = [_grams(points, (0,), _ONE), _grams(points, (0, 1), _TWO)]
    if syllables is not None:
        han = (points >= FIRST_HAN) & (points <= LAST_HAN)
        sounds = np.zeros(len(points), dtype=np.uint32)
        sounds[han] = syllables[points[han] - FIRST_HAN]
        parts.append(_grams(sounds, (0, 1), _SOUND) | _MARK)
    names = np.concatenate(parts)
    names.sort()
    # What np.unique does, without its general ways: three times a text.
    new = np.ones(len(names) + 1, dtype=bool)
    np.not_equal(names[1:], names[:-1], out=new[1:-1])
    edges = new.nonzero()[0]
    return names[edges[:-1]], edges[1:] - edges[:-1]


def hashes(text: str, syllables: Syllables | None = None) -> Hashes:
    """The distinct features of a cleaned text, sorted."""
    return counted(text, syllables)[0]


def weigh(importance: NDArray[np.float32], counts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Values of a text's features, together of length 1: what occurs again counts more, but ever less so."""
    values = importance * (1 + np.log(counts)).astype(np.float32)
    norm = float(np.sqrt(np.dot(values, values)))
    return np.asarray(values / norm if norm else values, dtype=np.float32)


def importance(names: Hashes, counts: NDArray[np.integer], texts: int) -> NDArray[np.float32]:
    """What each feature weighs in a text: the rarer the more (``counts`` of ``texts`` texts have it), sounds half."""
    rarity = np.log((1 + texts) / (1 + counts)) + 1
    return np.asarray(rarity * np.where(names & _MARK, SOUND_WEIGHT, 1.0), dtype=np.float32)


def sounds_of(readings: dict[str, str]) -> Syllables:
    """The table of syllables by character, with what Chongqing speech does not tell apart written as one.

    ``readings`` gives each character's reading without tone (pinyin). n and l, h and f before u, flat and curled
    tongue, -n and -ng sound alike; so a word misheard or mistyped keeps its features.
    """
    table = np.zeros(LAST_HAN - FIRST_HAN + 1, dtype=np.uint16)
    numbers: dict[str, int] = {}
    for char, reading in sorted(readings.items()):
        if len(char) == 1 and FIRST_HAN <= ord(char) <= LAST_HAN and reading:
            sound = fold_sound(reading)
            table[ord(char) - FIRST_HAN] = numbers.setdefault(sound, len(numbers) + 1)
    return table


def fold_sound(reading: str) -> str:
    """One reading with the distinctions removed that Chongqing speech does not make."""
    sound = reading.lower()
    for curled, flat in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(curled):
            sound = flat + sound[2:]
    if sound.startswith("n"):
        sound = "l" + sound[1:]
    if sound.startswith("hu") and sound != "huo":
        sound = "f" + sound[2:] if len(sound) > 2 else "fu"
    if sound.endswith(("ing", "eng")):
        sound = sound[:-1]
    return sound


def pairs(points: Hashes) -> tuple[NDArray[np.intp], Hashes]:
    """Start and hash of each pair of neighbouring characters: what an explanation can point at."""
    if len(points) < 2:
        return np.empty(0, np.intp), np.empty(0, np.uint32)
    at = np.flatnonzero((points[:-1] != _BREAK) & (points[1:] != _BREAK))
    return at, _grams(points, (0, 1), _TWO)
