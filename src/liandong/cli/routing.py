"""``liandong route`` and ``evaluate-routing``: ask the router, and score it against labelled texts. No store is needed."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .boot import pack_directory
from .errors import AnswerIsNo, WrongUse

GROUPS = {"街道": "JZ", "镇": "JZ", "园区": "YQ", "其他单位": "QT"}
"""Labels that mean any unit of a kind: the label names no place, the router does."""


def add_parser(commands: Any) -> None:
    """Register ``route`` and ``evaluate-routing``."""
    route = commands.add_parser("route", help="一段文字应由哪个单位办")
    what = route.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", metavar="T", help="一段文字")
    what.add_argument("--row", metavar="ID", help="试裁量表的一行（如 AMB1-fault）或 all：它的例句各怎么判")
    what.add_argument("--file", type=Path, metavar="FILE.jsonl", help="每行 {id, text}，逐行回答一个 JSON")
    route.add_argument("--json", action="store_true", help="用 JSON 回答（--file 总是 JSON）")
    route.set_defaults(run=run_route)
    scoring = commands.add_parser("evaluate-routing", help="用带标签的文字给分流打分")
    scoring.add_argument("file", metavar="FILE.jsonl", type=Path)
    scoring.add_argument("--json", action="store_true", help="用一个 JSON 对象给出")
    scoring.set_defaults(run=run_evaluation)


def load_router() -> Any:
    """The router of the district's pack."""
    from liandong.triage.pack import RoutingPackError
    from liandong.triage.router import Router

    try:
        return Router.from_pack(pack_directory())
    except RoutingPackError as error:
        raise AnswerIsNo(f"分流数据包读不出：{error}") from error


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with their line numbers; each must have an id and a text."""
    if not path.is_file():
        raise WrongUse(f"没有文件 {path}。")
    with path.open("rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise WrongUse(f"第 {number} 行不是 JSON（UTF-8）：{error}") from error
            if not isinstance(row, dict) or not isinstance(row.get("text"), str) or row.get("id") is None:
                raise WrongUse(f"第 {number} 行须是带 id 和 text 的 JSON 对象。")
            yield number, row


def run_route(args: argparse.Namespace) -> int:
    """Answer one text, or a file line by line (the answer of ``POST /route`` plus ``id``)."""
    router = load_router()
    if args.row is not None:
        return try_rows(router, args.row)
    if args.file is not None:
        for _, row in rows_of(args.file):
            answer = router.route(row["text"], row.get("place"))
            print(json.dumps({"id": row["id"], **answer}, ensure_ascii=False, sort_keys=True))
        return 0
    answer = router.route(args.text)
    print(json.dumps(answer, ensure_ascii=False, sort_keys=True) if args.json else in_words(answer))
    return 0


def try_rows(router: Any, wanted: str) -> int:
    """Try rows of the decision table on their own sentences: whether each decides, and who comes first.

    Exit 1 when a row does not hold for a ``yes`` sentence or decides a ``no`` sentence.
    """
    rows = [row for row in router.pack.rows if wanted in ("all", row.id, row.amb)]
    if not rows:
        raise WrongUse(f"裁量表里没有 {wanted}。可用 all 看全部。")
    wrong = 0
    for row in rows:
        print(
            f"{row.id}（{row.amb}）{row.clause}：{'、'.join(row.all)} → {router.pack.unit_of(row.lead)} {row.lead}"
        )
        for text in (*row.yes, *row.no):
            holds = row.id in [one.id for one in router.rows(text)]
            decides = row.id in [one.id for one in router.decided(text)]
            right = holds if text in row.yes else not decides
            wrong += not right
            said = "裁量" if decides else "特征符合、不在这几家之间" if holds else "不适用"
            first = router.route(text)["suggestions"][0]["unit"]
            lead = router.pack.unit_of(row.lead)
            other = text in row.yes and first.split("-")[0] != lead.split("-")[0]
            print(
                f"  {'✓' if right else '✗'} {text}：{said}，首选 {first}{'（不是本行的牵头）' if other else ''}"
            )
    if wrong:
        raise AnswerIsNo(f"{wrong} 条例句与裁量表不符，见上面打 ✗ 的。")
    return 0


def in_words(answer: dict[str, Any]) -> str:
    """One answer for a person."""
    lines = []
    if answer["emergency"]["flag"]:
        lines.append("疑似紧急，请转警务：" + "；".join(answer["emergency"]["reasons"]))
    elif answer["never_divert"]["flag"]:
        lines.append("由公安办理，不分流：" + "；".join(answer["never_divert"]["reasons"]))
    elif answer["emergency"]["reasons"]:
        lines.append("请先问清：" + "；".join(answer["emergency"]["reasons"]))
    for rank, one in enumerate(answer["suggestions"], 1):
        why = one["why"]
        words = f"（{'、'.join(why['terms'])}）" if why["terms"] else ""
        lines.append(
            f"{rank}. {one['unit']} {one['name']} {one['matter'] or '-'} {one['score']:.2f} {why['clause']}{words}"
        )
    if answer["assist"]:
        lines.append("协办：" + "、".join(answer["assist"]))
    if answer["place"]:
        lines.append(f"地点：{answer['place']['township']}")
    if len({one["unit"] for one in answer["matters"]}) > 1:
        several = "；".join(
            f"{one['code']} {one['name']}（{one['probability']:.2f}）" for one in answer["matters"]
        )
        lines.append(f"可能不止一件事：{several}")
    lines += [f"请问：{question}" for question in answer["ask"]]
    lines.append(f"模型：{answer['model'] or '只用规则'}")
    lines.append(f"把握 {answer['confidence']:.2f}，{'可自动建议' if answer['auto'] else '请人工判断'}")
    return "\n".join(lines)


def run_evaluation(args: argparse.Namespace) -> int:
    """Score labelled texts: unit, emergencies, traps, township (rates between 0 and 1)."""
    from liandong.triage import evaluate as scoring

    labelled = [row for _, row in rows_of(args.file)]
    if not labelled:
        raise WrongUse(f"{args.file} 里没有一条。")
    for row in labelled:
        if not isinstance(row.get("unit"), str):
            raise WrongUse(f"{row['id']} 没有标签 unit。")
    router = load_router()
    began = time.perf_counter()
    try:
        result = scoring.evaluate(labelled, router, names_of(router))
    except ValueError as error:
        raise WrongUse(f"{args.file}：{error}") from error
    each = (time.perf_counter() - began) / len(labelled) * 1000
    if args.json:
        print(
            json.dumps(result | {"milliseconds_a_text": round(each, 3)}, ensure_ascii=False, sort_keys=True)
        )
    else:
        print(f"{scoring.format(result)}\n每条 {each:.2f} 毫秒")
    return 0


def names_of(router: Any) -> dict[str, str]:
    """Every name a unit bears or bore, with its code; raises AnswerIsNo when the pack cannot be read."""
    from liandong.district import packs

    try:
        pack = packs.read(pack_directory())
    except packs.PackError as error:
        raise AnswerIsNo(f"区县数据包读不出：{error.problems[0]}") from error
    return {name: unit.code for unit in pack.units for name in (unit.code, unit.name, *unit.aliases)} | dict(
        GROUPS.items()
    )
