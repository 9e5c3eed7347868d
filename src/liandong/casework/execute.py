"""The one way to change a case: lock, decide, append, project, commit.

Everything else calls ``execute``: pages, API, command line, clock, replay. A Refusal is raised before anything is
written, so that a refused command costs a read and leaves nothing, inside a batch as well.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, Final, NamedTuple

from django.db import OperationalError, connection, transaction

from liandong.district import policy as district_policy
from liandong.rules.clockwork import SYSTEM_COMMANDS
from liandong.rules.codec import event_body, load_state
from liandong.rules.decide import cases_named, cases_opened, decide
from liandong.rules.fold import fold, fold_private, resolve_copy
from liandong.rules.model import Actor, Command, Event, NewCase, Refusal, State
from liandong.rules.numbers import case_number
from liandong.rules.policy import Policy
from liandong.rules.table import COMMANDS

from . import crypto, private, project, rows
from .jsontext import canonical, compact, parse, to_ms

KEY_LIFETIME_MS: Final = 7 * 24 * 3600 * 1000
_CACHED: Final = 2000
"""Cases a batch keeps in memory; more would grow with the batch."""


_GIVE_WAY: Final = ("40P01", "40001")
_ATTEMPTS: Final = 5


class Refused(Exception):
    """The command changes nothing; ``refusal`` says why and what to do instead."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} ({refusal.rule}): {refusal.detail}")
        self.refusal = refusal


class NoSuchCase(Refused):
    """There is no case with this number (the doors answer as for one that is not visible)."""

    def __init__(self, no: str) -> None:
        super().__init__(Refusal("not_found", "R33", f"没有编号为 {no} 的工单，请核对编号", "case"))


class Done(NamedTuple):
    """What a command did. ``existing``: the same source or the same key came again and nothing new was done.

    ``answer`` is the stored answer of a replayed key: the case as it was shown to this actor then.
    """

    no: str
    events: tuple[Event, ...]
    existing: bool = False
    answer: dict[str, Any] | None = None


class Held:
    """A case while a command works on it: its state, the head of its chain, its key and private view on demand."""

    __slots__ = (
        "_key",
        "_opened",
        "_sealed",
        "_text",
        "_wrapped",
        "head",
        "keyless",
        "no",
        "phone_hash",
        "state",
    )

    def __init__(
        self,
        no: str,
        head: str,
        state: State | None,
        phone_hash: str,
        wrapped: bytes | None,
        sealed: bytes | None,
        text: str | None,
    ) -> None:
        self.no = no
        self.head = head
        self.state = state
        self.phone_hash = phone_hash
        self._wrapped = wrapped
        self._sealed = sealed
        self._text = text
        self._key: bytes | None = None
        self._opened: dict[str, Any] | None = None
        self.keyless = wrapped is None  # new, or erased: its next private word needs a new key

    @classmethod
    def fresh(cls, no: str) -> Held:
        """A case about to be opened."""
        return cls(no, "", None, "", None, None, None)

    @property
    def key(self) -> bytes:
        """The case's key; a new one where there is none yet or no longer."""
        if self._key is None:
            self._key = crypto.new_key() if self._wrapped is None else crypto.unwrap(self._wrapped, self.no)
        return self._key

    @property
    def view(self) -> dict[str, Any]:
        """The current private view."""
        if self._opened is None:
            self._opened = private.open_case(self.key, self.no, self._sealed, self._text)
        return self._opened

    @view.setter
    def view(self, value: dict[str, Any]) -> None:
        self._opened = value


class _Batch(threading.local):
    """What a batch remembers between its commands: the cases it touched last and the log's tail."""

    depth = 0
    broken = False

    def __init__(self) -> None:
        self.cases: OrderedDict[str, Held] = OrderedDict()
        self.position: int | None = None
        self.serials: dict[str, int] = {}

    def clear(self) -> None:
        self.cases.clear()
        self.serials.clear()
        self.position = None
        self.broken = False


_batch = _Batch()
_listeners: list[Callable[[int], None]] = []


def listen(callback: Callable[[int], None]) -> None:
    """Call back with the log's last position after every commit of this process (a live stream's wake-up)."""
    _listeners.append(callback)


def _announce(position: int) -> None:
    for callback in _listeners:
        callback(position)


@contextmanager
def batch() -> Iterator[None]:
    """Many executes in one transaction (replay, simulation): nothing is acknowledged before it commits.

    A Refused leaves the batch whole. Any other error inside a command breaks it, and it rolls back at its end.
    """
    if _batch.depth:
        yield
        return
    with transaction.atomic():
        _batch.depth = 1
        try:
            yield
            if _batch.broken:
                raise RuntimeError("a command of this batch failed half-way: the batch is rolled back")
        finally:
            _batch.depth = 0
            _batch.clear()


