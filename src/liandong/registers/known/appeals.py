"""What an appeal may know: the snapshot it is against, until when, and whether the case was counted for the unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.casework import rows
from liandong.casework.evaluation import snapshots

from ..facts import Asked, provides


@provides("appeal")
def appeal(asked: Asked) -> Mapping[str, Any]:
    """``snapshot``: its period's name, the end of the appeal window, its revision if there is one; ``counted``: the case,
    where the unit has it in the snapshot; ``filed``: the appeal it has made about it already."""
    id_ = asked.fields.get("snapshot")
    if not asked.step.opens or not isinstance(id_, str):
        return {}
    found = snapshots.load(id_[:120])
    if found is None:
        return {}
    later = rows.one("SELECT id FROM casework_snapshot WHERE predecessor = %s", [found.id])
    at = datetime.fromtimestamp(found.at_ms / 1000, asked.policy.zone)
    days = found.measuring.number("appeal_working_days")
    until, _ = asked.policy.calendar.due(at, f"{days}wd") if days else (at, False)
    case, unit = asked.fields.get("case"), asked.fields.get("unit")
    counted = any(row.no == case and row.unit == unit for lines in found.rows.values() for row in lines)
    before = rows.one(
        "SELECT no FROM registers_entry WHERE register = 'appeal' AND case_no = %s AND unit = %s AND period = %s "
        "AND NOT (state = 'withdrawn') ORDER BY id LIMIT 1",
        [case, unit, found.name],
    )
    known = {"name": found.name, "until": until, "revised_by": later[0] if later else ""}
    return {"snapshot": known, "counted": (case,) if counted else (), "filed": before[0] if before else ""}
