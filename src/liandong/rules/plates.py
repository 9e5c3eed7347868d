"""Licence plates of the mainland (GA 36): one form of writing, and whether a text can be one at all.

Ordinary plates have seven characters, those of new-energy vehicles eight; the letters I and O are never used.
"""

from __future__ import annotations

import re
import unicodedata

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_AREA = rf"[{PROVINCES}][A-HJ-NP-Z]"
_ORDINARY = re.compile(rf"{_AREA}[A-HJ-NP-Z0-9]{{5}}")
_SMALL_ELECTRIC = re.compile(rf"{_AREA}[A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}")
_LARGE_ELECTRIC = re.compile(rf"{_AREA}[0-9]{{5}}[A-HJK]")
_POLICE = re.compile(rf"{_AREA}[A-HJ-NP-Z0-9][0-9]{{3}}警")
_RESCUE = re.compile(rf"[{PROVINCES}][XS][0-9]{{4}}应急")
_SEPARATORS = re.compile(r"[\s·•・.\-—_]+")
LETTERS = 2
"""At most so many letters in the five characters of an ordinary plate."""


def normal(text: str) -> str:
    """The one form in which a plate is kept and compared: no separators, half width, capital letters."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def kind(plate: str) -> str | None:
    """ordinary, new_energy, police, rescue (应急救援专用); None: no such plate. Expects the normal form."""
    if _ORDINARY.fullmatch(plate):
        return "ordinary" if sum(one.isalpha() for one in plate[2:]) <= LETTERS else None
    if _SMALL_ELECTRIC.fullmatch(plate) or _LARGE_ELECTRIC.fullmatch(plate):
        return "new_energy"
    if _POLICE.fullmatch(plate):
        return "police"
    return "rescue" if _RESCUE.fullmatch(plate) else None


def shown(plate: str) -> str:
    """As it stands on the vehicle: a point behind the letter of the place."""
    return f"{plate[:2]}·{plate[2:]}" if kind(plate) else plate
