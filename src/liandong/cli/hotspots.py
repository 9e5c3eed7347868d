"""``liandong hotspots``: the hottest topics of a file of messages, or of the district's own cases, in the contest's form."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .boot import boot, pack_directory, require_store
from .errors import AnswerIsNo, WrongUse

ZONE = ZoneInfo("Asia/Shanghai")


def add_parser(commands: Any) -> None:
    """Register ``hotspots``."""
    parser = commands.add_parser("hotspots", help="热点问题：聚成一类、按热度排序")
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE.jsonl", help="留言文件；不给则看本库的工单"
    )
    parser.add_argument("--json", action="store_true", help="用 JSON 回答")
    parser.add_argument("--top", type=int, default=10, metavar="N", help="列出几个（默认 10）")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="本库：看最近几天（默认 30）")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the hottest topics: 问题ID, 热度指数, 时间范围, 地点/人群, 问题描述 and the messages of each."""
    if not 1 <= args.top <= 1000 or not 1 <= args.days <= 3660:
        raise WrongUse("--top 应在 1 到 1000 之间，--days 应在 1 到 3660 之间。")
    topics = of_file(args.file, args.top) if args.file is not None else of_store(args.days, args.top)
    rows = [topic.row(ZONE) for topic in topics]
    if args.json:
        for topic, row in zip(topics, rows, strict=True):
            row |= {
                "留言数": topic.messages,
                "人数": topic.people,
                "点赞数": topic.likes,
                "反对数": topic.dislikes,
            }
            row["ids"] = list(topic.ids)
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for topic, row in zip(topics, rows, strict=True):
        print("\t".join(str(value) for value in row.values()) + f"\t{topic.messages} 件 {topic.people} 人")
    if not rows:
        print("没有可列的热点。")
    return 0


def of_store(days: int, top: int) -> list[Any]:
    """The hottest topics of the store's own cases, as the machine sees them."""
    boot()
    require_store()
    from liandong.engine.hotspots import hot
    from liandong.rules.model import SYSTEM

    return hot(SYSTEM, days=days, top=top)


def of_file(path: Path, top: int) -> list[Any]:
    """The hottest topics of a file: rows with id, text or title and body, time or received_at, user, likes, dislikes."""
    from liandong.triage import similar
    from liandong.triage.topics import Clusterer, hottest

    try:
        settings = similar.read(pack_directory())
    except similar.SimilarPackError as error:
        raise AnswerIsNo(f"分流数据包读不出：{error}") from error
    messages = sorted(_messages(path), key=lambda message: message.at_ms)
    clusterer = Clusterer(settings)
    for message in messages:
        clusterer.add(message)
    now_ms = messages[-1].at_ms if messages else 0
    return hottest(clusterer, settings.topics.heat, now_ms, top)


def _messages(path: Path) -> Iterator[Any]:
    from liandong.triage.topics import Message

    if not path.is_file():
        raise WrongUse(f"没有文件 {path}。")
    with path.open("rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                at = datetime.fromisoformat(str(row.get("time") or row.get("received_at")))
                if at.tzinfo is None:
                    at = at.replace(tzinfo=ZONE)
                title, body = str(row.get("title") or ""), str(row.get("body") or row.get("text") or "")
                yield Message(
                    str(row.get("id") or row.get("ref") or number),
                    title or body[:40],
                    body,
                    int(at.timestamp() * 1000),
                    str(row.get("user") or ""),
                    int(row.get("likes") or 0),
                    int(row.get("dislikes") or 0),
                )
            except (ValueError, TypeError, AttributeError, OverflowError) as error:
                raise WrongUse(
                    f"第 {number} 行须是 JSON 对象（UTF-8），带 time 或 received_at（ISO 8601）：{error}"
                ) from error
