"""After a day's stop: 10,000 due clocks worked off by two workers while requests go on being registered.

Prints how long it took and what a registration cost before and meanwhile, on both databases. Asserts nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
COUNT = 10_000
PART = "clocks"


def fields(reference: str, at: Any) -> dict[str, Any]:
    """A harmless request."""
    return {
        "kind": "complaint",
        "summary": f"路口垃圾没有清运 {reference}",
        "safety": {"life": "no", "property": "no", "public": "no"},
        "received_at": at.isoformat(timespec="milliseconds"),
        "source": {"channel": "bench", "ref": reference},
    }


def fill(count: int) -> None:
    """``count`` requests of yesterday whose triage clock has long run out."""
    from liandong.casework.execute import batch, execute
    from liandong.engine.instants import now
    from liandong.rules.model import Actor, Command

    start = now() - timedelta(hours=24)
    for first in range(0, count, 1000):
        with batch():
            for n in range(first, min(first + 1000, count)):
                at = start + timedelta(seconds=n)
                execute(Command("register", None, fields(f"old{n}", at)), Actor("desk", "bench"), now=at)


def work() -> None:
    """One worker: run until nothing is due."""
    from liandong.engine.clock import run_due

    started, done = time.monotonic(), 0
    while worked := run_due(limit=200):
        done += worked
    print(json.dumps({"done": done, "seconds": time.monotonic() - started}))


def register(mark: str, seconds: float) -> None:
    """Register one request after another, ten a second at most; latencies in milliseconds."""
    from liandong.casework.execute import execute
    from liandong.engine.instants import now
    from liandong.rules.model import Actor, Command

    took: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        command = Command("register", None, fields(f"{mark}{len(took)}", now() - timedelta(seconds=1)))
        execute(command, Actor("desk", "bench"))
        took.append((time.perf_counter() - started) * 1000)
        time.sleep(max(0.0, 0.1 - took[-1] / 1000))
    print(json.dumps(took))


def measure(store: Any) -> None:
    """Fill, register alone, then work off while registering."""
    from harness import QUICK, emit, percentile, say

    count = COUNT // 10 if QUICK else COUNT
    store.python(str(HERE), "fill", str(count))
    say(f"{store.kind}: {count} due clocks")
    alone = json.loads(store.python(str(HERE), "register", "before", "5").splitlines()[-1])

    def start(*arguments: str) -> subprocess.Popen[str]:
        call = [sys.executable, str(HERE), *arguments]
        return subprocess.Popen(
            call, env=store.environment, cwd=store.home, stdout=subprocess.PIPE, text=True
        )

    workers = [start("work"), start("work")]
    registers = start("register", "during", "8" if QUICK else "20")
    told = [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
    during = json.loads(registers.communicate()[0].splitlines()[-1])
    slowest = max(one["seconds"] for one in told)
    done = sum(one["done"] for one in told)
    emit(
        PART,
        f"{store.kind}: due clocks worked off by two workers",
        f"{done} in {slowest:.1f} s, {done / slowest:.0f}/s",
    )
    for what, took in (("alone", alone), ("meanwhile", during)):
        median, late = percentile(took, 0.5), percentile(took, 0.99)
        emit(
            PART,
            f"{store.kind}: one registration {what}",
            f"p50 {median:.0f} ms, p99 {late:.0f} ms, n {len(took)}",
        )


def main() -> None:
    """Both databases."""
    from harness import KINDS, absent, database

    for kind in KINDS:
        try:
            with database(kind) as make:
                measure(make())
        except FileNotFoundError as error:
            absent(PART, kind, str(error))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import django

        django.setup()
        part, *arguments = sys.argv[1:]
        if part == "fill":
            fill(int(arguments[0]))
        elif part == "work":
            work()
        else:
            register(arguments[0], float(arguments[1]))
