"""What the registers hold about a case: consultations (R47), supervision slips, reports, for who may see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from liandong.registers import queries
from liandong.rules.model import Actor
from liandong.screens.common.labels import by_name
from liandong.screens.common.policy import current
from liandong.screens.common.titles import title


def of_case(no: str, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Entries about a case, oldest first: register, title, number, state, limit."""
    made = []
    for entry in queries.of_case(actor, no, policy=current()):
        table = queries.table_of(entry.register)
        made.append(
            {
                "entry": entry,
                "register": by_name(table.label),
                "title": title(table, entry),
                "state": by_name(table.states[entry.state]),
                "late": entry.is_overdue(now),
                "url": f"/registers/{entry.register}/{quote(entry.no, safe='')}",
            }
        )
    return made
