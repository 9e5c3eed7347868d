"""`simulate` on 50,000 cases with 300,000 commands: minutes and peak memory. The scenario comes from a fixed seed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from calls import ZONE, Call, calls
from harness import QUICK, ROOT, emit, say

CASES, COMMANDS = (2_000, 12_000) if QUICK else (50_000, 300_000)
DAYS = 90 * CASES / 50_000
MINUTES_GOAL, MB_GOAL = 10.0, 500.0
START = datetime(2018, 6, 1, tzinfo=ZONE)
Line = tuple[datetime, int, dict[str, Any]]


def life(call: Call, label: str, at: datetime, rng: Random) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """The commands of one case: what is common and what is not, in the shares a duty office would recognise."""
    desk, unit = f"desk:{rng.choice('甲乙丙丁')}", f"unit:{call.unit}:值班员"

    def line(by: str, do: str, **fields: Any) -> tuple[datetime, dict[str, Any]]:
        return at, {"at": at.isoformat(), "by": by, "case": label, "do": do, **fields}

    def later(low: float, high: float) -> None:
        nonlocal at
        at += timedelta(seconds=round(60 * rng.uniform(low, high)))

    kind = rng.random()
    yield line(desk, "register", **call.registration(at))
    later(0.5, 4)
    if kind < 0.05:
        yield line(desk, "answer", text="已当面答复", knowledge="常见问题")
        return
    if kind < 0.08:
        yield line(desk, "to_police", reason="疑似紧急")
        later(30, 300)
        yield line(desk, "police_done", outcome="handled", remainder="")
        return
    yield line(desk, "dispatch", **call.dispatch())
    if kind < 0.18:
        later(5, 60)
        yield line(unit, "return", reason_code="not_our_duty", explanation="不属我单位职责",
                   why_no_answer_now="须现场查看", suggested_unit="unknown")  # fmt: skip
        later(5, 25)
        yield line(desk, "reject_return", reason="目录列明属贵单位")
    else:
        later(2, 28)
        yield line(unit, "sign", receiver="值班员")
    later(20, 200)
    if rng.random() < 0.5:
        yield line(unit, "contact", at=at.isoformat(), method="电话", note="已联系")
    if kind > 0.92:
        later(30, 100)
        promised = (at + timedelta(days=14)).isoformat()
        yield line(unit, "request_extension", reason="需要开挖路面", told_caller_at=at.isoformat(), told_by="值班员",
                   promised_at=promised)  # fmt: skip
        later(10, 60)
        yield line(desk, "decide_extension", approve=True, reason="情况属实")
    later(60, 1500)
    yield line(
        unit, "feedback", result="resolved", text="已处理", contacted_caller=True, contacted_at=at.isoformat()
    )
    later(10, 600)
    if kind > 0.30:
        yield line(desk, "accept_feedback")
        later(10, 1200)
        yield line(desk, "call_back", reached=True, satisfaction="satisfied", solved="yes")


def scenario(path: Path) -> int:
    """Write the scenario; the number of its lines. Notes fill up to COMMANDS."""
    rng, source = Random(2018), calls(2018, "S")
    lines: list[Line] = []
    for n in range(CASES):
        at = START + timedelta(seconds=round(n * DAYS * 86400 / CASES))
        lines += [(when, len(lines), text) for when, text in life(next(source), f"C{n}", at, rng)]
    end = max(when for when, _, _ in lines)
    while len(lines) < COMMANDS:
        n = rng.randrange(CASES)
        when = min(
            end, START + timedelta(seconds=round(n * DAYS * 86400 / CASES) + rng.randrange(600, 86400))
        )
        note = {
            "at": when.isoformat(),
            "by": "desk:甲",
            "case": f"C{n}",
            "do": "note",
            "text": "来电人补充情况",
        }
        lines.append((when, len(lines), note))
    lines.sort(key=lambda line: line[:2])
    with path.open("w", encoding="utf-8") as out:
        for _, _, text in lines:
            out.write(json.dumps(text, ensure_ascii=False) + "\n")
    return len(lines)


def main() -> None:
    """Time and peak resident memory of the one process."""
    base = Path(tempfile.mkdtemp(prefix="liandong-simulation-"))
    try:
        path, result = base / "scenario.jsonl", base / "result.json"
        count = scenario(path)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(base)}
        with result.open("wb") as out:
            began = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-m", "liandong.cli.main", "simulate", str(path)],
                env=environment,
                stdout=out,
            )
            _, status, usage = os.wait4(process.pid, 0)
            minutes = (time.monotonic() - began) / 60
        if status:
            raise RuntimeError(f"simulate ended with status {status}")
        told = json.loads(result.read_text(encoding="utf-8"))
        refused: dict[str, int] = {}
        for one in told["refused"]:
            refused[f"{one['command']} {one['code']}"] = refused.get(f"{one['command']} {one['code']}", 0) + 1
        say(f"{told['events']} events, {len(told['notices'])} notices, {len(told['breaches'])} breaches, "
            f"chain_ok {told['chain_ok']}, refused {refused}")  # fmt: skip
        part, peak = "simulate", usage.ru_maxrss / 1024
        text = f"{minutes:.1f} min for {CASES} cases, {count} commands ({usage.ru_utime / 60:.1f} min of processor)"
        emit(part, "time", text, f"≤ {MINUTES_GOAL:.0f} min", minutes <= MINUTES_GOAL)
        emit(part, "peak resident memory", f"{peak:.0f} MB", f"≤ {MB_GOAL:.0f} MB", peak <= MB_GOAL)
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
