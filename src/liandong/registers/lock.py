"""The one lock of the registers on PostgreSQL; SQLite has one writer anyway.

Every step takes it first and holds it until its transaction ends: numbers have no gap, what a check looked up still
holds when the step is written, no step commits behind a seal's back. A transaction that also changes a case takes it
before the log's lock, whatever it does first (``together``); so no two can wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from liandong.casework import rows

_LOCK = rows.LOG_LOCK + 1


def hold() -> None:
    """Take the lock until the running transaction ends; at once where it is held already."""
    if connection.vendor == "postgresql":
        rows.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def together() -> Iterator[None]:
    """One transaction for several steps, or for steps and commands of cases: they stand or fall together."""
    with transaction.atomic():
        hold()
        yield
