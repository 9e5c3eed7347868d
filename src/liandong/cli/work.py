"""``liandong check``, ``tick``, ``worker``: proving the store, and doing what falls due."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .boot import boot, require_store
from .errors import AnswerIsNo

if TYPE_CHECKING:
    from liandong.casework.violation import Violation


def add_parser(commands: Any) -> None:
    """Register ``check``, ``tick`` and ``worker``."""
    commands.add_parser("check", help="核验 I1–I9、封印链与台账").set_defaults(run=check)
    commands.add_parser("tick", help="把到期的时钟和推送各处理一遍").set_defaults(run=tick)
    commands.add_parser("worker", help="持续处理时钟和推送").set_defaults(run=worker)


def check(args: argparse.Namespace) -> int:
    """Print each violation of I1–I9, of the seals and of the registers; exit 1 if there is any."""
    boot()
    require_store()
    from liandong.casework.models import Case, Event
    from liandong.registers.models import RegisterEntry

    found = 0
    for violation in store_violations():
        print(f"{violation.kind} {violation.case or '-'} {violation.detail}")
        found += 1
    if found:
        raise AnswerIsNo(f"发现 {found} 处违反，见上。请先停止写入并保留现场，再从备份核对。")
    print(
        f"核验通过：工单 {Case.objects.count()} 件、事件 {Event.objects.count()} 条、"
        f"台账 {RegisterEntry.objects.count()} 条，无违反。"
    )
    return 0


def store_violations() -> Iterator[Violation]:
    """Everything that is wrong with the store, one by one: cases and their seals, then the registers."""
    from liandong.casework.check import violations as of_cases
    from liandong.registers.check import violations as of_registers

    yield from of_cases()
    yield from of_registers()


def tick(args: argparse.Namespace) -> int:
    """Run everything that is due by now once: clocks, then deliveries."""
    boot()
    require_store()
    from liandong.engine import duty_watch, phoning, register_clock, vehicle_clock
    from liandong.engine.channels import lanes
    from liandong.engine.clock import run_due
    from liandong.engine.deliveries import deliver_due

    clocks = 0
    while done := run_due():
        clocks += done
    for due in (register_clock.run_due, vehicle_clock.run_due, phoning.follow, duty_watch.follow):
        while done := due():
            clocks += done
    deliveries = 0
    while done := deliver_due():
        deliveries += done
    while done := lanes.run_due():
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
