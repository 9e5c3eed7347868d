"""R50: 200 units answer one roll call in the same moment, each twice; every answer is there once (both databases)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORKER = Path(__file__).with_name("drill_worker.py")


def test_two_hundred_units_answer_at_once_and_none_is_lost(stores):
    done = subprocess.run(
        [sys.executable, str(WORKER)],
        env=stores.environment(stores.fresh()),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
