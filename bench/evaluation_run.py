"""Runs inside a store: one quarter's whole evaluation, its drill-down, freezing and clues, in milliseconds as JSON.

usage: evaluation_run.py TIMES
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

django.setup()

from liandong.casework import evaluation  # noqa: E402
from liandong.district.policy import current  # noqa: E402
from liandong.rules.model import Actor  # noqa: E402
from liandong.rules.periods import quarter  # noqa: E402

DUTY = Actor("duty_office", "zhao")
NAME = "2020Q2"


def timed(what: Callable[[], Any], times: int) -> tuple[float, Any]:
    """The median of several runs in milliseconds, and what the last one gave."""
    took, answer = [], None
    for _ in range(times):
        began = time.perf_counter()
        answer = what()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[len(took) // 2], answer


def main() -> None:
    """Measure."""
    times = int(sys.argv[1])
    zone = current().zone
    period, now = quarter(NAME, zone), datetime(2021, 10, 8, 9, tzinfo=zone)
    units, table = timed(lambda: evaluation.evaluate(DUTY, period, by="unit", now=now), times)
    towns, _ = timed(lambda: evaluation.evaluate(DUTY, period, by="township", now=now), times)
    page, found = timed(lambda: evaluation.items(DUTY, "M2", "rest", period, key="CG", now=now), times)
    signs, _ = timed(lambda: evaluation.detectors.find(DUTY, period, now=now), 1)
    freeze, one = timed(lambda: evaluation.snapshots.freeze(period, DUTY, now), 1)
    verify, faults = timed(lambda: evaluation.snapshots.verify(one.id), 1)
    print(
        json.dumps(
            {
                "units": units, "towns": towns, "page": page, "signs": signs, "freeze": freeze, "verify": verify,
                "cases": table[""]["M24"].numerator, "assignments": table[""]["M18"].denominator,
                "lines": len(found.items), "faults": faults,
            }
        )
    )  # fmt: skip


main()
