"""``liandong backup FILE`` and ``restore FILE``: the whole district in one tar file, proved by digests.

Inside: manifest.json first, then the database (SQLite: a consistent copy by the online backup API, taken while
others write; PostgreSQL: pg_dump in custom format), the keys, the attachments, the learned models. The database is copied before the
attachments, so that every attachment a copied event names is there. The file holds keys: it is written 0600.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from .boot import boot, first_line
from .errors import AnswerIsNo, WrongUse

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class Member(NamedTuple):
    """One file of a backup: its name inside, size in bytes, SHA-256."""

    name: str
    size: int
    sha256: str


def add_parser(commands: Any) -> None:
    """Register ``backup`` and ``restore``."""
    saving = commands.add_parser("backup", help="备份到一个文件")
    saving.add_argument("file", metavar="FILE", type=Path)
    saving.set_defaults(run=backup)
    loading = commands.add_parser("restore", help="从备份文件恢复")
    loading.add_argument("file", metavar="FILE", type=Path)
    loading.add_argument("--force", action="store_true", help="库里已有数据也恢复（旧库移到一边，不删除）")
    loading.set_defaults(run=restore)


def backup(args: argparse.Namespace) -> int:
    """Write the backup beside its final name and rename it when it is complete: there is no half backup."""
    boot()
    from django.conf import settings
    from django.utils import timezone

    vendor = store_vendor()
    target: Path = args.file
    if not target.parent.is_dir():
        raise WrongUse(f"目录 {target.parent} 不存在。")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as scratch:
        copy = Path(scratch) / DATABASE[vendor]
        copy_database(vendor, copy)
        files = [(DATABASE[vendor], copy), *tree("keys", settings.HOME / "keys")]
        files += tree("attachments", Path(settings.MEDIA_ROOT)) + tree("models", settings.HOME / "models")
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "database": vendor,
            "made_at": timezone.localtime().isoformat(timespec="seconds"),
            "keys": "environment" if os.environ.get("LIANDONG_MASTER_KEY") else "file",
            "files": [member(name, path)._asdict() for name, path in files],
        }
        partial = Path(scratch) / "backup.tar"
        pack(partial, manifest, files)
        os.replace(partial, target)
    total = sum(entry["size"] for entry in manifest["files"])
    print(f"已备份到 {target}：{len(files)} 个文件，{total / 1e6:.1f} MB。备份含密钥，请离线保管。")
    if manifest["keys"] == "environment":
        print("主密钥来自环境变量 LIANDONG_MASTER_KEY，不在备份里，请另行保管。")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Verify every digest, then put the district back and run ``check`` over it (exit 1 if it finds anything)."""
    boot()
    from django.conf import settings

    if not args.file.is_file():
        raise WrongUse(f"没有备份文件 {args.file}。")
    vendor = store_vendor()
    occupied = events_stored() > 0
    if occupied and not args.force:
        raise AnswerIsNo("当前库里已有数据，不能覆盖。请换一个空的 LIANDONG_HOME，或确认后加 --force。")
    if service_runs():
        raise AnswerIsNo(
            "服务还在运行（一分钟内有后台进程的心跳），现在恢复会丢失它正在写的数据。请先停止服务。"
        )
    home: Path = settings.HOME
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as scratch:
        manifest = unpack(args.file, Path(scratch))
        if manifest["database"] != vendor:
            raise AnswerIsNo(
                f"备份来自 {manifest['database']}，当前库是 {vendor}。请按备份的数据库设置后再恢复。"
            )
        aside = home / f"replaced-{datetime.now():%Y%m%d-%H%M%S}"
        put_database(vendor, Path(scratch) / DATABASE[vendor], aside if occupied else None)
        places = {"keys": home / "keys", "attachments": Path(settings.MEDIA_ROOT), "models": home / "models"}
        for part, place in places.items():
            put_tree(Path(scratch) / part, place, aside / part if occupied else None)
    print(f"已恢复 {manifest['made_at']} 的备份，开始核验。", flush=True)
    answer = subprocess.run([sys.executable, "-m", "liandong.cli.main", "check"], check=False)
    if answer.returncode:
        raise AnswerIsNo("数据已恢复，但核验发现问题，见上。")
    return 0


def store_vendor() -> str:
    """ "sqlite" or "postgresql": what the configured store is."""
    from django.db import connection

    return connection.vendor


def events_stored() -> int:
    """How many events the store holds; 0 for a store without tables."""
    from liandong.casework.models import Event

    return int(Event.objects.count()) if has_table(Event._meta.db_table) else 0


def has_table(name: str) -> bool:
    """Whether the store has that table; asking does not make a file."""
    from django.db import connection

    if store_vendor() == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return False
    return name in connection.introspection.table_names()


def service_runs() -> bool:
    """Whether an engine worker gave a sign of life within the last minute: what it writes now would be lost."""
    from liandong.engine.health import SILENCE_MS
    from liandong.engine.instants import now_ms
    from liandong.engine.models import Heartbeat

    if not has_table(Heartbeat._meta.db_table):
        return False
    return bool(Heartbeat.objects.filter(at_ms__gt=now_ms() - SILENCE_MS).exists())


