"""``liandong exchange``: two instances on two networks, joined by signed files (docs/decisions/060)."""

from __future__ import annotations

import argparse
import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from .boot import boot, require_store
from .errors import AnswerIsNo, WrongUse


def add_parser(commands: Any) -> None:
    """Register ``exchange`` with its own commands."""
    parser = commands.add_parser("exchange", help="两网交换：密钥、导出、导入、状态")
    parser.set_defaults(run=run)
    own = parser.add_subparsers(dest="what", metavar="操作", required=True)
    init = own.add_parser("init", help="为本侧生成实例号和密钥，打印公钥文件")
    init.add_argument("--name", default="", help="本侧的名称，如 綦江区公安局")
    own.add_parser("card", help="打印本侧的公钥文件")
    own.add_parser("rotate", help="更换密钥：随下一个文件告知对侧，得到确认后启用")
    peer = own.add_parser("peer", help="对侧的公钥").add_subparsers(
        dest="peer", metavar="操作", required=True
    )
    add = peer.add_parser("add", help="录入对侧的公钥文件")
    add.add_argument("file", type=Path)
    add.add_argument("--fingerprint", help="电话核对过的指纹（不填则显示后询问）")
    peer.add_parser("show", help="显示已录入的对侧和指纹")
    export = own.add_parser("export", help="写出新的文件，补发没有确认的")
    export.add_argument("--again", action="store_true", help="没有确认的现在就补发，不等十分钟")
    own.add_parser("import", help="收下到达的文件，执行对侧的指令")
    own.add_parser("run", help="收、办、发各一遍")
    status = own.add_parser("status", help="还有什么在等、缺哪些文件、上次回执、隔离")
    status.add_argument("--json", action="store_true", help="用一个 JSON 对象给出")
    own.add_parser("retry", help="把隔离的文件和矛盾的事件再试一遍")


def run(args: argparse.Namespace) -> int:
    """One of the commands; exit 1 where something waits for a person."""
    boot()
    require_store()
    from liandong.engine.exchange.identity import Unfit
    from liandong.engine.exchange.places import Busy

    act = {
        "init": _init, "card": _card, "rotate": _rotate, "peer": _peer, "export": _export, "import": _import,
        "run": _run, "status": _status, "retry": _retry,
    }[args.what]  # fmt: skip
    try:
        return act(args)
    except Unfit as unfit:
        raise AnswerIsNo(str(unfit)) from unfit
    except Busy as busy:
        raise AnswerIsNo("另一个进程正在交换，请稍候再试") from busy


def _init(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import identity

    identity.prepare(args.name)
    print(identity.card().text(), end="")
    return 0


def _card(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import identity

    print(identity.card().text(), end="")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import identity

    made = identity.rotate()
    print(f"新密钥 {made.key_id} 将随下一个文件告知对侧；对侧确认后启用，旧密钥再保留 30 天。")
    return 0


def _peer(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import identity

    if args.peer == "show":
        key, other = identity.peer_key(), identity.peer()
        if key is None:
            raise AnswerIsNo("对侧的密钥已过期：请重新交换公钥文件")
        card = identity.Card(
            other.instance, other.side, other.name, bytes(key.sign_public), bytes(key.box_public)
        )
        print(f"{other.name}（{other.instance}）\n指纹 {card.fingerprint}")
        return 0
    with open(args.file, "rb") as reading:
        raw = reading.read(identity.CARD_LIMIT + 1)
    try:
        card = identity.Card.read(raw.decode())
    except UnicodeDecodeError as error:
        raise WrongUse("公钥文件应为 UTF-8 文本") from error
    print(f"对侧：{card.name}（{card.side}）\n指纹：{card.fingerprint}\n请用电话与对侧逐组核对。")
    given = args.fingerprint if args.fingerprint is not None else input("核对一致请照抄指纹，否则直接回车：")
    if "".join(given.split()) != "".join(card.fingerprint.split()):
        raise AnswerIsNo("指纹不一致，没有录入。请与对侧电话核对后再试")
    identity.add_peer(card, getpass.getuser())
    print("已录入。")
    return 0


def _export(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import outgoing

    done = outgoing.export(again=args.again)
    print(f"写出 {done.files} 个文件、{done.events} 个事件；放到交换目录 {done.offered} 个。")
    return 0


def _import(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import incoming, ordering

    done = incoming.take_in()
    executed = ordering.carry_out()
    print(
        f"收下 {done.files} 个文件、{done.events} 个事件；执行对侧指令 {executed} 条；隔离 {done.set_aside} 个。"
    )
    if done.set_aside:
        raise AnswerIsNo("有文件被隔离，原因见 liandong exchange status")
    return 0


def _run(args: argparse.Namespace) -> int:
    from liandong.engine.exchange import running

    print(f"办理 {running.once()} 项。")
    return 0


def _retry(args: argparse.Namespace) -> int:
    from django.db import transaction

    from liandong.casework import replica
    from liandong.district import policy
    from liandong.engine.exchange import identity, incoming, places, quarantine
    from liandong.engine.instants import now_ms

    folder = places.in_folder()
    if folder is None:
        raise AnswerIsNo("没有设置交换目录：请设环境变量 LIANDONG_EXCHANGE_IN")
    laid = quarantine.retry(folder, identity.ourselves().applied)
    done = incoming.take_in()
    with transaction.atomic():
        settled = replica.settle(policy.current(), now_ms())
    print(
        f"重新放入 {laid} 个文件，收下 {done.files} 个，又隔离 {done.set_aside} 个；接上矛盾的事件 {settled} 个。"
    )
    return 0


def _at(ms: int | None) -> str:
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S") if ms else "—"


def _status(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from liandong.engine.exchange import standing

    found = standing.standing()
    if found is None:
        print("本实例没有分成两侧（未设 LIANDONG_SIDE）。")
        return 0
    if args.json:
        print(json.dumps(asdict(found), ensure_ascii=False, sort_keys=True))
        return 1 if found.troubles else 0
    print(f"本侧 {found.name}（{found.side}） 指纹 {found.fingerprint or '—'}  对侧 {found.peer or '—'}")
    print(
        f"发出：到第 {found.sent} 个，对侧确认到第 {found.acknowledged} 个，待确认 {found.unacknowledged} 个（最早 {_at(found.oldest_ms)}），还有 {found.behind} 个日志位置未写出"
    )
    print(
        f"收到：收到第 {found.applied} 个（{_at(found.applied_ms)}），已到未收 {len(found.waiting_files)} 个，缺 {found.missing or '无'}"
    )
    print(f"对侧回执：{_at(found.receipt_ms)}，对侧缺 {found.missing_there or '无'}")
    print(
        f"指令：等对侧回执 {found.orders_out} 条，等本侧执行 {found.orders_in} 条；矛盾的事件 {found.contradictions} 个"
    )
    for row in standing.quarantined():
        print(f"隔离 {row.name}：{row.detail}（{_at(row.at_ms)}，{row.times} 次）")
    for trouble in found.troubles:
        print(f"注意：{trouble}")
    return 1 if found.troubles else 0
