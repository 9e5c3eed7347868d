"""From filters to one SQL statement whose cost does not grow with the store."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from liandong.rules.codes import HOLDER, LEVELS, OPEN, STATES
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import crypto, rows, sight
from .jsontext import to_ms

RECENT = 20_000
"""Words are looked for in this many of the newest cases: a search must not read a whole year."""
_HOLDERS = frozenset((*HOLDER.values(), "unit"))
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{6,19}")
_NUMBER = re.compile(r"[A-Z]{1,8}-\d{6}-\d{8}-\d{5,9}-\d")
_LONG_DIGITS = re.compile(r"\d{5,}")


class Filters(NamedTuple):
    """What a list is asked for; see ``queries.list_cases``."""

    state: str | None = None
    holder: str | None = None
    unit: str | None = None
    township: str | None = None
    level: str | None = None
    overdue: bool | None = None
    q: str | None = None


class Query:
    """A statement being put together; values stay beside the text."""

    def __init__(self) -> None:
        self.source = "casework_case c"
        self.received, self.no = "c.received_ms", "c.no"
        self._conditions: list[str] = []
        self._values: list[Any] = []

    def where(self, condition: str, *values: Any) -> None:
        """One more condition."""
        self._conditions.append(condition)
        self._values.extend(values)

    def sql(
        self, columns: str, joins: str, tail: str, *, first: list[Any] | None = None
    ) -> tuple[str, list[Any]]:
        """The statement and its values (``first``: those of the columns)."""
        condition = " AND ".join(self._conditions) or "1 = 1"
        return f"SELECT {columns} FROM {self.source} {joins} WHERE {condition} {tail}", [
            *(first or []),
            *self._values,
        ]


def build(viewer: Actor, filters: Filters, policy: Policy, now: datetime) -> Query:
    """The query for what this viewer may see of what was asked. Raises ValueError for unknown values."""
    query = Query()
    limits = sight.scope(viewer, policy, now)
    for condition in limits.where:
        query.where(condition)
    query._values.extend(limits.values)
    few = filters.state in OPEN or filters.state == "open" or filters.overdue is not None
    if limits.units is not None:
        _by_party(query, limits.units, few)
    if filters.unit:
        _by_party(query, (filters.unit,), few)
    _by_state(query, filters, now)
    if filters.township:
        town = policy.townships.get(filters.township)
        query.where("c.township = %s", town.code if town else filters.township)
    if filters.level:
        if filters.level not in LEVELS:
            raise ValueError(f"level 应为 {'、'.join(LEVELS)} 之一")
        number = LEVELS.index(filters.level)
        query.where("c.level = %s", number)
        if number:
            query.where("c.level > 0")
    if filters.q and filters.q.strip():
        _by_words(query, viewer, filters.q.strip()[:100])
    return query


def _by_party(query: Query, units: tuple[str, ...], few: bool) -> None:
    """Cases of a unit come by the unit's own index, already in the list's order; where ``few`` cases can be meant (the
    open ones), those are gone through instead."""
    if not few and len(units) == 1 and query.source == "casework_case c":
        query.source = "casework_party y JOIN casework_case c ON c.no = y.case_no"
        query.received, query.no = "y.received_ms", "y.case_no"
        query.where("y.unit = %s", units[0])
    else:
        marks = ", ".join(["%s"] * len(units))
        query.where(
            f"EXISTS (SELECT 1 FROM casework_party z WHERE z.case_no = c.no AND z.unit IN ({marks}))", *units
        )


def _by_state(query: Query, filters: Filters, now: datetime) -> None:
    if filters.state == "open":
        query.where("c.is_open")
    elif filters.state:
        if filters.state not in STATES:
            raise ValueError("state 不是合同中的状态，也不是 open")
        if filters.state in OPEN:
            query.where("c.is_open")
        query.where("c.state = %s", filters.state)
    if filters.holder:
        if filters.holder in _HOLDERS:
            query.where("c.holder_type = %s", filters.holder)
        else:
            query.where("c.holder_type = 'unit' AND c.holder_code = %s", filters.holder.removeprefix("unit:"))
        if filters.holder != "none":
            query.where("c.is_open")
    if filters.overdue is not None:
        query.where("c.is_open")
        if filters.overdue:
            query.where("c.due_ms < %s", to_ms(now))
        else:
            query.where("(c.due_ms IS NULL OR c.due_ms >= %s)", to_ms(now))


def _by_words(query: Query, viewer: Actor, text: str) -> None:
    if _NUMBER.fullmatch(text.upper()):
        query.where("c.no = %s", text.upper())
        return
    found = _by_reference(viewer, text)
    if found:
        query.where(f"c.no IN ({', '.join(['%s'] * len(found))})", *found)
        return
    sees = viewer.role in sight.SEE_PERSONS
    words = [word for word in text.split() if sees or not _LONG_DIGITS.search(word)][:5]
    if not words:  # digits alone would let a masked number be guessed
        query.where(sight.NOTHING)
        return
    bound = rows.one(
        "SELECT received_ms FROM casework_case ORDER BY received_ms DESC, no DESC LIMIT 1 OFFSET %s", [RECENT]
    )
    if bound:
        query.where("c.received_ms > %s", bound[0])
    for word in words:
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        query.where(
            "EXISTS (SELECT 1 FROM casework_private_case w WHERE w.case_no = c.no AND w.summary LIKE %s ESCAPE '\\')",
            f"%{escaped}%",
        )


def _by_reference(viewer: Actor, text: str) -> list[str]:
    """Numbers of cases with that incident number or, for those who may see persons, that telephone."""
    hashed = ""
    if viewer.role in sight.SEE_PERSONS and _PHONE.fullmatch(text):
        hashed = crypto.phone_hash(text)
    found = rows.ask(
        "SELECT no FROM casework_case WHERE incident_no = %s AND NOT (incident_no = '') "
        "UNION SELECT no FROM casework_case WHERE phone_hash = %s AND NOT (phone_hash = '') LIMIT 500",
        [text, hashed],
    )
    return [str(row[0]) for row in found]
