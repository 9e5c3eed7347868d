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
    log: list[tuple[Any, ...]] = []
    secret: list[tuple[Any, ...]] = []
    notices: list[tuple[int, int, str, int, str, str]] = []
    before = {no: project.parties(case.state) for no, case in held.items()}
    clocks: dict[str, set[int]] = {}
    born: dict[str, Held] = {}
    retold: set[str] = set()
    keyed: set[str] = set()
    for event in events:
        case = held.get(event.case)
        if case is None:
            case = held[event.case] = born[event.case] = Held.fresh(event.case)
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
        log.append(
            (position, event.case, seq, version, event.type, at_ms, event.by, policy.id, body, digest, case.head,
             head, crypto.CHAIN)
        )  # fmt: skip
        case.head = head
        if event.private:
            keyed.add(event.case)
            secret.append(private.event_row(case.key, event.case, seq, event.private))
            view = fold_private(case.view or None, event)
            if view != case.view:
                case.view = view
                retold.add(event.case)
        for n, notice in enumerate(event.notices):
            notices.append((position, n, event.case, to_ms(notice.at), notice.to, notice.kind))
        clocks.setdefault(event.case, set()).update(event.clocks)
    with rows.together():
        rows.insert_events(log)
        clock_rows: list[tuple[Any, ...]] = []
        party_rows: list[tuple[Any, ...]] = []
        for no, touched in clocks.items():
            case = held[no]
            current = case.state
            assert current is not None
            if no in born:
                serial += 1
            if case.keyless and no in keyed:
                rows.insert_key(no, crypto.wrap(case.key, no))
                case.keyless = False
            if no in retold:
                case.phone_hash = crypto.phone_hash(private.phone_of(case.view))
            row = project.case_row(
                current,
                case.head,
                day=day,
                serial=serial,
                registrar=str(actor) if actor.role == "integration" else "",
                phone_hash=case.phone_hash,
                restricted=project.is_restricted(current, policy),
                township=project.township(current, policy),
            )
            (rows.insert_case if no in born else rows.update_case)(row)
            clock_rows += project.clock_rows(current, sorted(touched))
            known = before.get(no, {})
            party_rows += [
                (no, unit, roles, to_ms(current["received_at"]))
                for unit, roles in project.parties(current).items()
                if unit not in known or roles & ~known[unit]
            ]
            if no in retold:
                rows.put_private_case(private.case_row(case.key, no, case.view))
            remember(case)
        rows.put_clocks(clock_rows)
        rows.put_parties(party_rows)
        rows.insert_outbox(notices)
        rows.insert_private_events(secret)
    if MEMORY.depth:
        MEMORY.position, MEMORY.serials[day] = position, serial
    if _listeners:
        transaction.on_commit(partial(_announce, position))
    return tuple(recorded)


def chain_text(*parts: object) -> str:
    """What one link covers: position, case, seq, version, type, instant, actor, policy, body, digest of the private part."""
    return "\n".join(map(str, parts))
