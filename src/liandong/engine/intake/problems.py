"""What is wrong with something that came in, in words a person can act on."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One fault: ``reason`` is a code of ``rules.registers.quarantine.REASONS``."""

    reason: str
    detail: str


class Unfit(Exception):
    """A message or file cannot be taken as it is; nothing of it was applied."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("；".join(one.detail for one in problems))
        self.problems = problems

    @property
    def reason(self) -> str:
        """The first fault's code, which lists show."""
        return self.problems[0].reason

    @property
    def detail(self) -> str:
        """All faults as one text, short enough for an entry."""
        return str(self)[:500]
