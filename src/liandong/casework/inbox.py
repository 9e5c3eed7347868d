"""Lists for those who work on cases: what presses first on top, what waits for a decision.

Same rules of sight and masking as ``queries``; the number of statements never depends on the number of cases.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.view import view

from . import cursor, rows, search, sight
from .queries import _COLUMNS, _PRIVATE, MAX_LIMIT, Page, _stored, load_others

NEVER = 9_000_000_000_000
"""Where a case without a due instant stands in the order: behind all others."""
_PRESSING = (
    "(SELECT MIN(k.due_ms) FROM casework_clock k WHERE k.case_no = c.no AND k.unit = c.holder_code "
    "AND k.stopped_ms IS NULL AND NOT k.paused AND k.kind NOT IN ('total', 'return_window'))"
)
"""A unit's right to return runs out, but it does not press: it must not push a case before one that is due."""
_DUE = f"COALESCE(CASE WHEN c.holder_type = 'unit' THEN {_PRESSING} ELSE c.due_ms END, {NEVER})"


def by_urgency(
    viewer: Actor,
    *,
    states: tuple[str, ...] = (),
    holder: str | None = None,
    unit: str | None = None,
    decision_by: str | None = None,
    overdue: bool = False,
    after: str | None = None,
    limit: int = 50,
    policy: Policy,
    now: datetime,
) -> Page:
    """Open cases by the due instant of their holder, the earliest first; persons masked as in every list.

    ``states``: only these; ``decision_by``: desk or duty_office, only cases whose request waits for that office's
    decision (R37); ``overdue``: only those whose holder is late. Raises BadCursor, and ValueError for a holder or state that is none.
    """
    query = search.build(
        viewer, search.Filters(state="open", holder=holder, unit=unit, overdue=overdue or None), policy, now
    )
    if states:
        query.where(f"c.state IN ({', '.join(['%s'] * len(states))})", *states)
    if decision_by:
        query.where(
            "EXISTS (SELECT 1 FROM casework_clock d WHERE d.case_no = c.no AND d.kind = 'decision' AND d.unit = %s "
            "AND d.stopped_ms IS NULL)",
            decision_by,
        )
    size = max(1, min(limit, MAX_LIMIT))
    if after:
        due, no = cursor.read("urgency", after, 2)
        query.where(f"({_DUE}, c.no) > (%s, %s)", cursor.number(due), no)
    sql, values = query.sql(f"{_COLUMNS}, {_DUE}", _PRIVATE, f"ORDER BY {_DUE}, c.no LIMIT {size + 1}")
    found = rows.ask(sql, values)
    more = len(found) > size
    found = found[:size]
    items = shown(found, viewer, policy, now)
    return Page(items, cursor.make("urgency", found[-1][-1], found[-1][0]) if more else None)


def shown(found: list[tuple[Any, ...]], viewer: Actor, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """Rows of ``_COLUMNS`` and a due instant as the contract names cases, masked as in every list."""
    cases = [_stored(row[:-1], for_view=True) for row in found]
    others = load_others(case.state for case in cases)
    units = sight.units_of(viewer, policy, now)
    return [
        sight.show(
            view(case.state, case.private, others.get), sight.persons(case.state, viewer, units), in_list=True
        )
        for case in cases
    ]


def waiting_decisions(viewer: Actor, office: str, *, policy: Policy, now: datetime) -> int:
    """How many requests wait for the decision of desk or duty_office."""
    query = search.build(viewer, search.Filters(state="open"), policy, now)
    query.where(
        "EXISTS (SELECT 1 FROM casework_clock d WHERE d.case_no = c.no AND d.kind = 'decision' AND d.unit = %s "
        "AND d.stopped_ms IS NULL)",
        office,
    )
    sql, values = query.sql("COUNT(*)", "", "")
    row = rows.one(sql, values)
    return int(row[0]) if row else 0


def summary_of(counted: dict[str, Any], *states: str) -> tuple[int, int]:
    """Open and overdue of several states out of ``queries.counts``."""
    entries = [counted["by_state"].get(state, {"open": 0, "overdue": 0}) for state in states]
    return sum(entry["open"] for entry in entries), sum(entry["overdue"] for entry in entries)
