"""``liandong replay``: the gate is answered as a call-taker would, and a second run finds what the first one stored."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from liandong.cli.messages import Message, read_messages, weeks_to

TZ = "+08:00"


def plain(case: dict[str, Any]) -> dict[str, Any]:
    """A stored state with its instants (which the store marks with @) as plain ISO strings."""
    return {key: value.removeprefix("@") if isinstance(value, str) else value for key, value in case.items()}


def cases(home: Path) -> dict[str, dict[str, Any]]:
    """The stored states by source reference."""
    with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection:
        rows = connection.execute("SELECT source_ref, doc FROM casework_case").fetchall()
    return {ref: plain(json.loads(doc)) for ref, doc in rows}


def test_counts_and_rates(run, messages: Path) -> None:  # type: ignore[no-untyped-def]
    result = json.loads(run("replay", str(messages), "--json").stdout)
    assert (result["read"], result["registered"], result["existing"], result["refused"]) == (5, 5, 0, 0)
    assert result["to_police"] >= 1
    assert result["doubtful"] >= 1
    assert result["to_police"] + result["doubtful"] + result["clear"] == 5
    assert result["to_police_rate"] == pytest.approx(result["to_police"] / 5)


def test_the_gate(run, home: Path, messages: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("replay", str(messages), "--shift", "none").returncode == 0
    stored = cases(home)
    assert set(stored) == {"M1", "M2", "3", "M4", "M5"}
    assert stored["3"]["state"] == "police"
    assert stored["M1"]["safety"] == {"life": "no", "property": "no", "public": "no"}
    assert stored["M1"]["state"] == "dispatched"
    assert stored["M1"]["lead_unit"]
    assert "no" not in stored["M4"]["safety"].values(), "a negated danger stays a question (EB-R3)"
    assert stored["M4"]["state"] == "registered"
    assert {case["source"]["channel"] for case in stored.values()} == {"demonstration"}
    assert (stored["M5"]["place"] or {}).get("township") is None
    assert stored["M1"]["received_at"] == f"2018-06-04T09:00:00{TZ}"


def test_times_move_by_whole_weeks(run, home: Path, messages: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("replay", str(messages)).returncode == 0
    moved = datetime.fromisoformat(cases(home)["M1"]["received_at"]) - datetime.fromisoformat(
        f"2018-06-04T09:00:00{TZ}"
    )
    assert moved.seconds == 0
    assert moved.days % 7 == 0
    assert moved.days > 0


def test_a_second_run_changes_nothing(run, home: Path, messages: Path) -> None:  # type: ignore[no-untyped-def]
    run("replay", str(messages), "--shift", "none")
    before = cases(home)
    result = json.loads(run("replay", str(messages), "--shift", "none", "--json").stdout)
    assert (result["registered"], result["existing"]) == (0, 5)
    assert {ref: case["no"] for ref, case in cases(home).items()} == {
        ref: case["no"] for ref, case in before.items()
    }
    assert run("check").returncode == 0


def test_limit_and_resume(run, home: Path, messages: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    journal = tmp_path / "journal"
    run("replay", str(messages), "--limit", "2", "--journal", str(journal), "--shift", "none")
    assert journal.read_text().split() == ["M1", "M2"]
    assert set(cases(home)) == {"M1", "M2"}
    result = json.loads(
        run("replay", str(messages), "--json", "--shift", "none", "--speed", "9000000").stdout
    )
    assert (result["registered"], result["existing"]) == (3, 2)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "第 2 行"),
        ("[1]", "第 2 行"),
        ('{"text": "x", "time": "2018-06-04T09:00:00+08:00"}', "ref"),
        ('{"id": "b", "text": "x"}', "received_at"),
        ('{"id": "b", "text": "x", "time": "2018-06-04T09:00:00"}', "时区"),
        ('{"id": "b", "time": "2018-06-04T09:00:00+08:00"}', "text"),
        ('{"id": "a", "text": "x", "time": "2018-06-04T09:00:00+08:00"}', "两次"),
    ],
)
def test_a_malformed_line_is_named_and_nothing_is_played(
    run, home: Path, tmp_path: Path, one_line, line: str, named: str
) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "bad.jsonl"
    file.write_text(
        '{"id": "a", "text": "路灯不亮", "time": "2018-06-04T09:00:00+08:00"}\n' + line + "\n",
        encoding="utf-8",
    )
    said = one_line(run("replay", str(file)), 2)
    assert "第 2 行" in said
    assert named in said
    assert cases(home) == {}


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "inf"])
def test_speed_is_a_positive_number_or_max(run, messages: Path, one_line, speed: str) -> None:  # type: ignore[no-untyped-def]
    one_line(run("replay", str(messages), f"--speed={speed}"), 2)


def test_messages_are_read_in_order_of_time(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    rows = [{"id": n, "text": "x", "time": f"2018-06-0{9 - n}T09:00:00+08:00"} for n in range(1, 6)]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert [message.ref for message in read_messages(file)] == ["5", "4", "3", "2", "1"]
    assert {message.ref for message in read_messages(file, limit=2)} == {"1", "2"}


@pytest.mark.parametrize(
    ("last", "days"),
    [
        ("2018-06-04T09:00:00", 0),
        ("2018-05-28T09:00:01", 0),
        ("2018-05-28T09:00:00", 7),
        ("2018-06-04T09:00:01", -7),
    ],
)
def test_whole_weeks_never_pass_now(last: str, days: int) -> None:
    now = datetime.fromisoformat(f"2018-06-04T09:00:00{TZ}")
    assert weeks_to([Message("a", datetime.fromisoformat(last + TZ), "x", "x")], now).days == days


def test_the_reading_is_the_routers_own_screen(messages: Path) -> None:
    from liandong.cli.messages import CallTaker

    taker = CallTaker()
    for message in read_messages(messages):
        screen = taker.router.screen(message.content)
        reading = taker.read(message.content)
        assert reading.flag == (screen.flag or screen.keep)
        assert reading.screen.flag == screen.flag
        assert set(reading.screen.reasons) == set(screen.reasons)
        assert reading.screen.danger_class == screen.danger_class
