"""``liandong erase``: retention. Destroys persons and free text of long finished cases; the record itself stays."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time
from typing import Any

from .accounts import find
from .boot import boot, require_store
from .errors import AnswerIsNo, WrongUse


def add_parser(commands: Any) -> None:
    """Register ``erase``."""
    parser = commands.add_parser("erase", help="按保管期限销毁个人信息")
    parser.add_argument(
        "--closed-before", required=True, metavar="DATE", help="此日之前办结、现已归档等终结状态的工单"
    )
    parser.add_argument("--reason", required=True, help="依据的保管期限，如 档案管理办法第三条")
    parser.add_argument("--by", required=True, metavar="NAME", help="经办账号（secadmin）")
    parser.add_argument("--yes", action="store_true", help="真正销毁；没有它只报数")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count what would be destroyed; with ``--yes`` destroy key, persons and free text for good."""
    try:
        day = date.fromisoformat(args.closed_before)
    except ValueError as error:
        raise WrongUse(f"--closed-before {args.closed_before} 不是日期，请写成 2018-06-01。") from error
    if not args.reason.strip():
        raise WrongUse("请用 --reason 写明按哪一条保管期限销毁。")
    boot()
    require_store()
    from liandong.casework.erase import erase_older
    from liandong.casework.models import Case, CaseKey
    from liandong.district.accounts import actor_for
    from liandong.district.policy import current
    from liandong.rules.codes import TERMINAL

    account = find(args.by)
    if account.role != "secadmin" or not account.is_active:
        raise AnswerIsNo(f"{args.by} 不是在用的安全管理员（secadmin），不能销毁个人信息。")
    zone = current().zone
    before = datetime.combine(day, time(0), zone)
    finished = Case.objects.filter(state__in=TERMINAL, closed_ms__lt=int(before.timestamp() * 1000))
    waiting = finished.filter(no__in=CaseKey.objects.values("case_no")).count()
    if not args.yes:
        print(f"将销毁 {waiting} 件工单的个人信息和正文（记录和校验链保留）。确认请加 --yes。")
        return 0
    erased = 0
    while done := erase_older(before, actor_for(account), datetime.now(zone), args.reason):
        erased += done
    print(f"已销毁 {erased} 件工单的个人信息和正文；旧备份里仍有，请按期限一并销毁。")
    return 0
