"""Derive everything again from the events and compare (``liandong check``): a store is sound or says where it is not.

Streams by stretches of case numbers inside one snapshot of the database, so that memory does not grow with the store
and writers go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from liandong.rules.numbers import SECOND_SERIES
from liandong.rules.policy import Policy

from . import crypto, rows
from .case_check import CaseRows, check_case
from .seal import digest_of, seal_text
from .violation import Violation

__all__ = ["Violation", "check", "one_view", "violations"]

STRETCH = 200
"""Cases compared at once."""


@contextmanager
def one_view() -> Iterator[None]:
    """One consistent view of the store that keeps no writer waiting."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            rows.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        rows.run("BEGIN DEFERRED")
        try:
            yield
        finally:
            rows.run("ROLLBACK")


def check(policy: Policy | None = None) -> list[Violation]:
    """Every violation in the store; an empty list means that it is sound. ``policy`` adds the check of R19's marks."""
    return list(violations(policy))


def violations(policy: Policy | None = None) -> Iterator[Violation]:
    """The same one by one, as they are found."""
    with one_view():
        yield from _positions()
        yield from _numbers()
        for case in _cases():
            yield from check_case(case, policy)
        yield from _notices()
        yield from _contradictions()
        yield from _seals()


def _positions() -> Iterator[Violation]:
    row = rows.one("SELECT COUNT(*), MIN(position), MAX(position) FROM casework_event")
    count, first, last = row or (0, None, None)
    if count and (first != 1 or last != count):
        yield Violation(
            "position_gap", "", f"日志位置应为 1 至 {count}，实为 {first} 至 {last}：有事件被删除"
        )


def _numbers() -> Iterator[Violation]:
    """Each day's numbers run from 1 without a gap; those of the government's instance from 900001 (060)."""
    found = rows.ask(
        "SELECT day, COUNT(*), MIN(serial), MAX(serial) FROM casework_case WHERE serial <= %s GROUP BY day "
        "HAVING COUNT(*) <> MAX(serial) OR MIN(serial) <> 1 UNION ALL "
        "SELECT day, COUNT(*), MIN(serial), MAX(serial) FROM casework_case WHERE serial > %s GROUP BY day "
        "HAVING COUNT(*) <> MAX(serial) - %s OR MIN(serial) <> %s ORDER BY 1, 3",
        [SECOND_SERIES, SECOND_SERIES, SECOND_SERIES, SECOND_SERIES + 1],
    )
    for day, count, first, last in found:
        yield Violation("number_gap", "", f"{day} 有 {count} 件，编号却从 {first} 到 {last}：有工单被删除")


def _notices() -> Iterator[Violation]:
    row = rows.one(
        "SELECT COUNT(*) FROM casework_outbox o LEFT JOIN casework_event e ON e.position = o.position "
        "WHERE e.position IS NULL"
    )
    if row and row[0]:
        yield Violation("outbox_extra", "", f"{row[0]} 条通知没有对应的事件：日志末尾可能被截断")


def _contradictions() -> Iterator[Violation]:
    """What the other instance sent and what cannot be true together with the log (060): a person has to see to it."""
    for no, seq, detail in rows.ask(
        "SELECT case_no, seq, detail FROM casework_contradiction WHERE state = 'open' ORDER BY id"
    ):
        yield Violation("other_side", no, f"对侧送来的第 {seq} 个事件与本库矛盾：{detail}")


def _seals() -> Iterator[Violation]:
    tail = rows.one("SELECT MAX(position) FROM casework_event")
    last = int(tail[0] or 0) if tail else 0
    previous, position = "", 0
    sealed = rows.ask(
        "SELECT n, at_ms, position, cases, digest, prev, hash, algo FROM casework_seal ORDER BY n"
    )
    for index, (n, at_ms, until, cases, digest, prev, link, algo) in enumerate(sealed, start=1):
        if n != index:
            yield Violation("seal_missing", "", f"封印 {index} 不见了")
            return
        text = seal_text(n, at_ms, until, cases, digest)
        if prev != previous or crypto.seal_hash_with(algo, prev, text) != link:
            yield Violation("seal_broken", "", f"封印 {n} 与前一封印不衔接，或被改动")
        elif until > last:
            yield Violation("tail_cut", "", f"封印 {n} 盖到位置 {until}，日志只到 {last}：末尾被截断")
        else:
            found, count = digest_of(position, until, algo)
            if (found, count) != (digest, cases):
                yield Violation("seal_broken", "", f"封印 {n} 与位置 {position + 1} 至 {until} 的事件不符")
        previous, position = link, until


