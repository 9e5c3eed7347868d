"""``liandong doctor``: is the machine in order, and for each thing that is not, what to do. Exit 1 if something is wrong."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .boot import boot, first_line, pack_directory, pack_loaded, unapplied
from .errors import AnswerIsNo
from .findings import Finding

LEAST_FREE_BYTES = 1_000_000_000
LITTLE_FREE_BYTES = 5_000_000_000
CLOCK_AHEAD = timedelta(minutes=2)
EARLIEST = datetime(2018, 6, 1)
"""A clock before the notice came into force is certainly wrong."""


def add_parser(commands: Any) -> None:
    """Register ``doctor``."""
    parser = commands.add_parser("doctor", help="体检：哪里不对、怎么办")
    parser.add_argument("--json", action="store_true", help="用一个 JSON 对象给出")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every finding; exit 1 if one is bad."""
    boot()
    found = list(examine())
    if args.json:
        print(json.dumps([finding._asdict() for finding in found], ensure_ascii=False, sort_keys=True))
    else:
        marks = {"ok": "正常", "warn": "注意", "bad": "异常"}
        for finding in found:
            print(f"[{marks[finding.level]}] {finding.name}：{finding.text}")
    bad = sum(finding.level == "bad" for finding in found)
    if bad:
        raise AnswerIsNo(f"有 {bad} 项异常，请按上面的说明处理。")
    return 0


def examine() -> Iterator[Finding]:
    """Everything in the order in which it must work; what depends on a broken thing is not asked."""
    from django.conf import settings

    yield disk(settings.HOME)
    yield from keys(settings.HOME / "keys")
    missing = database()
    if isinstance(missing, Finding):
        yield missing
        return
    yield Finding("数据库", "ok", "可以读写")
    if missing:
        yield Finding("迁移", "bad", f"还缺 {len(missing)} 个，请运行 liandong migrate。")
        return
    yield Finding("迁移", "ok", "已是最新")
    if not pack_loaded():
        yield Finding("数据包", "bad", "还没有装入，请运行 liandong init --pack 目录。")
        return
    yield pack()
    yield clock_sanity()
    yield from engine()
    yield from routing()
    yield paper()
    yield from everyday()
    yield demonstration()


def disk(home: Path) -> Finding:
    """Room for the database to grow and for a backup beside it."""
    existing = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    text = f"{existing} 剩余 {free / 1e9:.1f} GB"
    if free < LEAST_FREE_BYTES:
        return Finding("磁盘", "bad", f"{text}，随时可能写不进去，请立即清理或扩容。")
    if free < LITTLE_FREE_BYTES:
        return Finding("磁盘", "warn", f"{text}，请安排清理或扩容。")
    return Finding("磁盘", "ok", text)


def keys(directory: Path) -> Iterator[Finding]:
    """The keys can be read by us and by nobody else."""
    for name, variable in (("django", "LIANDONG_SECRET_KEY"), ("master", "LIANDONG_MASTER_KEY")):
        if os.environ.get(variable):
            yield Finding(f"密钥 {name}", "ok", f"来自环境变量 {variable}，请确认另有保管")
            continue
        path = directory / name
        try:
            words = path.read_text().strip()
        except OSError as error:
            yield Finding(f"密钥 {name}", "bad", f"读不出（{error.strerror}）。请从备份恢复 keys/{name}。")
            continue
        if len(words) < 32:
            yield Finding(f"密钥 {name}", "bad", f"keys/{name} 内容不完整，请从备份恢复。")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(f"密钥 {name}", "bad", f"别的用户也能读 keys/{name}，请执行 chmod 600。")
        else:
            yield Finding(f"密钥 {name}", "ok", "可读，只有本用户可读")


def database() -> list[str] | Finding:
    """Missing migrations, or what is wrong with the store: it must take a write (rolled back at once)."""
    from django.db import DatabaseError, connection, transaction

    try:
        missing = unapplied()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE liandong_doctor_probe (n integer)")
            transaction.set_rollback(True)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA quick_check(1)")
                answer = cursor.fetchone()[0]
            if answer != "ok":
                return Finding("数据库", "bad", f"文件已损坏（{answer}），请从最近的备份恢复。")
    except DatabaseError as error:
        return Finding(
            "数据库",
            "bad",
            f"不可用：{first_line(error)}。请检查 LIANDONG_DATABASE_URL、数据库服务和目录权限。",
        )
    return missing


