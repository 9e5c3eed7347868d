"""Tags and filters of the registers' pages."""

from __future__ import annotations

from urllib.parse import quote

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.simple_tag
def entry_address(name: str, no: str) -> str:
    """Where an entry of a register stands."""
    return f"/registers/{name}/{quote(no, safe='')}"


@register.filter
def tr(text: object) -> str:
    """A word of a register's table in the reader's language."""
    return gettext(str(text)) if text else ""
