"""A party of a notice in words: a unit, its responsible person, the desk, the duty office."""

from __future__ import annotations

from django.utils.translation import gettext as _

from . import labels
from .page import unit_name


def party_name(recipient: str) -> str:
    """``unit:CG:responsible`` → 区城市管理局分管负责人."""
    kind, _colon, rest = recipient.partition(":")
    if kind != "unit":
        return labels.label(labels.HOLDERS, kind)
    code, _colon, person = rest.partition(":")
    return unit_name(code) + (_("分管负责人") if person else "")
