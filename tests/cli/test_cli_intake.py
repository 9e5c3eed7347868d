"""``liandong intake``: a file is tried without writing anything; taking in once; what waits for a person."""

from __future__ import annotations

import json
import os
from pathlib import Path

GOOD = {"xxbh": "1", "czlx": "1", "jjdbh": "JJ1", "bjsj": "2018-06-01 09:00:00", "bjnr": "路灯坏了"}


def write(path: Path, *records: dict[str, str]) -> Path:
    path.write_text(json.dumps({"jjdList": records}, ensure_ascii=False), encoding="gb18030")
    os.utime(path, (1e9, 1e9))
    return path


def test_try_shows_what_would_be_registered_and_what_does_not_fit(run, tmp_path):
    file = write(tmp_path / "a.json", GOOD, {**GOOD, "czlx": "9", "bjsj": "2098-01-01 00:00:00"})
    done = run("intake", "try", str(file), "--mapping", "jcj", "--json")
    assert done.returncode == 1
    good, bad = (json.loads(line) for line in done.stdout.splitlines())
    assert good["fields"]["safety"] == {"life": "unknown", "property": "unknown", "public": "unknown"}
    assert {one["reason"] for one in bad["problems"]} == {"unknown_code", "in_future"}
    assert "工单 0 件" in run("check").stdout


def test_try_of_an_unknown_mapping_or_a_broken_file_is_one_line(run, tmp_path, one_line):
    file = write(tmp_path / "a.json", GOOD)
    one_line(run("intake", "try", str(file), "--mapping", "nope"), 2)
    file.write_bytes(b"{")
    assert "重发" in one_line(run("intake", "try", str(file), "--mapping", "jcj"), 1)


def test_run_takes_the_folder_once_and_status_says_what_waits(run, tmp_path):
    base = tmp_path / "folder"
    base.mkdir()
    assert run("intake", "run", LIANDONG_INTAKE_FOLDER=str(base)).returncode == 0
    write(base / "jcj" / "in" / "a.json", GOOD, {**GOOD, "xxbh": "2", "czlx": "9"})
    assert run("intake", "run", LIANDONG_INTAKE_FOLDER=str(base)).returncode == 0
    assert "工单 1 件" in run("check").stdout
    standing = run("intake", "status", LIANDONG_INTAKE_FOLDER=str(base))
    assert standing.returncode == 1
    assert "接入待处理 1 条" in standing.stdout
    assert "接入待处理 1 条" in run("doctor", LIANDONG_INTAKE_FOLDER=str(base)).stdout
