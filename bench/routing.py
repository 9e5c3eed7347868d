"""Everything about routing in one run: `python bench/routing.py [FILE.jsonl]` (`make bench-routing`).

Calls (development calls and the project's own independent sample, neither ever trained on), the phrasebook by
cross-validation, seven classes, weakly labelled replies, places, likeness and hot topics, reply quality, speed, start-up
and memory at 10,000 and 1,000,000 cases. Each figure with its count and Wilson interval, published baselines beside.
Where data is absent a part says so; the exit code is 0.

The rules were once tuned on the development calls; phrasebook and model never saw them. The sample was written apart
from both and nothing was tuned on it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

import classes  # noqa: E402
import places  # noqa: E402
import reply  # noqa: E402
import routing_speed  # noqa: E402
import similar  # noqa: E402
import weak_units  # noqa: E402
from liandong.triage import evaluate as scoring  # noqa: E402
from liandong.triage.fitting import wilson  # noqa: E402
from liandong.triage.router import Router  # noqa: E402

PACK = ROOT / "packs" / "qijiang"
CALLS = ROOT.parent / "shared" / "data" / "qijiang_dev.jsonl"
SAMPLE = PACK / "samples" / "labelled.jsonl"
# Measured by others on another set of the same kind, unseen by that engine (data/README.md).
BASELINES = {
    "top1": .437, "top1_alternates": .596, "top3": .617, "emergency_recall": .87, "emergency_precision": .28,
    "traps": .80, "township_precision": .98, "township_recall": .85,
}  # fmt: skip
AIMS = {
    "top1": .80, "top1_alternates": .92, "top3": .94, "emergency_recall": 1.0, "emergency_precision": .70,
    "traps": .92, "township_recall": .98,
}  # fmt: skip


def calls(router: Router, path: Path, title: str) -> None:
    """Score one file of labelled calls."""
    if not path.is_file():
        print(f"{title}: no {path.name}, left out")
        return
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    result = scoring.evaluate(rows, router)
    print(f"{title}: {scoring.format(result)}")
    for name, baseline in BASELINES.items():
        value = result["measures"].get(name)
        if value:
            aim = f", aim {AIMS[name]:.2f}" if name in AIMS else ""
            print(f"  {name:<22}{value['share']:.3f}   baseline {baseline:.3f}{aim}")
    print()


def phrasebook(measures: dict[str, Any], version: str) -> None:
    """What the base model did on phrases it had not seen, as its file says."""
    print(
        f"phrasebook by cross-validation ({version}); its texts are harder than calls: oblique ones and near-misses"
    )
    for name, right, count in (
        ("lead unit top-1", measures["top1"], measures["texts"]),
        ("lead unit top-3", measures["top3"], measures["texts"]),
        ("dangers flagged", measures["flagged_rightly"], measures["dangers"]),
        ("dangers flagged or asked about", measures["asked_rightly"], measures["dangers"]),
        ("flagged texts that are danger", measures["flagged_rightly"], measures["flagged"]),
    ):
        low, high = wilson(right, count)
        print(f"  {name:<32}{right / count:.3f} [{low:.3f}, {high:.3f}] {right}/{count}")
    print()


def main(arguments: list[str]) -> int:
    """Print all measures. Returns the exit code."""
    router = Router.from_pack(PACK)
    given = Path(arguments[0]) if arguments else CALLS
    calls(router, given, "development calls" if given.resolve() == CALLS.resolve() else given.name)
    calls(router, SAMPLE, "independent sample")
    if router.model is not None:
        phrasebook(router.model.meta["measures"], router.model.version)
    print(places.report(), end="\n\n")
    classes.report()
    print()
    weak_units.report()
    print()
    reply.report()
    print()
    similar.report(beside=routing_speed.figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
