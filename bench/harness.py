"""What all benchmarks share: throw-away stores on both databases, a real `serve`, medians, and rows of the report.

Nothing here touches a case: figures come from the product's own doors.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "packs" / "qijiang"
QUICK = os.environ.get("QUICK") == "1"
KINDS = tuple(os.environ.get("BENCH_DATABASES", "sqlite,postgres").split(","))
MARK = "RESULT "
"""Lines that begin so are rows of the one report that run.py prints at the end."""

sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]


def _end(signum: int, frame: object) -> None:
    """End through every ``finally``, so that servers and databases are stopped when the bench is told to stop."""
    sys.exit(128 + signum)


def stop_cleanly() -> None:
    """Called once by a benchmark's own process: SIGTERM must not leave servers behind."""
    signal.signal(signal.SIGTERM, _end)


class Row(NamedTuple):
    """One line of the report. ``verdict``: ok, short (of the goal), info (no goal), absent (could not be measured)."""

    part: str
    what: str
    measured: str
    goal: str
    verdict: str


def emit(part: str, what: str, measured: str, goal: str = "", reached: bool | None = None) -> None:
    """Print one row of the report; ``reached`` None where there is no goal."""
    verdict = "info" if reached is None else "ok" if reached else "short"
    print(
        MARK + json.dumps(Row(part, what, measured, goal, verdict)._asdict(), ensure_ascii=False), flush=True
    )


def absent(part: str, what: str, why: str) -> None:
    """Print a row for something that cannot be measured here."""
    row = Row(part, what, f"not measured: {why}", "", "absent")
    print(MARK + json.dumps(row._asdict(), ensure_ascii=False), flush=True)


def say(text: str) -> None:
    """Progress and remarks; the report repeats only rows."""
    print(f"  {text}", flush=True)


def runs(measure: Callable[[], float], count: int) -> tuple[float, str]:
    """The median of several runs and a text that shows all of them."""
    found = [measure() for _ in range(count)]
    return statistics.median(found), " ".join(f"{value:.0f}" for value in found)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0–1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def free_port() -> int:
    """A loopback port below the range of outgoing connections."""
    for _ in range(200):
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port below 32768")


class Store:
    """One store with 綦江's pack, demonstration accounts, tokens and sessions; removed by ``close``."""

    def __init__(self, kind: str, url: str, home: Path) -> None:
        self.kind, self.url, self.home = kind, url, home
        self.keys: dict[str, Any] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that works on this store."""
        return {
            **os.environ,
            "LIANDONG_HOME": str(self.home),
            "LIANDONG_DATABASE_URL": self.url,
            "LIANDONG_PACK": str(PACK),
            "DJANGO_SETTINGS_MODULE": "liandong.site.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "bench"), str(ROOT / "tests")]),
        }

    def liandong(self, *arguments: str) -> str:
        """Run the command line; its standard output."""
        return self.python("-m", "liandong.cli.main", *arguments)

    def python(self, *arguments: str) -> str:
        """Run Python in this store's environment; its standard output. A failure shows its errors and raises."""
        done = subprocess.run(
            [sys.executable, *arguments], env=self.environment, cwd=self.home, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)[:200]} → {done.returncode}\n{done.stderr[-3000:]}")
        return done.stdout

    def prepare(self) -> Store:
        """Tables, pack, accounts, tokens, sessions."""
        self.liandong("init", "--pack", str(PACK))
        self.keys = json.loads(self.python(str(ROOT / "bench" / "accounts.py")))
        return self

    def close(self) -> None:
        """Remove the store's files."""
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def database(kind: str) -> Iterator[Callable[[], Store]]:
    """A maker of prepared stores of one kind. Raises RuntimeError where that database is not on this machine."""
    stop_cleanly()
    base = Path(tempfile.mkdtemp(prefix="liandong-bench-"))
    made: list[Store] = []
    server = None
    if kind == "postgres":
        from support.postgres import Server

        server = Server()
        server.start()

    def make() -> Store:
        home = base / f"store{len(made)}"
        home.mkdir()
        if server is None:
            url = f"sqlite:///{home}/liandong.sqlite3"
        else:
            import psycopg

            name = f"bench{len(made)}"
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            url = server.url.rsplit("/", 1)[0] + f"/{name}"
        store = Store(kind, url, home)
        made.append(store)
        return store.prepare()

    try:
        yield make
    finally:
        for store in made:
            store.close()
        if server is not None:
            server.stop()
        shutil.rmtree(base, ignore_errors=True)


class Served(NamedTuple):
    """A running `liandong serve`."""

    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def serving(store: Store, *arguments: str) -> Iterator[Served]:
    """`liandong serve` on a loopback port until the block ends; stopped by its own process id."""
    port = free_port()
    with open(store.home / "serve.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "liandong.cli.main", "serve", "--port", str(port), *arguments],
            env=store.environment,
            cwd=store.home,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port, process, store.home / "serve.log")
        yield Served(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(
    port: int, process: subprocess.Popen[bytes], log: Path, path: str = "/healthz", seconds: float = 90
) -> None:
    """Until the server answers 200. Raises RuntimeError with the end of its log if it dies or stays silent."""
    from wire import Wire

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with Wire(port) as wire:
                if wire.get(path).status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not come up:\n{log.read_text()[-3000:]}")


def process_tree(pid: int) -> list[int]:
    """A process and everything it started that still runs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += parents.get(one, [])
    return found
