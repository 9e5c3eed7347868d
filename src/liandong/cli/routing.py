"""``liandong route`` and ``evaluate-routing``: ask the router, and score it against labelled texts. No store is needed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .boot import pack_directory
from .errors import AnswerIsNo, WrongUse

GROUPS = {"镇街": "township", "街道": "township", "镇": "township", "园区管委会": "park", "园区": "park"}
"""Labels that mean any unit of a kind: the label names no place, the router does."""
RESIDUAL = "其他单位"
SHOWN = 3


def add_parser(commands: Any) -> None:
    """Register ``route`` and ``evaluate-routing``."""
    route = commands.add_parser("route", help="一段文字应由哪个单位办")
    what = route.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", metavar="T", help="一段文字")
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
    if args.file is not None:
        for _, row in rows_of(args.file):
            answer = router.route(row["text"], row.get("place"))
            print(json.dumps({"id": row["id"], **answer}, ensure_ascii=False, sort_keys=True))
        return 0
    answer = router.route(args.text)
    print(json.dumps(answer, ensure_ascii=False, sort_keys=True) if args.json else in_words(answer))
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
    lines.append(f"把握 {answer['confidence']:.2f}，{'可自动建议' if answer['auto'] else '请人工判断'}")
    return "\n".join(lines)


def run_evaluation(args: argparse.Namespace) -> int:
    """Score labelled texts: unit, emergencies, traps, township (rates between 0 and 1)."""
    labelled = [row for _, row in rows_of(args.file)]
    if not labelled:
        raise WrongUse(f"{args.file} 里没有一条。")
    for row in labelled:
        if not isinstance(row.get("unit"), str):
            raise WrongUse(f"{row['id']} 没有标签 unit。")
    router = load_router()
    scores = Scores(Names())
    began = time.perf_counter()
    for row in labelled:
        scores.add(row, router.route(row["text"]))
    seconds = time.perf_counter() - began
    result = scores.result() | {"milliseconds_a_text": round(seconds / len(labelled) * 1000, 3)}
    if args.json:
        print(json.dumps(result, ensure_ascii=False, sort_keys=True))
    else:
        for name, value in result.items():
            print(f"{name:32} {value}", file=sys.stdout)
    return 0


class Names:
    """What the labels' names mean in the district's pack."""

    def __init__(self) -> None:
        from liandong.district import packs

        try:
            pack = packs.read(pack_directory())
        except packs.PackError as error:
            raise AnswerIsNo(f"区县数据包读不出：{error.problems[0]}") from error
        self.codes: dict[str, set[str]] = {RESIDUAL: {"QT"}}
        for unit in pack.units:
            for name in (unit.code, unit.name, *unit.aliases):
                self.codes.setdefault(name, set()).add(unit.code)
        for label, kind in GROUPS.items():
            self.codes[label] = {unit.code for unit in pack.units if unit.kind == kind} | {
                "JZ" if kind == "township" else "YQ"
            }

    def of(self, label: str) -> set[str]:
        """The codes a label stands for; a name that nobody bears is wrong use."""
        found = self.codes.get(label)
        if found is None:
            raise WrongUse(f"标签里的单位 {label} 不在数据包里。")
        return found


class Scores:
    """Counts over labelled texts."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.seen: Counter[str] = Counter()

    def add(self, row: dict[str, Any], answer: dict[str, Any]) -> None:
        """Compare one answer with its label. The outcome of what may not be diverted is the police, whoever is suggested."""
        n = self.seen
        suggested = [one["unit"] for one in answer["suggestions"]]
        right = self.names.of(row["unit"])
        acceptable = right.union(*(self.names.of(label) for label in row.get("alternates") or ()))
        n["texts"] += 1
        n["top1"] += bool(suggested[:1]) and suggested[0] in right
        n["top1_or_alternate"] += bool(suggested[:1]) and suggested[0] in acceptable
        n["top3"] += bool(right & set(suggested[:SHOWN]))
        kept = answer["never_divert"]["flag"]
        n["outcome_top1"] += "GA" in right if kept else bool(suggested[:1]) and suggested[0] in right
        self.emergencies(row, answer)
        self.places(row, answer)

    def emergencies(self, row: dict[str, Any], answer: dict[str, Any]) -> None:
        """A missed danger is the worst error (EB-R1): it is counted by itself, also where a question remains."""
        n = self.seen
        flagged = bool(answer["emergency"]["flag"])
        stopped = not answer["auto"]
        danger = bool(row.get("emergency"))
        n["emergencies"] += danger
        n["flagged"] += flagged
        n["flagged_rightly"] += danger and flagged
        n["emergencies_kept_from_automation"] += danger and stopped
        n["auto"] += not stopped
        first = answer["suggestions"][0]["unit"] if answer["suggestions"] else None
        n["auto_right"] += not stopped and first in self.names.of(row["unit"])
        trap = row.get("trap")
        if trap:
            n["traps"] += 1
            n["traps_right"] += stopped if trap == "hidden_emergency" else not flagged

    def places(self, row: dict[str, Any], answer: dict[str, Any]) -> None:
        """The township that the text itself gives (not the one only the caller's number gives)."""
        n = self.seen
        found = (answer["place"] or {}).get("township")
        n["towns_labelled"] += bool(row.get("town"))
        n["towns_found"] += bool(found)
        n["towns_right"] += bool(found) and found == row.get("town")

    def result(self) -> dict[str, Any]:
        """Counts and rates; a rate over nothing is null."""
        n = self.seen

        def rate(part: str, whole: str) -> float | None:
            return round(n[part] / n[whole], 4) if n[whole] else None

        return {
            "texts": n["texts"],
            "unit_top1": rate("top1", "texts"),
            "unit_top1_or_alternate": rate("top1_or_alternate", "texts"),
            "unit_top3": rate("top3", "texts"),
            "outcome_top1": rate("outcome_top1", "texts"),
            "emergencies": n["emergencies"],
            "emergency_recall": rate("flagged_rightly", "emergencies"),
            "emergency_precision": rate("flagged_rightly", "flagged"),
            "emergency_never_auto": rate("emergencies_kept_from_automation", "emergencies"),
            "traps": n["traps"],
            "traps_right": n["traps_right"],
            "auto_share": rate("auto", "texts"),
            "auto_right": rate("auto_right", "auto"),
            "township_precision": rate("towns_right", "towns_found"),
            "township_recall": rate("towns_right", "towns_labelled"),
        }
