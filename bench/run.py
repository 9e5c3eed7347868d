"""`make bench`: every benchmark in order, in one run, and one report with the goal, what was measured, and what falls short.

QUICK=1 makes all of them short; ONLY=throughput,large runs some of them; BENCH_DATABASES=sqlite leaves PostgreSQL out.
A benchmark that fails or has no data is named in the report. The exit code is 1 only where a benchmark itself broke.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from harness import MARK, QUICK, ROOT, Row

BENCH = ROOT / "bench"
TAIL = 12
"""Lines of a benchmark without rows of its own that the report repeats."""


class Part(NamedTuple):
    """A script, what it is about, its arguments in a quick and in a full run (None: left out)."""

    script: str
    about: str
    quick: tuple[str, ...] | None = ()
    full: tuple[str, ...] | None = ()


PARTS = (
    Part("throughput.py", "(a) cases a second through the API, the floor, django-helpdesk, replay"),
    Part("large.py", "(b) (c) 30 call-takers and 60 screens; lists and inboxes up to a million cases"),
    Part("live.py", "500 open screens: from the command to the others' lists; after kill -9"),
    Part("screens.py", "first paint and weight of every console"),
    Part("decide_fold.py", "(d) decide and fold on one core"),
    Part("memory.py", "(e) memory of serve"),
    Part("startup.py", "(f) make run to the first page"),
    Part("simulation.py", "simulate 50,000 cases"),
    Part("clocks.py", "clocks"),
    Part("rollcall.py", "a roll call of 200 units: out, answered"),
    Part("evaluation.py", "one quarter's evaluation, a million cases over twelve quarters"),
    Part("channels.py", "10,000 deliveries through a slow, failing peer beside the desk"),
    Part("exchange.py", "two networks: 50,000 events through signed files"),
    Part("intake.py", "from other systems: files a second, catching up after an hour's outage"),
    Part("front.py", "what the ASGI front costs"),
    Part("routing.py", "routing", quick=None),
    Part("kill_replay.py", "a replay killed again and again", ("--kills", "3"), ("--kills", "20")),
)


def environment() -> dict[str, str]:
    """The environment of a benchmark: the product from this checkout."""
    paths = (ROOT / "src", ROOT / "tests", BENCH)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONUNBUFFERED": "1"}


def run(part: Part) -> tuple[list[Row], int]:
    """Run one benchmark and pass its output on; its rows and its exit code."""
    arguments = part.quick if QUICK else part.full
    rows: list[Row] = []
    if not (BENCH / part.script).exists() or arguments is None:
        reason = "left out with QUICK=1" if arguments is None else "there is no such benchmark here"
        return [Row(part.script, part.about, reason, "", "absent")], 0
    print(f"== {part.script}: {part.about}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(BENCH / part.script), *arguments],
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    plain: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(MARK):
            row = Row(**json.loads(line.removeprefix(MARK)))
            rows.append(row)
            line = f"  {row.what}: {row.measured} {row.goal and f'(goal {row.goal}: {row.verdict})'}\n"
        elif line.strip():
            plain.append(line.rstrip())
        print(line, end="", flush=True)
    code = process.wait()
    print(f"   {time.monotonic() - began:.0f} s\n", flush=True)
    if code:
        rows.append(
            Row(part.script, part.about, f"ended with {code}: {' '.join(plain[-1:])[:120]}", "", "failed")
        )
    elif not rows:
        rows += [
            Row(part.script.removesuffix(".py"), "", text.strip(), "", verdict(text))
            for text in plain[-TAIL:]
        ]
    return rows, code


def verdict(text: str) -> str:
    """What a line in plain words says of its goal."""
    if re.search(r"\bshort\b", text):
        return "short"
    return "ok" if re.search(r"\bgoal\b.*\bmet\b", text) else "info"


def table(rows: list[Row]) -> str:
    """The report: one line a figure, aligned as far as plain text goes."""
    head = Row("part", "what", "measured", "goal", "verdict")
    wide = [max(len(row[n]) for row in (head, *rows)) for n in range(5)]
    wide[1], wide[2] = min(wide[1], 62), min(wide[2], 80)
    order = (0, 1, 3, 2, 4)

    def one(row: Row) -> str:
        return "| " + " | ".join(row[n].ljust(wide[n]) for n in order) + " |"

    rule = "|" + "|".join("-" * (wide[n] + 2) for n in order) + "|"
    return "\n".join([one(head), rule, *map(one, rows)])


def machine() -> str:
    """Where this was measured: without it the numbers say nothing."""
    memory = (
        next(iter(Path("/proc/meminfo").read_text().splitlines()), "")
        if Path("/proc/meminfo").exists()
        else ""
    )
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} processors, {memory.replace('MemTotal:', '').strip()} memory, load {load}, Python {sys.version.split()[0]}"


def main() -> int:
    """All parts, then the report."""
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    print(f"make bench{' (quick)' if QUICK else ''}: {machine()}\n", flush=True)
    rows: list[Row] = []
    broken = 0
    for part in PARTS:
        if only and part.script.removesuffix(".py") not in only:
            continue
        found, code = run(part)
        rows += found
        broken += code != 0
    print(f"{table(rows)}\n\n{machine()}")
    short = [row for row in rows if row.verdict == "short"]
    print(f"\nfalls short: {len(short)}")
    for row in short:
        print(
            "  "
            + ": ".join(
                text for text in (row.part, row.what, row.measured, row.goal and f"goal {row.goal}") if text
            )
        )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
