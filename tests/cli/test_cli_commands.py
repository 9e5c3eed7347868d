"""Exit codes and outputs of the commands: 0 done, 1 no, 2 wrong use; one clear line on stderr, never a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_process import PACK, liandong


def test_help_names_every_command_of_the_contract(tmp_path: Path) -> None:
    done = liandong(tmp_path, "--help")
    assert done.returncode == 0
    for name in ("serve", "demo", "init", "migrate", "user", "token", "calendar", "replay", "simulate", "due", "route",
                 "evaluate-routing", "check", "tick", "worker", "report", "backup", "restore", "doctor"):  # fmt: skip
        assert name in done.stdout


@pytest.mark.parametrize(
    "call",
    [
        (),
        ("nonsense",),
        ("due",),
        ("route",),
        ("init",),
        ("init", "--pack", "nowhere"),
        ("replay", "nowhere.jsonl"),
        ("evaluate-routing", "nowhere.jsonl"),
        ("report", "daily", "--on", "2018-06-01", "-o", "x.odt"),
        ("serve", "--port", "99999999"),
        ("user", "add"),
        ("token",),
    ],
)
def test_wrong_use(tmp_path: Path, one_line, call: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    one_line(liandong(tmp_path, *call), 2)


@pytest.mark.parametrize(
    "call", [("check",), ("tick",), ("user", "list"), ("token", "--user", "li"), ("worker",)]
)
def test_a_store_without_a_district_says_what_to_do(tmp_path: Path, one_line, call: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert "liandong migrate" in one_line(liandong(tmp_path / "new", *call), 1)
    assert liandong(tmp_path / "new", "migrate").returncode == 0
    assert "liandong init" in one_line(liandong(tmp_path / "new", *call), 1)


def test_serve_without_a_district_says_what_to_do(tmp_path: Path) -> None:
    done = liandong(tmp_path, "serve", "--port", "20999")
    assert done.returncode == 1
    assert "liandong init" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_pack_loads_nothing(tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    broken = tmp_path / "pack"
    shutil.copytree(PACK, broken)
    text = (broken / "units.toml").read_text(encoding="utf-8")
    (broken / "units.toml").write_text(text.replace('kind = "police"', 'kind = "army"', 1), encoding="utf-8")
    line = one_line(liandong(tmp_path / "home", "init", "--pack", str(broken)), 1)
    assert "units.toml:" in line
    assert "liandong init" in one_line(liandong(tmp_path / "home", "check"), 1)


def test_an_unreachable_database_is_one_line(tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    url = "postgres://nobody@127.0.0.1:1/none"
    assert "LIANDONG_DATABASE_URL" in one_line(liandong(tmp_path, "check", LIANDONG_DATABASE_URL=url), 1)


def test_accounts_and_tokens(run, one_line) -> None:  # type: ignore[no-untyped-def]
    added = run("user", "add", "li", "--role", "desk")
    assert added.returncode == 0
    assert "初始密码" in added.stdout
    one_line(run("user", "add", "li", "--role", "desk"), 1)
    one_line(run("user", "add", "zhang", "--role", "unit"), 1)
    one_line(run("user", "add", "zhang", "--role", "emperor"), 1)
    assert run("user", "add", "zhang", "--role", "unit", "--unit", "CG", "--no-password").returncode == 0
    listed = run("user", "list").stdout.splitlines()
    assert [line.split("\t")[:3] for line in listed] == [["li", "desk", "-"], ["zhang", "unit", "CG"]]
    first, second = run("token", "--user", "zhang"), run("token", "--user", "zhang")
    assert first.returncode == 0
    assert first.stdout.count("\n") == 1
    assert first.stdout.strip() != second.stdout.strip()
    assert run("user", "list").stdout.splitlines() == listed
    one_line(run("token", "--user", "wang"), 1)


def test_passwords(run, one_line) -> None:  # type: ignore[no-untyped-def]
    run("user", "add", "li", "--role", "desk")
    one_line(run("user", "password", "li", "--password-stdin", stdin="short\n"), 1)
    assert run("user", "password", "li", "--password-stdin", stdin="long-enough-2018\n").returncode == 0
    one_line(run("user", "password", "wang", "--password-stdin", stdin="long-enough-2018\n"), 1)


def test_a_disabled_account_gets_no_token(run, one_line) -> None:  # type: ignore[no-untyped-def]
    run("user", "add", "li", "--role", "desk")
    assert run("user", "disable", "li").returncode == 0
    assert "停用" in one_line(run("token", "--user", "li"), 1)


def test_route_answers_like_the_interface(tmp_path: Path) -> None:
    done = liandong(tmp_path, "route", "--text", "古南街道老街的垃圾堆了三天没人清运，味道很大", "--json")
    answer = json.loads(done.stdout)
    assert answer["suggestions"][0]["unit"] == "CG"
    assert set(answer) == {
        "emergency",
        "never_divert",
        "suggestions",
        "assist",
        "place",
        "duplicates",
        "confidence",
        "auto",
        "matters",
        "ask",
        "model",
    }
    assert not (tmp_path / "liandong.sqlite3").exists()


def test_route_reads_a_file_line_by_line(tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "texts.jsonl"
    file.write_text('{"id": "a", "text": "楼上着火了"}\n\n{"id": 2, "text": "路灯不亮"}\n', encoding="utf-8")
    done = liandong(tmp_path, "route", "--file", str(file))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2]
    assert answers[0]["emergency"]["flag"] is True
    file.write_text('{"id": "a", "text": "路灯"}\n{"id": "b"\n', encoding="utf-8")
    assert "第 2 行" in one_line(liandong(tmp_path, "route", "--file", str(file)), 2)


def test_evaluate_routing_counts_what_it_says(tmp_path: Path) -> None:
    rows = [
        {
            "id": 1,
            "text": "古南街道老街的垃圾堆了三天没人清运，味道很大",
            "unit": "区城市管理局",
            "emergency": False,
            "town": "古南街道",
        },
        {
            "id": 2,
            "text": "打通镇有户人家着火了，里面还有人",
            "unit": "区公安局",
            "emergency": True,
            "town": "打通镇",
        },
        {"id": 3, "text": "路灯不亮", "unit": "区旅游局", "alternates": [], "emergency": False, "town": None},
    ]
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    result = json.loads(liandong(tmp_path, "evaluate-routing", str(file), "--json").stdout)
    measures = {name: (value["right"], value["count"]) for name, value in result["measures"].items()}
    assert result["rows"] == 3
    assert measures["emergency_recall"] == measures["emergency_stopped"] == (1, 1)
    assert measures["top1"] == (2, 3)
    assert measures["township_recall"] == (2, 2)
    assert result["wrong"][0]["id"] == 3


def test_tick_works_off_what_is_due(run, messages: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("replay", str(messages)).returncode == 0
    assert run("tick").returncode == 0
    assert run("tick").stdout.startswith("时钟 0 件，推送 0 条")
    assert run("check").returncode == 0


def test_calendar_load(run, tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    text = (PACK / "calendar" / "2026.toml").read_text(encoding="utf-8")
    file = tmp_path / "2027.toml"
    file.write_text(text.replace("2026", "2027"), encoding="utf-8")
    done = run("calendar", "load", str(file))
    assert done.returncode == 0, done.stderr
    assert "2027" in done.stdout
    file.write_text("[calendar]\nyear = 'soon'\n", encoding="utf-8")
    one_line(run("calendar", "load", str(file)), 1)


def test_check_prints_each_violation(run, home: Path, messages: Path) -> None:  # type: ignore[no-untyped-def]
    import sqlite3
    from contextlib import closing

    run("replay", str(messages))
    assert run("check").returncode == 0
    with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection, connection:
        connection.execute("UPDATE casework_case SET state = 'closed' WHERE source_ref = 'M1'")
    done = run("check")
    assert done.returncode == 1
    assert done.stdout.strip()
    assert done.stderr.count("\n") == 1


def test_chinese_comes_out_whatever_the_locale(tmp_path: Path) -> None:
    done = liandong(
        tmp_path, "route", "--text", "路灯不亮", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"
    )
    assert done.returncode == 0, done.stderr
    assert "请" in done.stdout or "自动" in done.stdout


def test_a_broken_routing_file_loads_nothing(tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    """What the first call would trip over is refused at init, with the file."""
    broken = tmp_path / "pack"
    shutil.copytree(PACK, broken)
    with (broken / "routing" / "emergency.toml").open("a", encoding="utf-8") as out:
        out.write("\n[nonsense]\n")
    line = one_line(liandong(tmp_path / "home", "init", "--pack", str(broken)), 1)
    assert "emergency.toml" in line
    assert "liandong init" in one_line(liandong(tmp_path / "home", "check"), 1)
