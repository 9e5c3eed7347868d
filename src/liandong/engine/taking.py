"""How a step of a register is taken by any door: by the store, or by what does it together with a case's command.

Pages and API ask here, so that no door delivers a report, issues minutes or begins a drill by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from liandong.engine import consulting, incident_reports, supervising
from liandong.registers import drills, meetings
from liandong.registers.store import act
from liandong.rules.register import Entry

Taking = Callable[..., Entry]
DOORS: Mapping[str, Taking] = {
    "supervision_slip": supervising.take,
    "drill": drills.take,
    "meeting": meetings.take,
    "consultation": consulting.take,
    "incident_report": incident_reports.take,
}
"""Registers whose steps move a case or an entry of another register as well."""


def taking(register: str) -> Taking:
    """The function that takes steps of this register; its arguments are those of ``registers.store.act``."""
    return DOORS.get(register, act)
