"""Mutation test of the command table: take one element away (or let one more in) and see whether a rule test notices.

Each mutant runs in a forked process on tests that were collected once; the tests that name its command come first and
the first failure kills it. Only behaviour counts: tests that merely compare the table with itself are left out, and so
are the random walks. Prints every survivor at once and the counts in the end; ends well (exit 0) whatever survives.
"""

from __future__ import annotations

import gc
import inspect
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = 2
SECONDS = 60
LEFT_OUT = (
    "test_walk",
    "test_worktime_reference",
    "test_diagram",
    "test_every_check_of_the_code_guards_some_row",
)
"""Random walks and documents (slow), and what compares the table with the checks (proves no behaviour)."""
ROLES = ("desk", "unit", "duty_office", "integration", "system", "caller", "inspector", "reader")


class Mutant(NamedTuple):
    """One change of one row."""

    row: str
    what: str
    hints: tuple[str, ...]
    changed: Any


def mutants() -> Iterator[Mutant]:
    """Every single change of the table that a test should notice."""
    from liandong.rules.codes import STATES
    from liandong.rules.table import COMMANDS

    for name, row in COMMANDS.items():
        for check in row.checks:
            left = tuple(c for c in row.checks if c != check)
            yield Mutant(name, f"without check {check}", (name, check), replace(row, checks=left))
        for number, move in enumerate(row.moves):
            moves = row.moves[:number] + row.moves[number + 1 :]
            yield Mutant(
                name, f"without move {move.op} {move.kind}", (name, move.kind), replace(row, moves=moves)
            )
            if move.op in ("X", "XS"):
                other = move._replace(op="X" if move.op == "XS" else "XS")
                moves = (*row.moves[:number], other, *row.moves[number + 1 :])
                yield Mutant(
                    name,
                    f"{other.op} instead of {move.op} {move.kind}",
                    (name, move.kind),
                    replace(row, moves=moves),
                )
        if row.effect is not None:
            yield Mutant(name, f"without effect {row.effect.__name__}", (name,), replace(row, effect=None))
        for field in row.fields:
            if field.required:
                fields = tuple(replace(f, required=False) if f is field else f for f in row.fields)
                yield Mutant(name, f"field {field.name} optional", (name,), replace(row, fields=fields))
        for role in ROLES:
            if role not in row.who:
                yield Mutant(name, f"role {role} may", (name, role), replace(row, who=(*row.who, role)))
        for role in row.who:
            left = tuple(r for r in row.who if r != role)
            yield Mutant(name, f"role {role} may not", (name, role), replace(row, who=left))
        for role in row.soft:
            left = tuple(r for r in row.soft if r != role)
            yield Mutant(name, f"role {role} gets wrong_role", (name, role), replace(row, soft=left))
        if row.frm:
            for state in STATES:
                if state in row.frm:
                    left = tuple(s for s in row.frm if s != state)
                    yield Mutant(name, f"not from {state}", (name, state), replace(row, frm=left))
                elif state not in row.extra_from:
                    yield Mutant(
                        name, f"from {state} too", (name, state), replace(row, frm=(*row.frm, state))
                    )
        for state in row.extra_from:
            left = tuple(s for s in row.extra_from if s != state)
            yield Mutant(name, f"never from {state}", (name, state), replace(row, extra_from=left))
        if row.extra_when is not None:
            always: Callable[[Any], bool] = lambda c: True  # noqa: E731
            yield Mutant(name, "from extra states always", (name,), replace(row, extra_when=always))
        if row.becomes is not None:
            yield Mutant(name, "state stays", (name,), replace(row, becomes=None))
        if "unit" in row.who:
            for relation in ("lead", "assist", "party"):
                if relation != row.relation:
                    yield Mutant(name, f"relation {relation}", (name,), replace(row, relation=relation))
        yield Mutant(name, f"bumps {not row.bumps}", (name,), replace(row, bumps=not row.bumps))
        if row.scope is not None:
            yield Mutant(name, "another scope", (name, "integration"), replace(row, scope="nothing"))


class Hunt:
    """A pytest plugin: instead of one run of all tests, one run for each mutant."""

    def __init__(self, only: str | None) -> None:
        self.only = only
        self.survived: list[Mutant] = []
        self.total = self.done = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is slow or proves no behaviour."""
        items[:] = [item for item in items if not any(name in item.nodeid for name in LEFT_OUT)]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork a child for each mutant, two at a time."""
        from support.world import policy

        policy()
        sources = {item: inspect.getsource(item.function) for item in session.items}  # type: ignore[attr-defined]
        running: dict[int, Mutant] = {}
        if self._run(session.items):
            print("mutate: the tests fail without any mutant; mend them first")
            raise pytest.Exit("not green", 1)
        waiting = [m for m in mutants() if self.only is None or self.only in m.row]
        last = ("from ", "not from ", "role ")
        waiting.sort(key=lambda m: not m.what.startswith(last))  # taken from the end: rules and clocks first
        self.total = len(waiting)
        gc.freeze()  # children share what the parent has read
        while waiting or running:
            while waiting and len(running) < PROCESSES:
                mutant = waiting.pop()
                child = os.fork()
                if child == 0:
                    os._exit(self._child(mutant, session.items, sources))
                running[child] = mutant
            child, status = os.wait()
            mutant = running.pop(child)
            self.done += 1
            if os.waitstatus_to_exitcode(status) == 0:
                self.survived.append(mutant)
                print(f"survived: {mutant.row}: {mutant.what}", flush=True)
            if self.done % 100 == 0:
                print(f"{self.done} of {self.total} mutants", flush=True)
        return True

    def _child(self, mutant: Mutant, items: list[pytest.Item], sources: dict[pytest.Item, str]) -> int:
        from liandong.rules.table import COMMANDS

        signal.alarm(SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        COMMANDS[mutant.row] = mutant.changed

        def far(item: pytest.Item) -> int:
            named = sum(f"[{hint}" in item.nodeid or f"-{hint}" in item.nodeid for hint in mutant.hints)
            return -(4 * named + sum(hint in sources[item] for hint in mutant.hints))

        return 1 if self._run(sorted(items, key=far)) else 0

    @staticmethod
    def _run(items: list[pytest.Item]) -> bool:
        """Run tests until the first failure; True when one failed."""
        from _pytest.runner import runtestprotocol

        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                return True
        return False


def main() -> int:
    """Run the hunt; an argument restricts it to commands whose name contains it."""
    started = time.monotonic()
    hunt = Hunt(sys.argv[1] if len(sys.argv) > 1 else None)
    code = pytest.main(
        [
            "-q",
            "-s",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "--no-header",
            "--no-summary",
            str(ROOT / "tests" / "rules"),
        ],
        plugins=[hunt],
    )
    if code not in (0, 5):
        return int(code)
    killed = hunt.total - len(hunt.survived)
    print(
        f"mutants {hunt.total}, killed {killed}, survived {len(hunt.survived)}, {time.monotonic() - started:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
