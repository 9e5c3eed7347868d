"""The whole district at a glance: how every unit stands, which clocks run where, what came and went today.

Same rules of sight as ``queries``. Every function costs a fixed number of statements over the open cases or over one
day; none reads a person or a word of what was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import rows, search
from .jsontext import to_ms

QUIET = ("total", "return_window", "suspension")
"""Clocks that press nobody: no due, a right that runs out, a day on which a case resumes by itself."""
ANSWERS = ("sign", "ack", "supervision")
"""Clocks that a unit stops by a mere answer: one of them late means that nobody reacts there."""
MOST_MATTERS = 50
_OPEN = search.Filters(state="open")


class Running(NamedTuple):
    """The running clocks of one kind that one party owns: how many, how many late, the first due, the oldest start."""

    number: int
    late: int
    first_due: datetime | None
    oldest: datetime | None


class Held(NamedTuple):
    """Open cases a unit leads: in its hands, of those late and unsigned, and handed on to be checked."""

    held: int
    overdue: int
    unsigned: int
    elsewhere: int


class Day(NamedTuple):
    """One day so far: calls received, of these diverted to a unit, and cases closed (R3, R33)."""

    received: int
    diverted: int
    closed: int


class HotMatter(NamedTuple):
    """How many cases of one matter came from one township; ``township`` is a code, or nothing where none is known."""

    matter: str
    township: str
    cases: int


def held_by_unit(viewer: Actor, *, policy: Policy, now: datetime) -> dict[str, Held]:
    """Open cases by the unit that leads them; a unit without any is not there (R10)."""
    query = search.build(viewer, _OPEN, policy, now)
    query.where("NOT (c.lead_unit = '')")
    sql, values = query.sql(
        "c.lead_unit, SUM(CASE WHEN c.holder_type = 'unit' THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN c.holder_type = 'unit' AND c.due_ms < %s THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN c.state = 'dispatched' THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN c.holder_type = 'unit' THEN 0 ELSE 1 END)",
        "",
        "GROUP BY c.lead_unit",
        first=[to_ms(now)],
    )
    return {str(unit): Held(*(int(n or 0) for n in numbers)) for unit, *numbers in rows.ask(sql, values)}


def running_clocks(viewer: Actor, *, policy: Policy, now: datetime) -> dict[str, dict[str, Running]]:
    """Running clocks of open cases by owner (a unit's code, desk, duty_office, police) and kind; quiet ones left out."""
    query = search.build(viewer, _OPEN, policy, now)
    query.where("k.case_no = c.no")
    query.where(f"k.stopped_ms IS NULL AND NOT k.paused AND k.kind NOT IN ({_marks(QUIET)})", *QUIET)
    sql, values = query.sql(
        "k.unit, k.kind, COUNT(*), SUM(CASE WHEN k.due_ms < %s THEN 1 ELSE 0 END), MIN(k.due_ms), MIN(k.started_ms)",
        "CROSS JOIN casework_clock k",  # keeps SQLite from reading the clocks of all time first
        "GROUP BY k.unit, k.kind",
        first=[to_ms(now)],
    )
    found: dict[str, dict[str, Running]] = {}
    for owner, kind, count, late, due, oldest in rows.ask(sql, values):
        found.setdefault(str(owner), {})[str(kind)] = Running(
            int(count), int(late or 0), _instant(due, policy), _instant(oldest, policy)
        )
    return found


def gaps(viewer: Actor, *, policy: Policy, now: datetime) -> int:
    """How many disputes say that nobody in the catalogue answers for the matter (CONTRACT §2)."""
    query = search.build(viewer, search.Filters(state="disputed"), policy, now)
    query.where("c.doc LIKE %s", GAP_MARK)
    return _count(query)


GAP_MARK = '%"_gap":true%'
"""How canonical JSON writes that a case came up because the catalogue names nobody."""


def today(viewer: Actor, *, policy: Policy, now: datetime) -> Day:
    """What came and went since midnight. Closed cases are found by the instant at which they will be archived: it follows
    from their closing, has an index, and nothing else of a finished case is waited for."""
    local = now.astimezone(policy.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    query = search.build(viewer, search.Filters(), policy, now)
    query.where("c.received_ms >= %s", to_ms(midnight))
    sql, values = query.sql("COUNT(*), SUM(CASE WHEN c.first_unit = '' THEN 0 ELSE 1 END)", "", "")
    row = rows.one(sql, values) or (0, 0)
    archived, _ = policy.calendar.due(midnight, policy.limits["archive"].length)
    query = search.build(viewer, search.Filters(), policy, now)
    query.where("c.wake_ms >= %s", to_ms(archived))
    query.where("c.closed_ms >= %s", to_ms(midnight))
    return Day(int(row[0] or 0), int(row[1] or 0), _count(query))


def hot_matters(
    viewer: Actor, *, days: int, policy: Policy, now: datetime, least: int = 2, most: int = 10
) -> list[HotMatter]:
    """Matters by township with the most cases of the last days: numbers alone, for a wall that everybody sees.

    Complaints about police (R19) are not among them, whoever opened the page: the room looks at the wall, too.
    """
    query = search.build(viewer, search.Filters(), policy, now)
    query.where("NOT c.restricted")
    query.where("c.received_ms >= %s", to_ms(now - timedelta(days=days)))
    query.where("NOT (c.matter = '')")
    sql, values = query.sql(
        "c.matter, c.township, COUNT(*)",
        "",
        f"GROUP BY c.matter, c.township ORDER BY COUNT(*) DESC, c.matter, c.township LIMIT {MOST_MATTERS}",
    )
    counted: dict[tuple[str, str], int] = {}
    for matter, township, count in rows.ask(sql, values):
        town = policy.townships.get(township)  # what the district does not know is a caller's own words
        key = (str(matter), town.code if town else "")
        counted[key] = counted.get(key, 0) + int(count)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [HotMatter(matter, town, count) for (matter, town), count in ranked if count >= least][:most]


def silent(clocks: Mapping[str, Running]) -> bool:
    """Whether nobody reacts there: something that only wants an answer is late."""
    return any(clocks[kind].late for kind in ANSWERS if kind in clocks)


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(values))


def _count(query: search.Query) -> int:
    sql, values = query.sql("COUNT(*)", "", "")
    row = rows.one(sql, values)
    return int(row[0]) if row else 0


def _instant(ms: Any, policy: Policy) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(int(ms) / 1000, policy.zone)