class _Raced(Exception):
    """Another writer registered the same source between look and lock: look again."""


def execute(
    command: Command,
    actor: Actor,
    *,
    now: datetime | None = None,
    key: str | None = None,
    policy: Policy | None = None,
) -> Done:
    """Carry out one command or raise Refused, in one transaction.

    ``now`` (aware) defaults to the server's clock; it is kept in the district's zone to the millisecond.
    ``key``: the same key of the same actor within 7 days gives the stored answer; with another body it is refused
    ``key_reused``. ``register`` is idempotent by ``source``: the same channel and ref give the stored case, and another
    text is appended to it as a note by the same actor.
    """
    rules = policy or district_policy.current()
    moment = (now or datetime.now(UTC)).astimezone(rules.zone)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    if _batch.depth:
        if _batch.broken:
            raise RuntimeError("this batch is broken and will be rolled back")
        try:
            return _run(command, actor, moment, key, rules)
        except Refused:
            raise
        except BaseException:
            _batch.broken = True
            raise
    if connection.in_atomic_block:  # the caller's own transaction: its commit acknowledges
        return _run(command, actor, moment, key, rules)
    for attempt in count(1):
        try:
            with transaction.atomic():
                return _run(command, actor, moment, key, rules, own=True)
        except _Raced:
            continue
        except OperationalError as error:
            # A batch may hold the log's tail and want a row that waits for it: PostgreSQL picks one to give way.
            if getattr(error.__cause__, "sqlstate", None) not in _GIVE_WAY or attempt >= _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _run(
    command: Command, actor: Actor, now: datetime, key: str | None, policy: Policy, *, own: bool = False
) -> Done:
    request = _request_digest(command) if key else ""
    if command.name not in COMMANDS and command.name not in SYSTEM_COMMANDS:
        raise Refused(
            Refusal("bad_value", "R32", f"没有 {command.name[:40]} 这个操作，请核对操作名", "command")
        )
    wanted = min(cases_opened(command), 100)
    if command.name == "register":
        stored = _same_source(command, own)
        if stored is not None:
            if key and (again := _replayed(actor, key, request, now)):
                return again
            return _again(stored, command, actor, now, key, request, policy)
        held: dict[str, Held] = {}
    else:
        held = _load(command)
    if key and (again := _replayed(actor, key, request, now)):
        return again
    if command.case is not None and command.case not in held:
        raise NoSuchCase(command.case)
    tail: tuple[int, int] | None = None
    if wanted:
        if command.name != "register":
            rows.lock_log()
        tail = _tail(_day(now))
        command = command._replace(new=_numbers(wanted, tail[1], now, policy))
    states = {no: case.state for no, case in held.items() if case.state is not None}
    events = decide(states, command, actor, now, policy)
    if isinstance(events, Refusal):
        raise Refused(events)
    recorded: tuple[Event, ...] = ()
    if events:
        recorded = _record(events, held, actor, policy, now, tail or _locked_tail(now), command.new)
    no = command.case or (recorded[0].case if recorded else "")
    return _answered(Done(no, recorded), actor, key, request, now, policy)


def _load(command: Command) -> dict[str, Held]:
    names = {no for no in (command.case, *cases_named(command)) if no and len(no) <= 40}
    held = {}
    missing = []
    for no in sorted(names):
        if no in _batch.cases:
            _batch.cases.move_to_end(no)
            held[no] = _batch.cases[no]
        else:
            missing.append(no)
    if missing:
        for no, head, doc, phone, wrapped, sealed, text in rows.load(missing, lock=True):
            held[no] = Held(no, head, load_state(doc), phone, wrapped, sealed, text)
            _remember(held[no])
    return held


def _remember(case: Held) -> None:
    if _batch.depth:
        _batch.cases[case.no] = case
        _batch.cases.move_to_end(case.no)
        if len(_batch.cases) > _CACHED:
            _batch.cases.popitem(last=False)


def _tail(day: str) -> tuple[int, int]:
    if _batch.depth and _batch.position is not None and day in _batch.serials:
        return _batch.position, _batch.serials[day]
    position, serial = rows.tail(day)
    if _batch.depth:
        _batch.position, _batch.serials[day] = position, serial
    return position, serial


def _locked_tail(now: datetime) -> tuple[int, int]:
    rows.lock_log()
    return _tail(_day(now))


def _day(now: datetime) -> str:
    return f"{now:%Y%m%d}"


