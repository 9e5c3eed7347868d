"""Cases left out of evaluation by decision (剔除, C4.12): by the duty office or the inspectors, with a reason, for ever.

The case itself is handled like any other. Each exclusion is one append-only row; numbers that were frozen before keep
what they were until a revision names them as its predecessor.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from liandong.rules.model import Actor

from .. import rows
from ..jsontext import to_ms
from .scope import refused

DECIDE = ("duty_office", "inspector")
LONGEST = 500


class Excluded(NamedTuple):
    """One exclusion. ``unit`` "" means for every unit; ``reference`` names what it was decided on (an appeal)."""

    no: str
    unit: str
    reason: str
    by: str
    at_ms: int
    reference: str


def exclude(no: str, unit: str, reason: str, actor: Actor, now: datetime, *, reference: str = "") -> Excluded:
    """Leave a case out of a unit's evaluation (``unit`` "": of everybody's). Raises Refused: another role, no such case,
    no reason, already excluded."""
    if actor.role not in DECIDE:
        raise refused("wrong_role", "R67", "剔除由值班室或督检考评人员决定")
    reason = reason.strip()
    if not reason or len(reason) > LONGEST:
        raise refused("missing_field", "R67", f"请写明剔除理由（{LONGEST}字以内）", "reason")
    known = rows.one("SELECT restricted FROM casework_case WHERE no = %s", [no])
    if known is None or known[0]:  # complaints about police are in nobody's evaluation (R19)
        raise refused("not_found", "R33", f"没有编号为 {no} 的工单，请核对编号", "case")
    made = Excluded(no, unit, reason, str(actor), to_ms(now), reference[:80])
    try:
        with transaction.atomic():
            rows.run(
                "INSERT INTO casework_exclusion (case_no, unit, reason, by, at_ms, reference) "
                "VALUES (%s, %s, %s, %s, %s, %s)",
                list(made),
            )
    except IntegrityError as error:
        raise refused("wrong_state", "R67", f"{no} 已经剔除过，不必再做", "case") from error
    return made


def excluded() -> list[Excluded]:
    """Every exclusion, the latest first."""
    found = rows.ask(
        "SELECT case_no, unit, reason, by, at_ms, reference FROM casework_exclusion ORDER BY id DESC"
    )
    return [Excluded(*row) for row in found]
