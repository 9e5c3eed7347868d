"""Deciding steps of registers in memory: ``Book(DRILL).do(...)`` keeps the entry, nothing is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Entry, Facts, Register, decide

FIELDS = {"FX": "防汛抗洪", "RQ": "燃气"}


class Book:
    """One entry of one register; ``do`` gives the refusal's code, or "" where the step was taken."""

    def __init__(
        self, register: Register, policy: Any, now: datetime, settings: dict[str, Any] | None = None
    ) -> None:
        self.register, self.policy, self.now = register, policy, now
        self.settings = settings or {}
        self.known: dict[str, Any] = {"fields": FIELDS, "cases": {}}
        self.entry: Entry | None = None
        self.told: list[tuple[str, str]] = []
        self.refusal: Refusal | None = None

    def do(self, who: Actor, step: str, *, after: timedelta = timedelta(0), **given: Any) -> str:
        """Take a step after some time has passed."""
        self.now += after
        row = self.register.by_name[step]
        facts = Facts(self.policy, self.settings, self.known)
        found = decide(
            self.register, None if row.opens else self.entry, row, given, who, self.now, facts, no="N1"
        )
        if isinstance(found, Refusal):
            self.refusal = found
            return found.code
        self.entry = found.entry
        self.told = list(found.notices)
        return ""

    @property
    def state(self) -> str:
        """Where the entry stands."""
        assert self.entry is not None
        return self.entry.state
