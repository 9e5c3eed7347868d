"""Steps of the registers on the live stream, beside the log of cases.

Whoever was told of a step, whoever sees every entry of that register, the unit that took the step or that the entry is
about, and, where the step changes the state, the units that take part get an event ``entry`` with the register, the
number and what it was, and no content; open pages then ask for their parts again. It carries no cursor: after a gap a page asks once (``live.js``, on hello), so that nothing is missed.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any, NamedTuple

from liandong.casework import rows, sight
from liandong.registers import notices
from liandong.rules.codec import loads
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.register import ALL
from liandong.rules.registers import registers

EVENT = "entry"
MOST = 300
"""Steps of one look at most; the rest comes with the next."""
LATE_SECONDS = 10.0
"""So long a number that is missing may still be committed by somebody slow (PostgreSQL hands them out before the commit)."""

_STEPS = (
    "SELECT s.id, s.step, s.by, s.body, e.id, e.register, e.no, e.state, e.unit, c.restricted, c.lead_unit FROM registers_step s "
    "JOIN registers_entry e ON e.id = s.entry_id LEFT JOIN casework_case c ON c.no = e.case_no AND NOT (e.case_no = '') "
    f"WHERE s.id > %s ORDER BY s.id LIMIT {MOST}"
)


class News(NamedTuple):
    """One step that was taken, with what decides who may know of it."""

    id: int
    register: str
    no: str
    step: str
    state: str
    unit: str
    author: str
    """The unit of whoever took the step; empty for others."""
    restricted: bool
    leads: str
    """The unit that handles its case: it alone of all units sees an entry about the police's own (R19)."""
    parties: frozenset[str]
    """The units taking part, where the step changed the entry's state: their pages show another thing now."""
    notices: dict[str, str]
    written: dict[str, bytes]

    def told_to(self, viewer: Actor, policy: Policy, now: datetime) -> str | None:
        """What it is to this viewer: the kind of its notice, else the step's name; None where it may not know of it."""
        table = registers().get(self.register)
        allowed = table.sees.get(viewer.role) if table else None
        if allowed is None:
            return None
        units = sight.units_of(viewer, policy, now)
        if self.restricted and viewer.role not in sight.SEE_RESTRICTED and self.leads not in units:
            return None
        if allowed.states and self.state not in allowed.states:
            return None
        if self.notices:
            mine = notices.recipients(viewer, policy, now)
            found = next((self.notices[to] for to in mine if to in self.notices), None)
            if found is not None:
                return found
        if allowed.how == ALL:
            return self.step
        concerned = self.unit in units or self.author in units or not units.isdisjoint(self.parties)
        return self.step if concerned else None

    def frame(self, kind: str) -> bytes:
        """The event as server-sent lines, written once for all who are told the same."""
        if kind not in self.written:
            item = {"type": EVENT, "register": self.register, "no": self.no, "kind": kind}
            text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
            self.written[kind] = f"event: {EVENT}\ndata: {text}\n\n".encode()
        return self.written[kind]


class Entries:
    """Follows the steps by their numbers; a missing number is waited for, because it may be committed late."""

    def __init__(self) -> None:
        self._floor = 0
        self._seen: set[int] = set()
        self._waiting_since = 0.0

    def begin(self) -> None:
        """Follow from what is there now."""
        row = rows.one("SELECT MAX(id) FROM registers_step", [])
        self._floor = int(row[0] or 0) if row else 0
        self._seen.clear()
        self._waiting_since = 0.0

    def fresh(self) -> list[News]:
        """The steps that were not told yet, in the order of their numbers as far as they are committed."""
        found = [row for row in rows.ask(_STEPS, [self._floor]) if row[0] not in self._seen]
        self._seen.update(int(row[0]) for row in found)
        self._settle()
        known = [(row, loads(row[3])) for row in found]
        parties = _parties({int(row[4]) for row, body in known if "state" in body["set"]})
        return [_news(row, body, parties) for row, body in known]

    def _settle(self) -> None:
        """Everything up to the floor was told or will never come."""
        while self._floor + 1 in self._seen:
            self._floor += 1
            self._seen.discard(self._floor)
            self._waiting_since = 0.0
        if not self._seen:
            return
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        if now - self._waiting_since > LATE_SECONDS or len(self._seen) >= MOST:
            self._floor = min(self._seen) - 1
            self._waiting_since = 0.0
            self._settle()


def _parties(entries: set[int]) -> dict[int, frozenset[str]]:
    """The units that take part in these entries."""
    found: dict[int, set[str]] = {}
    if entries:
        marks = ", ".join(["%s"] * len(entries))
        sql = f"SELECT entry_id, unit FROM registers_party WHERE entry_id IN ({marks})"
        for entry, unit in rows.ask(sql, sorted(entries)):
            found.setdefault(int(entry), set()).add(unit)
    return {entry: frozenset(units) for entry, units in found.items()}


def _news(row: tuple[Any, ...], body: dict[str, Any], parties: dict[int, frozenset[str]]) -> News:
    identity, step, by, _body, entry, register, no, state, unit, restricted, leads = row
    told = {str(to): str(kind) for to, kind in body["notices"]}
    author = by.split(":")[1] if by.startswith("unit:") else ""
    taking_part = parties.get(int(entry), frozenset()) if "state" in body["set"] else frozenset()
    return News(
        int(identity),
        register,
        no,
        step,
        state,
        unit,
        author,
        bool(restricted),
        leads or "",
        taking_part,
        told,
        {},
    )
