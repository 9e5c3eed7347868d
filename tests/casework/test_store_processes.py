"""Several writers, and writers that are killed: nothing acknowledged is lost, nothing skipped (I6)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("store_worker.py")
KILLS = 20


def run(stores, url, *arguments):
    return subprocess.run(
        [sys.executable, str(WORKER), *arguments],
        env=stores.environment(url), capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def test_two_writers_that_commit_in_reverse_are_both_read(stores):
    done = run(stores, stores.fresh(), "reverse")
    assert done.returncode == 0, done.stderr


def test_racing_writers_make_one_case_of_one_source(stores, tmp_path):
    url = stores.fresh()
    done = run(stores, url, "race", "12")
    assert done.returncode == 0, done.stderr
    (tmp_path / "none").touch()
    checked = run(stores, url, "sound", str(tmp_path / "none"))
    assert checked.returncode == 0, checked.stderr


def test_a_batch_and_a_single_writer_give_way_to_each_other(stores):
    done = run(stores, stores.fresh(), "deadlock")
    assert done.returncode == 0, done.stderr


@pytest.mark.kill
def test_kill_9_loses_nothing_acknowledged(stores, tmp_path):
    log = tmp_path / "acknowledged"
    done = run(stores, stores.fresh(), "kills", str(log), str(KILLS))
    assert done.returncode == 0, done.stderr
    assert log.read_text().count("\n") > KILLS * 3
