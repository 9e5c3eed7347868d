"""The one way to change a case: lock, decide, append, project, commit.

Everything else calls ``execute``: pages, API, command line, clock, replay. A Refusal is raised before anything is
written, so that a refused command costs a read and leaves nothing, inside a batch as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, NamedTuple

from django.db import OperationalError, connection, transaction

from liandong.district import policy as district_policy
from liandong.rules.clockwork import SYSTEM_COMMANDS
from liandong.rules.codec import load_state
from liandong.rules.decide import cases_named, cases_opened, decide
from liandong.rules.model import Actor, Command, Event, NewCase, Refusal
from liandong.rules.numbers import case_number
from liandong.rules.policy import Policy
from liandong.rules.table import COMMANDS

from . import crypto, orders, private, rows, sides
from .held import MEMORY, Held, remember
from .jsontext import canonical, compact, parse, to_ms
from .record import day_of, locked_tail, record, tail_of

KEY_LIFETIME_MS: Final = 7 * 24 * 3600 * 1000
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

    ``answer`` is the stored answer of a replayed key: the case as it was shown to this actor then. ``created``: this
    request, or the first one with its key, opened the case. ``forwarded``: nothing was done here, because the other side
    owns the case; the order of this id waits for its receipt (docs/decisions/060).
    """

    no: str
    events: tuple[Event, ...]
    existing: bool = False
    answer: dict[str, Any] | None = None
    created: bool = False
    forwarded: str = ""


@contextmanager
def batch() -> Iterator[None]:
    """Many executes in one transaction (replay, simulation): nothing is acknowledged before it commits.

    A Refused leaves the batch whole. Any other error inside a command breaks it, and it rolls back at its end.
    """
    if MEMORY.depth:
        yield
        return
    with transaction.atomic():
        MEMORY.depth = 1
        try:
            yield
            if MEMORY.broken:
                raise RuntimeError("a command of this batch failed half-way: the batch is rolled back")
        finally:
            MEMORY.depth = 0
            MEMORY.clear()


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
    rules = policy or district_policy.current(now)
    moment = (now or datetime.now(UTC)).astimezone(rules.zone)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    if MEMORY.depth:
        if MEMORY.broken:
            raise RuntimeError("this batch is broken and will be rolled back")
        try:
            return _run(command, actor, moment, key, rules)
        except Refused:
            raise
        except BaseException:
            MEMORY.broken = True
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


def execute_as_one(
    commands: Sequence[Command],
    actor: Actor,
    *,
    now: datetime | None = None,
    key: str | None = None,
    policy: Policy | None = None,
) -> Done:
    """Several commands on one case, all or none; the version of the first counts. Gives what the last one did.

    Where the other side owns the case they travel as one order. Raises Refused.
    """
    rules = policy or district_policy.current(now)
    moment = (now or datetime.now(UTC)).astimezone(rules.zone)
    keys = [f"{key}-{one.name}" if key else None for one in commands]
    with batch():
        first, *following = commands
        once = keys[-1] is not None and rows.find_key(str(actor), keys[-1]) is not None
        if sides.divided() and not once:
            held = _load(first)
            request = crypto.chain("", "".join(_request_digest(one) for one in commands))
            if elsewhere := _elsewhere(first, actor, moment, key, request, held, rules, following):
                return elsewhere
        done = [
            execute(one, actor, now=now, key=own, policy=policy)
            for one, own in zip(commands, keys, strict=True)
        ]
    return done[-1]


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
    if sides.divided() and (elsewhere := _elsewhere(command, actor, now, key, request, held, policy)):
        return elsewhere
    tail: tuple[int, int] | None = None
    if wanted:
        if command.name != "register":
            rows.lock_log()
        tail = tail_of(day_of(now))
        command = command._replace(new=_numbers(wanted, tail[1], now, policy))
    states = {no: case.state for no, case in held.items() if case.state is not None}
    events = decide(states, command, actor, now, policy)
    if isinstance(events, Refusal):
        raise Refused(events)
    recorded: tuple[Event, ...] = ()
    if events:
        recorded = record(events, held, actor, policy, now, tail or locked_tail(now), command.new)
    no = command.case or (recorded[0].case if recorded else "")
    done = Done(no, recorded, created=command.name == "register")
    return _answered(done, actor, key, request, now, policy)


