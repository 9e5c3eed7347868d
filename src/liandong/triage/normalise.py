"""Bringing a caller's words into one form: width, case, traditional characters, homophones, lawful length.

The folded text is only for matching. It has one character for each character of the cleaned text, so that
positions in both mean the same.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

HEAD, TAIL = 12_000, 4_000
"""How much of a very long text is read: its beginning and its end (danger may stand last, EB-R1)."""

BREAKS = frozenset(",.。!?;:、\n…~|")


@dataclass(frozen=True, slots=True)
class Text:
    """``clean`` as a person may read it, ``folded`` for matching, ``cut`` when the middle was left out."""

    clean: str
    folded: str
    cut: bool

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """The clause around a match, as positions: between the nearest breaks, at most 30 characters each side."""
        left = start
        while left > 0 and start - left < 30 and self.folded[left - 1] not in BREAKS:
            left -= 1
        right = end
        while right < len(self.folded) and right - end < 30 and self.folded[right] not in BREAKS:
            right += 1
        return left, right

    def sentences(self, shortest: int) -> list[str]:
        """The text between breaks, what is shorter than ``shortest`` characters joined to what follows it."""
        made: list[str] = []
        start = 0
        for at, char in enumerate(self.clean):
            if char in BREAKS and at - start >= shortest:
                made.append(self.clean[start:at])
                start = at + 1
        rest = self.clean[start:]
        if len(rest) >= shortest or not made:
            made.append(rest)
        else:
            made[-1] += rest
        return made


@lru_cache(maxsize=1)
def simplification() -> dict[int, str]:
    """Every traditional character with its simplified form, one for one (OpenCC's table; phrases are not looked at)."""
    from opencc import OpenCC

    chars = [chr(point) for point in range(0x4E00, 0xA000)]
    simple = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    pairs = zip(chars, simple, strict=True)
    # A few rare forms lie beyond the basic plane: nobody types them, and tables by character end here.
    return {ord(old): new for old, new in pairs if new != old and len(new) == 1 and new < "\U00010000"}


class Normaliser:
    """Cleans and folds. ``homophones`` are groups of characters that sound alike."""

    def __init__(self, homophones: list[str]) -> None:
        self._simplify = simplification()
        table: dict[str, str] = {}
        for group in homophones:
            for char in group[1:]:
                table[char] = group[0]
        self._fold = str.maketrans(table)

    def fold(self, text: str) -> str:
        """The form in which terms and texts are compared; same length as the cleaned text."""
        return text.translate(self._fold)

    def __call__(self, raw: str) -> Text:
        """Clean any string, whatever it holds. Never raises; time is bounded by HEAD + TAIL."""
        cut = len(raw) > HEAD + TAIL
        if cut:
            raw = f"{raw[:HEAD]}\n{raw[-TAIL:]}"
        wide = unicodedata.normalize("NFKC", raw)
        # Some single characters expand to 18 under NFKC: the bound is applied again.
        wide = wide[: 2 * (HEAD + TAIL)].lower().translate(self._simplify)
        kept: list[str] = []
        for index, char in enumerate(wide):
            if char in "\r\n":
                kept.append("\n")
            elif char.isspace():
                # A space between Latin words separates them; between Chinese characters it is noise.
                if (
                    kept
                    and kept[-1].isascii()
                    and kept[-1].isalnum()
                    and wide[index + 1 : index + 2].isascii()
                ):
                    kept.append(" ")
            elif unicodedata.category(char)[0] != "C" and not 0xFE00 <= ord(char) <= 0xFE0F:
                kept.append(char)
        clean = "".join(kept)
        return Text(clean, self.fold(clean), cut)
