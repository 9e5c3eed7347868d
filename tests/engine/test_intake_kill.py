"""kill -9 while files are taken in: every file ends in done, every message counted once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from support.stores import Stores

WORKER = Path(__file__).with_name("intake_worker.py")
FILES, KILLS = 40, 6


def test_killed_again_and_again_nothing_is_lost_or_doubled(stores: Stores, tmp_path: Path) -> None:
    environment = stores.environment(stores.fresh())

    def start(what: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(WORKER), what, str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    assert start("prepare").wait(120) == 0
    incoming = tmp_path / "jcj" / "in"
    incoming.mkdir(parents=True)
    for n in range(FILES):
        create = {
            "xxbh": f"{n}-1",
            "czlx": "1",
            "jjdbh": f"J{n}",
            "bjsj": "2018-06-01 09:00:00",
            "bjnr": f"路灯坏了 {n}",
        }
        append = {"xxbh": f"{n}-2", "czlx": "2", "jjdbh": f"J{n}", "bcnr": "又来电"}
        path = incoming / f"{n:03d}.json"
        path.write_text(json.dumps({"jjdList": [append, create] if n % 2 else [create, append]}))
        os.utime(path, (1e9, 1e9))
    chance, killed = random.Random(6), 0
    for _ in range(KILLS + 1):
        worker = start("work")
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        if killed < KILLS:
            time.sleep(chance.uniform(0.0, 0.25))
            worker.kill()
            killed += 1
        else:
            assert worker.stdout.readline() == "finished\n"
        worker.wait(60)
    counting = start("count")
    assert counting.stdout is not None
    found = json.loads(counting.stdout.read())
    counting.wait(60)
    assert found == {"cases": FILES, "notes": [1] * FILES, "faults": []}
    done = {path.name for path in (tmp_path / "jcj" / "done").iterdir()}
    assert len([name for name in done if name.endswith(".receipt.json")]) == FILES
    assert len(done) == 2 * FILES
