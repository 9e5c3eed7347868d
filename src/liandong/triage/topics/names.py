"""Places and crowds in a text of any town, by the words they end with; a gazetteer may know better, none is needed."""

from __future__ import annotations

import re
from typing import NamedTuple

from liandong.triage.similar.settings import PlaceWords

LONGEST_NAME = 6
"""Characters of a name before its suffix."""
_PARTS = re.compile(r"[^0-9A-Za-z一-鿿]+")


class Named(NamedTuple):
    """A place as written (``whole``) and without the word for its kind (``stem``): 丽江花园, 丽江."""

    whole: str
    stem: str


class Names:
    """Finds places and crowds. Immutable."""

    def __init__(self, words: PlaceWords) -> None:
        self._areas = words.areas
        self._suffix = re.compile("|".join(map(re.escape, words.suffixes)) or r"(?!)")
        self._cut = re.compile(f"[{re.escape(''.join(sorted(words.cut)))}]" if words.cut else r"(?!)")
        self._crowd = re.compile("|".join(map(re.escape, words.crowds)) or r"(?!)")

    def areas(self, text: str) -> tuple[str, ...]:
        """Administrative areas a text names, as written."""
        return tuple(self._areas.findall(text))

    def plain(self, text: str) -> str:
        """The text with areas replaced by a break: nearly every text names one, they tell no topics apart."""
        return self._areas.sub("|", text).replace("·", "").replace(".", "")

    def places(self, plain: str) -> list[Named]:
        """The places of a text without areas: the characters before each suffix, back to a word that ends a name."""
        found = []
        for part in _PARTS.split(plain):
            for match in self._suffix.finditer(part):
                before = part[max(0, match.start() - LONGEST_NAME - 2) : match.start()]
                stem = self._cut.split(before)[-1][-LONGEST_NAME:]
                if len(stem) >= 2:
                    found.append(Named(stem + match[0], stem))
        return found

    def crowds(self, text: str) -> tuple[str, ...]:
        """The words for groups of people in a text."""
        return tuple(self._crowd.findall(text))
