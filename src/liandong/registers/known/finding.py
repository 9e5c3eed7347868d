"""What the checks of a finding know: which of its cases are the police's own and seen by few (R19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.casework import rows
from liandong.registers.facts import Asked, provides

MOST = 500


@provides("finding")
def known(asked: Asked) -> Mapping[str, Any]:
    """``restricted``: such cases among those named, so that the entry is hidden with them."""
    given = asked.fields.get("cases")
    numbers = (
        [one.strip().upper() for one in given[:MOST] if isinstance(one, str)]
        if isinstance(given, list)
        else []
    )
    if not numbers:
        return {"restricted": frozenset()}
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(f"SELECT c.no FROM casework_case c WHERE c.restricted AND c.no IN ({marks})", numbers)
    return {"restricted": frozenset(str(row[0]) for row in found)}
