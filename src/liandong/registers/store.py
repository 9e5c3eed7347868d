"""The one way to change a register's entry: lock, decide, append the step, project, notify — in one transaction.

    entry = act("sampling", "draw", {"period": "2018Q3", "size": 30}, actor)
    entry = act("sampling", "finish", {...}, actor, no=entry.no, version=entry.version)

Pages, API, command line and worker all call ``act``; nothing else writes the tables. Several calls, and commands of cases,
stand or fall together inside ``lock.together()``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.db import IntegrityError, transaction

from liandong.casework import crypto, rows
from liandong.casework.execute import Refused
from liandong.casework.jsontext import canonical, to_ms, to_ms_or_none
from liandong.district import policy as district_policy
from liandong.rules.codec import dumps
from liandong.rules.model import Actor, Refusal
from liandong.rules.policy import Policy
from liandong.rules.register import Change, Entry, Register, Step, decide
from liandong.rules.register.decide import read
from liandong.rules.registers import registers

from . import facts, lock, sides, stored

_ENTRY = ("register", "no", "year", "serial", "state", "is_open", "unit", "case_no", "period", "opened_ms", "due_ms", "closed_ms", "version", "head", "doc", "wrapped", "sealed")  # fmt: skip
_MOVED = ("state", "is_open", "unit", "case_no", "period", "due_ms", "closed_ms", "version", "head", "doc", "sealed")  # fmt: skip
_STEP = ("entry_id", "seq", "step", "at_ms", "by", "policy", "body", "sealed", "key", "request", "prev", "hash", "algo")  # fmt: skip


def act(
    register: str,
    step: str,
    fields: Mapping[str, Any],
    actor: Actor,
    *,
    no: str | None = None,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
    policy: Policy | None = None,
) -> Entry:
    """Take one step in the entry ``no`` (None: the step opens one) and give the entry afterwards, whole.

    ``fields`` are JSON values; ``now`` (aware) defaults to the server's clock. ``version``: the entry's as its author saw it.
    ``key``: the same key of the same actor does nothing twice and gives the entry as it stands; with another request it is
    refused ``key_reused``. Raises Refused; nothing is written then.
    """
    rules = policy or district_policy.current(now)
    moment = (now or datetime.now(UTC)).astimezone(rules.zone)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    table = registers().get(register)
    row = table.by_name.get(step) if table else None
    if table is None or row is None:
        raise Refused(
            Refusal("bad_value", "R32", f"没有 {register[:40]} 的 {step[:40]} 这一步，请核对", "step")
        )
    request = _digest(register, step, no, fields) if key else ""
    try:
        with transaction.atomic():
            return _act(table, row, fields, actor, no, version, key[:200], request, moment, rules)
    except IntegrityError:
        replayed = _replayed(actor, key[:200], request) if key else None
        if replayed is None:
            raise
        return _found(replayed, rules.zone)


def _act(
    table: Register, step: Step, fields: Mapping[str, Any], actor: Actor, no: str | None, version: int | None,
    key: str, request: str, now: datetime, policy: Policy,
) -> Entry:  # fmt: skip
    if (elsewhere := sides.refusal(table)) is not None:
        raise Refused(elsewhere)
    lock.hold()
    if key and (before := _replayed(actor, key, request)) is not None:
        return _found(before, policy.zone)
    held = None if step.opens else _locked(table, no or "", policy.zone)
    entry = held.entry if held else None
    wrong = read(step, fields, policy.zone)
    if isinstance(wrong, Refusal):  # first: what no field can hold is asked of no table
        raise Refused(wrong)
    known = facts.gather(facts.Asked(table, step, entry, fields, actor, now, policy))
    fresh = _Fresh(table, now, str(known.settings.get("number") or table.number)) if step.opens else None
    found = decide(
        table, entry, step, fields, actor, now, known, no=fresh.no if fresh else no or "", version=version
    )
    if isinstance(found, Refusal):
        raise Refused(found)
    return _write(table, found, held, fresh, actor, key, request, now, policy.id)


class _Held:
    """An entry locked until the transaction ends, with what the next link needs."""

    def __init__(self, table: Register, row: tuple[Any, ...], zone: tzinfo) -> None:
        self.id, no, text, opened, version, self.head, wrapped, sealed = row
        self.key = crypto.unwrap(bytes(wrapped), no) if wrapped is not None else None
        opened_at = datetime.fromtimestamp(opened / 1000, zone)
        hidden = stored.unseal(self.key, sealed, f"entry:{no}")
        self.entry = stored.load(table.name, no, text, opened_at, version, hidden)


_LOAD = "SELECT id, no, doc, opened_ms, version, head, wrapped, sealed FROM registers_entry WHERE register = %s AND no = %s"


def _locked(table: Register, no: str, zone: tzinfo) -> _Held:
    row = rows.one(_LOAD, [table.name, no])
    if row is None:
        raise Refused(
            Refusal("not_found", "R33", f"{table.label}没有编号为 {no[:60]} 的一条，请核对编号", "no")
        )
    return _Held(table, row, zone)


class _Fresh:
    """A new entry's number: gap-free per register and year, taken inside the transaction (D4)."""

    def __init__(self, table: Register, now: datetime, pattern: str) -> None:
        self.year = now.year
        found = rows.one(
            "SELECT MAX(serial) FROM registers_entry WHERE register = %s AND year = %s",
            [table.name, now.year],
        )
        self.serial = int((found and found[0]) or 0) + 1
        self.no = pattern.format(year=now.year, n=self.serial)
        self.key = crypto.new_key()


