"""Where a gap of the readiness table is mended, and its sentence in the reader's language."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from liandong.registers.readiness import Gap
from liandong.rules.model import Actor
from liandong.screens.common.labels import by_name

from .entry import address

KEEPS = ("unit", "duty_office")
"""Who files things of a unit; others are only shown what is missing."""


def words(gap: Gap) -> str:
    """The sentence of a gap."""
    return by_name(gap.text).format(
        **{name: by_name(v) if isinstance(v, str) else v for name, v in gap.values.items()}
    )


def place(gap: Gap, unit: str, actor: Actor) -> str:
    """The page on which this reader mends the gap, or sees who does; "" where it may do neither."""
    what, *more = gap.mend or ("",)
    if what == "entry":
        return address(more[0], more[1])
    if what == "roster":
        asked = urlencode({"place": unit, "month": more[0]})
        return (
            f"/district/rosters?{asked}"
            if actor.role in ("unit", "sysadmin", "inspector", "duty_office")
            else ""
        )
    if what == "handover":
        return (
            "/district/shift"
            if actor.role == "unit"
            else f"/duty/units/{quote(unit)}"
            if _commands(actor)
            else ""
        )
    if what == "people":
        return (
            "/district/own"
            if actor.role == "unit"
            else f"/duty/units/{quote(unit)}"
            if _commands(actor)
            else ""
        )
    if what in ("account", "training"):
        return "/district/training" if actor.role == "inspector" else ""
    return _form(what, more, unit, actor)


def _commands(actor: Actor) -> bool:
    return actor.role == "duty_office"


def _form(what: str, more: list[str], unit: str, actor: Actor) -> str:
    if actor.role not in KEEPS:
        return ""
    forms: dict[str, tuple[str, dict[str, str]]] = {
        "document": ("unit_document/new/file", {"kind": more[0] if more else ""}),
        "resource": ("equipment/new/record", {"kind": more[0] if more else ""}),
        "campaign": ("campaign/new/plan", {}),
        "measure": ("measure/new/register", {"period": more[0] if more else ""}),
    }
    if actor.role == "duty_office":
        forms |= {
            "test": ("connection_test/new/send", {}),
            "call": ("connection_test/new/call", {"post": more[0] if more else ""}),
        }
    if what not in forms:
        return ""
    where, fields = forms[what]
    return f"/registers/{where}?{urlencode({'unit': unit, **fields, 'back': f'/registers/readiness/{unit}'})}"
