"""``liandong replay FILE.jsonl``: plays messages as ``desk:replay`` on a virtual clock that ends now.

Any flag or doubt of the machine goes to the police or stays registered with unknown answers; the rest is answered
no three times, as a demonstration, and dispatched to the router's first suggestion. A source reference is unique in the store: a second run, or a run after a kill,
finds what is there and goes on. With ``--journal`` every acknowledged reference is written down after its commit.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from .boot import boot, require_store
from .errors import WrongUse
from .messages import CallTaker, Message, Reading, read_messages, weeks_to
from .progress import progress

CHUNK = 100
"""Messages in one transaction with ``--speed max``."""


def add_parser(commands: Any) -> None:
    """Register ``replay``."""
    parser = commands.add_parser("replay", help="回放留言文件")
    parser.add_argument("file", metavar="FILE.jsonl", type=Path)
    parser.add_argument("--speed", default="max", metavar="N|max", help="几倍于真实的速度；max 为尽快")
    parser.add_argument("--limit", type=int, metavar="N", help="只回放文件的前 N 条")
    parser.add_argument("--shift", choices=["weeks", "none"], default="weeks", help="整周平移到今天，或原样")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="每次提交后把已确认的编号追加到这个文件")
    parser.add_argument("--json", action="store_true", help="结果用一个 JSON 对象给出")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Replay and print counts and rates."""
    speed = parse_speed(args.speed)
    if args.limit is not None and args.limit < 0:
        raise WrongUse("--limit 应为 0 或正整数。")
    messages = read_messages(args.file, args.limit)
    boot()
    require_store()
    from liandong.district.policy import current

    now = datetime.now(current().zone)
    offset = weeks_to(messages, now) if args.shift == "weeks" else timedelta(0)
    shifted = [message._replace(at=message.at.astimezone(now.tzinfo) + offset) for message in messages]
    if args.journal is None:
        counts, seconds = Replay(None, show=not args.json).play(shifted, speed, now)
    else:
        with args.journal.open("a", encoding="utf-8") as journal:
            counts, seconds = Replay(journal, show=not args.json).play(shifted, speed, now)
    result = summary(counts, seconds)
    print(json.dumps(result, ensure_ascii=False, sort_keys=True) if args.json else in_words(result))
    return 0


