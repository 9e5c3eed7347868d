"""From filters to one SQL statement whose cost does not grow with the store."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from liandong.rules.codes import HOLDER, LEVELS, OPEN, STATES
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import crypto, rows, sight, words
from .jsontext import to_ms

RECENT = 20_000
"""A single character is looked for in the titles of this many of the newest cases: no index holds it."""
SERIAL_DAYS = 62
"""A number of the day alone («00123») is looked for in so many days."""
_HOLDERS = frozenset((*HOLDER.values(), "unit"))
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{6,19}")
_NUMBER = re.compile(r"[A-Z]{1,8}-\d{6}-\d{8}-\d{5,9}-\d")
_PART = re.compile(r"(?:(?:[A-Z]{1,8}-)?(?:\d{6}-)?(\d{8})-)?0*(\d{1,9})(?:-\d)?")
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
    since: datetime | None = None
    until: datetime | None = None


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
    if filters.since:
        query.where(f"{query.received} >= %s", to_ms(filters.since))
    if filters.until:
        query.where(f"{query.received} < %s", to_ms(filters.until))
    if filters.q and filters.q.strip():
        _by_words(query, viewer, filters.q.replace("\x00", "").strip()[:100], now)
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


def _by_words(query: Query, viewer: Actor, text: str, now: datetime) -> None:
    if _NUMBER.fullmatch(text.upper()):
        query.where("c.no = %s", text.upper())
        return
    found = _by_reference(viewer, text) or _by_part(text.upper(), now)
    if found:
        query.where(f"c.no IN ({', '.join(['%s'] * len(found))})", *found)
        return
    sees = viewer.role in sight.SEE_PERSONS
    asked = [word for word in text.split() if sees or not guesses(word)][:5]
    if not asked:  # digits alone would let a masked number be guessed
        query.where(sight.NOTHING)
        return
    indexed = words.condition(asked)
    if indexed is not None:
        query.where(indexed[0], *indexed[1])
    single = [word for word in asked if not words.terms(word)]
    if not single:
        return
    bound = rows.one(
        "SELECT received_ms FROM casework_case ORDER BY received_ms DESC, no DESC LIMIT 1 OFFSET %s", [RECENT]
    )
    if bound and indexed is None:
        query.where("c.received_ms > %s", bound[0])
    for word in single:
        query.where(
            "EXISTS (SELECT 1 FROM casework_private_case w WHERE w.case_no = c.no AND w.summary LIKE %s ESCAPE '\\')",
            f"%{words.escaped(word)}%",
        )


def guesses(word: str) -> bool:
    """Whether a word may be somebody's number, which a viewer who sees no persons must not find by trying."""
    return bool(_LONG_DIGITS.search(word))


def names(text: str, no: str) -> bool:
    """Whether a text is this case's number, or what people say of it: its day and serial, or the serial alone."""
    asked = text.upper()
    if asked == no:
        return True
    part = _PART.fullmatch(asked)
    if part is None:
        return False
    *_, day, serial, _check = no.split("-")
    return int(part[2]) == int(serial) and part[1] in (None, day)


def _by_part(text: str, now: datetime) -> list[str]:
    """Cases by what people say of a number: its day and serial («20260524-00012»), or the serial of the last days."""
    part = _PART.fullmatch(text)
    if part is None:
        return []
    day, serial = part.groups()
    if int(serial) > 2**31 - 1:
        return []
    days = [day] if day else [f"{now - timedelta(days=n):%Y%m%d}" for n in range(-1, SERIAL_DAYS)]
    marks = ", ".join(["%s"] * len(days))
    found = rows.ask(
        f"SELECT no FROM casework_case WHERE day IN ({marks}) AND serial = %s", [*days, int(serial)]
    )
    return [str(row[0]) for row in found]


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
