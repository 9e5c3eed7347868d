"""Part E: one case of a period, one appeal, also where several people of the unit file it at the same instant (I5)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def test_of_appeals_about_one_case_at_once_only_one_gets_in(stores: Any) -> None:
    worker = Path(__file__).with_name("appeal_worker.py")
    done = subprocess.run(
        [sys.executable, str(worker)], env=stores.environment(stores.fresh()), capture_output=True, text=True, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["became"] == [*["already_done"] * 5, "filed"]
    assert len(found["appeals"]) == 1
    assert found["found"] == []
