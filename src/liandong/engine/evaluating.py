"""Evaluation with what registers count beside the cases (M23: test calls), and exclusions that follow from appeals.

``casework.evaluation`` may not know registers; whoever shows, reports or freezes an evaluation asks here.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from liandong.casework import evaluation
from liandong.casework.evaluation import WHOLE, Outside, Result, Table, exclusions, snapshots
from liandong.casework.evaluation.scope import scope_of
from liandong.casework.evaluation.snapshots import Snapshot
from liandong.casework.evaluation.values import rate
from liandong.district import measuring
from liandong.district.policy import current
from liandong.registers import queries
from liandong.registers.figures import Calls, test_calls
from liandong.registers.queries import Asking
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.periods import Period

APPEAL = "appeal"


def outside(period: Period, now: datetime) -> Outside:
    """M23 by unit, and of the whole district under "" (its median is the median of the units' medians)."""
    measures, policy = measuring.current(), current()
    if scope_of(period, measures, policy, now).empty:
        return {}
    found = test_calls(period, until=now)
    made = {unit: _of(calls, measures.fewest) for unit, calls in found.items()}
    if made:
        whole = rate(
            sum(one.answered for one in found.values()),
            sum(one.made for one in found.values()),
            measures.fewest,
        )
        made[WHOLE] = whole
    return {"M23": made}


def _of(calls: Calls, fewest: int) -> Result:
    extra = {"median_seconds": calls.median_seconds} if calls.median_seconds is not None else {}
    return rate(calls.answered, calls.made, fewest, extra)


def evaluate(viewer: Actor, period: Period, *, by: str = "", now: datetime) -> Table:
    """Every metric of a period, M23 among them; see ``casework.evaluation.evaluate``."""
    return evaluation.evaluate(viewer, period, by=by, now=now, outside=outside(period, now))


def freeze(period: Period, actor: Actor, now: datetime) -> Snapshot:
    """Freeze a period with everything that counts; see ``snapshots.freeze``. Raises Refused."""
    return snapshots.freeze(period, actor, now, outside=outside(period, now))


class Upheld(NamedTuple):
    """An appeal that was upheld and whose case still stands in the numbers."""

    no: str
    case: str
    unit: str
    reason: str


def upheld(snapshot: str) -> list[Upheld]:
    """Appeals against a snapshot that were upheld and not yet carried out."""
    done = {one.reference for one in exclusions.excluded()}
    found: list[Upheld] = []
    after: str | None = None
    while True:
        page = queries.find(SYSTEM, APPEAL, Asking(states=("upheld",)), after=after, limit=200)
        found += [
            Upheld(one.no, one.case, one.unit, str(one.data.get("decision", "")))
            for one in page.items
            if one.data.get("snapshot") == snapshot and one.no not in done
        ]
        after = page.next
        if after is None:
            return found


def carry_out(snapshot: str, actor: Actor, now: datetime) -> Snapshot:
    """Exclude what was upheld and revise the snapshot, all of it or nothing. Raises Refused."""
    appeals = upheld(snapshot)
    with transaction.atomic():
        for one in appeals:
            exclusions.exclude(one.case, one.unit, one.reason or "申诉成立", actor, now, reference=one.no)
        numbers = "、".join(one.no for one in appeals) or "经批准剔除"
        return snapshots.revise(snapshot, f"申诉成立：{numbers}" if appeals else numbers, actor, now)
