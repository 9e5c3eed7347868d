"""Random sampling that anybody can repeat from its seed (R65 抽查): no generator, only keyed hashes.

The algorithm, to be repeated on any machine:

1. The frame is a list of numbers, each with its stratum (empty where none was asked). Its text is one line for each
   number in ascending order, ``number`` or ``number TAB stratum``, each ended by a line feed; its digest is the SHA-256
   of that text in UTF-8. So nobody can exchange the frame afterwards.
2. Each number gets the key HMAC-SHA256(seed in UTF-8, number in UTF-8), written in hexadecimal.
3. Without strata the sample is the ``size`` numbers with the smallest keys, in order of key.
4. With strata every stratum gets its proportional share of ``size``, rounded down; what is left goes, one each, to the
   strata with the largest remainders (equal ones: by name). Within a stratum the smallest keys are drawn.

The same seed and the same frame give the same sample, whatever the order in which the frame was found. By hand::

    while IFS=$(printf '\\t') read -r no rest; do
      printf '%s %s\\n' "$(printf %s "$no" | openssl dgst -sha256 -hmac "$SEED" | sed 's/.* //')" "$no"
    done < frame.txt | LC_ALL=C sort | head -n SIZE
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping

Frame = Mapping[str, str]
"""Number → stratum (empty: none)."""
LONGEST_SEED = 120


class TooMany(ValueError):
    """More was asked for than there is; ``there_is`` says how much that is."""

    def __init__(self, there_is: int) -> None:
        super().__init__(f"only {there_is}")
        self.there_is = there_is


def key_of(seed: str, number: str) -> str:
    """The place of a number in the order that a seed makes: 64 hexadecimal digits."""
    return hmac.digest(seed.encode(), number.encode(), "sha256").hex()


def order(seed: str, numbers: Iterable[str]) -> list[str]:
    """All numbers in the order of a seed."""
    return sorted(numbers, key=lambda number: (key_of(seed, number), number))


def shares(frame: Frame, size: int) -> dict[str, int]:
    """How many of each stratum a sample of this size takes: proportional, by largest remainders. Raises TooMany."""
    sizes = Counter(frame.values())
    total = len(frame)
    if size > total:
        raise TooMany(total)
    taken = {stratum: size * count // total for stratum, count in sizes.items()} if total else {}
    left = size - sum(taken.values())
    by_remainder = sorted(sizes, key=lambda one: (-(size * sizes[one] % total), one))
    for stratum in by_remainder[:left]:
        taken[stratum] += 1
    return taken


def draw(seed: str, frame: Frame, size: int) -> tuple[str, ...]:
    """The sample, in order of key. Raises TooMany; ValueError for an empty seed or a size below one."""
    if not seed or size < 1:
        raise ValueError("a draw needs a seed and a size of at least one")
    wanted = shares(frame, size)
    drawn = []
    for number in order(seed, frame):
        if wanted[frame[number]]:
            wanted[frame[number]] -= 1
            drawn.append(number)
    return tuple(drawn)


def text_of(frame: Frame) -> str:
    """The frame as the text whose digest is kept."""
    return "".join(
        f"{number}\t{stratum}\n" if stratum else f"{number}\n" for number, stratum in sorted(frame.items())
    )


def frame_of(text: str) -> dict[str, str]:
    """The frame again from its text."""
    frame: dict[str, str] = {}
    for line in text.splitlines():
        number, _, stratum = line.partition("\t")
        frame[number] = stratum
    return frame


def digest(text: str) -> str:
    """The digest of a frame's text: ``sha256sum`` of the file says the same."""
    return hashlib.sha256(text.encode()).hexdigest()
