"""What waits in several registers at once: one statement for a page that shows only the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from liandong.casework import rows
from liandong.casework.jsontext import to_ms
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from .queries import Asking, _where, table_of


class Waiting(NamedTuple):
    """How many entries wait, and how many of these are past their limit."""

    number: int
    late: int


def waiting(
    viewer: Actor, asked: Mapping[str, Sequence[str]], policy: Policy, now: datetime
) -> dict[str, Waiting]:
    """Open entries of these registers in these states (none named: in every open one), as far as this viewer sees them."""
    parts, values = [], list[Any]()
    for n, (register, states) in enumerate(asked.items()):
        where, given = _where(
            viewer, table_of(register), Asking(states=tuple(states), is_open=True), policy, now
        )
        parts.append(
            f"SELECT {n}, COUNT(*), SUM(CASE WHEN e.due_ms < %s THEN 1 ELSE 0 END) FROM registers_entry e "
            f"WHERE {where}"
        )
        values += [to_ms(now), *given]
    found = {
        n: Waiting(int(number), int(late or 0))
        for n, number, late in rows.ask(" UNION ALL ".join(parts), values)
    }
    return {register: found[n] for n, register in enumerate(asked)}
