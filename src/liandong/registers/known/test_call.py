"""What the checks of a test call know: the units of the district in force on this day (R22, R65)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.registers.facts import Asked, provides
from liandong.rules.policy import Policy


def units_in_force(policy: Policy, now: datetime) -> list[str]:
    """The codes of all units that take work on that day, in order."""
    day = now.astimezone(policy.zone).date()
    return sorted(code for code, unit in policy.units.items() if unit.in_force(day))


@provides("test_call")
def known(asked: Asked) -> Mapping[str, Any]:
    """``frame``: whom there is to ring."""
    return {"frame": units_in_force(asked.policy, asked.now)}
