"""Deriving every entry again from its steps and comparing: chains, numbers, rows, parties, notices (I5, I6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from liandong.casework import crypto, rows
from liandong.casework.check import one_view
from liandong.casework.crypto import Unreadable
from liandong.casework.jsontext import to_ms_or_none
from liandong.casework.violation import Violation
from liandong.rules.codec import loads
from liandong.rules.policy import Policy
from liandong.rules.register import Entry, Register
from liandong.rules.registers import registers

from . import seal, stored
from .store import canonical_private, chain_text

_ENTRIES = (
    "SELECT id, register, no, year, serial, state, is_open, unit, case_no, period, due_ms, closed_ms, version, head, doc, "
    "wrapped, sealed, opened_ms FROM registers_entry WHERE id > %s ORDER BY id LIMIT %s"
)
_STEPS = (
    "SELECT entry_id, seq, step, at_ms, by, policy, body, sealed, prev, hash, algo FROM registers_step "
    "WHERE entry_id > %s AND entry_id <= %s ORDER BY entry_id, seq"
)
_PARTIES = (
    "SELECT entry_id, unit, due_ms, done_ms FROM registers_party WHERE entry_id > %s AND entry_id <= %s"
)
_NOTICES = "SELECT entry_id, seq, recipient, kind FROM registers_notice WHERE entry_id > %s AND entry_id <= %s ORDER BY id"
_GAPS = (
    "SELECT register, year, COUNT(*), MIN(serial), MAX(serial) FROM registers_entry GROUP BY register, year "
    "HAVING COUNT(*) <> MAX(serial) OR MIN(serial) <> 1 ORDER BY register, year"
)
_ORPHANS = (
    "SELECT DISTINCT o.entry_id FROM {} o LEFT JOIN registers_entry e ON e.id = o.entry_id WHERE e.id IS NULL"
)
STRETCH = 200
"""Entries compared at once: memory does not grow with the registers."""


class _Kept(NamedTuple):
    """What the tables hold of one entry beside its row."""

    steps: list[tuple[Any, ...]]
    parties: dict[str, tuple[int | None, int | None]]
    notices: list[tuple[int, str, str]]


def violations(policy: Policy | None = None) -> Iterator[Violation]:
    """Every fault of the registers, in one view of the store that keeps no writer waiting."""
    zone = policy.zone if policy else UTC  # nothing that is compared depends on it
    with one_view():
        for register, year, count, first, last in rows.ask(_GAPS):
            yield Violation(
                "register_number",
                "",
                f"{register} {year} 年有 {count} 条，编号却从 {first} 到 {last}：有条目被删除",
            )
        for row, kept in _entries():
            yield from _entry(row, kept, zone)
        yield from seal.violations()
        for table, what in (("registers_step", "步骤记录"), ("registers_notice", "通知")):
            for (identity,) in rows.ask(_ORPHANS.format(table)):
                yield Violation("register_missing", str(identity), f"有{what}而台账条目不见了")


def _entries() -> Iterator[tuple[tuple[Any, ...], _Kept]]:
    """Each entry's row with all that belongs to it, in stretches."""
    low = 0
    while found := rows.ask(_ENTRIES, [low, STRETCH]):
        high = int(found[-1][0])
        kept: dict[int, _Kept] = {int(row[0]): _Kept([], {}, []) for row in found}
        for identity, *step in rows.ask(_STEPS, [low, high]):
            if identity in kept:
                kept[identity].steps.append(tuple(step))
        for identity, unit, due, done in rows.ask(_PARTIES, [low, high]):
            if identity in kept:
                kept[identity].parties[unit] = (due, done)
        for identity, seq, to, kind in rows.ask(_NOTICES, [low, high]):
            if identity in kept:
                kept[identity].notices.append((seq, to, kind))
        for row in found:
            yield row, kept[int(row[0])]
        low = high


def _entry(row: tuple[Any, ...], kept: _Kept, zone: tzinfo) -> Iterator[Violation]:
    register, no = registers().get(row[1]), row[2]
    if register is None:
        yield Violation("register_unknown", no, f"没有名为 {row[1]} 的台账")
        return
    told: list[tuple[int, str, str]] = []
    try:
        key = crypto.unwrap(bytes(row[15]), no) if row[15] is not None else None
        entry, head = None, ""
        for seq, step in enumerate(kept.steps, 1):
            fault = _link(row[1], no, seq, step, head)
            if fault:
                yield Violation("register_chain", no, fault)
                return
            head = step[8]
            known = loads(step[5])
            told += [(seq, to, kind) for to, kind in known["notices"]]
            hidden = stored.unseal(key, step[6], f"step:{no}:{seq}")
            if key is not None and known["private"] != (
                crypto.digest(key, canonical_private(hidden)) if hidden else ""
            ):
                yield Violation("register_private", no, f"第 {seq} 步的文字与记录的摘要不符")
                return
            at = datetime.fromtimestamp(step[2] / 1000, zone)
            entry = stored.fold(row[1], no, entry, at, step[3], known["set"], hidden)
        if entry is None:
            yield Violation("register_chain", no, "没有任何步骤记录")
            return
        yield from _compare(row, register, entry, head, key, kept.parties)
    except Unreadable:
        yield Violation("register_sealed", no, "封存的内容打不开：密钥不对，或内容被改动")
    if kept.notices != told:
        yield Violation("register_notice", no, "通知与步骤记录的不一致：有通知被删改，或末尾的步骤被截断")


def _link(register: str, no: str, seq: int, step: tuple[Any, ...], head: str) -> str:
    if step[0] != seq:
        return f"第 {seq} 步缺失"
    if step[7] != head:
        return f"第 {seq} 步与上一步接不上"
    text = chain_text(register, no, seq, step[1], step[2], step[3], step[4], step[5])
    return "" if crypto.chain_with(step[9], head, text) == step[8] else f"第 {seq} 步的内容被改动"


def _compare(
    row: tuple[Any, ...], register: Register, entry: Entry, head: str, key: bytes | None,
    parties: dict[str, tuple[int | None, int | None]],
) -> Iterator[Violation]:  # fmt: skip
    no = row[2]
    derived = (
        entry.state, entry.is_open, entry.unit, entry.case, entry.period, to_ms_or_none(entry.due_at),
        to_ms_or_none(entry.closed_at), entry.version, head, stored.doc(register, entry),
    )  # fmt: skip
    kept = (row[5], bool(row[6]), *row[7:15])
    if kept != derived:
        yield Violation("register_row", no, "台账条目与步骤记录推出的不一致")
    whole = stored.split(register, entry.data)[1]
    if key is not None and stored.unseal(key, row[16], f"entry:{no}") != whole:
        yield Violation("register_row", no, "台账条目的文字与步骤记录推出的不一致")
    owed = {u: (to_ms_or_none(o.due_at), to_ms_or_none(o.done_at)) for u, o in entry.owed.items()}
    if parties != owed:
        yield Violation("register_party", no, "参与单位与步骤记录推出的不一致")
