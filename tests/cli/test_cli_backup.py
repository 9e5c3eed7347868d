"""Backup, restore, doctor: what was saved comes back proved, a damaged file changes nothing."""

from __future__ import annotations

import hashlib
import json
import stat
import tarfile
from pathlib import Path

import pytest
from cli_process import environment, liandong


@pytest.fixture
def saved(run, home: Path, messages: Path, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    """A backup of a store with five cases and an attachment."""
    assert run("replay", str(messages)).returncode == 0
    (home / "attachments" / "ab").mkdir(parents=True)
    (home / "attachments" / "ab" / "photo").write_bytes(b"\x89PNG" * 100)
    file = tmp_path / "district.tar"
    done = run("backup", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_backup_restore_check(saved: Path, home: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600, "the backup holds keys"
    other = tmp_path / "other"
    done = liandong(other, "restore", str(saved))
    assert done.returncode == 0, done.stderr
    assert "核验通过：工单 5 件" in done.stdout
    assert (other / "attachments" / "ab" / "photo").read_bytes() == b"\x89PNG" * 100
    assert (other / "keys" / "master").read_text() == (home / "keys" / "master").read_text()
    assert stat.S_IMODE((other / "keys" / "master").stat().st_mode) == 0o600
    assert liandong(other, "check").returncode == 0


def test_the_manifest_proves_every_file(saved: Path) -> None:
    with tarfile.open(saved) as tar:
        assert tar.getnames()[0] == "manifest.json"
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert {entry["name"] for entry in manifest["files"]} == set(tar.getnames()) - {"manifest.json"}
        for entry in manifest["files"]:
            content = tar.extractfile(entry["name"]).read()  # type: ignore[union-attr]
            assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_restore_refuses_a_store_with_data(saved: Path, run, home: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    assert "--force" in one_line(run("restore", str(saved)), 1)
    assert run("restore", str(saved), "--force").returncode == 0
    kept = list(home.glob("replaced-*/liandong.sqlite3"))
    assert len(kept) == 1, "the store that was replaced is kept"


def test_restore_refuses_while_a_service_writes(saved: Path, run, home: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    import sqlite3
    import time
    from contextlib import closing

    def beat(age_seconds: int) -> None:
        with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection, connection:
            connection.execute(
                "INSERT OR REPLACE INTO engine_heartbeat (worker, at_ms, started_ms, clocks, deliveries, failures, error)"
                " VALUES ('w', ?, 0, 0, 0, 0, '')",
                [int((time.time() - age_seconds) * 1000)],
            )

    beat(5)
    assert "先停止服务" in one_line(run("restore", str(saved), "--force"), 1)
    beat(120)
    assert run("restore", str(saved), "--force").returncode == 0


@pytest.mark.parametrize("damage", ["flip", "cut", "text"])
def test_a_damaged_backup_changes_nothing(saved: Path, tmp_path: Path, one_line, damage: str) -> None:  # type: ignore[no-untyped-def]
    content = bytearray(saved.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 0xFF
    elif damage == "cut":
        content = content[: len(content) // 3]
    else:
        content = bytearray(b"not a backup")
    saved.write_bytes(content)
    other = tmp_path / "other"
    one_line(liandong(other, "restore", str(saved)), 1)
    assert not (other / "liandong.sqlite3").exists()


def test_a_path_that_leaves_the_directory_is_refused(tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    evil = tmp_path / "evil.tar"
    body = b"x"
    entry = {"name": "../escaped", "size": 1, "sha256": hashlib.sha256(body).hexdigest()}
    words = json.dumps(
        {"format": 1, "database": "sqlite", "made_at": "", "keys": "file", "files": [entry]}
    ).encode()
    import io

    with tarfile.open(evil, "w") as tar:
        for name, content in (("manifest.json", words), ("../escaped", body)):
            head = tarfile.TarInfo(name)
            head.size = len(content)
            tar.addfile(head, io.BytesIO(content))
    assert "越界" in one_line(liandong(tmp_path / "home", "restore", str(evil)), 1)
    assert not list(tmp_path.rglob("escaped"))


def test_backup_needs_a_directory_and_a_store(tmp_path: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    one_line(liandong(tmp_path, "backup", str(tmp_path / "none" / "x.tar")), 2)
    one_line(liandong(tmp_path, "backup", str(tmp_path / "x.tar")), 1)
    one_line(liandong(tmp_path, "restore", str(tmp_path / "none.tar")), 2)
    assert not list(tmp_path.glob("*.tar"))


# -- doctor


def levels(home: Path, **more: str) -> dict[str, str]:
    """What doctor says, by name."""
    return {
        entry["name"]: entry["level"]
        for entry in json.loads(liandong(home, "doctor", "--json", **more).stdout)
    }


def test_doctor_names_what_is_missing(tmp_path: Path) -> None:
    done = liandong(tmp_path, "doctor")
    assert done.returncode == 1
    assert "liandong migrate" in done.stdout
    liandong(tmp_path, "migrate")
    assert "liandong init" in liandong(tmp_path, "doctor").stdout


def test_doctor_on_a_district_without_a_worker(home: Path) -> None:
    found = levels(home)
    assert found["数据库"] == found["迁移"] == found["数据包"] == found["密钥 master"] == "ok"
    assert found["后台进程"] == "bad"


def test_doctor_sees_keys_that_others_can_read_or_that_are_gone(home: Path) -> None:
    (home / "keys" / "master").chmod(0o644)
    assert levels(home)["密钥 master"] == "bad"
    (home / "keys" / "master").chmod(0o600)
    assert levels(home)["密钥 master"] == "ok"
    (home / "keys" / "master").write_text("short")
    assert levels(home)["密钥 master"] == "bad"


def test_doctor_sees_a_clock_that_was_put_back(home: Path, run, messages: Path) -> None:  # type: ignore[no-untyped-def]
    import sqlite3
    from contextlib import closing

    run("replay", str(messages))
    assert levels(home)["时间"] == "ok"
    with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection, connection:
        connection.execute("DROP TRIGGER casework_event_no_update")
        connection.execute("UPDATE casework_event SET at_ms = at_ms + 864000000000")
    assert levels(home)["时间"] == "bad"


def test_doctor_sees_a_damaged_file(home: Path) -> None:
    store = home / "liandong.sqlite3"
    content = bytearray(store.read_bytes())
    content[4096 * 3 : 4096 * 60] = b"\xff" * (4096 * 57)
    store.write_bytes(content)
    done = liandong(home, "doctor")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_the_environment_helper_hides_the_machine(tmp_path: Path) -> None:
    assert [key for key in environment(tmp_path) if key.startswith("LIANDONG_")] == ["LIANDONG_HOME"]


# -- retention


def test_erase_counts_first_and_destroys_only_when_told(run, home: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    import sqlite3
    from contextlib import closing

    def keys() -> int:
        with closing(sqlite3.connect(home / "liandong.sqlite3")) as connection:
            return int(connection.execute("SELECT count(*) FROM casework_key").fetchone()[0])

    assert run("demo").returncode == 0
    call = ("erase", "--closed-before", "2099-01-01", "--reason", "保管期满")
    before = keys()
    one_line(run(*call, "--by", "desk"), 1)
    one_line(run("erase", "--closed-before", "soon", "--reason", "x", "--by", "secadmin"), 2)
    assert "将销毁" in run(*call, "--by", "secadmin").stdout
    assert keys() == before
    assert run(*call, "--by", "secadmin", "--yes").returncode == 0
    assert 0 < keys() < before
    assert run("check").returncode == 0
    assert "将销毁 0 件" in run(*call, "--by", "secadmin").stdout
