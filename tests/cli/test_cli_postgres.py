"""Backup and restore of a PostgreSQL store (the run with LIANDONG_TEST_DB=postgres)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_process import PACK, liandong


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="needs PostgreSQL's client programs")
def test_backup_and_restore_on_postgresql(stores, tmp_path: Path, messages: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    if stores.postgres_url is None:
        pytest.skip("the run on PostgreSQL does this")
    home, other = tmp_path / "pg", tmp_path / "pg2"
    here, there = {"LIANDONG_DATABASE_URL": stores.fresh()}, {"LIANDONG_DATABASE_URL": stores.fresh()}
    assert liandong(home, "init", "--pack", str(PACK), **here).returncode == 0
    assert liandong(home, "replay", str(messages), **here).returncode == 0
    file = tmp_path / "pg.tar"
    assert liandong(home, "backup", str(file), **here).returncode == 0
    done = liandong(other, "restore", str(file), **there)
    assert done.returncode == 0, done.stderr
    assert "核验通过：工单 5 件" in done.stdout
    one_line(liandong(other, "restore", str(file), **there), 1)
    assert "postgresql" in one_line(liandong(tmp_path / "lite", "restore", str(file)), 1)
