"""Due clocks survive kill -9: two workers, ten kills, every effect once (CONTRACT I6, DESIGN)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.stores import Stores

SCRIPT = Path(__file__).with_name("kill_clocks.py")


@pytest.mark.kill
def test_a_thousand_due_clocks_through_ten_kills(stores: Stores) -> None:
    url = stores.fresh()
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "1000", "10", "7"],
        env=stores.environment(url),
        cwd=stores.home,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    result = json.loads(ran.stdout.splitlines()[-1])
    print(result)
    assert result["kills"] == 10
    assert result["left_at_last_kill"] > 0, "the kills came after the work was done: nothing was proved"
    assert result["cases_with_effect"] == result["cases"] == 1000
    assert result["told_twice"] == 0
    assert result["still_due"] == 0
