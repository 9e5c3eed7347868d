"""What 点验 may know: the fields of the pack, the plan and the drill named, who is on duty in the unit that answers (R50, R24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.casework import rows
from liandong.district import register_settings, rosters
from liandong.rules.checks import owned_by
from liandong.rules.codec import loads
from liandong.rules.registers.drill_plans import fields_of

from ..facts import Asked, provides


def _named(register: str, no: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(no, str) or not no.strip():
        return {}
    row = rows.one(
        "SELECT state, doc FROM registers_entry WHERE register = %s AND no = %s", [register, no[:120]]
    )
    if row is None:
        return {}
    data = loads(row[1])["data"]
    return {no: {"state": row[0], "field": data.get("field"), "test": bool(data.get("test"))}}


@provides("drill_plan")
def plan(asked: Asked) -> Mapping[str, Any]:
    """The fields of the pack, and the drill that a plan ends with."""
    known: dict[str, Any] = {"drills": _named("drill", asked.fields.get("drill"))}
    if asked.step.opens:
        known["fields"] = fields_of(register_settings.of("drill_plan"))
    return known


@provides("drill")
def drill(asked: Asked) -> Mapping[str, Any]:
    """Opening: fields, plan, first drill. Answering: whom the roster of the unit names now."""
    if asked.step.opens:
        return {
            "fields": fields_of(register_settings.of("drill_plan")),
            "plans": _named("drill_plan", asked.fields.get("plan")),
            "drills": _named("drill", asked.fields.get("again_of")),
        }
    if asked.step.name != "answer" or asked.actor.unit is None or asked.entry is None:
        return {}
    mine = owned_by(asked.policy, asked.actor.unit, asked.now)
    units = sorted({asked.actor.unit, *(unit for unit in asked.entry.owed if unit in mine)})
    found = rosters.on_duty_of(units, asked.now)
    return {"on_duty": list(dict.fromkeys(p.person for unit in units for p in found.get(unit, ())))}