def parse_speed(text: str) -> float | None:
    """Times faster than life, or None for as fast as possible."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e9:
        raise WrongUse(f"--speed {text} 不认识：请写一个正数或 max。")
    return speed


class Replay:
    """One run over a list of messages."""

    def __init__(self, journal: TextIO | None, *, show: bool) -> None:
        self.journal = journal
        self.show = show
        self.taker = CallTaker()
        self.counts: Counter[str] = Counter()

    def play(self, messages: list[Message], speed: float | None, now: datetime) -> tuple[Counter[str], float]:
        """Play all on a clock that ends ``now``; what was counted, and the seconds it took."""
        from liandong.casework.execute import batch

        began = time.monotonic()
        size = CHUNK if speed is None else 1
        with progress("回放", shown=self.show) as show:
            for start in range(0, len(messages), size):
                chunk = messages[start : start + size]
                if speed is not None and start:
                    pause(chunk[0].at - messages[start - 1].at, speed)
                self.clocks(chunk[0].at)
                readings = [self.taker.read(message.content, message.place) for message in chunk]
                with batch() if speed is None else nullcontext():
                    for message, reading in zip(chunk, readings, strict=True):
                        self.take(message, reading)
                self.acknowledge(chunk)
                show(start + len(chunk), len(messages))
        if messages:
            self.clocks(max(now, messages[-1].at))
        return self.counts, time.monotonic() - began

    def take(self, message: Message, reading: Reading) -> None:
        """Register one message and hand danger to the police; refusals are counted, not hidden."""
        from liandong.casework.execute import Refused, execute
        from liandong.rules.model import Actor, Command

        self.counts["read"] += 1
        desk = Actor("desk", "replay")
        try:
            fields = self.taker.registration(message, reading)
            done = execute(Command("register", None, fields, screen=reading.screen), desk, now=message.at)
            self.counts["existing" if done.existing else "registered"] += 1
            if reading.flag:
                if not done.existing or self.untouched(done.no):
                    reason = "；".join(reading.screen.reasons)[:500] or "疑似紧急"
                    execute(Command("to_police", done.no, {"reason": reason}), desk, now=message.at)
                self.counts["to_police"] += 1
            elif reading.doubt:
                self.counts["doubtful"] += 1
            else:
                self.counts["clear"] += 1
                self.dispatch(done.no, done.existing, message, reading)
        except Refused as refused:
            self.counts["refused"] += 1
            self.counts[f"refused:{refused.refusal.code}"] += 1

    def dispatch(self, no: str, existing: bool, message: Message, reading: Reading) -> None:
        """Push a clear case to the first unit suggested; what nobody is suggested for stays with the desk."""
        from liandong.casework.execute import execute
        from liandong.district.policy import current
        from liandong.rules.model import Actor, Command

        found = self.taker.unit_for(reading, current(), message.at.date())
        if found is None or (existing and not self.untouched(no)):
            return
        unit, matter, basis = found
        fields = {"lead_unit": unit, "class": "general", "matter": matter, "basis": basis}
        execute(Command("dispatch", no, fields), Actor("desk", "replay"), now=message.at)
        self.counts["dispatched"] += 1

    @staticmethod
    def untouched(no: str) -> bool:
        """Whether a case of an earlier, interrupted run still waits for its first step."""
        from liandong.casework.models import Case

        return Case.objects.filter(no=no, state="registered").exists()

    @staticmethod
    def clocks(at: datetime) -> None:
        """Let the virtual clock come to ``at``: everything due before it fires first."""
        from liandong.casework.execute import batch
        from liandong.engine.clock import run_due

        worked = 1
        while worked:
            with batch():
                worked = run_due(at, limit=500)

    def acknowledge(self, chunk: list[Message]) -> None:
        """Write down what is committed by now, and force it to the disk before going on."""
        if self.journal is None:
            return
        self.journal.writelines(f"{message.ref}\n" for message in chunk)
        self.journal.flush()
        os.fsync(self.journal.fileno())


def pause(gap: timedelta, speed: float) -> None:
    """Wait as long as the gap between two messages lasts at that speed."""
    time.sleep(max(0.0, gap.total_seconds() / speed))


def summary(counts: Counter[str], seconds: float) -> dict[str, Any]:
    """Counts and rates of a run (rates between 0 and 1; seconds; messages a second)."""
    read = counts["read"]
    names = ("read", "registered", "existing", "to_police", "doubtful", "clear", "dispatched", "refused")
    refusals = {
        key.partition(":")[2]: value for key, value in sorted(counts.items()) if key.startswith("refused:")
    }
    return {
        **{name: counts[name] for name in names},
        "refusals": refusals,
        "seconds": round(seconds, 3),
        "per_second": round(read / seconds, 1) if seconds > 0 and read else 0.0,
        "to_police_rate": round(counts["to_police"] / read, 4) if read else 0.0,
        "doubtful_rate": round(counts["doubtful"] / read, 4) if read else 0.0,
        "clear_rate": round(counts["clear"] / read, 4) if read else 0.0,
    }


def in_words(result: dict[str, Any]) -> str:
    """The summary for a person."""
    lines = [
        f"读入 {result['read']} 条：新登记 {result['registered']}，已有 {result['existing']}，被拒 {result['refused']}",
        f"转警务 {result['to_police']}（{result['to_police_rate']:.1%}），存疑留待分流 {result['doubtful']}"
        f"（{result['doubtful_rate']:.1%}），三问皆否 {result['clear']}（{result['clear_rate']:.1%}），其中派发 {result['dispatched']}",
        f"用时 {result['seconds']} 秒，每秒 {result['per_second']} 条",
    ]
    lines += [f"拒绝 {code}：{count}" for code, count in result["refusals"].items()]
    return "\n".join(lines)
