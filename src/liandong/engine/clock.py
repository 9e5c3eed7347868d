"""Due clocks: the system looks at every case whose wake instant has come, a handful in one transaction.

Cases are picked and worked inside the same transaction (`FOR UPDATE SKIP LOCKED` on PostgreSQL, the one writer of
`BEGIN IMMEDIATE` on SQLite). So two workers never work the same case, and a worker killed at any instant leaves
either all of the effects or none: the wake instants still stand and another worker finds them.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from liandong.casework import sides
from liandong.casework.execute import Refused, batch, execute
from liandong.casework.models import Case, Loan
from liandong.rules.model import SYSTEM, Command

from .instants import now as present
from .instants import to_ms

log = logging.getLogger("liandong.clock")

HANDFUL = 20
"""Cases in one transaction: a backlog pays one commit for many, and the desk waits some ten milliseconds at most."""
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
    while done < limit:
        started = time.monotonic()
        worked = _handful(now or present(), min(HANDFUL, limit - done))
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
    due = _ours(Case.objects.filter(wake_ms__lt=instant))
    oldest = due.order_by("wake_ms").values_list("wake_ms", flat=True).first()
    return due.count(), (0 if oldest is None else instant - oldest)


def _due(now: datetime) -> QuerySet[Case]:
    """Cases to look at, without those that failed a moment ago."""
    asleep = [no for no, until in _failed.items() if until > time.monotonic()]
    return _ours(Case.objects.filter(wake_ms__lt=to_ms(now)).exclude(no__in=asleep))


def _ours(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Of two instances, only the owner lets a case's clocks fire (``sides.owner_of``), and not while it is lent."""
    if not sides.divided():
        return cases
    government = ~Q(first_unit="") | Q(state="disputed")
    cases = cases.filter(government if sides.here() == sides.GOVERNMENT else ~government)
    return cases.exclude(no__in=Loan.objects.values("case_no"))


def _pick(now: datetime, limit: int) -> list[str]:
    """The cases due longest, locked until the transaction ends."""
    due = _due(now)
    if connection.features.has_select_for_update:
        due = due.select_for_update(skip_locked=True)
    return list(due.order_by("wake_ms").values_list("no", flat=True)[:limit])


def _handful(now: datetime, limit: int) -> int | None:
    """Pick and work a handful of due cases; how many were worked, None when nothing is due.

    Where one of them fails nothing of the handful is kept, and each is worked alone, so that only the broken one waits.
    """
    if not _due(now).exists():
        return None  # an idle SQLite worker must not take the write lock to learn that there is nothing
    numbers: list[str] = []
    try:
        with batch():
            numbers = _pick(now, limit)
            for no in numbers:
                execute(Command("run_clock", no, {}), SYSTEM, now=now)
    except Exception:
        if not numbers:
            raise
        log.info("a handful of %d clocks failed: working them one by one", len(numbers))
        return sum(_alone(no, now) for no in numbers)
    if not numbers:
        return None
    stuck = set(_due(now).filter(no__in=numbers).values_list("no", flat=True))
    for no in numbers:
        if no in stuck:
            _fail(no, "still due after its clock ran")
        else:
            _failed.pop(no, None)
    return len(numbers) - len(stuck)


def _alone(no: str, now: datetime) -> int:
    """Work one case in a transaction of its own: 1 worked, 0 failed or no longer due."""
    try:
        with batch():
            due = _due(now).filter(no=no)
            if connection.features.has_select_for_update:
                due = due.select_for_update(skip_locked=True)
            if not due.values_list("no", flat=True).first():
                return 0
            execute(Command("run_clock", no, {}), SYSTEM, now=now)
    except Refused as refused:
        _fail(no, f"refused: {refused.refusal.code}")
        return 0
    except Exception:
        # One broken case must not stop everybody else's clocks; it is logged whole, counted and tried again.
        log.exception("clock of case %s failed", no)
        _fail(no, "failed")
        return 0
    _failed.pop(no, None)
    return 1


def _fail(no: str, why: str) -> None:
    log.error("clock of case %s: %s", no, why)
    _failed[no] = time.monotonic() + POISON_PAUSE
