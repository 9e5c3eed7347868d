"""Tags and filters of the registers' pages."""

from __future__ import annotations

from urllib.parse import quote

from django import template

from liandong.rules.registers import registers
from liandong.screens.common.labels import by_name

register = template.Library()


@register.simple_tag
def entry_address(name: str, no: str) -> str:
    """Where an entry of a register stands."""
    return f"/registers/{name}/{quote(no, safe='')}"


@register.filter
def tr(text: object) -> str:
    """A word of a register's table in the reader's language."""
    return by_name(text)


@register.filter
def word_of(code: object, words: dict[str, str]) -> str:
    """The word of a code in a register's own words, in the reader's language."""
    return by_name(words.get(str(code), str(code)))


@register.filter
def register_label(name: str) -> str:
    """The name of a register, in the reader's language."""
    found = registers().get(name)
    return by_name(found.label) if found else name
