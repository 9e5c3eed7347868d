"""Two networks: 50,000 events become signed files on the desk's instance and are taken in by the government's.

Prints events a second, sizes of files and the memory each side needed, for a fifth of the events and for all: memory must
not grow with their number. On both databases; the asserts are the tests' business.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
EVENTS = 50_000
PART = "exchange"


def prepare(name: str) -> None:
    """Keys of this side; prints its card."""
    from liandong.engine.exchange import identity

    identity.prepare(name)
    print(json.dumps(identity.card().text()))


def know(card: str) -> None:
    """Enter the other side."""
    from liandong.engine.exchange import identity

    identity.add_peer(identity.Card.read(card), "bench")
    print("null")


def fill(count: int) -> None:
    """``count`` events at the desk: cases registered and dispatched."""
    from liandong.casework.execute import batch, execute
    from liandong.engine.instants import now
    from liandong.rules.model import Actor, Command

    desk, start = Actor("desk", "bench"), now() - timedelta(hours=20)
    sent = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责目录"}
    for first in range(0, count // 2, 500):
        with batch():
            for n in range(first, min(first + 500, count // 2)):
                at = start + timedelta(seconds=n)
                fields = {
                    "kind": "help", "summary": f"路灯不亮 {n}", "content": "古南街道中山路的路灯坏了三天，没有人来修。",
                    "safety": {"life": "no", "property": "no", "public": "no"}, "received_at": at.isoformat(),
                    "source": {"channel": "bench", "ref": f"{time.time_ns()}"},
                    "caller": {"name": "张三", "phone": f"138{n:08d}"},
                }  # fmt: skip
                no = execute(Command("register", None, fields), desk, now=at).no
                execute(Command("dispatch", no, sent), desk, now=at)
    print("null")


class Watch(threading.Thread):
    """Looks at this process's anonymous memory while it works."""

    most = 0.0

    def run(self) -> None:
        while True:
            lines = Path("/proc/self/status").read_text().splitlines()
            kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            Watch.most = max(Watch.most, kilobytes / 1024)
            time.sleep(0.05)


def export() -> None:
    """Write everything out."""
    Watch(daemon=True).start()
    from liandong.engine.exchange import outgoing

    started = time.perf_counter()
    done = outgoing.export(limit=10_000)
    told(done.events, started)


def take_in() -> None:
    """Take everything in."""
    Watch(daemon=True).start()
    from liandong.engine.exchange import incoming

    started = time.perf_counter()
    done = incoming.take_in()
    told(done.events, started)


def told(events: int, started: float) -> None:
    """Events, seconds, the most memory of its own this process had (MB; SQLite's mapped file is the kernel's)."""
    memory = Watch.most
    print(json.dumps({"events": events, "seconds": time.perf_counter() - started, "memory": memory}))


class Side:
    """A store with its own side and folders."""

    def __init__(self, store: Any, side: str, out: Path, arrives: Path) -> None:
        self.store = store
        self.environment = {
            **store.environment,
            "LIANDONG_SIDE": side,
            "LIANDONG_EXCHANGE_OUT": str(out),
            "LIANDONG_EXCHANGE_IN": str(arrives),
        }
        for folder in (out, arrives):
            folder.mkdir(exist_ok=True)

    def run(self, *arguments: str) -> Any:
        """One step in a process of its own; what it printed."""
        done = subprocess.run(
            [sys.executable, str(HERE), *arguments], env=self.environment, cwd=self.store.home, text=True,
            capture_output=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return json.loads(done.stdout.splitlines()[-1])


def measure(kind: str, make: Any) -> None:
    """A fifth, then the rest."""
    from harness import QUICK, emit

    first, second = make(), make()
    there, back = first.home / "there", first.home / "back"
    desk, government = Side(first, "desk", there, back), Side(second, "government", back, there)
    cards = desk.run("prepare", "desk"), government.run("prepare", "government")
    desk.run("know", cards[1])
    government.run("know", cards[0])
    whole = EVENTS // 10 if QUICK else EVENTS
    for count in (whole // 5, whole - whole // 5):
        desk.run("fill", str(count))
        out = desk.run("export")
        files = [path.stat().st_size for path in there.glob("*.ldx")]
        emit(
            PART,
            f"{kind}: export of {out['events']} events",
            f"{out['events'] / out['seconds']:.0f}/s, {len(files)} files, {sum(files) / 1e6:.1f} MB "
            f"({sum(files) / max(1, out['events']):.0f} B an event), {out['memory']:.0f} MB of its own memory",
        )
        came = government.run("import")
        emit(
            PART,
            f"{kind}: import of {came['events']} events",
            f"{came['events'] / came['seconds']:.0f}/s, {came['memory']:.0f} MB of its own memory",
        )
        desk.run("import")


def main() -> None:
    """Both databases."""
    from harness import KINDS, absent, database

    for kind in KINDS:
        try:
            with database(kind) as make:
                measure(kind, make)
        except (FileNotFoundError, RuntimeError) as error:
            absent(PART, kind, str(error)[:200])


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liandong.site.settings")
        import django

        django.setup()
        part, *arguments = sys.argv[1:]
        if part == "prepare":
            prepare(arguments[0])
        elif part == "know":
            know(arguments[0])
        elif part == "fill":
            fill(int(arguments[0]))
        elif part == "export":
            export()
        else:
            take_in()
