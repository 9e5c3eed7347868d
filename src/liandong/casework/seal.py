"""Seals: every hour one link over the heads of all cases that changed, chained and keyed.

A case's own chain cannot show that its tail was cut or that the whole case is gone; the seal can, because it says which
cases had which last event up to a position of the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from . import crypto, rows
from .jsontext import to_ms


class Sealed(NamedTuple):
    """A seal as it was set."""

    n: int
    position: int
    cases: int
    hash: str


def heads(after: int, until: int) -> Iterator[tuple[str, int, str]]:
    """(case, seq, hash) of the last event of every case in a stretch of the log, by case: streams, in order of code
    points on every database."""
    collate = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    sql = (
        "SELECT case_no, seq, hash FROM casework_event WHERE position > %s AND position <= %s "
        f"ORDER BY case_no{collate}, seq"
    )
    last: tuple[str, int, str] | None = None
    for row in stream(sql, [after, until]):
        if last is not None and last[0] != row[0]:
            yield last
        last = (str(row[0]), int(row[1]), str(row[2]))
    if last is not None:
        yield last


def stream(sql: str, values: Sequence[Any], size: int = 2000) -> Iterator[tuple[Any, ...]]:
    """The rows of a long query without holding them all: a server-side cursor on PostgreSQL."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(sql, values)
            while part := cursor.fetchmany(size):
                yield from part
    else:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            while part := cursor.fetchmany(size):
                yield from part


def digest_of(after: int, until: int, algo: str) -> tuple[str, int]:
    """The digest over the heads of a stretch of the log, and how many cases it names."""
    running = hashlib.new(algo)
    count = 0
    for no, seq, head in heads(after, until):
        running.update(f"{no}\t{seq}\t{head}\n".encode())
        count += 1
    return running.hexdigest(), count


def seal_text(n: int, at_ms: int, position: int, cases: int, digest: str) -> str:
    """What a seal's hash covers beside the seal before it."""
    return f"{n}\n{at_ms}\n{position}\n{cases}\n{digest}"


def seal(now: datetime) -> Sealed | None:
    """Set a seal over everything since the last one; None where nothing changed. One writer at a time sets it."""
    with transaction.atomic():
        rows.lock_log()
        last = rows.one("SELECT n, position, hash FROM casework_seal ORDER BY n DESC LIMIT 1") or (0, 0, "")
        tail = rows.one("SELECT MAX(position) FROM casework_event")
        position = int(tail[0]) if tail and tail[0] else 0
        if position <= int(last[1]):
            return None
        digest, cases = digest_of(int(last[1]), position, crypto.CHAIN)
        n, at_ms = int(last[0]) + 1, to_ms(now)
        link = crypto.seal_hash(str(last[2]), seal_text(n, at_ms, position, cases, digest))
        rows.run(
            "INSERT INTO casework_seal (n, at_ms, position, cases, digest, prev, hash, algo) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [n, at_ms, position, cases, digest, last[2], link, crypto.CHAIN],
        )
    return Sealed(n, position, cases, link)
