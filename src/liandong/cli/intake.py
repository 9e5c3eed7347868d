"""``liandong intake``: messages of other systems (R6): try a file against a mapping, take in once, how the sources fare."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from liandong.rules.registers.quarantine import QUARANTINE

from .boot import boot, require_store
from .errors import AnswerIsNo, WrongUse


def add_parser(commands: Any) -> None:
    """Register ``intake`` with its own commands."""
    parser = commands.add_parser("intake", help="接入：试字段对照、收一遍、状态")
    parser.set_defaults(run=run)
    own = parser.add_subparsers(dest="what", metavar="操作", required=True)
    attempt = own.add_parser("try", help="用字段对照读一个文件，显示会登记什么、什么不合适；什么也不写入")
    attempt.add_argument("file", type=Path)
    attempt.add_argument(
        "--mapping", required=True, help="对照的名称，如 jcj（intake/jcj.toml）；neutral 为中性报文"
    )
    attempt.add_argument("--json", action="store_true", help="每条一个 JSON 对象")
    own.add_parser("run", help="各来源收一遍，状态回传一遍")
    own.add_parser("status", help="还有什么在等人、各来源是否正常")


def run(args: argparse.Namespace) -> int:
    """One of the commands; exit 1 where something does not fit or waits for a person."""
    boot()
    if args.what == "try":
        return _try(args)
    require_store()
    return {"run": _run, "status": _status}[args.what]()


def _used(name: str) -> Any:
    from liandong.district.errors import PackError
    from liandong.engine.intake.mapping import mappings

    try:
        known = mappings()
    except PackError as error:
        raise AnswerIsNo(str(error).replace("\n", " ")) from error
    if name not in known:
        raise WrongUse(f"没有字段对照 {name}，现有：{'、'.join(known)}")
    return known[name]


def _try(args: argparse.Namespace) -> int:
    from liandong.district import packs
    from liandong.engine.instants import now
    from liandong.engine.intake import parsing, trying
    from liandong.engine.intake.problems import Unfit
    from liandong.engine.routing import pack_directory

    used, moment = _used(args.mapping), now()
    with open(args.file, "rb") as reading:
        raw = reading.read(parsing.FILE_LIMIT + 1)
    policy = packs.read(pack_directory()).policy(on=moment.date())
    try:
        found = trying.attempt(raw, used, moment, policy)
    except Unfit as unfit:
        raise AnswerIsNo(f"整个文件不能收：{unfit}") from unfit
    bad = sum("problems" in shown for shown in found)
    for shown in found:
        print(json.dumps(shown, ensure_ascii=False) if args.json else _words(shown))
    if bad:
        raise AnswerIsNo(f"共 {len(found)} 条，{bad} 条不合适，见上")
    if not args.json:
        print(f"共 {len(found)} 条，都合适。什么也没有写入。")
    return 0


def _words(shown: Mapping[str, Any]) -> str:
    if "problems" in shown:
        lines = [f"第 {shown['record']} 条不合适："] + [f"  - {one['detail']}" for one in shown["problems"]]
        return "\n".join(lines)
    verb = QUARANTINE.words[shown["do"]]
    lines = [
        f"第 {shown['record']} 条：{verb}，来源 {shown['channel']}，对方单号 {shown['ref']}，消息 {shown['message']}"
    ]
    for name, value in shown.get("fields", {}).items():
        lines.append(f"  {name} = {json.dumps(value, ensure_ascii=False)}")
    if "our_ref" in shown:
        lines.append(f"  our_ref = {shown['our_ref']}")
    if "text" in shown:
        lines.append(f"  text = {shown['text']}")
    return "\n".join(lines)


def _run() -> int:
    from liandong.engine.intake import running

    print(f"办理 {running.once()} 项。")
    return 0


def _status() -> int:
    from liandong.engine.intake import folder, standing, view
    from liandong.engine.intake.mapping import mappings
    from liandong.engine.models import IntakeMessage

    print(f"接入目录：{folder.root() or f'未设（{folder.VARIABLE}）'}")
    for used in mappings().values():
        if used.view is not None and view.url(used) is not None:
            read = view.standing(used).get("read_ms")
            at = (
                datetime.fromtimestamp(read / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
                if read
                else "—"
            )
            print(f"视图 {used.name}：上次读到 {at}")
    print(f"等对方登记的补充和撤销：{IntakeMessage.objects.filter(state='held').count()} 条")
    found = standing.troubles() or []
    for trouble in found:
        print(f"注意：{trouble}")
    return 1 if found else 0
