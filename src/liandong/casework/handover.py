"""What a shift leaves unfinished (R24): every case whose running clock belongs to this desk, unit or office.

By invariant I2 whoever holds an open case owns a running clock of it; requests to decide, supervision to answer,
instructions to acknowledge, assistance owed and call-backs due have clocks of their own. So the clocks are the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import inbox, rows, search, sight
from .jsontext import to_ms
from .queries import _COLUMNS, _PRIVATE

MOST = 500
"""Cases one hand-over lists; whoever leaves more behind is told how many more there are."""
_ROWS = 4 * MOST
DUTY_OFFICE = "duty_office"


class Item(NamedTuple):
    """One case left unfinished: its state, the clock that presses most, when that is due, and its other clocks."""

    no: str
    state: str
    kind: str
    due_at: datetime | None
    late: bool
    also: tuple[str, ...] = ()


class Unfinished(NamedTuple):
    """What is left, the most pressing first; ``more`` cases beyond the list."""

    items: list[Item]
    more: int


def unfinished(viewer: Actor, place: str, *, policy: Policy, now: datetime) -> Unfinished:
    """What is open at a place: ``desk``, ``duty_office`` or a unit's code. One statement.

    Only what the viewer may see; a unit's own viewer also stands for the units it succeeded.
    """
    query = search.build(viewer, search.Filters(state="open"), policy, now)
    owners = sorted(sight.units_of(viewer, policy, now)) or [place]
    marks = ", ".join(["%s"] * len(owners))
    # the duty office also follows the supervision it ordered, which the unit has to answer (R11)
    supervised = " OR k.kind = 'supervision'" if place == DUTY_OFFICE else ""
    query.where("k.case_no = c.no")
    query.where(
        "k.stopped_ms IS NULL AND NOT k.paused AND k.kind NOT IN ('total', 'return_window') "
        f"AND (k.unit IN ({marks}){supervised})",
        *owners,
    )
    sql, values = query.sql(
        "c.no, c.state, k.kind, k.due_ms",
        "CROSS JOIN casework_clock k",  # keeps SQLite from reading the clocks of all time first
        f"ORDER BY COALESCE(k.due_ms, {inbox.NEVER}), c.no LIMIT {_ROWS}",
    )
    found: dict[str, Item] = {}
    instant = to_ms(now)
    for no, state, kind, due in rows.ask(sql, values):
        if no in found:
            found[no] = found[no]._replace(also=(*found[no].also, str(kind)))
            continue
        at = datetime.fromtimestamp(due / 1000, tz=policy.zone) if due is not None else None
        found[no] = Item(str(no), str(state), str(kind), at, due is not None and due < instant)
    items = list(found.values())
    return Unfinished(items[:MOST], max(0, len(items) - MOST))


def as_they_stand(
    numbers: Sequence[str], viewer: Actor, *, policy: Policy, now: datetime
) -> Mapping[str, dict[str, Any]]:
    """Those of the numbered cases that this viewer may see, as lists show them (persons masked). One statement."""
    if not numbers:
        return {}
    query = search.build(viewer, search.Filters(), policy, now)
    query.where(f"c.no IN ({', '.join(['%s'] * len(numbers))})", *numbers)
    sql, values = query.sql(f"{_COLUMNS}, c.due_ms", _PRIVATE, "")
    return {case["no"]: case for case in inbox.shown(rows.ask(sql, values), viewer, policy, now)}
