"""Evaluation of one quarter: all metrics, all units, with a small and a large store of twelve quarters behind it.

The same twelve quarters hold more cases in the large store, so what a case of the quarter costs is compared: cost follows
the quarter's cases, and nothing else of the store. SIZES=100000,1000000 are the stores; QUICK=1 makes them small.
"""

from __future__ import annotations

import json
import os

from harness import KINDS, QUICK, ROOT, absent, database, emit, say

SIZES = [
    int(size) for size in os.environ.get("SIZES", "6000,24000" if QUICK else "100000,1000000").split(",")
]
GOALS_S = {"sqlite": 10.0, "postgres": 3.0}
"""For one million cases over twelve quarters (issue 5)."""
GROWTH = 1.3
TIMES = 3


def measure(kind: str) -> None:
    """Both stores of one database."""
    found = []
    with database(kind) as make:
        for size in SIZES:
            store = make()
            say(f"{kind}: {store.python(str(ROOT / 'bench' / 'evaluation_fill.py'), str(size)).strip()}")
            found.append(json.loads(store.python(str(ROOT / "bench" / "evaluation_run.py"), str(TIMES))))
    part = f"evaluation {kind}"
    for size, one in zip(SIZES, found, strict=True):
        of = f"{one['cases']:.0f} cases of the quarter in a store of {size}"
        emit(
            part, f"all metrics, all units: {of}", f"{one['units'] / 1000:.2f} s", f"< {GOALS_S[kind]:.0f} s",
            one["units"] / 1000 < GOALS_S[kind],
        )  # fmt: skip
        emit(part, f"by township: {of}", f"{one['towns'] / 1000:.2f} s")
        emit(part, f"a page of the cases of one number: {of}", f"{one['page']:.0f} ms")
        emit(part, f"all clues: {of}", f"{one['signs'] / 1000:.2f} s")
        emit(
            part, f"freeze, and count again from the rows: {of}",
            f"{one['freeze'] / 1000:.2f} s, {one['verify'] / 1000:.2f} s", "no fault", not one["faults"],
        )  # fmt: skip
    small, large = found[0], found[-1]
    ratio = (large["units"] / large["cases"]) / (small["units"] / small["cases"])
    emit(
        part, f"what one case of the quarter costs, {SIZES[-1]} against {SIZES[0]}", f"× {ratio:.2f}", f"≤ × {GROWTH}",
        ratio <= GROWTH,
    )  # fmt: skip


def main() -> None:
    """Both databases."""
    for kind in KINDS:
        try:
            measure(kind)
        except (RuntimeError, FileNotFoundError) as error:
            if "PostgreSQL" not in str(error):
                raise
            absent(f"evaluation {kind}", "one quarter's evaluation", str(error))


if __name__ == "__main__":
    main()
