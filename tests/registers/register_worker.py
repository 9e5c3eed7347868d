"""Processes for the test of several writers of registers: ``python register_worker.py MODE …`` on the environment's store."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import django

django.setup()

from liandong.registers import queries  # noqa: E402
from liandong.registers.check import violations  # noqa: E402
from liandong.registers.store import act  # noqa: E402
from liandong.rules.register import ALL, Register, Sight, Step  # noqa: E402
from liandong.rules.register import fields as f  # noqa: E402
from liandong.rules.registers import registers  # noqa: E402
from support.flow import DUTY  # noqa: E402
from support.policy import load  # noqa: E402

registers()["test_log"] = Register(  # type: ignore[index]
    name="test_log", label="测试", rule="R0", states={"open": "开", "done": "完"}, ended=("done",),
    steps=(
        Step("begin", "开始", "R0", ("duty_office",), (), (f.words("text", "内容"),), becomes="open"),
        Step("end", "结束", "R0", ("duty_office",), ("open",), becomes="done"),
    ),
    sees={"duty_office": Sight(ALL)}, number="T{year}-{n}",
)  # fmt: skip


def write(acknowledged: str) -> None:
    """Open and close entries for ever; each acknowledgement goes to a file after the commit."""
    policy = load()
    now = datetime(2018, 6, 1, 9, 0, tzinfo=policy.zone)
    with Path(acknowledged).open("a", buffering=1) as out:
        for n in range(100_000):
            at = now + timedelta(seconds=n)
            entry = act("test_log", "begin", {"text": f"第{n}条"}, DUTY, now=at, policy=policy)
            out.write(f"{entry.no} 1\n")
            act("test_log", "end", {}, DUTY, no=entry.no, now=at, policy=policy)
            out.write(f"{entry.no} 2\n")


def kills(acknowledged: str, times: str) -> None:
    """Two writers at once, killed after a moment, many times; then everything acknowledged is there and check is silent."""
    for _ in range(int(times)):
        writers = [subprocess.Popen([sys.executable, __file__, "write", acknowledged]) for _ in range(2)]
        size = Path(acknowledged).stat().st_size if Path(acknowledged).exists() else 0
        until = time.monotonic() + 60
        while time.monotonic() < until and (
            not Path(acknowledged).exists() or Path(acknowledged).stat().st_size == size
        ):
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.3))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.wait()
    policy = load()
    wanted: dict[str, int] = {}
    for line in Path(acknowledged).read_text().splitlines():
        no, version = line.split(" ")
        wanted[no] = max(wanted.get(no, 0), int(version))
    for no, version in wanted.items():
        entry = queries.get(DUTY, "test_log", no, policy=policy)
        assert entry is not None, f"{no} is lost"
        assert entry.version >= version, f"{no} lost a step"
    found = list(violations(policy))
    assert found == [], found


if __name__ == "__main__":
    {"write": write, "kills": kills}[sys.argv[1]](*sys.argv[2:])
