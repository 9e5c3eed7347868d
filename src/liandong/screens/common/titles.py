"""What a register's entry is called wherever a page lists it."""

from __future__ import annotations

from liandong.rules.register import Entry, Register

from .labels import by_name
from .page import unit_name


def title(register: Register, entry: Entry) -> str:
    """Its title in the reader's language, else the unit it is about, else its number."""
    return by_name(register.title_of(entry)) or (unit_name(entry.unit) if entry.unit else entry.no)
