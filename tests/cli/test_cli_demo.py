"""``liandong demo``: twenty cases and more in every state, every register filled, by public steps alone, the store clean."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

from cli_process import liandong

from liandong.cli.demo import ENOUGH
from liandong.rules.codes import STATES

REGISTERS = {
    "appeal": {"filed", "upheld"},
    "campaign": {"done", "planned", "cancelled"},
    "connection_test": {"passed", "failed"},
    "consultation": {"concluded"},
    "deployment": {"assigned", "on_site", "released"},
    "drill": {"calling", "judged"},
    "equipment": {"recorded", "verified"},
    "finding": {"noted", "rectifying", "closed", "proposed"},
    "incident_report": {"received"},
    "incident_review": {"finished"},
    "measure": {"proposed", "published", "withdrawn"},
    "meeting": {"minuted"},
    "partner_message": {"sent"},
    "referral": {"drafted"},
    "resource_status": {"ready"},
    "sampling": {"finished"},
    "sanction": {"submitted", "carried_out"},
    "supervision_slip": {"issued", "answered", "lifted"},
    "task": {"accepted", "open", "extension_asked"},
    "test_call": {"answered", "unanswered"},
    "unit_document": {"accepted", "returned", "filed"},
    "vehicle_mark": {"applied", "returned", "valid", "handed_in"},
    "vehicle_use": {"active"},
}
"""What stands in each register whatever the day; plans of 点验 and the next meeting hang on the day of the quarter."""


def test_every_state_stands(tmp_path: Path, messages: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    home = tmp_path / "demo"
    done = liandong(home, "demo", "--messages", str(messages))
    assert done.returncode == 0, done.stderr
    assert "未做成" not in done.stdout, "no story was refused"
    with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection:
        standing = Counter(state for (state,) in connection.execute("SELECT state FROM casework_case"))
        late = connection.execute(
            "SELECT count(*) FROM casework_event WHERE at_ms > CAST(strftime('%s', 'now') AS integer) * 1000 + 5000"
        ).fetchone()[0]
        channels = {channel for (channel,) in connection.execute("SELECT source_channel FROM casework_case")}
        filled: dict[str, set[str]] = defaultdict(set)
        for register, state in connection.execute("SELECT register, state FROM registers_entry"):
            filled[register].add(state)
        ahead = connection.execute(
            "SELECT count(*) FROM registers_step WHERE at_ms > CAST(strftime('%s', 'now') AS integer) * 1000 + 5000"
        ).fetchone()[0]
        overdue = connection.execute(
            "SELECT count(*) FROM registers_entry WHERE register = 'supervision_slip' AND is_open "
            "AND due_ms < CAST(strftime('%s', 'now') AS integer) * 1000"
        ).fetchone()[0]
        reports = {kind for (kind,) in connection.execute("SELECT kind FROM engine_report")}
        frozen = connection.execute("SELECT count(*) FROM casework_snapshot").fetchone()[0]
        plans = filled.pop("drill_plan")
    assert {state: standing[state] for state in STATES if standing[state] < ENOUGH} == {}
    assert {name: states - filled[name] for name, states in REGISTERS.items() if states - filled[name]} == {}
    assert "done" in plans, "the roll call had its plan"
    assert (late, ahead) == (0, 0), "the virtual clock ends now"
    assert overdue, "one slip waits for an answer beyond its limit"
    assert {"daily", "weekly"} <= reports
    assert frozen, "a period is frozen"
    assert channels == {"demonstration"}
    assert json.loads((home / "demo.json").read_text())["cases"] == sum(standing.values())
    checked = liandong(home, "check")
    assert checked.returncode == 0, checked.stdout
    assert "desk\tdesk\t" in liandong(home, "user", "list").stdout
    assert "空库" in one_line(liandong(home, "demo"), 1)
