"""Seals of the registers: every hour one link over the last steps of all entries that changed, chained and keyed.

An entry's own chain cannot show that its tail was cut or that the newest entry is gone with all its steps; the seal can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from liandong.casework import crypto, rows
from liandong.casework.jsontext import to_ms
from liandong.casework.seal import seal_text, stream
from liandong.casework.violation import Violation

from . import lock


def seal(now: datetime) -> int | None:
    """Set a seal over every step since the last one and give its number; None where nothing changed."""
    with lock.together():
        last = rows.one("SELECT n, position, hash FROM registers_seal ORDER BY n DESC LIMIT 1") or (0, 0, "")
        tail = rows.one("SELECT MAX(id) FROM registers_step")
        position = int(tail[0]) if tail and tail[0] else 0
        if position <= int(last[1]):
            return None
        digest, entries = _digest(int(last[1]), position, crypto.CHAIN)
        n, at_ms = int(last[0]) + 1, to_ms(now)
        link = crypto.seal_hash(str(last[2]), seal_text(n, at_ms, position, entries, digest))
        rows.run(
            "INSERT INTO registers_seal (n, at_ms, position, entries, digest, prev, hash, algo) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [n, at_ms, position, entries, digest, last[2], link, crypto.CHAIN],
        )
    return n


def violations() -> Iterator[Violation]:
    """Seals that are missing, were changed, or do not fit the steps they speak of."""
    position, previous = 0, ""
    found = rows.ask(
        "SELECT n, at_ms, position, entries, digest, prev, hash, algo FROM registers_seal ORDER BY n"
    )
    for index, (n, at_ms, until, entries, digest, prev, link, algo) in enumerate(found, start=1):
        if n != index:
            yield Violation("register_seal_missing", "", f"台账封印 {index} 不见了")
            return
        if (
            prev != previous
            or crypto.seal_hash_with(algo, prev, seal_text(n, at_ms, until, entries, digest)) != link
        ):
            yield Violation("register_seal_broken", "", f"台账封印 {n} 与前一封印不衔接，或被改动")
            return
        if _digest(position, until, algo) != (digest, entries):
            yield Violation(
                "register_seal_broken", "", f"台账封印 {n} 与它所封的步骤不符：有条目或步骤被删除、改动"
            )
        position, previous = int(until), str(link)


def _digest(after: int, until: int, algo: str) -> tuple[str, int]:
    """The digest over the last step of every entry in a stretch, and how many entries it names."""
    running = hashlib.new(algo)
    count, last = 0, None
    sql = "SELECT entry_id, seq, hash FROM registers_step WHERE id > %s AND id <= %s ORDER BY entry_id, seq"
    for row in (*stream(sql, [after, until]), None):
        if last is not None and (row is None or row[0] != last[0]):
            running.update(f"{last[0]}\t{last[1]}\t{last[2]}\n".encode())
            count += 1
        last = row
    return running.hexdigest(), count
