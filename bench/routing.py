"""How well and how fast the routing engine works on the development calls: `python bench/routing.py [FILE.jsonl]`.

Scores the calls beside the repository (../shared/data/qijiang_dev.jsonl) with the published baselines next to
them, then latency, start-up time and memory. Where the data is absent it says so and exits 0.
The development calls were used for tuning: their numbers compare engines, they do not estimate field accuracy.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

# Measured by others on another set of the same kind, unseen by that engine (data/README.md).
BASELINES = {
    "top1": .437, "top1_alternates": .596, "top3": .617, "emergency_recall": .87, "emergency_precision": .28,
    "traps": .80, "township_precision": .98, "township_recall": .85,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the measures. Returns the exit code."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    from liandong.triage import evaluate as scoring
    from liandong.triage.router import Router

    router = Router.from_pack(ROOT / "packs" / "qijiang")
    started = time.perf_counter() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"start-up {started:.2f} s, memory {memory:.0f} MB")

    data = Path(arguments[0]) if arguments else ROOT.parent / "shared" / "data" / "qijiang_dev.jsonl"
    if not data.exists():
        print(f"no labelled calls at {data}: nothing to score")
        return 0
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines() if line.strip()]
    result = scoring.evaluate(rows, router)
    print(scoring.format(result))
    print("\nbaseline (all engines combined, another unseen set) → here")
    for name, baseline in BASELINES.items():
        value = result["measures"].get(name)
        if value:
            print(f"  {name:<22}{baseline:.3f} → {value['share']:.3f}")

    times = []
    for row in rows * 5:
        start = time.perf_counter()
        router.route(row["text"])
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    print(
        f"\nlatency of one text: median {statistics.median(times):.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
