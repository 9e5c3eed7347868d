"""``liandong demo``: twenty cases and more in every state, made by public commands alone, the store clean."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from cli_process import liandong

from liandong.cli.demo import ENOUGH
from liandong.rules.codes import STATES


def test_every_state_stands(tmp_path: Path, messages: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    home = tmp_path / "demo"
    done = liandong(home, "demo", "--messages", str(messages))
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection:
        standing = Counter(state for (state,) in connection.execute("SELECT state FROM casework_case"))
        late = connection.execute(
            "SELECT count(*) FROM casework_event WHERE at_ms > CAST(strftime('%s', 'now') AS integer) * 1000 + 5000"
        ).fetchone()[0]
        channels = {channel for (channel,) in connection.execute("SELECT source_channel FROM casework_case")}
    assert {state: standing[state] for state in STATES if standing[state] < ENOUGH} == {}
    assert late == 0, "the virtual clock ends now"
    assert channels == {"demonstration"}
    assert json.loads((home / "demo.json").read_text())["cases"] == sum(standing.values())
    assert liandong(home, "check").returncode == 0
    assert "desk\tdesk\t" in liandong(home, "user", "list").stdout
    assert "空库" in one_line(liandong(home, "demo"), 1)
