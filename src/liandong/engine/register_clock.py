"""What falls due in the registers: the clock takes the step that says so. It judges nobody, it writes down that time is up.

One table for all registers; a step stands here with the state from which it is taken once the entry's limit has passed.
"""

from __future__ import annotations

import logging

from liandong.casework import rows
from liandong.casework.execute import Refused
from liandong.registers.store import act
from liandong.rules.model import SYSTEM

from .instants import now_ms

log = logging.getLogger("liandong.registers")

DUE = {
    ("connection_test", "sent"): "expire",
    ("drill", "calling"): "expire",
    ("drill_plan", "planned"): "alarm",
    ("sanction", "asked"): "record_silence",
}
"""(register, state) → the system's step when the limit of an entry in that state has passed."""
_PLACES = " OR ".join(["(register = %s AND state = %s)"] * len(DUE))
_SQL = (
    f"SELECT register, state, no FROM registers_entry WHERE is_open AND due_ms < %s AND ({_PLACES}) "
    "ORDER BY due_ms LIMIT %s"
)


def run_due(limit: int = 100) -> int:
    """Take the steps that are due; how many were taken. Another worker, or a person in the same moment, may be first."""
    given = [value for place in DUE for value in place]
    done = 0
    for register, state, no in rows.ask(_SQL, [now_ms(), *given, limit]):
        try:
            act(register, DUE[register, state], {}, SYSTEM, no=no)
        except Refused as refused:
            log.info("%s %s: %s", register, no, refused.refusal.code)
        else:
            done += 1
    return done