def _numbers(count: int, serial: int, now: datetime, policy: Policy) -> tuple[NewCase, ...]:
    """The next numbers of the day (gap-free: unused ones are simply given again) with fresh 128-bit tracking codes."""
    prefix, district = policy.number_prefix, policy.district
    return tuple(
        NewCase(case_number(prefix, district, now.date(), serial + n), secrets.token_hex(16))
        for n in range(1, count + 1)
    )


def _record(
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
    day = _day(now)
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
        _remember(case)
    rows.put_clocks(clock_rows)
    rows.put_parties(party_rows)
    rows.insert_outbox(notices)
    rows.insert_private_events(secret)
    if _batch.depth:
        _batch.position, _batch.serials[day] = position, serial
    if _listeners:
        transaction.on_commit(partial(_announce, position))
    return tuple(recorded)


def chain_text(*parts: object) -> str:
    """What one link covers: position, case, seq, version, type, instant, actor, policy, body, digest of the private part."""
    return "\n".join(map(str, parts))


# -- the same source, the same key ------------------------------------------------------------------------------


def _source(command: Command) -> tuple[str, str] | None:
    source = command.fields.get("source")
    if isinstance(source, Mapping):
        channel, ref = source.get("channel"), source.get("ref")
        if isinstance(channel, str) and isinstance(ref, str) and ref:
            return channel, ref
    return None


def _same_source(command: Command, own: bool) -> str | None:
    """The case that came from the same source; otherwise the log is locked when this returns."""
    source = _source(command)
    if source is None:
        rows.lock_log()
        return None
    stored = rows.find_source(*source)
    if stored is None and connection.vendor == "postgresql":
        rows.lock_log()
        stored = rows.find_source(*source)
        if stored is not None and own:
            raise _Raced  # its row must be locked before the log's tail
    return stored


def _again(
    no: str, command: Command, actor: Actor, now: datetime, key: str | None, request: str, policy: Policy
) -> Done:
    """A source that came before: the stored case, and what is new in the text as a note."""
    probe = decide({}, command._replace(new=(NewCase("", ""),)), actor, now, policy)
    if isinstance(probe, Refusal):
        raise Refused(probe)
    held = _load(Command("note", no, {}))
    case = held[no]
    text = _text(command.fields)
    if text != _text(case.view) and text not in _notes(case, actor):
        assert case.state is not None
        events = decide({no: case.state}, Command("note", no, {"text": text}), actor, now, policy)
        if isinstance(events, Refusal):
            raise Refused(events)
        recorded = _record(events, held, actor, policy, now, _locked_tail(now))
        return _answered(Done(no, recorded, True), actor, key, request, now, policy)
    return _answered(Done(no, (), True), actor, key, request, now, policy)


def _text(fields: Mapping[str, Any]) -> str:
    return "\n".join(str(fields[name]) for name in ("summary", "content") if fields.get(name))


def _notes(case: Held, actor: Actor) -> set[str]:
    """Texts this actor noted before, so that a third delivery of the same text adds nothing."""
    found = rows.ask(
        "SELECT e.seq, p.sealed, p.text FROM casework_event e JOIN casework_private_event p "
        "ON p.case_no = e.case_no AND p.seq = e.seq WHERE e.case_no = %s AND e.type = 'note' AND e.by = %s",
        [case.no, str(actor)],
    )
    texts = set()
    for seq, sealed, text in found:
        told = private.open_event(case.key, case.no, seq, sealed, text)
        texts.add((told.get("text") or {}).get("text") or "")
    return texts


def _request_digest(command: Command) -> str:
    body = canonical([command.name, command.case, dict(command.fields), command.version])
    return crypto.chain("", body)


def _replayed(actor: Actor, key: str, request: str, now: datetime) -> Done | None:
    found = rows.find_key(str(actor), key)
    if found is None:
        return None
    digest, no, response, created = found
    if created < to_ms(now) - KEY_LIFETIME_MS:
        rows.drop_key(str(actor), key)
        return None
    if digest != request:
        raise Refused(_reused())
    return Done(no, (), True, parse(response))


def _reused() -> Refusal:
    return Refusal(
        "key_reused", "I6", "这个幂等键已用于另一个请求，请为新的请求换一个新的键", "Idempotency-Key"
    )


def _answered(done: Done, actor: Actor, key: str | None, request: str, now: datetime, policy: Policy) -> Done:
    """Remember the answer under the key, in the same transaction as what it tells."""
    if not key:
        return done
    from .queries import get_case  # queries reads what this module writes

    answer = get_case(done.no, actor, policy=policy)
    if not rows.put_key(str(actor), key, request, done.no, compact(answer), to_ms(now)):
        raise Refused(_reused())
    return done._replace(answer=answer)