def _write(
    table: Register, change: Change, held: _Held | None, fresh: _Fresh | None, actor: Actor, key: str, request: str,
    now: datetime, policy_id: str,
) -> Entry:  # fmt: skip
    entry, at_ms = change.entry, to_ms(now)
    secret = held.key if held else fresh.key if fresh else None
    shown, hidden = stored.changes(table, held.entry if held else None, entry)
    bound = f"step:{entry.no}:{entry.version}"
    sealed_step = stored.seal(secret, hidden, bound) if secret is not None else b""
    digest = crypto.digest(secret, canonical_private(hidden)) if secret is not None and hidden else ""
    body = dumps({"set": shown, "private": digest, "notices": [list(one) for one in change.notices]})
    head = held.head if held else ""
    link = chain_text(
        entry.register, entry.no, entry.version, change.step.name, at_ms, str(actor), policy_id, body
    )
    mark = crypto.chain(head, link)
    whole = stored.split(table, entry.data)[1]
    sealed = stored.seal(secret, whole, f"entry:{entry.no}") if secret is not None else b""
    moved = (
        entry.state, entry.is_open, entry.unit, entry.case, entry.period, to_ms_or_none(entry.due_at),
        to_ms_or_none(entry.closed_at), entry.version, mark, stored.doc(table, entry), sealed,
    )  # fmt: skip
    if held is None:
        assert fresh is not None
        wrapped = crypto.wrap(fresh.key, entry.no)
        row = (
            table.name,
            entry.no,
            fresh.year,
            fresh.serial,
            *moved[:5],
            at_ms,
            *moved[5:10],
            wrapped,
            sealed,
        )
        identity = _insert_entry(row)
    else:
        identity = held.id
        rows.run(
            f"UPDATE registers_entry SET {', '.join(f'{name} = %s' for name in _MOVED)} WHERE id = %s",
            [*moved, identity],
        )
    rows._many(
        "registers_step",
        list(_STEP),
        [(identity, entry.version, change.step.name, at_ms, str(actor), policy_id, body, sealed_step, key, request, head, mark, crypto.CHAIN)],
    )  # fmt: skip
    _put_parties(table.name, identity, held.entry if held else None, entry)
    rows._many(
        "registers_notice",
        ["entry_id", "register", "no", "seq", "recipient", "kind", "at_ms", "read_by"],
        [(identity, table.name, entry.no, entry.version, to, kind, at_ms, "") for to, kind in change.notices],
    )
    return entry


def _insert_entry(row: tuple[Any, ...]) -> int:
    marks = ", ".join(["%s"] * len(_ENTRY))
    found = rows.one(
        f"INSERT INTO registers_entry ({', '.join(_ENTRY)}) VALUES ({marks}) RETURNING id", list(row)
    )
    assert found is not None
    return int(found[0])


def _put_parties(register: str, identity: int, before: Entry | None, entry: Entry) -> None:
    old = before.owed if before else {}
    changed = [
        (identity, unit, register, to_ms_or_none(owed.due_at), to_ms_or_none(owed.done_at))
        for unit, owed in entry.owed.items()
        if old.get(unit) != owed
    ]
    rows._many(
        "registers_party",
        ["entry_id", "unit", "register", "due_ms", "done_ms"],
        changed,
        "ON CONFLICT (entry_id, unit) DO UPDATE SET due_ms = excluded.due_ms, done_ms = excluded.done_ms",
    )


def canonical_private(hidden: Mapping[str, Any]) -> bytes:
    """What a step's digest of its sealed half is made of."""
    return dumps(dict(hidden)).encode()


def chain_text(*parts: object) -> str:
    """What a link records, unambiguously."""
    return canonical([str(part) for part in parts])


def _digest(register: str, step: str, no: str | None, fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical([register, step, no or "", dict(fields)]).encode()).hexdigest()


def _replayed(actor: Actor, key: str, request: str) -> tuple[str, str] | None:
    """(register, number) of the entry in which this key was used before."""
    row = rows.one(
        "SELECT e.register, e.no, s.request FROM registers_step s JOIN registers_entry e ON e.id = s.entry_id "
        "WHERE s.by = %s AND s.key = %s AND NOT (s.key = '')",
        [str(actor), key],
    )
    if row is None:
        return None
    if row[2] != request:
        raise Refused(Refusal("key_reused", "I6", "这个一次性编号已用于另一次提交，请刷新页面后再试", "key"))
    return row[0], row[1]


def _found(where: tuple[str, str], zone: tzinfo) -> Entry:
    return _locked(registers()[where[0]], where[1], zone).entry
