"""The channels' lanes: what is new is planned, what took too long goes the next way, then each channel has its turn."""

from __future__ import annotations

from liandong.engine import lanes
from liandong.engine.instants import now_ms

from . import phoning, plan, reports, sending


def _planned() -> int:
    return plan.follow() + sending.expire() + phoning.hand_over()


def _waiting(instant: int) -> list[str]:
    """The channels with something to send, or to be asked what became of what they sent."""
    return list(dict.fromkeys([*sending.waiting(instant), *reports.due(instant)]))


def _run(code: str) -> int:
    return sending.run(code) + (reports.run(code) if code in reports.due(now_ms()) else 0)


class Lanes(lanes.Lanes):
    """The channels' lanes of one worker."""

    def __init__(self) -> None:
        super().__init__(_waiting, _run)

    def step(self) -> int:
        """One look: how much was planned or finished."""
        return _planned() + super().step()


def run_due() -> int:
    """Everything that is due once, in this thread (``liandong tick``, tests)."""
    return _planned() + sum(_run(code) for code in _waiting(now_ms()))
