"""Appending events, and bringing every row that follows from them up to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from liandong.rules.codec import event_body
from liandong.rules.fold import fold, fold_private, resolve_copy
from liandong.rules.model import Actor, Event, NewCase
from liandong.rules.policy import Policy

from . import crypto, private, project, rows
from .held import MEMORY, Held, remember
from .jsontext import to_ms

_listeners: list[Callable[[int], None]] = []


def listen(callback: Callable[[int], None]) -> None:
    """Call back with the log's last position after every commit of this process (a live stream's wake-up)."""
    _listeners.append(callback)


def _announce(position: int) -> None:
    for callback in _listeners:
        callback(position)


def tail_of(day: str) -> tuple[int, int]:
    """The last position of the log and the last serial of a day; a batch asks the database only once."""
    if MEMORY.depth and MEMORY.position is not None and day in MEMORY.serials:
        return MEMORY.position, MEMORY.serials[day]
    position, serial = rows.tail(day)
    if MEMORY.depth:
        MEMORY.position, MEMORY.serials[day] = position, serial
    return position, serial


def locked_tail(now: datetime) -> tuple[int, int]:
    """The same with the log's tail locked until the transaction ends."""
    rows.lock_log()
    return tail_of(day_of(now))


def day_of(now: datetime) -> str:
    """The day of registration as it stands in the number."""
    return f"{now:%Y%m%d}"


def record(
    events: list[Event],
    held: dict[str, Held],
    actor: Actor,
    policy: Policy,
    now: datetime,
    tail: tuple[int, int],
    new: tuple[NewCase, ...] = (),
) -> tuple[Event, ...]:
    """Append the events and bring every row that follows from them up to date; the events as recorded."""
    codes = {case.no: case.tracking_code for case in new}
    recorded: list[Event] = []
    day = day_of(now)
    position, serial = tail
    writing = Writing(held, policy)
    for event in events:
        case = held.get(event.case)
        if case is None:
            serial += 1
            registrar = str(actor) if actor.role == "integration" else ""
            case = writing.bear(event.case, day, serial, registrar)
            event = event._replace(set={**event.set, "tracking_code": codes[event.case]})
        if "copy" in event.private:
            event = resolve_copy(event, held[event.private["copy"]["from"]].view)
        recorded.append(event)
        position += 1
        state = case.state = fold(case.state, event)
        seq, version, at_ms = state["_seq"], state["version"], to_ms(event.at)
        body = event_body(event)
        digest = private.event_digest(case.key, event.private) if event.private else ""
        link = chain_text(
            position, event.case, seq, version, event.type, at_ms, event.by, policy.id, body, digest
        )
        head = crypto.chain(case.head, link)
        row = (
            position, event.case, seq, version, event.type, at_ms, event.by, policy.id, body, digest, case.head, head,
            crypto.CHAIN,
        )  # fmt: skip
        sealed = private.event_row(case.key, event.case, seq, event.private) if event.private else None
        writing.add(case, event, row, sealed)
    writing.flush()
    if MEMORY.depth:
        MEMORY.position, MEMORY.serials[day] = position, serial
    announce(position)
    return tuple(recorded)


def announce(position: int) -> None:
    """Wake whoever follows the log of this process, once the transaction has committed."""
    if _listeners:
        transaction.on_commit(partial(_announce, position))


class Writing:
    """The rows of one transaction in the making: events that were decided here or came from the other side.

    ``add`` takes an event whose case has been folded already; ``flush`` writes everything that follows, each row once.
    """

    def __init__(self, held: dict[str, Held], policy: Policy) -> None:
        self._held = held
        self._policy = policy
        self._log: list[tuple[Any, ...]] = []
        self._secret: list[tuple[Any, ...]] = []
        self._notices: list[tuple[int, int, str, int, str, str]] = []
        self._before = {no: project.parties(case.state) for no, case in held.items()}
        self._clocks: dict[str, set[int]] = {}
        self._born: dict[str, tuple[str, int, str]] = {}
        self._retold: set[str] = set()
        self._moved: set[str] = set()
        self._keyed: set[str] = set()

    def bear(self, no: str, day: str, serial: int, registrar: str) -> Held:
        """A case about to be opened, with what its row keeps for good."""
        self._born[no] = (day, serial, registrar)
        case = self._held[no] = Held.fresh(no)
        return case

    def add(
        self, case: Held, event: Event, row: tuple[Any, ...], sealed: tuple[str, int, bytes, str] | None
    ) -> None:
        """One event of a case whose state it has become; ``row`` in the order of ``rows.EVENT``."""
        self._log.append(row)
        case.head = row[rows.EVENT.index("hash")]
        if sealed is not None:
            self._keyed.add(event.case)
            self._secret.append(sealed)
            view = fold_private(case.view or None, event)
            if view != case.view:
                case.view = view
                self._retold.add(event.case)
        for n, notice in enumerate(event.notices):
            self._notices.append((row[0], n, event.case, to_ms(notice.at), notice.to, notice.kind))
        self._clocks.setdefault(event.case, set()).update(event.clocks)
        if project.tells(event):
            self._moved.add(event.case)

    def flush(self) -> None:
        """Write the log and every row that follows from it."""
        with rows.together():
            rows.insert_events(self._log)
            clock_rows: list[tuple[Any, ...]] = []
            party_rows: list[tuple[Any, ...]] = []
            assignment_rows: list[tuple[Any, ...]] = []
            for no, touched in self._clocks.items():
                case = self._held[no]
                current = case.state
                assert current is not None
                if case.keyless and no in self._keyed:
                    rows.insert_key(no, crypto.wrap(case.key, no))
                    case.keyless = False
                if no in self._retold:
                    case.phone_hash = crypto.phone_hash(private.phone_of(case.view))
                day, serial, registrar = self._born.get(no, ("", 0, ""))  # an update leaves these as they are
                row = project.case_row(
                    current,
                    case.head,
                    day=day,
                    serial=serial,
                    registrar=registrar,
                    phone_hash=case.phone_hash,
                    restricted=project.is_restricted(current, self._policy),
                    township=project.township(current, self._policy),
                )
                (rows.insert_case if no in self._born else rows.update_case)(row)
                clock_rows += project.clock_rows(current, sorted(touched))
                if no in self._moved:
                    assignment_rows += project.assignment_rows(current)
                known = self._before.get(no, {})
                party_rows += [
                    (no, unit, roles, to_ms(current["received_at"]))
                    for unit, roles in project.parties(current).items()
                    if unit not in known or roles & ~known[unit]
                ]
                if no in self._retold:
                    rows.put_private_case(private.case_row(case.key, no, case.view))
                remember(case)
            rows.put_clocks(clock_rows)
            rows.put_assignments(assignment_rows)
            rows.put_parties(party_rows)
            rows.insert_outbox(self._notices)
            rows.insert_private_events(self._secret)


def chain_text(*parts: object) -> str:
    """What one link covers: position, case, seq, version, type, instant, actor, policy, body, digest of the private part."""
    return "\n".join(map(str, parts))