def _elsewhere(
    command: Command, actor: Actor, now: datetime, key: str | None, request: str, held: dict[str, Held], policy: Policy,
    following: Sequence[Command] = (),
) -> Done | None:  # fmt: skip
    """What becomes of a command that this side may not carry out itself; None where it may.

    A case of the other side: an order, kept in this transaction. A case lent to the other side: refused until its
    receipt. The clock leaves both alone: it is the owner's.
    """
    away = [no for no, case in held.items() if case.state is not None and sides.is_away(case.state)]
    if command.name in SYSTEM_COMMANDS:
        return Done(command.case or "", ()) if away or orders.lent(held) else None
    if key and (again := orders.known(actor, key)):
        identity, digest, no = again
        if digest != request:
            raise Refused(_reused())
        return Done(no, (), existing=True, forwarded=identity)
    if not sides.borrowed() and (lent := orders.lent(held)):
        raise Refused(orders.travelling(lent))
    if command.name == "register" and sides.here() == sides.GOVERNMENT:
        detail = "工单由110报警服务台登记编号，请把来电转到110报警服务台，或请服务台代为登记"
        raise Refused(Refusal("wrong_role", "C10", detail))
    if not away:
        return None
    if actor.role == "system":
        return Done(command.case or "", ())
    placed = orders.forward(command, actor, now, key, request or _request_digest(command), held, policy, following)  # fmt: skip
    if isinstance(placed, Refusal):
        raise Refused(placed)
    return Done(command.case or "", (), forwarded=placed)


def _load(command: Command) -> dict[str, Held]:
    names = {no for no in (command.case, *cases_named(command)) if no and len(no) <= 40}
    held = {}
    missing = []
    for no in sorted(names):
        if no in MEMORY.cases:
            MEMORY.cases.move_to_end(no)
            held[no] = MEMORY.cases[no]
        else:
            missing.append(no)
    if missing:
        for no, head, doc, phone, wrapped, sealed, text in rows.load(missing, lock=True):
            held[no] = Held(no, head, load_state(doc), phone, wrapped, sealed, text)
            remember(held[no])
    return held


def _numbers(count: int, serial: int, now: datetime, policy: Policy) -> tuple[NewCase, ...]:
    """The next numbers of the day (gap-free: unused ones are simply given again) with fresh 128-bit tracking codes."""
    prefix, district = policy.number_prefix, policy.district
    return tuple(
        NewCase(case_number(prefix, district, now.date(), serial + n), secrets.token_hex(16))
        for n in range(1, count + 1)
    )


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
        note = Command("note", no, {"text": text})
        if sides.divided():
            once = crypto.chain(
                f"note:{no}", text
            )  # a third delivery of the same text finds the order of the second
            if elsewhere := _elsewhere(note, actor, now, once, _request_digest(note), held, policy):
                return _answered(elsewhere._replace(no=no, existing=True), actor, key, request, now, policy)
        events = decide({no: case.state}, note, actor, now, policy)
        if isinstance(events, Refusal):
            raise Refused(events)
        recorded = record(events, held, actor, policy, now, locked_tail(now))
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
    stored = parse(crypto.unseal_answer(response, key))
    return Done(no, (), True, stored["case"], stored["created"])


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
    sealed = crypto.seal_answer(compact({"case": answer, "created": done.created}), key)
    if not rows.put_key(str(actor), key, request, done.no, sealed, to_ms(now)):
        raise Refused(_reused())
    return done._replace(answer=answer)
