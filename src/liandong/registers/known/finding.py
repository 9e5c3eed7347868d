"""What findings and consultations know: which of their cases are the police's own and seen by few (R19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.casework import rows
from liandong.registers.facts import Asked, provides

MOST = 500


@provides("finding")
@provides("consultation")
def known(asked: Asked) -> Mapping[str, Any]:
    """``restricted``: such cases among those named, so that the entry is hidden with them."""
    numbers: list[str] = []
    for name in ("case", "cases", "related"):
        given = asked.fields.get(name)
        listed = given[:MOST] if isinstance(given, list) else [given]
        numbers += [one.strip().upper() for one in listed if isinstance(one, str)]
    if not numbers:
        return {"restricted": frozenset()}
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(f"SELECT c.no FROM casework_case c WHERE c.restricted AND c.no IN ({marks})", numbers)
    return {"restricted": frozenset(str(row[0]) for row in found)}
