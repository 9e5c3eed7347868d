"""One text end to end: reading it, judging it, looking for likenesses. In a process of its own beside a built index.

Start-up is from the first import to the first answer; memory is what the process holds above a bare interpreter.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACK = ROOT / "packs" / "qijiang"
Figure = tuple[str, float, str, str]


def process(path: str, records: int) -> dict[str, float]:
    """Runs in a process of its own; milliseconds, seconds, MB."""
    import statistics

    began = time.perf_counter()
    bare = _resident()
    import similar as bench
    from liandong.triage.router import Router
    from liandong.triage.similar import Question, Reader

    router = Router.from_pack(PACK)
    pack, layout, purpose, read = bench.settings(records)
    reader = Reader(Path(path), layout, purpose, read, pack.alike)

    def one(text: str) -> None:
        answer = router.route(text)
        guesses = {each["unit"]: each["score"] for each in answer["suggestions"]}
        place = (answer["place"] or {}).get("township") or ""
        reader.find(Question(text, bench.NOW, bench.NOW - 60 * bench.DAY, place, "", guesses))

    sample = (PACK / "samples" / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in sample if line.strip()]
    one(texts[0])
    started = time.perf_counter() - began
    for text in texts:
        one(text)
    times = []
    for text in texts * 5:
        start = time.perf_counter()
        one(text)
        times.append((time.perf_counter() - start) * 1000)
    learned = any(name.split(".")[0] in ("sklearn", "scipy") for name in sys.modules)
    return {
        "p50": statistics.median(times),
        "p99": bench.quantile(times, 0.99),
        "count": len(times),
        "start": started,
        "memory": _resident() - bare,
        "learned": float(learned),
    }


def figures(path: Path, records: int) -> list[Figure]:
    """Measure beside an index of so many cases."""
    code = f"import json, routing_speed; print(json.dumps(routing_speed.process({str(path)!r}, {records})))"
    paths = {
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'bench'}",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
    }
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "bench",
        env=paths,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    name = f"{records:,} cases"
    count = f"ms of {int(found['count']):,}"
    return [
        (f"one text end to end, median, {name}", found["p50"], count, "< 2"),
        (f"one text end to end, p99, {name}", found["p99"], count, "< 5"),
        (f"start-up to the first answer, {name}", found["start"], "s", "< 2"),
        (f"memory of routing, {name}", found["memory"], "MB", "< 150"),
        (f"sklearn or scipy imported while serving, {name}", found["learned"], "0 no, 1 yes", "0"),
    ]


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
