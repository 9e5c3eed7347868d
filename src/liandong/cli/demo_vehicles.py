"""Stories of vehicle marks: applied for, given back, issued, about to expire, lost and replaced, handed in, on a task (R17, R18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from liandong.rules.codes import POLICE_UNIT

from .demo_registers import Story, Teller

MADE_BY = "示例证照制作中心"
AGES = {
    "running": 90,
    "valid": 120,
    "expiring": 340,
    "replaced": 150,
    "applied": 1,
    "returned": 4,
    "ended": 200,
}
"""Days since each kind of mark was applied for."""
EXPIRES_IN = 12


def stories(teller: Teller) -> list[Callable[[Teller], Story]]:
    """One story for each vehicle of the pack whose unit there is."""
    return [_of(one) for one in teller.data["vehicle"] if one["unit"] in teller.policy.units]


def _of(vehicle: Mapping[str, Any]) -> Callable[[Teller], Story]:
    def mark(t: Teller) -> Story:
        unit, fate = t.cast.unit(vehicle["unit"]), vehicle["fate"]
        police = t.cast.unit(POLICE_UNIT)
        yield t.end - timedelta(days=AGES[fate], hours=3)
        given = {name: vehicle[name] for name in ("plate", "kind", "purpose")}
        people = {"manager": t.person(vehicle["unit"], "负责人"), "manager_phone": t.phone(), "driver": t.person(vehicle["unit"], "驾驶员")}  # fmt: skip
        entry = t.act("vehicle_mark", "apply", unit, **given, **people)
        if fate == "applied":
            return
        yield t.at + timedelta(hours=26)
        if fate == "returned":
            t.act(
                "vehicle_mark",
                "send_back",
                police,
                entry.no,
                reason="请补充驾驶员电话和车辆行驶证登记的用途。",
            )
            return
        until = {"valid_until": t.day(t.end + timedelta(days=EXPIRES_IN))} if fate == "expiring" else {}
        entry = t.act("vehicle_mark", "issue", police, entry.no, made_by=MADE_BY, **until)
        if fate == "replaced":
            yield t.end - timedelta(days=9)
            lost = (t.at - timedelta(hours=5)).isoformat()
            t.act(
                "vehicle_mark",
                "report_lost",
                unit,
                entry.no,
                lost_at=lost,
                how="抢险返回后发现标识脱落，沿途未找到。",
            )
            yield t.at + timedelta(days=1)
            t.act("vehicle_mark", "replace", police, entry.no, made_by=MADE_BY)
        elif fate == "ended":
            yield t.end - timedelta(days=20)
            t.act("vehicle_mark", "hand_in", unit, entry.no, reason="车辆报废。")

    return mark
