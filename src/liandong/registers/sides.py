"""Which of two instances keeps a register, where two networks divide the work (docs/decisions/060).

Registers are not exchanged. Each is kept where the duty that it documents lies: what the duty office and the units owe and
do on the government's side, what the desk owes and does on the desk's. Without ``LIANDONG_SIDE`` every register is kept here.
"""

from __future__ import annotations

from typing import Final

from liandong.casework import sides
from liandong.rules.model import Refusal
from liandong.rules.register import Register

KEPT: Final = {
    sides.GOVERNMENT: frozenset((
        "supervision_slip", "consultation", "incident_review", "deployment", "resource_status", "partner_message",
        "meeting", "task", "measure", "campaign", "drill_plan", "drill", "sampling", "test_call", "finding", "sanction",
        "referral", "appeal", "unit_document", "connection_test", "equipment", "vehicle_mark", "vehicle_use",
    )),
    sides.DESK: frozenset(("incident_report", "paper_slip", "hotline_transfer")),
}  # fmt: skip
BOTH: Final = frozenset(("phone_task", "duty_alarm", "quarantine", "intake_task"))
"""Each side keeps its own: what its own roster, its own messages and its own calls leave to be done."""


def elsewhere(register: str) -> str:
    """The side that keeps this register, where that is not this instance; empty where it is kept here."""
    side = sides.here()
    return sides.other(side) if side and register in KEPT[sides.other(side)] else ""


def refusal(register: Register) -> Refusal | None:
    """Why no step is taken here."""
    side = elsewhere(register.name)
    if not side:
        return None
    name = sides.NAMES[side]
    return Refusal("wrong_side", "C10", f"{register.label}由{name}办理和保管，请在{name}的系统里办理")
