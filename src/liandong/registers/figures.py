"""What registers count for evaluation: test calls to units, answered or not, and how fast (M23)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from statistics import median
from typing import NamedTuple

from liandong.casework import rows
from liandong.casework.jsontext import to_ms
from liandong.rules.codec import loads
from liandong.rules.periods import Period
from liandong.rules.registers.test_call import MADE, TEST_CALL


class Calls(NamedTuple):
    """One unit's test calls of a period: made, answered, the median of seconds to answer (None: none was answered),
    questions asked and answered rightly, and the numbers of the entries."""

    made: int
    answered: int
    median_seconds: float | None
    asked: int
    correct: int
    entries: tuple[str, ...]


def test_calls(period: Period, *, until: datetime | None = None) -> dict[str, Calls]:  # noqa: PT028  (no test: M23 counts calls)
    """Test calls by unit that were made in the period (planned and cancelled ones are none); units without one are
    missing. ``until``: what was recorded by then, so that a frozen evaluation can be repeated."""
    marks = ", ".join(["%s"] * len(MADE))
    sql = f"SELECT e.no, e.unit, e.doc FROM registers_entry e WHERE e.register = %s AND e.state IN ({marks}) AND e.closed_ms >= %s"
    values: list[object] = [TEST_CALL.name, *MADE, to_ms(period.start)]
    if until is not None:
        sql += " AND e.closed_ms <= %s"
        values.append(to_ms(until))
    found: dict[str, list[tuple[str, dict[str, object]]]] = defaultdict(list)
    for no, unit, doc in rows.ask(f"{sql} ORDER BY e.id", values):
        data = loads(doc)["data"]
        if period.holds(data["called_at"]):
            found[unit].append((no, data))
    return {unit: _of(calls) for unit, calls in sorted(found.items())}


def _of(calls: list[tuple[str, dict[str, object]]]) -> Calls:
    answered = [data for _no, data in calls if data["answered"]]
    seconds = [float(str(data["seconds"])) for data in answered]
    return Calls(
        len(calls),
        len(answered),
        median(seconds) if seconds else None,
        sum(int(str(data.get("asked", 0))) for data in answered),
        sum(int(str(data.get("correct", 0))) for data in answered),
        tuple(no for no, _data in calls),
    )
