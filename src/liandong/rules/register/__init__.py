"""Registers (台账): what is kept beside the cases — meetings, samplings, drills, sanctions, vehicle marks — as tables of steps.

A register is data, like the command table of cases: ``Register`` has states and steps, a ``Step`` says who, from where,
with which fields, guarded by which checks, and what becomes of the entry. ``decide`` reads it and is pure.
"""

from .decide import decide, options
from .model import ALL, NONE, OWN, Change, Check, Draft, Entry, Facts, Owed, Register, Sight, Step

__all__ = [
    "ALL", "NONE", "OWN", "Change", "Check", "Draft", "Entry", "Facts", "Owed", "Register", "Sight", "Step", "decide",
    "options",
]  # fmt: skip
