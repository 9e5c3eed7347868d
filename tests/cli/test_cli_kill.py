"""kill -9 during a replay, twenty times on the database of this run: nothing acknowledged is lost (I6)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

KILLS = 20
BENCH = Path(__file__).resolve().parents[2] / "bench" / "kill_replay.py"


@pytest.mark.kill
def test_nothing_acknowledged_is_lost(stores, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("kill_replay", BENCH)
    assert spec is not None
    assert spec.loader is not None
    kill_replay = importlib.util.module_from_spec(spec)
    sys.modules["kill_replay"] = kill_replay
    spec.loader.exec_module(kill_replay)
    url = stores.fresh()
    result = kill_replay.run(KILLS, kill_replay.environment_for(url, tmp_path), url, tmp_path)
    assert result.lost == []
    assert result.violations == []
    assert result.kills >= KILLS * 0.8, "most kills must hit a running replay"
    assert result.acknowledged > KILLS
