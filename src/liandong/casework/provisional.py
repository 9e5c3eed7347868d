"""After a holiday table was loaded: dues that were only provisional are counted anew, each by an event (CONTRACT §4)."""

from __future__ import annotations

from liandong.rules.model import SYSTEM, Command

from .execute import execute
from .models import ClockRow


def waiting() -> int:
    """How many running clocks have a due that is only provisional."""
    return ClockRow.objects.filter(provisional=True, stopped_ms__isnull=True).count()


def recompute() -> int:
    """Let the system recompute every case with such a clock; how many there were."""
    running = ClockRow.objects.filter(provisional=True, stopped_ms__isnull=True)
    cases = sorted(set(running.values_list("case_no", flat=True)))
    for no in cases:
        execute(Command("recompute", no, {}), SYSTEM)
    return len(cases)
