"""``liandong due START --limit L``: the instant a limit ends, alone on one line (CONTRACT §4).

It asks the pack's calendar, no database; a program that only needs a due date starts in a fraction of a second.
"""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from typing import Any

from .boot import pack_directory
from .errors import AnswerIsNo, WrongUse

LIMIT = re.compile(r"[1-9][0-9]{0,4}(wd|wh|d|h|min)")


def add_parser(commands: Any) -> None:
    """Register ``due``."""
    parser = commands.add_parser("due", help="算出办结时刻")
    parser.add_argument("start", metavar="START", help="起算时刻，须带时区，如 2018-06-01T16:20:00+08:00")
    parser.add_argument("--limit", required=True, metavar="L", help="2wd、5wd、15d、4wh、24h、10min")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the due instant; exit 2 for a malformed call, 1 beyond the known holiday tables."""
    start = instant(args.start)
    if not LIMIT.fullmatch(args.limit):
        raise WrongUse(f"--limit {args.limit} 不认识：请写 2wd、5wd、15d、4wh、24h 或 10min 这样的期限。")
    calendar = load_calendar()
    try:
        due, provisional = calendar.due(start.astimezone(calendar.zone), args.limit)
    except OverflowError as error:
        raise AnswerIsNo("期限超出可表示的日期。") from error
    if provisional:
        raise AnswerIsNo(
            f"超出已公布的节假日表（{calendar.known_from} 至 {calendar.known_until}），不能猜。"
            "请把新一年的节假日表放进数据包的 calendar/ 目录（YYYY.toml）后再算。"
        )
    print(due.astimezone(calendar.zone).isoformat())
    return 0


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset; anything else is wrong use."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"{text} 不是 ISO 8601 时刻，请写成 2018-06-01T16:20:00+08:00。") from error
    if moment.tzinfo is None:
        raise WrongUse(f"{text} 没有时区，请写成 2018-06-01T16:20:00+08:00。")
    return moment


def load_calendar() -> Any:
    """The calendar of the shipped or named pack."""
    from liandong.district import packs

    try:
        return packs.read(pack_directory()).policy().calendar
    except packs.PackError as error:
        raise AnswerIsNo(f"区县数据包读不出：{error}") from error