def copy_database(vendor: str, target: Path) -> None:
    """A consistent copy of the store while others write."""
    from django.db import connection

    if vendor == "postgresql":
        run_tool("pg_dump", ["--format=custom", "--no-owner", f"--file={target}"])
        return
    name = str(connection.settings_dict["NAME"])
    if not Path(name).exists():
        raise AnswerIsNo(f"没有数据库 {name}，没有可备份的数据。")
    with (
        closing(sqlite3.connect(f"file:{name}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, no -wal beside it


def put_database(vendor: str, source: Path, aside: Path | None) -> None:
    """Put the copied database in the store's place; a store with data is kept in ``aside``."""
    from django.db import connection

    connection.close()
    if vendor == "postgresql":
        if aside:
            aside.mkdir(parents=True, exist_ok=True)
            run_tool("pg_dump", ["--format=custom", "--no-owner", f"--file={aside / DATABASE[vendor]}"])
        run_tool(
            "pg_restore",
            ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error", str(source)],
            database_flag=True,
        )
        return
    target = Path(str(connection.settings_dict["NAME"]))
    for path in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        if path.exists() and aside:
            aside.mkdir(parents=True, exist_ok=True)
            shutil.move(path, aside / path.name)
        else:
            path.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def run_tool(tool: str, arguments: list[str], *, database_flag: bool = False) -> None:
    """Run a PostgreSQL client program against the configured database; the password goes by environment only."""
    from django.db import connection

    known = connection.settings_dict
    flags = (
        (f"--host={known['HOST']}", "HOST"),
        (f"--port={known['PORT']}", "PORT"),
        (f"--username={known['USER']}", "USER"),
    )
    call = [tool, *(flag for flag, key in flags if known[key]), "--no-password"]
    call += [f"--dbname={known['NAME']}", *arguments] if database_flag else [*arguments, str(known["NAME"])]
    environment = dict(os.environ)
    if known["PASSWORD"]:
        environment["PGPASSWORD"] = str(known["PASSWORD"])
    try:
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise AnswerIsNo(f"没有 {tool} 程序，请安装 postgresql-client。") from error
    if done.returncode:
        raise AnswerIsNo(f"{tool} 失败：{first_line(Exception(done.stderr))}")


def tree(prefix: str, directory: Path) -> list[tuple[str, Path]]:
    """Every regular file below ``directory`` with its name inside the backup, sorted."""
    if not directory.is_dir():
        return []
    files = sorted(path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
    return [(f"{prefix}/{path.relative_to(directory).as_posix()}", path) for path in files]


def member(name: str, path: Path) -> Member:
    """Size and digest of one file."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return Member(name, path.stat().st_size, digest)


def pack(target: Path, manifest: dict[str, Any], files: list[tuple[str, Path]]) -> None:
    """Write the tar file, manifest first, readable by its owner alone, and force it to the disk."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            words = json.dumps(manifest, ensure_ascii=False, indent=2).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(words)
            tar.addfile(head, io.BytesIO(words))
            for name, path in files:
                tar.add(path, arcname=name, recursive=False)
        out.flush()
        os.fsync(out.fileno())


def unpack(source: Path, target: Path) -> dict[str, Any]:
    """Copy every file the manifest names into ``target``, proving size and digest; nothing else is taken."""
    try:
        with tarfile.open(source) as tar:
            head = tar.extractfile(MANIFEST)
            if head is None:
                raise AnswerIsNo("备份里没有清单。")
            manifest: dict[str, Any] = json.load(head)
            if manifest.get("format") != FORMAT:
                raise AnswerIsNo(f"备份格式 {manifest.get('format')} 本版不认识。")
            for entry in manifest["files"]:
                take(tar, Member(**entry), target)
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise AnswerIsNo(f"备份文件损坏，读不出：{first_line(error)}。请换一份备份。") from error
    return manifest


def take(tar: tarfile.TarFile, wanted: Member, target: Path) -> None:
    """Copy one member out; a path that leaves ``target`` or a wrong digest is refused."""
    place = target / wanted.name
    if not place.resolve().is_relative_to(target.resolve()):
        raise AnswerIsNo(f"备份里的路径 {wanted.name} 越界，拒绝恢复。")
    content = tar.extractfile(wanted.name)
    if content is None:
        raise AnswerIsNo(f"备份里的 {wanted.name} 不是普通文件，拒绝恢复。")
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        shutil.copyfileobj(content, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    if member(wanted.name, place) != wanted:
        raise AnswerIsNo(f"备份里的 {wanted.name} 与清单的摘要不符，文件已损坏，没有恢复任何数据。")


def put_tree(source: Path, target: Path, aside: Path | None) -> None:
    """Replace ``target`` by ``source``; what stood there goes to ``aside`` when it belonged to a store with data."""
    if not source.is_dir():
        return
    if target.exists() and aside:
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(target, aside)
    elif target.exists():
        shutil.rmtree(target)
    shutil.move(source, target)
