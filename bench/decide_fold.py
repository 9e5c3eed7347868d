"""How many decide+fold pairs one core does in a second: whole lives of a case, no database, nothing stored.

usage: python bench/decide_fold.py [--profile]
The life: registered, dispatched, signed, contacted, fed back, accepted, called back, its warnings in between. Median of five
runs, against the goal of 50,000 a second; says what falls short.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from liandong.district.packs import read
from liandong.rules.decide import decide
from liandong.rules.fold import fold
from liandong.rules.model import SYSTEM, Actor, Command, NewCase, Refusal, State
from liandong.rules.policy import Policy

GOAL = 50_000
RUNS = 5
LIVES = 400
DESK, UNIT = Actor("desk", "li"), Actor("unit", "wang", "CG")
SAFE = {"life": "no", "property": "no", "public": "no"}


def life(base: datetime) -> list[tuple[Actor, int, str, dict[str, Any]]]:
    """(who, minutes after the call, command, fields) of an ordinary case."""
    said = base.isoformat()
    spoken = (base + timedelta(minutes=60)).isoformat()
    return [
        (DESK, 0, "register", {
            "kind": "help", "summary": "路灯不亮", "content": "坏了三天", "safety": SAFE, "received_at": said,
            "source": {"channel": "110", "ref": "B"}, "place": {"text": "中山路1号", "township": "古南街道"},
            "caller": {"name": "张三", "phone": "13800001234"},
        }),
        (DESK, 3, "dispatch", {"lead_unit": "CG", "class": "general", "matter": "CG-01", "basis": "职责"}),
        (UNIT, 15, "sign", {"receiver": "王"}),
        (UNIT, 60, "contact", {"at": spoken, "method": "电话", "note": "已告知"}),
        (SYSTEM, 3 * 1440 + 330, "run_clock", {}),
        (UNIT, 4 * 1440, "feedback", {"result": "resolved", "text": "已修好", "contacted_caller": True}),
        (DESK, 4 * 1440 + 60, "accept_feedback", {}),
        (DESK, 4 * 1440 + 120, "call_back", {"reached": True, "satisfaction": "satisfied", "solved": "yes"}),
    ]  # fmt: skip


def once(policy: Policy, lives: int) -> tuple[int, float]:
    """Decide and fold that many lives; pairs done and seconds taken."""
    base = datetime(2018, 6, 1, 9, 0, tzinfo=policy.zone)
    steps = [(who, base + timedelta(minutes=after), name, fields) for who, after, name, fields in life(base)]
    pairs = 0
    started = time.process_time()
    for number in range(lives):
        no = f"N{number}"
        new = (NewCase(no, "T"),)
        states: dict[str, State] = {}
        for who, now, name, fields in steps:
            answer = decide(states, Command(name, no, fields, new=new), who, now, policy)
            if isinstance(answer, Refusal):
                raise SystemExit(f"decide_fold: {name} refused: {answer}")
            for event in answer:
                states[event.case] = fold(states.get(event.case), event)
                pairs += 1
        if states[no]["state"] != "closed":
            raise SystemExit(f"decide_fold: the life ends {states[no]['state']}")
    return pairs, time.process_time() - started


def main() -> int:
    """Measure, print, and say whether the goal is met."""
    policy = read(Path(__file__).resolve().parents[1] / "packs" / "qijiang").policy()
    once(policy, 50)
    if "--profile" in sys.argv[1:]:
        with cProfile.Profile() as profile:
            once(policy, LIVES)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return 0
    rates = []
    for _ in range(RUNS):
        pairs, seconds = once(policy, LIVES)
        rates.append(pairs / seconds)
    rate = statistics.median(rates)
    print(
        f"decide+fold: {rate:,.0f} pairs/s on one core (median of {RUNS}, {min(rates):,.0f}–{max(rates):,.0f})"
    )
    verdict = "met" if rate >= GOAL else f"short by a factor of {GOAL / rate:.1f}"
    print(f"goal {GOAL:,} pairs/s: {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
