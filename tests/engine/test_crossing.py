"""Cases and registers written in either order at once: nobody waits for ever, nothing is refused by the database (I5)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def test_slips_consultations_notes_and_seals_cross_without_a_deadlock(stores: Any) -> None:
    worker = Path(__file__).with_name("crossing_worker.py")
    done = subprocess.run(
        [sys.executable, str(worker)], env=stores.environment(stores.fresh()), capture_output=True, text=True, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"failures": [], "slips": 12, "consultations": 24, "found": []}
