"""Deriving every entry again from its steps and comparing: chains, numbers, rows, parties (I5, I6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from liandong.casework import crypto, rows
from liandong.casework.crypto import Unreadable
from liandong.casework.jsontext import to_ms_or_none
from liandong.casework.violation import Violation
from liandong.district import policy as district_policy
from liandong.rules.codec import loads
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers import registers

from . import stored
from .store import canonical_private, chain_text

_ENTRIES = (
    "SELECT id, register, no, year, serial, state, is_open, unit, case_no, period, due_ms, closed_ms, version, head, doc, "
    "wrapped, sealed, opened_ms FROM registers_entry ORDER BY register, year, serial"
)
_STEPS = "SELECT seq, step, at_ms, by, policy, body, sealed, prev, hash, algo FROM registers_step WHERE entry_id = %s ORDER BY seq"


def violations(policy: Policy | None = None) -> Iterator[Violation]:
    """Every fault of the registers."""
    zone = (policy or district_policy.current()).zone
    last: tuple[str, int, int] = ("", 0, 0)
    for row in rows.ask(_ENTRIES):
        register, year, serial = row[1], row[3], row[4]
        before = last[2] if last[:2] == (register, year) else 0
        if serial != before + 1:
            yield Violation(
                "register_number", row[2], f"{register} {year} 年第 {before + 1} 号缺失，编号应不间断"
            )
        last = (register, year, serial)
        yield from _entry(row, zone)
    for (identity,) in rows.ask(
        "SELECT DISTINCT s.entry_id FROM registers_step s LEFT JOIN registers_entry e ON e.id = s.entry_id "
        "WHERE e.id IS NULL"
    ):
        yield Violation("register_missing", str(identity), "有步骤记录而台账条目不见了")


def _entry(row: tuple[Any, ...], zone: tzinfo) -> Iterator[Violation]:
    register, no = registers().get(row[1]), row[2]
    if register is None:
        yield Violation("register_unknown", no, f"没有名为 {row[1]} 的台账")
        return
    try:
        key = crypto.unwrap(bytes(row[15]), no) if row[15] is not None else None
        entry, head = None, ""
        for seq, step in enumerate(rows.ask(_STEPS, [row[0]]), 1):
            fault = _link(row[1], no, seq, step, head)
            if fault:
                yield Violation("register_chain", no, fault)
                return
            head = step[8]
            known = loads(step[5])
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
        yield from _compare(row, register, entry, head, key)
    except Unreadable:
        yield Violation("register_sealed", no, "封存的内容打不开：密钥不对，或内容被改动")


def _link(register: str, no: str, seq: int, step: tuple[Any, ...], head: str) -> str:
    if step[0] != seq:
        return f"第 {seq} 步缺失"
    if step[7] != head:
        return f"第 {seq} 步与上一步接不上"
    text = chain_text(register, no, seq, step[1], step[2], step[3], step[4], step[5])
    return "" if crypto.chain_with(step[9], head, text) == step[8] else f"第 {seq} 步的内容被改动"


def _compare(
    row: tuple[Any, ...], register: Any, entry: Entry, head: str, key: bytes | None
) -> Iterator[Violation]:
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
    parties = {
        unit: (due, done)
        for unit, due, done in rows.ask(
            "SELECT unit, due_ms, done_ms FROM registers_party WHERE entry_id = %s", [row[0]]
        )
    }
    owed = {u: (to_ms_or_none(o.due_at), to_ms_or_none(o.done_at)) for u, o in entry.owed.items()}
    if parties != owed:
        yield Violation("register_party", no, "参与单位与步骤记录推出的不一致")
