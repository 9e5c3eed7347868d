"""``liandong channels preview|status``: what would go out, and how the ways out of the house stand; nothing is sent."""

from __future__ import annotations

import argparse
from typing import Any

from .boot import boot, require_store
from .errors import AnswerIsNo, CommandError


def add_parser(commands: Any) -> None:
    """Register ``channels`` and its two questions."""
    parser = commands.add_parser("channels", help="通知渠道：预览、现状")
    inside = parser.add_subparsers(dest="what", metavar="做什么", required=True)
    looking = inside.add_parser("preview", help="某案件的某种通知会发给谁、用什么方式、写什么（不发出）")
    looking.add_argument("--case", required=True, help="案件号")
    looking.add_argument("--kind", required=True, help="通知种类，如 assigned、overdue")
    looking.add_argument("--to", default="", help="收件方，如 unit:CG、duty_office；不写就是规则里的各方")
    inside.add_parser("status", help="各渠道：待发、暂停、未送达")


def run(args: argparse.Namespace) -> int:
    """Answer one of the two."""
    boot()
    require_store()
    return _preview(args) if args.what == "preview" else _status()


def _preview(args: argparse.Namespace) -> int:
    from liandong.casework import notified
    from liandong.engine.channels import plan
    from liandong.engine.channels.receipts import masked

    facts = notified.facts([args.case]).get(args.case)
    if facts is None:
        raise AnswerIsNo(f"没有案件 {args.case}，请核对案件号。")
    known = [to for kind, _name, to in plan.choices() if kind == args.kind]
    if not known:
        kinds = "、".join(dict.fromkeys(kind for kind, _name, _to in plan.choices()))
        raise CommandError(f"通知种类 {args.kind} 没有规则，只在页面里通知。有规则的：{kinds}")
    unit = f"unit:{facts.lead_unit}"
    parties = {"unit": unit, "unit_responsible": f"{unit}:responsible"}
    targets = (
        [args.to]
        if args.to
        else [parties.get(to, to) for to in known if facts.lead_unit or not to.startswith("unit")]
    )
    for recipient in targets:
        planned, begins = plan.preview(args.kind, recipient, args.case)
        for one in planned:
            print(
                f"{recipient} {one.person} {one.name or '—'}：{one.why or ('不早于 ' + format(begins, '%Y-%m-%d %H:%M'))}"
            )
            for at, leg in enumerate(one.legs, 1):
                print(
                    f"  {at}. {leg.means} {leg.channel} {masked(leg.address)}（{len(leg.text)} 字，{leg.parts} 条） {leg.text}"
                )
            if not one.legs and not one.why:
                print("  没有启用的渠道，只在页面里通知。")
        if not planned:
            print(f"{recipient}：只在页面里通知。")
    return 0


def _status() -> int:
    from liandong.engine import breaker
    from liandong.engine.channels import dead
    from liandong.engine.instants import now_ms
    from liandong.engine.models import Channel, Message

    shut = {peer: row.error for peer, row in breaker.shut().items()}
    for row in Channel.objects.order_by("rank", "code"):
        waiting = Message.objects.filter(channel=row.code, state="queued", next_ms__lte=now_ms()).count()
        stands = (
            "停用" if not row.active else f"不通，已暂停：{shut[row.code]}" if row.code in shut else "启用"
        )
        print(f"{row.code} {row.name}：{stands}，待发 {waiting} 条")
    print(f"未送达待处理 {dead.count()} 条（/district/channels/dead）。")
    return 0
