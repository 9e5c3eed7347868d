"""``liandong check``, ``tick``, ``worker``: proving the store, and doing what falls due."""

from __future__ import annotations

import argparse
from typing import Any

from .boot import boot, require_store
from .errors import AnswerIsNo


def add_parser(commands: Any) -> None:
    """Register ``check``, ``tick`` and ``worker``."""
    commands.add_parser("check", help="核验 I1–I9 与封印链").set_defaults(run=check)
    commands.add_parser("tick", help="把到期的时钟和推送各处理一遍").set_defaults(run=tick)
    commands.add_parser("worker", help="持续处理时钟和推送").set_defaults(run=worker)


def check(args: argparse.Namespace) -> int:
    """Print each violation of I1–I9 and of the seals; exit 1 if there is any."""
    boot()
    require_store()
    from liandong.casework.check import check as violations
    from liandong.casework.models import Case, Event

    found = violations()
    for violation in found:
        print(f"{violation.kind} {violation.case or '-'} {violation.detail}")
    if found:
        raise AnswerIsNo(f"发现 {len(found)} 处违反，见上。请先停止写入并保留现场，再从备份核对。")
    print(f"核验通过：工单 {Case.objects.count()} 件、事件 {Event.objects.count()} 条，无违反。")
    return 0


def tick(args: argparse.Namespace) -> int:
    """Run everything that is due by now once: clocks, then deliveries."""
    boot()
    require_store()
    from liandong.engine.clock import run_due
    from liandong.engine.deliveries import deliver_due

    clocks = 0
    while done := run_due():
        clocks += done
    deliveries = 0
    while done := deliver_due():
        deliveries += done
    print(f"时钟 {clocks} 件，推送 {deliveries} 条。")
    return 0


def worker(args: argparse.Namespace) -> int:
    """Run clocks and deliveries until SIGTERM or SIGINT."""
    boot()
    require_store()
    from liandong.engine.worker import run

    run()
    return 0
