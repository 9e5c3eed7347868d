"""``liandong report KIND --on DATE -o FILE``: one report as xlsx, docx, pdf or json (CONTRACT §5, part E).

The file appears whole or not at all. What was drawn up is kept and recorded like a report that the clock drew up.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
import tempfile
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from .errors import AnswerIsNo, WrongUse

KINDS = {
    "daily": "日报：DATE 当天08:00以前的24小时",
    "weekly": "周报：DATE 所在的一周（周一起）",
    "monthly": "月报：DATE 所在的月",
    "quarterly": "季度例会材料：DATE 所在的季度",
    "yearly": "年报：DATE 所在的年",
    "special": "专报：从 --from 到 DATE",
}
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
SUFFIXES = ("xlsx", "docx", "pdf", "json")


def add_parser(commands: Any) -> None:
    """Register ``report`` with its kinds."""
    parser = commands.add_parser("report", help="报告：日报、周报、月报、季度例会材料、年报、专报")
    kinds = parser.add_subparsers(dest="kind", metavar="种类", required=True)
    for kind, about in KINDS.items():
        one = kinds.add_parser(kind, help=about, description=about)
        one.add_argument("--on", required=True, metavar="DATE", help="日期，如 2018-06-30")
        one.add_argument(
            "-o", "--output", required=True, metavar="FILE", help="输出文件：.xlsx、.docx、.pdf 或 .json"
        )
        if kind == "special":
            one.add_argument("--from", dest="since", required=True, metavar="DATE", help="起始日期")
        one.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw up the report, keep it, write the file; exit 2 for a malformed call, 1 where no such file can be made here."""
    day = _day(args.on, "--on")
    path, suffix = _target(args.output)
    since = _day(args.since, "--from") if args.kind == "special" else None
    from .boot import boot, require_store

    boot()
    require_store()
    from liandong.district.policy import current
    from liandong.engine import papers, reports
    from liandong.engine.reports import archive
    from liandong.engine.reports.context import VIEWER

    try:
        policy = current()
        period = (
            reports.own_period(since, day, policy) if since else reports.period_of(args.kind, day, policy)
        )
        drawn = reports.draw(period)
        make: Callable[[Any], bytes] = reports.FORMATS[suffix][1]
        with warnings.catch_warnings():
            # a library's word about fonts is no word to who asked for a report
            warnings.simplefilter("ignore")
            wrong = papers.trouble() if suffix == "pdf" else None
            if wrong is not None:  # before it is issued: no number for a paper that nobody gets
                raise papers.NoPaper(wrong)
            kept = archive.get(VIEWER, archive.draw_up(drawn, f"cli:{_who()}"))
            assert kept is not None
            report = kept[1]
            body = make(report)
    except reports.CannotReport as error:
        raise WrongUse(str(error)) from error
    except papers.NoPaper as error:
        wanted = " ".join(error.trouble.packages)
        raise AnswerIsNo(
            f"这台机器做不出 PDF：{error.trouble.detail}。请安装 {wanted}，或改用 .docx。"
        ) from error
    _write(path, body)
    print(f"{report.title} → {path}" + ("（本期没有数据）" if report.empty else ""))
    return 0


def _day(text: str, option: str) -> date:
    """A calendar day, written as 2018-06-30; anything else is wrong use."""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise WrongUse(f"{option} {text[:40]} 不是日期，请写成 2018-06-30。")


def _target(text: str) -> tuple[Path, str]:
    """Where the file goes; wrong use where its ending is no format or nothing can be written there."""
    path = Path(text)
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in SUFFIXES:
        raise WrongUse(f"-o {text} 的扩展名不对：请用 .xlsx、.docx、.pdf 或 .json。")
    if path.is_dir():
        raise WrongUse(f"-o {text} 是一个目录，请写文件名。")
    if not path.parent.is_dir():
        raise WrongUse(f"-o {text}：没有目录 {path.parent}，请先建好。")
    if not os.access(path.parent, os.W_OK):
        raise WrongUse(f"-o {text}：目录 {path.parent} 不可写，请换一个地方。")
    return path, suffix


def _who() -> str:
    """The account of the machine that asks."""
    try:
        return getpass.getuser()[:60]
    except (KeyError, OSError):
        return "unknown"


def _write(path: Path, body: bytes) -> None:
    """The file whole or not at all: written beside it and put in its place."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(draft, 0o666 & ~umask)
        os.replace(draft, path)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        raise WrongUse(f"-o {path}：写不进去（{error.strerror or error}）。") from error
