"""What papers tell of a period beside its figures: grave events, rulings, suspended cases, statutory limits (part E).

Codes, instants and numbers alone: nothing of what was said, no person, no case's number. Same rules of sight as
``figures``; every function is one statement over the period's own rows or over the open cases.
"""

from __future__ import annotations

from typing import NamedTuple

from liandong.rules.codec import load_state
from liandong.rules.codes import LARGER, LEVELS
from liandong.rules.model import Actor

from . import rows, sight
from .figures import Window, may_count
from .overview import GAP_MARK

MOST = 200
"""Lines of one list: a report is read by people."""


class Grave(NamedTuple):
    """An event from 较大 on. ``phone`` and ``written`` are outcomes of both report clocks ("" still running)."""

    received_ms: int
    level: str
    matter: str
    township: str
    unit: str
    state: str
    phone: str | None
    written: str | None


class Ruled(NamedTuple):
    """Disputes of one matter that one unit leads now: how many, of these decided, and how many came up because the
    catalogue names nobody."""

    matter: str
    unit: str
    number: int
    decided: int
    gaps: int


class Suspended(NamedTuple):
    """A suspended case: its unit, its matter, why, since when, and the day it is looked at again (milliseconds)."""

    unit: str
    matter: str
    since_ms: int
    review_ms: int | None


class Statutory(NamedTuple):
    """Limits set by statute that ended in the period, by matter: how many, on time, late."""

    matter: str
    number: int
    on_time: int
    late: int


def _seen(viewer: Actor) -> str:
    """The condition of sight over ``c``: nobody is told of complaints about police who may not see them (R19)."""
    if not may_count(viewer):
        return sight.NOTHING
    return "1 = 1" if viewer.role in sight.SEE_RESTRICTED else "NOT c.restricted"


def grave(viewer: Actor, window: Window) -> list[Grave]:
    """Events from 较大 on that were received in the period, the gravest first."""
    levels = ", ".join(str(level) for level in range(LARGER, len(LEVELS)))
    clock = (
        "(SELECT k.outcome FROM casework_clock k WHERE k.case_no = c.no AND k.kind = '{kind}' "
        "ORDER BY k.clock DESC LIMIT 1)"
    )
    found = rows.ask(
        "SELECT c.received_ms, c.level, c.matter, c.township, c.lead_unit, c.state, "
        f"{clock.format(kind='phone_report')}, {clock.format(kind='written_report')} FROM casework_case c "
        f"WHERE c.level > 0 AND c.level IN ({levels}) AND c.received_ms >= %s AND c.received_ms < %s AND {_seen(viewer)} "
        f"AND c.state NOT IN ('voided', 'merged') ORDER BY c.level DESC, c.received_ms, c.no LIMIT {MOST}",
        [window.start, window.end],
    )
    return [Grave(int(at), LEVELS[level], *rest) for at, level, *rest in found]


def ruled(viewer: Actor, window: Window) -> list[Ruled]:
    """Disputes that came to the duty office in the period, by matter and by the unit that leads after it (R30)."""
    found = rows.ask(
        "SELECT c.matter, c.lead_unit, COUNT(*), SUM(CASE WHEN k.stopped_ms IS NULL THEN 0 ELSE 1 END), "
        "SUM(CASE WHEN c.doc LIKE %s THEN 1 ELSE 0 END) FROM casework_clock k "
        "JOIN casework_case c ON c.no = k.case_no WHERE k.kind IN ('ruling', 'police_feedback') "
        "AND k.kind = 'ruling' AND k.started_ms >= %s "  # the first repeats the condition of the index
        f"AND k.started_ms < %s AND {_seen(viewer)} GROUP BY c.matter, c.lead_unit "
        f"ORDER BY COUNT(*) DESC, c.matter, c.lead_unit LIMIT {MOST}",
        [GAP_MARK, window.start, window.end],
    )
    return [
        Ruled(matter, unit, int(number), int(done or 0), int(gaps or 0))
        for matter, unit, number, done, gaps in found
    ]


def suspended(viewer: Actor) -> list[Suspended]:
    """Cases that are suspended now, the longest first."""
    found = rows.ask(
        f"SELECT c.doc FROM casework_case c WHERE c.is_open AND c.state = 'suspended' AND {_seen(viewer)} "
        f"ORDER BY c.received_ms LIMIT {MOST}"
    )
    made = []
    for (doc,) in found:
        state = load_state(doc)
        clocks = [clock for clock in state["clocks"].values() if clock["kind"] == "suspension"]
        clock = clocks[-1] if clocks else None
        began = clock["started_at"] if clock else state["received_at"]
        due = clock["due_at"] if clock else None
        made.append(
            Suspended(
                state["lead_unit"] or "",
                (state["matter"] or {}).get("code") or "",
                int(began.timestamp() * 1000),
                int(due.timestamp() * 1000) if due else None,
            )
        )
    return sorted(made, key=lambda one: one.since_ms)


def statutory(viewer: Actor, window: Window) -> list[Statutory]:
    """Handling limits set by statute whose end lies in the period, by matter (R34)."""
    found = rows.ask(
        "SELECT c.matter, COUNT(*), SUM(CASE WHEN k.outcome = 'on_time' THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN k.outcome = 'late' OR (k.stopped_ms IS NULL AND NOT k.paused AND k.due_ms < %s) "
        "THEN 1 ELSE 0 END) FROM casework_clock k JOIN casework_case c ON c.no = k.case_no "
        "WHERE k.kind IN ('sign', 'handle') AND k.kind = 'handle' AND k.source = 'statute' AND k.due_ms >= %s "
        f"AND k.due_ms < %s AND NOT (k.outcome = 'superseded') AND {_seen(viewer)} GROUP BY c.matter "
        f"ORDER BY COUNT(*) DESC, c.matter LIMIT {MOST}",
        [window.now, window.start, window.end],
    )
    return [Statutory(matter, *(int(n or 0) for n in numbers)) for matter, *numbers in found]


def first_received(viewer: Actor) -> int | None:
    """When the district's first case was received (milliseconds); None before there is one."""
    row = rows.one(
        f"SELECT c.received_ms FROM casework_case c WHERE {_seen(viewer)} ORDER BY c.received_ms LIMIT 1"
    )
    return int(row[0]) if row else None
