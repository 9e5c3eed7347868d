"""Whole numbers as forms and addresses carry them: anything may stand there, and ``str.isdigit`` also says yes to ``²``."""

from __future__ import annotations

LONGEST = 15
"""Digits: no number of a page is longer, and the databases hold it."""
NO_VERSION = 0
"""No case ever has this version: a form that carries nonsense is refused as stale (I6)."""


def whole(text: str | None) -> int | None:
    """The number; None for nothing and for everything that is none."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > LONGEST:
        return None
    return int(text)


def version_of(text: str | None) -> int | None:
    """The version a form was made from; None where it carries none, ``NO_VERSION`` where it carries nonsense."""
    if not text:
        return None
    number = whole(text)
    return NO_VERSION if number is None else number
