"""One thing that ``liandong doctor`` examined."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing examined: ``level`` ok, warn or bad; what was found, with what to do about it."""

    name: str
    level: str
    text: str
