"""Due clocks: the system looks at every case whose wake instant has come, one transaction each.

A case is picked and worked inside the same transaction (`FOR UPDATE SKIP LOCKED` on PostgreSQL, the one writer of
`BEGIN IMMEDIATE` on SQLite). So two workers never work the same case, and a worker killed at any instant leaves
either all of an effect or none: the wake instant still stands and another worker finds it.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import connection, transaction

from liandong.casework.execute import Refused, execute
from liandong.casework.models import Case
from liandong.rules.model import SYSTEM, Command

from .instants import now as present
from .instants import to_ms

log = logging.getLogger("liandong.clock")

POISON_PAUSE = 60.0
"""Seconds before a case that failed is tried again; the others do not wait for it."""
YIELD = 0.5
"""On SQLite: the part of the time a case took that the lock is then left to others."""
_failed: dict[str, float] = {}


def run_due(now: datetime | None = None, limit: int = 500) -> int:
    """Work off at most ``limit`` cases whose wake instant lies before ``now``; how many were worked.

    A case that fails is logged, counted in ``failing()`` and left for a minute. Idempotent (CONTRACT §4: nothing
    fires twice): what a case owes is decided anew from its state under the lock.
    """
    done = 0
    for _ in range(limit):
        started = time.monotonic()
        worked = _one(now or present())
        if worked is None:
            break
        done += worked
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            # Whoever waits for SQLite's write lock looks again after a pause of its own: a backlog of clocks that
            # takes the lock again at once would let no request through.
            time.sleep((time.monotonic() - started) * YIELD)
    return done


def failing() -> dict[str, float]:
    """Cases that cannot be worked at present, with the monotonic instant of the next try."""
    return dict(_failed)


def waiting(now: datetime | None = None) -> tuple[int, int]:
    """How many cases are due, and by how many milliseconds the oldest is late (0 when none)."""
    instant = to_ms(now or present())
    due = Case.objects.filter(wake_ms__lt=instant)
    oldest = due.order_by("wake_ms").values_list("wake_ms", flat=True).first()
    return due.count(), (0 if oldest is None else instant - oldest)


def _one(now: datetime) -> int | None:
    """Pick and work one due case: 1 worked, 0 failed, None nothing due."""
    asleep = [no for no, until in _failed.items() if until > time.monotonic()]
    due = Case.objects.filter(wake_ms__lt=to_ms(now)).exclude(no__in=asleep)
    if (
        not due.exists()
    ):  # without this an idle SQLite worker would take the write lock to learn there is nothing
        return None
    no = None
    try:
        with transaction.atomic():
            rows = (
                due.select_for_update(skip_locked=True) if connection.features.has_select_for_update else due
            )
            no = rows.order_by("wake_ms").values_list("no", flat=True).first()
            if no is None:
                return None
            done = execute(Command("run_clock", no, {}), SYSTEM, now=now)
            stuck = not done.events and Case.objects.filter(no=no, wake_ms__lt=to_ms(now)).exists()
    except Refused as refused:
        if no is None:
            raise
        _fail(no, f"refused: {refused.refusal.code}")
        return 0
    except Exception:
        if no is None:
            raise
        # One broken case must not stop everybody else's clocks; it is logged whole, counted and tried again.
        log.exception("clock of case %s failed", no)
        _fail(no, "failed")
        return 0
    if stuck:
        _fail(no, "still due after its clock ran")
        return 0
    _failed.pop(no, None)
    return 1


def _fail(no: str, why: str) -> None:
    log.error("clock of case %s: %s", no, why)
    _failed[no] = time.monotonic() + POISON_PAUSE
