"""Fixtures for the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_process import PACK, Run, liandong


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the pack loaded, made once."""
    home = tmp_path_factory.mktemp("template")
    done = liandong(home, "init", "--pack", str(PACK))
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A data directory of the test's own with the pack loaded."""
    place = tmp_path / "home"
    shutil.copytree(template, place)
    return place


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command on that store."""

    def call(*arguments: str, stdin: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        return liandong(home, *arguments, stdin=stdin, **more)

    return call


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """Five messages: clear ones, a danger, one that may be a danger, one without a real place."""
    rows = [
        {
            "ref": "M1",
            "received_at": "2018-06-04T09:00:00+08:00",
            "text": "古南街道老街的垃圾堆了三天没人清运，味道很大",
        },
        {
            "id": "M2",
            "time": "2018-06-04T09:05:00+08:00",
            "title": "路灯不亮",
            "body": "文龙街道小学旁边路灯坏了两盏",
        },
        {"id": 3, "time": "2018-06-04T09:06:00+08:00", "text": "打通镇有户人家着火了，里面还有人，快来"},
        {
            "ref": "M4",
            "received_at": "2018-06-04T09:07:00+08:00",
            "text": "小区没有着火，想咨询灭火器在哪里买",
        },
        {
            "ref": "M5",
            "time": "2018-06-04T09:30:00+08:00",
            "text": "物业收费不公开，要求公布账目",
            "place": "A3区",
        },
    ]
    path = tmp_path / "messages.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def one_line() -> Callable[[subprocess.CompletedProcess[str], int], str]:
    """Check that a command failed as promised: its exit code, one line on stderr, no traceback; the line."""

    def check(done: subprocess.CompletedProcess[str], code: int) -> str:
        assert done.returncode == code, (done.stdout, done.stderr)
        assert done.stderr.count("\n") == 1, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    return check
