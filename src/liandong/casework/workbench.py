"""A unit's workbench: what it has to do in groups, each by the instant at which it is due, and who inside does it.

A case may stand in several groups: it is handled, and its supervision waits for an answer. Every statement begins with
what this unit holds or owes (both indexed), so that its cost follows the unit's open work, not the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import cursor, rows, search, sight
from .inbox import NEVER, shown
from .jsontext import compact, parse, to_ms
from .queries import _COLUMNS, _PRIVATE, MAX_LIMIT, Page

OWED = "k.kind IN ('ack', 'assist', 'supervision')"
"""Clocks that a unit owes beside holding a case; written as the partial index ``clock_owed`` has it."""
GROUPS: dict[str, tuple[str, ...]] = {
    "mine": (),
    "sign": (),
    "handling": (),
    "back": (),
    "orders": ("ack",),
    "supervision": ("supervision",),
    "assist": ("assist",),
    "requests": ("decision",),
    "waiting": (),
}
"""The groups, and the clocks by which a group is ordered where it is not by all that the unit has running."""
HELD = ("dispatched", "handling", "suspended")
ELSEWHERE = ("return_review", "disputed", "feedback_review", "callback", "police")
NOBODY = "-"
"""As ``Filters.to``: what was given to nobody inside yet."""
# Back at the unit: a return was rejected or ruled against, a feedback was not enough, or the case is done again.
_BACK = (
    "(c.cycle > 0 OR EXISTS (SELECT 1 FROM casework_clock b JOIN casework_clock h ON h.case_no = b.case_no "
    "AND h.kind = 'handle' AND h.unit = c.holder_code AND h.clock < b.clock WHERE b.case_no = c.no "
    "AND b.kind IN ('review', 'return_decision') AND b.stopped_ms IS NOT NULL))"
)
_LAST = "(SELECT MAX(m.seq) FROM casework_event m WHERE m.case_no = {no} AND m.type = 'assign_inside' AND ({own}))"


class Filters(NamedTuple):
    """What a group is narrowed to. ``due``: today or overdue; ``to``: whom the unit gave it to, NOBODY for none."""

    matter: str | None = None
    township: str | None = None
    case_class: str | None = None
    due: str | None = None
    to: str | None = None


class Count(NamedTuple):
    """How many stand in a group, and how many of them are late."""

    open: int
    overdue: int


class _Group(NamedTuple):
    query: search.Query
    due: str
    due_values: tuple[Any, ...]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _owners(units: tuple[str, ...]) -> tuple[str, ...]:
    """The clock owners a unit answers for: the police's notices are the bureau's to acknowledge (R41)."""
    return (*units, "police") if "GA" in units else units


def _group(viewer: Actor, name: str, policy: Policy, now: datetime) -> _Group | None:
    """The statement of one group; None for a viewer that is no unit. Raises ValueError for an unknown group."""
    if name not in GROUPS:
        raise ValueError(f"没有分组 {name}")
    units = tuple(sorted(sight.units_of(viewer, policy, now)))
    if not units:
        return None
    query = search.build(viewer, search.Filters(state="open"), policy, now)
    owners = _owners(units)
    held = f"c.holder_type = 'unit' AND c.holder_code IN ({_marks(units)})"
    owed = f"SELECT k.case_no FROM casework_clock k WHERE k.stopped_ms IS NULL AND {OWED} AND k.unit IN ({_marks(owners)})"
    kinds = GROUPS[name]
    if name == "mine":
        own = f"SELECT h.no FROM casework_case h WHERE h.is_open AND {held.replace('c.', 'h.')}"
        query.where(f"c.no IN ({own} UNION {owed})", *units, *owners)
    elif name == "waiting":
        query.where(f"c.state IN ({_marks(ELSEWHERE)})", *ELSEWHERE)
        query.where(f"c.lead_unit IN ({_marks(units)})", *units)
        return _Group(query, f"COALESCE(c.due_ms, {NEVER})", ())
    elif name in ("orders", "supervision", "assist"):
        query.where(f"c.no IN ({owed} AND k.kind = %s)", *owners, kinds[0])
    else:
        query.where(held, *units)
        # What a unit holds is in one of three states. Said the other way round, so that no database goes by the state
        # (every unit's cases) instead of by the holder.
        wanted = {"sign": HELD[:1], "handling": HELD[1:], "requests": HELD[1:2]}.get(name, HELD)
        others = [state for state in HELD if state not in wanted]
        if others:
            query.where(f"NOT c.state IN ({_marks(others)})", *others)
        if name == "back":
            query.where(_BACK)
    running = "k.case_no = c.no AND k.stopped_ms IS NULL"
    if name == "requests":
        due = f"(SELECT MIN(k.due_ms) FROM casework_clock k WHERE {running} AND k.kind = 'decision')"
        query.where(f"{due} IS NOT NULL")
        return _Group(query, due, ())
    clocks = (
        f"k.kind = '{kinds[0]}'" if kinds else "NOT k.paused AND k.kind NOT IN ('total', 'return_window')"
    )
    due = f"(SELECT MIN(k.due_ms) FROM casework_clock k WHERE {running} AND k.unit IN ({_marks(owners)}) AND {clocks})"
    return _Group(query, f"COALESCE({due}, {NEVER})", owners)


def page(
    viewer: Actor,
    group: str,
    filters: Filters | None = None,
    *,
    after: str | None = None,
    limit: int = 50,
    policy: Policy,
    now: datetime,
) -> Page:
    """One page of a group, the earliest due first; persons masked as in every list.

    Raises BadCursor, and ValueError for an unknown group or filter value.
    """
    found = _group(viewer, group, policy, now)
    if found is None:
        return Page([], None)
    query, due, values = found
    _narrow(query, found, filters or Filters(), viewer, policy, now)
    size = max(1, min(limit, MAX_LIMIT))
    if after:
        since, no = cursor.read("workbench", after, 2)
        query.where(f"({due}, c.no) > (%s, %s)", *values, cursor.number(since), no)
    sql, given = query.sql(
        f"{_COLUMNS}, {due} AS pressing",
        _PRIVATE,
        f"ORDER BY pressing, c.no LIMIT {size + 1}",
        first=[*values],
    )
    lines = rows.ask(sql, given)
    more, lines = len(lines) > size, lines[:size]
    items = shown(lines, viewer, policy, now)
    return Page(items, cursor.make("workbench", lines[-1][-1], lines[-1][0]) if more else None)


def _narrow(
    query: search.Query, group: _Group, filters: Filters, viewer: Actor, policy: Policy, now: datetime
) -> None:
    if filters.matter:
        query.where("c.matter = %s", filters.matter)
    if filters.township:
        town = policy.townships.get(filters.township)
        query.where("c.township = %s", town.code if town else filters.township)
    if filters.case_class:
        query.where("c.case_class = %s", filters.case_class)
    if filters.due == "overdue":
        query.where(f"{group.due} < %s", *group.due_values, to_ms(now))
    elif filters.due == "today":
        midnight = datetime.combine(
            now.astimezone(policy.zone).date() + timedelta(days=1), time(0), policy.zone
        )
        query.where(f"{group.due} >= %s", *group.due_values, to_ms(now))
        query.where(f"{group.due} <= %s", *group.due_values, to_ms(midnight))
    elif filters.due:
        raise ValueError("due 应为 today 或 overdue")
    if filters.to:
        own, values = _by_us(viewer, policy, now)
        if filters.to == NOBODY:
            query.where(f"{_LAST.format(no='c.no', own=own)} IS NULL", *values)
        else:
            query.where(
                "EXISTS (SELECT 1 FROM casework_private_event t WHERE t.case_no = c.no AND t.text = %s "
                f"AND t.seq = {_LAST.format(no='c.no', own=own)})",
                compact({"text": {"to": filters.to}}),
                *values,
            )


def counts(viewer: Actor, *, policy: Policy, now: datetime) -> dict[str, Count]:
    """How many stand in every group and how many are late: one statement."""
    parts, values = [], []
    for name in GROUPS:
        found = _group(viewer, name, policy, now)
        if found is None:
            return dict.fromkeys(GROUPS, Count(0, 0))
        late = f"SUM(CASE WHEN {found.due} < %s THEN 1 ELSE 0 END)"
        sql, given = found.query.sql(
            f"'{name}', COUNT(*), {late}", "", "", first=[*found.due_values, to_ms(now)]
        )
        parts.append(sql)
        values += given
    found_rows = rows.ask(" UNION ALL ".join(parts), values)
    return {name: Count(int(number), int(late or 0)) for name, number, late in found_rows}


def _by_us(viewer: Actor, policy: Policy, now: datetime) -> tuple[str, list[str]]:
    """The condition that an event ``m`` was this unit's: another party's inner affairs are not its own."""
    units = sorted(sight.units_of(viewer, policy, now))
    return " OR ".join(["m.by LIKE %s"] * len(units)), [f"unit:{unit}:%" for unit in units]


def assigned(numbers: Sequence[str], viewer: Actor, *, policy: Policy, now: datetime) -> dict[str, str]:
    """Whom this unit gave each of these cases to last (R48); one statement. Cases given to nobody are not there.

    Only for cases this viewer was already shown.
    """
    own, values = _by_us(viewer, policy, now)
    if not numbers or not values:
        return {}
    found = rows.ask(
        "SELECT m.case_no, t.text FROM casework_event m JOIN casework_private_event t ON t.case_no = m.case_no "
        f"AND t.seq = m.seq WHERE m.case_no IN ({_marks(numbers)}) AND m.type = 'assign_inside' AND ({own}) "
        "ORDER BY m.case_no, m.seq",
        [*numbers, *values],
    )
    return {str(no): _to(text) for no, text in found if _to(text)}


def assignees(viewer: Actor, *, policy: Policy, now: datetime) -> list[str]:
    """Everybody whom this unit gave a case that it still holds: choices of a filter; one statement."""
    own, values = _by_us(viewer, policy, now)
    units = tuple(sorted(sight.units_of(viewer, policy, now)))
    if not units:
        return []
    found = rows.ask(
        "SELECT DISTINCT t.text FROM casework_case c JOIN casework_event m ON m.case_no = c.no "
        "JOIN casework_private_event t ON t.case_no = m.case_no AND t.seq = m.seq "
        f"WHERE c.is_open AND c.holder_type = 'unit' AND c.holder_code IN ({_marks(units)}) "
        f"AND m.type = 'assign_inside' AND ({own})",
        [*units, *values],
    )
    return sorted({_to(text) for (text,) in found} - {""})


def _to(text: str) -> str:
    told = parse(text) if text else {}
    return str((told.get("text") or {}).get("to") or "")