def pack() -> Finding:
    """The district in force."""
    from liandong.district.policy import current_pack

    known = current_pack()
    return Finding(
        "数据包",
        "ok",
        f"{known.name} {known.version}，单位 {len(known.units)} 个，事项 {len(known.matters)} 项",
    )


def clock_sanity() -> Finding:
    """The server's time decides limits: it may not lie before what is already recorded, nor jump."""
    from liandong.casework.models import Event
    from liandong.engine.instants import now

    instant = now()
    if instant.replace(tzinfo=None) < EARLIEST:
        return Finding("时间", "bad", f"服务器时间是 {instant:%Y-%m-%d %H:%M}，显然不对，请启用 NTP 校时。")
    last = Event.objects.order_by("-position").values_list("at_ms", flat=True).first()
    if last is not None and last / 1000 > time.time() + CLOCK_AHEAD.total_seconds():
        return Finding("时间", "bad", "最后一条记录在未来：服务器时间被拨慢过，请用 NTP 校时后再办理业务。")
    return Finding("时间", "ok", f"{instant:%Y-%m-%d %H:%M:%S %Z}")


def engine() -> Iterator[Finding]:
    """Worker, clocks, deliveries, calendar: what readyz says too."""
    from liandong.engine.health import report

    names = {
        "worker": "后台进程",
        "clock": "时钟",
        "deliveries": "推送",
        "calendar": "节假日表",
        "exchange": "两网交换",
        "intake": "接入",
    }
    for key, check in report()["checks"].items():
        if key in names:
            warn = bool(check.get("warn") or check.get("dead"))
            yield Finding(
                names[key], "bad" if not check["ok"] else "warn" if warn else "ok", str(check["detail"])
            )


def routing() -> Iterator[Finding]:
    """What reads texts: pack, model, the index of likenesses."""
    from liandong.engine import learning, similar
    from liandong.triage.catalogue import CatalogueError
    from liandong.triage.model import ModelError
    from liandong.triage.pack import RoutingPackError
    from liandong.triage.phrasebook import PhrasebookError

    directory = pack_directory()
    try:
        router = learning.serving(directory)
        if learning.stale(directory):
            how = f"liandong learn --base {directory}/model/base.npz --pack {directory}"
            yield Finding("分流研判", "warn", f"起步模型与短语库不符：改过短语库后请运行 {how}。")
        elif router.model is None:
            yield Finding("分流研判", "warn", "没有模型，只用规则：请运行 liandong learn --base 做起步模型。")
        else:
            yield Finding("分流研判", "ok", f"模型 {router.model.version}，自动门槛 {router.auto_at:.3f}")
    except (CatalogueError, ModelError, PhrasebookError, RoutingPackError) as error:
        yield Finding("分流研判", "bad", f"读不出：{error}。请修正数据包，或用 learn --activate base。")
    wrong = similar.trouble()
    yield Finding("近似索引", "warn" if wrong else "ok", wrong or "跟得上")


def paper() -> Finding:
    """Whether work orders can be made as PDF: the library's own libraries and a Chinese font."""
    from liandong.engine import papers

    wrong = papers.trouble()
    if wrong is None:
        return Finding("PDF", "ok", "可以生成工单 PDF")
    how = f"请安装 Debian 软件包 {' '.join(wrong.packages)}；在此之前仍可从浏览器打印"
    return Finding("PDF", "warn", f"{wrong.detail}，不能生成 PDF。{how}。")


def everyday() -> Iterator[Finding]:
    """Who can be reached, what waits for a person, what is late."""
    from liandong.engine.instants import now

    from .doctor_work import work

    yield from work(now())


def demonstration() -> Finding:
    """Demonstration accounts share one published password."""
    from liandong.district.models import Account

    number = Account.objects.filter(demonstration=True, is_active=True).count()
    if number:
        return Finding(
            "账号", "warn", f"有 {number} 个示范账号可以登录，正式使用前请用 liandong user disable 停用。"
        )
    return Finding("账号", "ok", "没有示范账号")
