"""Kill a replay with SIGKILL again and again; after each kill nothing acknowledged may be missing and ``check`` is clean.

usage: python bench/kill_replay.py [--kills 200] [--database sqlite|postgres]

Acknowledged is what the replay wrote to its journal: it does so only after the commit. Every other run commits message
by message, the rest in batches. A throw-away store is used; PostgreSQL is started from the machine's own packages.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
LIANDONG = [sys.executable, "-m", "liandong.cli.main"]
TEXTS = (
    "古南街道老街的垃圾堆了三天没人清运，味道很大",
    "文龙街道小学旁边的路灯不亮，晚上看不清路",
    "东溪镇农贸市场门口占道经营，行人没法走",
    "三江街道安置房小区自来水停了两天",
    "打通镇有户人家冒烟着火了，快派人来",
    "咨询社保断缴三年能不能补，需要什么材料",
)


class Result(NamedTuple):
    """What happened: kills that hit a running replay, messages acknowledged, what went wrong."""

    kills: int
    acknowledged: int
    stored: int
    seconds: float
    lost: list[str]
    violations: list[str]


def write_messages(path: Path, count: int) -> None:
    """A file of invented messages, a minute apart."""
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            at = f"2018-06-{1 + number // 1440 % 28:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00+08:00"
            text = f"{TEXTS[number % len(TEXTS)]}（第{number}件）"
            row = {"ref": f"K{number:06d}", "received_at": at, "text": text}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def acknowledged(journal: Path) -> set[str]:
    """References the replay reported as committed; a line cut short by the kill does not count."""
    if not journal.exists():
        return set()
    lines = journal.read_text(encoding="utf-8").split("\n")
    return set(lines[:-1]) - {""}


def stored(url: str) -> set[str]:
    """References of the cases in the store, read past the program."""
    sql = "SELECT source_ref FROM casework_case"
    if url.startswith("sqlite"):
        import sqlite3

        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return {row[0] for row in connection.execute(sql)}
    import psycopg

    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(sql)}


def call(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end."""
    return subprocess.run(
        [*LIANDONG, *arguments], env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def strike(environment: dict[str, str], arguments: list[str], journal: Path, rng: random.Random) -> bool:
    """Start a replay, let it commit something, kill it at a random instant; False when it had finished before."""
    before = journal.stat().st_size if journal.exists() else 0
    with subprocess.Popen(
        [*LIANDONG, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if (journal.stat().st_size if journal.exists() else 0) > before:
                break
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.15))
        running = process.poll() is None
        process.kill()
        process.wait()
    return running


def run(kills: int, environment: dict[str, str], url: str, folder: Path, seed: int = 28) -> Result:
    """Load the pack into an empty store and strike ``kills`` times; the store is proved after every one."""
    began = time.monotonic()
    rng = random.Random(seed)
    messages, journal = folder / "messages.jsonl", folder / "journal"
    write_messages(messages, 20 * 28 + kills * 250)
    done = call(environment, "init", "--pack", str(ROOT / "packs" / "qijiang"))
    if done.returncode:
        raise RuntimeError(done.stderr)
    struck, lost, violations = 0, [], []
    for number in range(kills):
        speed = "max" if number % 2 else "900000000"
        arguments = ["replay", str(messages), "--shift", "none", "--journal", str(journal), "--speed", speed]
        struck += strike(environment, arguments, journal, rng)
        missing = acknowledged(journal) - stored(url)
        lost += sorted(missing)
        proof = call(environment, "check")
        if proof.returncode:
            violations.append(f"kill {number + 1}: {proof.stdout.strip()} {proof.stderr.strip()}")
        # what was replayed already would only be looked up again: go on with the rest
        drop_known(messages, stored(url))
    return Result(
        struck, len(acknowledged(journal)), len(stored(url)), time.monotonic() - began, lost, violations
    )


def drop_known(messages: Path, known: set[str]) -> None:
    """Keep the messages that are not stored yet and the last twenty that are (a resumed run must recognise them)."""
    rows = messages.read_text(encoding="utf-8").splitlines()
    split = [(line, json.loads(line)["ref"] in known) for line in rows]
    kept = [line for line, is_known in split if is_known][-20:] + [
        line for line, is_known in split if not is_known
    ]
    messages.write_text("\n".join(kept) + "\n", encoding="utf-8")


def environment_for(url: str, home: Path) -> dict[str, str]:
    """The environment of the killed processes."""
    return os.environ | {
        "LIANDONG_DATABASE_URL": url,
        "LIANDONG_HOME": str(home),
        "LIANDONG_MASTER_KEY": "22" * 32,
        "DJANGO_SETTINGS_MODULE": "liandong.site.settings",
    }


def main() -> int:
    """Strike and print the result as JSON; 1 when something was lost or violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liandong-kill-") as name:
        folder = Path(name)
        server: Any = None
        url = f"sqlite:///{folder / 'kill.sqlite3'}"
        if args.database == "postgres":
            sys.path.insert(0, str(ROOT / "tests"))
            from support.postgres import Server

            server = Server()
            server.start()
            url = f"postgres://{urlsplit(server.url).netloc}/postgres"
        try:
            result = run(args.kills, environment_for(url, folder), url, folder)
        finally:
            if server is not None:
                server.stop()
    print(json.dumps({"database": args.database, **result._asdict()}, ensure_ascii=False, indent=2))
    return 1 if result.lost or result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
