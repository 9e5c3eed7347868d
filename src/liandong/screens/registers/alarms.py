"""What the registers warn of by themselves: a quarter without a meeting (R45), a day of publicity that comes near (R62)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liandong.registers import measures, meetings
from liandong.rules.model import Actor
from liandong.screens.common.access import DUTY, UNIT
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

TABLES = (*DUTY, "inspector", "government", *UNIT)
"""Who is shown the table of what units have ready and the quarter's papers."""


def of(actor: Actor, now: datetime) -> dict[str, Any]:
    """For ``registers/alarms.html`` and the first page of the registers."""
    return {
        "tables": actor.role in TABLES,
        "alarm": meetings.alarm(now, current()) if actor.role in (*DUTY, "inspector") else None,
        "reminders": measures.reminders(now.astimezone(ZONE).date()) if actor.role in (*DUTY, *UNIT) else [],
    }
