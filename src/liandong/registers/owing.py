"""What a unit owes in all registers together, the most pressing first: one list for its workbench.

One statement for all registers, by the index of open obligations; sight as in ``queries``: only states that units see,
and an entry about a case of the police's own (R19) only for the unit that has to handle that case.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from liandong.casework import crypto, rows, sight
from liandong.rules.masking import mask_text
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.register import Entry, Register
from liandong.rules.registers import registers

from . import queries, stored

MOST = 50
"""So many obligations one list shows."""


class Owing(NamedTuple):
    """One thing a unit owes: the register, the entry, until when (None: no limit), and whether that has passed."""

    register: Register
    entry: Entry
    due_at: datetime | None
    late: bool


def owed(viewer: Actor, *, policy: Policy, now: datetime | None = None, limit: int = MOST) -> list[Owing]:
    """What waits for this unit in open entries; nothing for other roles."""
    moment = now or datetime.now(UTC)
    mine = sorted(sight.units_of(viewer, policy, moment)) if viewer.role == "unit" else []
    allowed, values = _allowed()
    if not mine or not allowed:
        return []
    marks = ", ".join(["%s"] * len(mine))
    hidden, *led = queries.not_restricted(mine)
    found = rows.ask(
        "SELECT e.register, e.no, e.doc, e.opened_ms, e.version, e.wrapped, e.sealed, p.due_ms "
        # one line an entry: who took over two units owes it once, by the earlier limit
        "FROM (SELECT o.entry_id, MIN(o.due_ms) AS due_ms FROM registers_party o "
        f"WHERE o.unit IN ({marks}) AND o.done_ms IS NULL GROUP BY o.entry_id) p "
        "JOIN registers_entry e ON e.id = p.entry_id "
        f"WHERE e.is_open AND ({allowed}) "
        f"AND {hidden} ORDER BY CASE WHEN p.due_ms IS NULL THEN 1 ELSE 0 END, p.due_ms, e.id LIMIT {limit}",
        [*mine, *values, *led],
    )
    return [_owing(row, policy, moment) for row in found]


def _allowed() -> tuple[str, list[Any]]:
    """The registers, and the states of each, that units see."""
    parts, values = [], []
    for name, register in registers().items():
        seen = register.sees.get("unit")
        if seen is None:
            continue
        if seen.states:
            parts.append(f"(e.register = %s AND e.state IN ({', '.join(['%s'] * len(seen.states))}))")
            values += [name, *seen.states]
        else:
            parts.append("e.register = %s")
            values.append(name)
    return " OR ".join(parts), values


def _owing(row: tuple[Any, ...], policy: Policy, now: datetime) -> Owing:
    name, no, text, opened, version, wrapped, sealed, due_ms = row
    register = registers()[name]
    key = crypto.unwrap(bytes(wrapped), no) if wrapped is not None else None
    hidden = stored.unseal(key, sealed, f"entry:{no}")
    title = hidden.get(register.titled)
    shown = {register.titled: mask_text(str(title))} if title else {}
    opened_at = datetime.fromtimestamp(opened / 1000, policy.zone)
    due = datetime.fromtimestamp(due_ms / 1000, policy.zone) if due_ms is not None else None
    return Owing(
        register, stored.load(name, no, text, opened_at, version, shown), due, due is not None and now > due
    )
