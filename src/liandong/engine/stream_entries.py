"""Steps of the registers on the live stream, beside the log of cases.

Whoever was told of a step, whoever sees every entry of that register, and the unit that took the step or that the entry is
about get an event ``entry`` with the register, the number and what it was, and no content; open pages then ask for their
parts again. It carries no cursor: after a gap a page asks once (``live.js``, on hello), so that nothing is missed.
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
    "SELECT s.id, s.step, s.by, s.body, e.register, e.no, e.state, e.unit, c.restricted FROM registers_step s "
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
    notices: dict[str, str]
    written: dict[str, bytes]

    def told_to(self, viewer: Actor, policy: Policy, now: datetime) -> str | None:
        """What it is to this viewer: the kind of its notice, else the step's name; None where it may not know of it."""
        table = registers().get(self.register)
        allowed = table.sees.get(viewer.role) if table else None
        if allowed is None or (self.restricted and viewer.role not in sight.SEE_RESTRICTED):
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
        units = sight.units_of(viewer, policy, now)
        return self.step if self.unit in units or self.author in units else None

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
        return [_news(row) for row in found]

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


def _news(row: tuple[Any, ...]) -> News:
    identity, step, by, body, register, no, state, unit, restricted = row
    told = {str(to): str(kind) for to, kind in loads(body)["notices"]}
    author = by.split(":")[1] if by.startswith("unit:") else ""
    return News(int(identity), register, no, step, state, unit, author, bool(restricted), told, {})
