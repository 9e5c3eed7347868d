"""``liandong learn``: train routing, on the pack alone or on how the district's cases ended.

Without options it learns from the store's ended cases and lets the new model serve if it is no worse on cases held
back. ``--base FILE`` makes the cold-start model of a pack (no store needed). ``--list``, ``--activate VERSION`` show
and choose; ``--precision`` sets what the district wants of suggestions that go by themselves.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from .boot import boot, pack_directory, require_store
from .errors import AnswerIsNo, WrongUse

NIGHTLY = "system:nightly"


def add_parser(commands: Any) -> None:
    """Register ``learn``."""
    learning = commands.add_parser("learn", help="训练分流研判模型")
    what = learning.add_mutually_exclusive_group()
    what.add_argument("--base", type=Path, metavar="FILE", help="只用数据包训练起步模型，写到 FILE")
    what.add_argument("--list", action="store_true", help="列出各个模型和现用的一个")
    what.add_argument("--activate", metavar="VERSION", help="重新启用一个模型（base 为数据包自带的）")
    what.add_argument("--precision", type=float, metavar="P", help="自动建议要达到的准确率，如 0.95")
    learning.add_argument("--pack", type=Path, metavar="DIR", help="数据包目录（默认同 LIANDONG_PACK）")
    learning.add_argument("--by", default="", help=argparse.SUPPRESS)
    learning.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; errors of data are answers (exit 1), unknown versions wrong use (exit 2)."""
    from liandong.triage.catalogue import CatalogueError
    from liandong.triage.encoder import EncoderError
    from liandong.triage.model import ModelError
    from liandong.triage.pack import RoutingPackError
    from liandong.triage.phrasebook import PhrasebookError

    pack = args.pack or pack_directory()
    if not pack.is_dir():
        raise WrongUse(f"没有目录 {pack}。")
    try:
        if args.base is not None:
            return base(pack, args.base)
        boot()
        require_store()
        if args.list:
            return show(pack)
        if args.activate is not None:
            return activate(args.activate)
        if args.precision is not None:
            return precision(args.precision)
        return learn(pack, args.by)
    except (CatalogueError, EncoderError, ModelError, RoutingPackError, PhrasebookError) as error:
        raise AnswerIsNo(f"不能训练：{error}") from error


def tell(line: str) -> None:
    """One step of a training that takes its time."""
    print(line, file=sys.stderr, flush=True)


def base(pack: Path, target: Path) -> int:
    """The cold-start model of a pack: made of phrasebook and catalogue alone, the same whenever they are the same."""
    from liandong.triage import training
    from liandong.triage.encoder import configured
    from liandong.triage.router import Router

    if not target.parent.parent.is_dir():
        raise WrongUse(f"目录 {target.parent} 不存在。")
    router = Router.rules_only(pack)
    digest = training.digest_of(pack)
    encoder = configured(os.environ.get("LIANDONG_ENCODER"))
    meta = {"version": f"base-{digest[:12]}", "phrasebook": digest}
    model = training.build(
        training.cold_start(pack, router.clean),
        router.argue,
        router.pack.unit_of,
        meta,
        encoder=encoder,
        tell=tell,
    )
    file = model.save(target)
    unseen = model.meta["measures"]
    print(
        f"{model.version}：{model.meta['examples']} 条，{target.stat().st_size / 1e6:.1f} MB，SHA-256 {file}"
    )
    print(
        f"没见过的短语：首选 {unseen['top1']}/{unseen['texts']}，前三 {unseen['top3']}/{unseen['texts']}；"
        f"险情标出 {unseen['flagged_rightly']}/{unseen['dangers']}，标出或追问 {unseen['asked_rightly']}/{unseen['dangers']}"
    )
    return 0


def learn(pack: Path, by: str) -> int:
    """Train on the district's ended cases; exit 0 whether or not the new model replaces the old."""
    from liandong.engine import automation, learning
    from liandong.triage.encoder import configured

    who = by or f"cli:{os.environ.get('USER', 'unknown')}"
    made = learning.train(pack, who, encoder=configured(os.environ.get("LIANDONG_ENCODER")), tell=tell)
    automation.refit()
    if made.comparison is not None:
        compared = made.comparison
        print(
            f"留出 {compared.cases} 件：现用 {compared.current}、新模型 {compared.candidate} 件首选正确；"
            f"险情 {compared.dangers} 件：现用标出 {compared.current_dangers}、新模型标出 {compared.candidate_dangers} 件。"
        )
    print(f"{made.version} {made.state}：{made.reason}。")
    return 0


def show(pack: Path) -> int:
    """All models, the newest first, and which one serves."""
    from liandong.engine import learning
    from liandong.engine.instants import iso
    from liandong.engine.models import LearnedModel

    serves = learning.active()
    for row in LearnedModel.objects.order_by("-made_ms"):
        print(f"{row.version} {row.state} {iso(row.made_ms)} {row.case_count} 件 {row.by} {row.reason}")
    print(f"现用：{serves.version if serves else learning.base_version(pack) or '只用规则'}")
    return 0


def activate(version: str) -> int:
    """Let an earlier model serve."""
    from liandong.engine import automation, learning

    try:
        learning.activate(version, f"cli:{os.environ.get('USER', 'unknown')}")
    except LookupError as error:
        raise WrongUse(f"没有模型 {version}，可用的见 liandong learn --list。") from error
    automation.refit()
    print(f"现用模型：{version}。各进程几秒内换上。")
    return 0


def precision(wanted: float) -> int:
    """Set the wanted precision of suggestions that go by themselves."""
    from liandong.engine import automation

    try:
        row = automation.set_precision(wanted, f"cli:{os.environ.get('USER', 'unknown')}")
    except ValueError as error:
        raise WrongUse(f"准确率须在 {automation.LOWEST} 到 {automation.HIGHEST} 之间。") from error
    if row.threshold is None:
        print(f"要求 {wanted:.1%}：本区办结工单不足，按模型自带门槛。")
    elif row.threshold > 1:
        print(f"要求 {wanted:.1%}：目前没有门槛能达到，一律由人判断（依据 {row.outcomes} 件）。")
    else:
        print(f"要求 {wanted:.1%}：把握达到 {row.threshold:.2f} 起（依据 {row.outcomes} 件）。")
    return 0
