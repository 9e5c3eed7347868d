"""Two sides of two networks for tests: a process and a store each, joined by nothing but a carrier between folders."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from .stores import ROOT, Stores

PROGRAM = ROOT / "tests" / "engine" / "exchange_side.py"


class Side:
    """One side: its store, its folders, its process."""

    def __init__(self, side: str, stores: Stores, home: Path, master: str) -> None:
        self.side, self.home = side, home
        self.out, self.arrives = home / "out", home / "in"
        for folder in (home, self.out, self.arrives):
            folder.mkdir()
        self.environment = {
            **stores.environment(stores.fresh()),
            "LIANDONG_HOME": str(home / "var"),
            "LIANDONG_MASTER_KEY": master * 32,
            "LIANDONG_SIDE": side,
            "LIANDONG_EXCHANGE_OUT": str(self.out),
            "LIANDONG_EXCHANGE_IN": str(self.arrives),
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """The process, started when first needed or after it was killed."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, str(PROGRAM)], env=self.environment, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, cwd=self.home,
            )  # fmt: skip
        return self._process

    def __call__(self, op: str, **said: Any) -> Any:
        """Tell it something; its answer. Raises RuntimeError with its error."""
        answer = self.ask(op, **said)
        if "error" in answer:
            raise RuntimeError(f"{self.side} {op}: {answer['error']}")
        return answer["ok"]

    def ask(self, op: str, **said: Any) -> dict[str, Any]:
        """The same, errors as they are; a process that dies answers ``killed``."""
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"op": op, **said}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        return json.loads(line) if line else {"error": "killed"}

    def do(self, at: str, by: str, command: str, no: str | None = None, **fields: Any) -> dict[str, Any]:
        """One command; raises AssertionError where it was refused."""
        key, version = fields.pop("key", None), fields.pop("version", None)
        done = self("do", at=at, by=by, command=command, no=no, fields=fields, key=key, version=version)
        assert "code" not in done, f"{command}: {done}"
        return done

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Pair:
    """Desk and government, each knowing the other's card."""

    def __init__(self, desk: Side, government: Side) -> None:
        self.desk, self.government = desk, government
        cards = {side.side: side("load", name=side.side) for side in (desk, government)}
        desk("peer", card=cards["government"])
        government("peer", card=cards["desk"])

    def carry(self, *, shuffled: random.Random | None = None) -> int:
        """Take what lies in the one's folder to the other's, both ways, in any order; how many files."""
        moved = 0
        for giver, taker in ((self.desk, self.government), (self.government, self.desk)):
            files = sorted(path for path in giver.out.iterdir() if not path.name.startswith("."))
            if shuffled:
                shuffled.shuffle(files)
            for path in files:
                path.rename(taker.arrives / path.name)
                moved += 1
        return moved

    def sync(self, at: str, again: bool = False) -> None:
        """Exchange until nobody has anything to say."""
        for _ in range(12):
            for side in (self.desk, self.government):
                side("round", at=at, again=again)
            if not self.carry():
                return
        raise AssertionError("the two sides never come to rest")

    def close(self) -> None:
        self.desk.close()
        self.government.close()