_EVENTS = (
    "SELECT e.case_no, e.position, e.seq, e.version, e.type, e.at_ms, e.by, e.policy, e.body, e.digest, e.prev, e.hash, "
    "e.algo, p.sealed, p.text, COALESCE(g.origin, e.position) FROM casework_event e "
    "LEFT JOIN casework_origin g ON g.position = e.position LEFT JOIN casework_private_event p ON p.case_no = e.case_no "
    "AND p.seq = e.seq WHERE {} ORDER BY e.case_no, e.seq"
)
_KEPT = (
    "SELECT c.no, k.wrapped, p.sealed, p.summary, p.text, x.seq FROM casework_case c "
    "LEFT JOIN casework_key k ON k.case_no = c.no LEFT JOIN casework_private_case p ON p.case_no = c.no "
    "LEFT JOIN casework_erasure x ON x.case_no = c.no WHERE {}"
)
_OUTBOX = (
    "SELECT e.case_no, o.position, o.n, o.at_ms, o.recipient, o.kind FROM casework_outbox o "
    "JOIN casework_event e ON e.position = o.position WHERE {}"
)


def _cases() -> Iterator[CaseRows]:
    """All that is stored about each case, in stretches of numbers; cases without events as well."""
    low = ""
    while True:
        found = rows.ask(
            "SELECT DISTINCT case_no FROM casework_event WHERE case_no > %s ORDER BY case_no LIMIT %s",
            [low, STRETCH],
        )
        high = str(found[-1][0]) if len(found) == STRETCH else None
        yield from _stretch(low, high)
        if high is None:
            return
        low = high


def _stretch(low: str, high: str | None) -> Iterator[CaseRows]:
    def within(column: str) -> str:
        return f"{column} > %s" + (f" AND {column} <= %s" if high is not None else "")

    values = [low] if high is None else [low, high]
    cases: dict[str, CaseRows] = {}

    def of(no: str) -> CaseRows:
        return cases.setdefault(no, CaseRows(no))

    for row in rows.ask(_EVENTS.format(within("e.case_no")), values):
        of(row[0]).events.append(row[1:])
    names = ", ".join(f'"{name}"' for name in rows.CASE)
    for row in rows.ask(f"SELECT {names} FROM casework_case WHERE {within('no')}", values):
        of(row[0]).row = dict(zip(rows.CASE, row, strict=True))
    for no, *kept in rows.ask(_KEPT.format(within("c.no")), values):
        case = of(no)
        case.wrapped, case.sealed, case.summary, case.text, case.erased = kept
    clocks = ", ".join(f'"{name}"' for name in rows.CLOCK)
    for row in rows.ask(f"SELECT {clocks} FROM casework_clock WHERE {within('case_no')}", values):
        of(row[0]).clocks[row[1]] = tuple(row)
    given = ", ".join(f'"{name}"' for name in rows.ASSIGNMENT)
    for row in rows.ask(f"SELECT {given} FROM casework_assignment WHERE {within('case_no')}", values):
        of(row[0]).assignments[row[1]] = tuple(row)
    for no, unit, roles, received in rows.ask(
        f"SELECT case_no, unit, roles, received_ms FROM casework_party WHERE {within('case_no')}", values
    ):
        of(no).parties[unit] = (roles, received)
    for no, position, n, *told in rows.ask(_OUTBOX.format(within("e.case_no")), values):
        of(no).outbox[(position, n)] = tuple(told)
    for no in sorted(cases):
        yield cases.pop(no)
