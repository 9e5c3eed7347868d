"""``liandong init``, ``migrate``, ``calendar load``: the store's tables and the district in them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .boot import boot, migrate, require_store
from .errors import AnswerIsNo, WrongUse

SHOWN = 5
"""Faults of a broken pack that one line names."""


def add_parser(commands: Any) -> None:
    """Register ``init``, ``migrate`` and ``calendar load``."""
    loading = commands.add_parser("init", help="装入区县数据包")
    loading.add_argument(
        "--pack", type=Path, required=True, metavar="DIR", help="数据包目录，如 packs/qijiang"
    )
    loading.set_defaults(run=init)
    tables = commands.add_parser("migrate", help="建立或升级数据库表")
    tables.set_defaults(run=bring_up_to_date)
    calendar = commands.add_parser("calendar", help="节假日表")
    actions = calendar.add_subparsers(dest="action", metavar="动作", required=True)
    year = actions.add_parser("load", help="装入一年的节假日表")
    year.add_argument("file", metavar="FILE", type=Path)
    year.set_defaults(run=calendar_load)


def init(args: argparse.Namespace) -> int:
    """Migrate if needed and load the pack: all of it or nothing of it (exit 1 with every fault's place)."""
    if not args.pack.is_dir():
        raise WrongUse(f"没有目录 {args.pack}。")
    boot()
    migrate()
    from liandong.district import packs
    from liandong.triage.pack import RoutingPackError
    from liandong.triage.router import Router

    try:
        packs.read(args.pack)
        Router.from_pack(args.pack)  # what cannot be read at the first call is refused now
        pack = packs.load(args.pack)
    except packs.PackError as error:
        raise AnswerIsNo(faults(error)) from error
    except RoutingPackError as error:
        raise AnswerIsNo(f"数据包有错，什么也没有装入：{error}") from error
    print(
        f"已装入 {pack.name}（版本 {pack.version}）：单位 {len(pack.units)} 个、事项 {len(pack.matters)} 项。"
    )
    return 0


def faults(error: Any) -> str:
    """A broken pack as one line: the first faults with file and line, and how many there are."""
    shown = "；".join(str(problem) for problem in error.problems[:SHOWN])
    more = f"；等共 {len(error.problems)} 处" if len(error.problems) > SHOWN else ""
    return f"数据包有错，什么也没有装入：{shown}{more}"


def bring_up_to_date(args: argparse.Namespace) -> int:
    """Apply missing migrations."""
    boot()
    applied = migrate()
    print(f"已应用 {applied} 个迁移。" if applied else "数据库已是最新。")
    return 0


def calendar_load(args: argparse.Namespace) -> int:
    """Load a year's holidays, then let the system recompute every running clock that was provisional (CONTRACT §4)."""
    if not args.file.is_file():
        raise WrongUse(f"没有文件 {args.file}。")
    boot()
    require_store()
    from liandong.casework.provisional import recompute
    from liandong.district import packs

    try:
        row = packs.load_calendar(args.file)
    except packs.PackError as error:
        raise AnswerIsNo(faults(error)) from error
    print(f"已装入 {row.year} 年节假日表，重算暂定时钟的工单 {recompute()} 件。")
    return 0
