"""A roll call of 200 units (R50): from the duty office's one action until every unit's open stream has it, the answers of
all units at once, and the board. On both databases; goals from issue 5: out within 2 s.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import KINDS, PACK, QUICK, absent, database, emit, percentile, say

PART = "rollcall"
UNITS = 200
THREADS = 8
RUNS = 2 if QUICK else 5
GOAL_SECONDS = 2.0


def widened(home: Path) -> Path:
    """The pack with as many units more as are needed."""
    directory = home / "pack"
    shutil.copytree(PACK, directory)
    with (directory / "units.toml").open("a", encoding="utf-8") as file:
        for code in codes():
            file.write(
                f'\n[[unit]]\ncode = "{code}"\nkind = "department"\nfrom = 2011-10-22\naliases = ["测量单位{code}"]\n'
                f'source = "default"\nclause = "测量"\n  [[unit.name]]\n  text = "测量单位{code}"\n  from = 2011-10-22\n'
            )
    return directory


def codes() -> list[str]:
    """The codes of the added units."""
    return [f"BM-{n:03d}" for n in range(UNITS)]


def measure(pack: str) -> None:
    """Inside a store: call, deliver, answer, look; one JSON line a run."""
    import django

    django.setup()
    from liandong.district import packs

    packs.load(Path(pack))
    for _ in range(RUNS):
        print(json.dumps(asyncio.run(one_run())), flush=True)


async def one_run() -> dict[str, float | list[float]]:
    """One roll call from the action to the last answer."""
    from django.db import connections

    from liandong.engine.stream import Hub
    from liandong.registers import drills, queries
    from liandong.registers.store import act
    from liandong.rules.model import Actor

    office = Actor("duty_office", "bench")
    hub = Hub()
    streams = [(await hub.join(Actor("unit", "bench", code), None))[0] for code in codes()]
    fields = {"title": "点名", "field": "FX", "units": codes(), "limit": 7200}
    loop = asyncio.get_running_loop()

    def begin() -> str:
        try:
            return drills.begin("call", fields, office).no
        finally:
            connections.close_all()

    started = time.perf_counter()
    pool = ThreadPoolExecutor(THREADS)
    no = await loop.run_in_executor(pool, begin)
    committed = time.perf_counter()
    first = await asyncio.gather(*(stream.queue.get() for stream in streams))
    out = time.perf_counter()
    assert all(b'"kind":"roll_call"' in batch.whole for batch in first)
    for stream in streams:
        hub.leave(stream)

    def answers(start: int) -> list[float]:
        took = []
        for code in codes()[start::THREADS]:
            begun = time.perf_counter()
            act(
                "drill",
                "answer",
                {"person": "值班员", "position": "值班室"},
                Actor("unit", "bench", code),
                no=no,
            )
            took.append((time.perf_counter() - begun) * 1000)
        connections.close_all()
        return took

    answering = time.perf_counter()
    parts = await asyncio.gather(*(loop.run_in_executor(pool, answers, n) for n in range(THREADS)))
    answered = time.perf_counter()

    def look() -> int:
        try:
            entry = queries.get(office, "drill", no)
            assert entry is not None
            return drills.board(entry, entry.opened_at).answered
        finally:
            connections.close_all()

    assert await loop.run_in_executor(pool, look) == UNITS
    board = time.perf_counter() - answered
    pool.shutdown()
    return {
        "commit": committed - started,
        "out": out - started,
        "answers": [value for part in parts for value in part],
        "all": answered - answering,
        "board": board,
    }


def main() -> None:
    """Both databases, one after the other."""
    for kind in KINDS:
        try:
            with database(kind) as make:
                store = make()
                lines = store.python(__file__, "measure", str(widened(store.home))).splitlines()
        except (RuntimeError, ImportError) as problem:
            say(f"{kind}: {problem}")
            absent(PART, f"{kind}: {UNITS} units", str(problem).splitlines()[-1][:120])
            continue
        found = [json.loads(line) for line in lines if line.startswith("{")]
        out = max(run["out"] for run in found)
        shown = " ".join(f"{run['out'] * 1000:.0f}" for run in found)
        emit(PART, f"{kind}: {UNITS} units, from the action to every open stream, worst of {len(found)}", f"{out:.2f} s ({shown} ms)", f"{GOAL_SECONDS:.0f} s", out <= GOAL_SECONDS)  # fmt: skip
        emit(PART, f"{kind}: of that, committed", f"{max(run['commit'] for run in found) * 1000:.0f} ms")
        values = [value for run in found for value in run["answers"]]
        p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
        emit(PART, f"{kind}: answers of {UNITS} units from {THREADS} threads at once", f"median {p50:.0f} ms, p99 {p99:.0f} ms, all in {max(run['all'] for run in found):.1f} s")  # fmt: skip
        emit(
            PART,
            f"{kind}: the board of {UNITS} units, read",
            f"{max(run['board'] for run in found) * 1000:.0f} ms",
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(sys.argv[2])
    else:
        main()
