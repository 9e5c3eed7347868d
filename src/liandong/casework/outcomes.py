"""How cases ended: the truth that routing learns from. For the machine alone; texts leave here stripped of persons.

The final handler after all returns and rulings answers for a case (R27, R30); what the police disposed of was theirs.
Withdrawn, voided and merged cases prove nothing, nor does what a desk answered itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

from liandong.rules.masking import mask_names, strip

from . import crypto, private, rows, sight

BATCH = 500
ENDED = ("closed", "archived")
POLICE = "GA"


class Outcome(NamedTuple):
    """One ended case: what was said (without persons), who handled it in the end, under which matter, and whether it
    had been danger (None: nobody settled that). ``received_ms`` in milliseconds."""

    no: str
    text: str
    unit: str
    matter: str | None
    danger: bool | None
    received_ms: int


def ended(limit: int, leave_out: Collection[str] = ()) -> Iterator[Outcome]:
    """The latest ended cases, newest first, at most ``limit``; ``leave_out`` are channels whose cases no person routed."""
    before: tuple[int, str] | None = None
    given = 0
    marks = ", ".join(["%s"] * len(ENDED))
    out = f"AND c.source_channel NOT IN ({', '.join(['%s'] * len(leave_out))}) " if leave_out else ""
    while given < limit:
        after = "AND (c.received_ms < %s OR (c.received_ms = %s AND c.no < %s)) " if before else ""
        values = [*ENDED, *leave_out, *((before[0], before[0], before[1]) if before else ())]
        found = rows.ask(
            "SELECT c.no, c.lead_unit, c.matter, c.received_ms, p.sealed, p.text, k.wrapped FROM casework_case c "
            "JOIN casework_private_case p ON p.case_no = c.no LEFT JOIN casework_key k ON k.case_no = c.no "
            f"WHERE c.state IN ({marks}) {out}{after}ORDER BY c.received_ms DESC, c.no DESC LIMIT {BATCH}",
            values,
        )
        if not found:
            return
        police = _police([row[0] for row in found])
        for no, unit, matter, received_ms, sealed, text, wrapped in found:
            before = (received_ms, no)
            settled = police.get(no)
            if settled == "handled":
                unit, matter, danger = POLICE, None, True
            elif settled is not None or not unit:
                continue
            else:
                danger = False
            said = _text(no, wrapped, sealed, text)
            if said and given < limit:
                given += 1
                yield Outcome(no, said, unit, matter or None, danger, received_ms)


def _police(numbers: list[str]) -> dict[str, str]:
    """What the police reported of those of these cases that went to them."""
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(
        f"SELECT case_no, body FROM casework_event WHERE type = 'police_done' AND case_no IN ({marks}) ORDER BY position",
        numbers,
    )
    return {no: str(json.loads(body).get("fields", {}).get("outcome")) for no, body in found}


def _text(no: str, wrapped: bytes | None, sealed: bytes | None, text: str | None) -> str:
    key = crypto.unwrap(wrapped, no) if wrapped is not None else None
    view = private.open_case(key, no, sealed, text)
    said = "\n".join(
        value for name in ("summary", "content") if isinstance(value := view.get(name), str) and value
    )
    names = sight.names_of({"callers": [view.get("caller"), *(view.get("callers") or ())]})
    return strip(mask_names(said, names) or "")


def said_in(numbers: Collection[str]) -> dict[str, str]:
    """What these cases say as it stands now, without persons; erased ones are missing."""
    if not numbers:
        return {}
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(
        "SELECT p.case_no, k.wrapped, p.sealed, p.text FROM casework_private_case p "
        f"LEFT JOIN casework_key k ON k.case_no = p.case_no WHERE p.case_no IN ({marks})",
        list(numbers),
    )
    return {no: _text(no, wrapped, sealed, text) for no, wrapped, sealed, text in found}
