"""``liandong paper --on DATE --count N -o FILE``: reserve a day's next block of slip numbers and print the forms.

The numbers are reserved whether or not the file is printed afterwards; the file appears whole or not at all.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

from .errors import AnswerIsNo, WrongUse

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
SUFFIXES = ("docx", "pdf")


def add_parser(commands: Any) -> None:
    """Register ``paper``."""
    parser = commands.add_parser("paper", help="系统停用时的纸单：预留一批单号，印成 docx 或 pdf")
    parser.add_argument("--on", required=True, metavar="DATE", help="使用日期，如 2018-06-01")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="张数，1 到 200，默认 20")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="输出文件：.docx 或 .pdf")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Reserve the block and write the file; exit 2 for a malformed call, 1 where it cannot be made here."""
    try:
        day = date.fromisoformat(args.on) if DAY.fullmatch(args.on) else None
    except ValueError:
        day = None
    if day is None:
        raise WrongUse(f"--on 应为日期，如 2018-06-01，而不是 {args.on[:40]}")
    path = Path(args.output)
    kind = path.suffix.lower().lstrip(".")
    if kind not in SUFFIXES:
        raise WrongUse("输出文件应以 .docx 或 .pdf 结尾")
    if not path.parent.is_dir():
        raise WrongUse(f"没有目录 {path.parent}，请先建立")
    from .boot import boot, require_store

    boot()
    require_store()
    from liandong.casework.execute import Refused
    from liandong.district.policy import current_pack
    from liandong.engine import paper_forms, paper_slips, papers

    if kind == "pdf" and (wrong := papers.trouble()) is not None:
        raise AnswerIsNo(f"{wrong.detail}，请安装 {' '.join(wrong.packages)}，或改印 .docx。")
    try:
        block = paper_slips.take_block(day, args.count, f"cli:{getpass.getuser()}")
    except Refused as refused:
        raise WrongUse(refused.refusal.detail) from refused
    slips = paper_slips.numbers_of(block)
    make = paper_forms.to_pdf if kind == "pdf" else paper_forms.to_docx
    body = make(paper_forms.sheets(day, slips), current_pack().name)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(body)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise AnswerIsNo(
            f"写不进 {path}：{error.strerror}。单号 {slips[0]} 起已预留，可从页面再下载。"
        ) from error
    print(f"{block.no}：{slips[0]} 至 {slips[-1]}，共 {len(slips)} 张，已写入 {path}。")
    return 0
