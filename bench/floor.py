"""The floor: the rows of one real register and dispatch, written again and again by bare SQL with fresh keys.

``capture`` runs in the store: it watches the statements of one real case. ``write`` runs in a process of its own that
knows neither Django nor the product: the same statements, the same indexes and triggers, two durable commits a case.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA cache_size=-32000;"
    "PRAGMA mmap_size=268435456;"
)
_INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]*)\)")
_SET = re.compile(r"(\w+)\"? = %s")


def columns(sql: str, count: int) -> list[str]:
    """The column behind each of a statement's values."""
    found = _INSERT.match(sql)
    if found:
        names = [name.strip().strip('"') for name in found[2].split(",")]
        return [names[n % len(names)] for n in range(count)]
    return _SET.findall(sql)


def capture() -> None:
    """Register and dispatch one case through ``execute``; print its writing statements with their values."""
    import django

    django.setup()
    from datetime import datetime

    from django.db import connection

    from calls import ZONE, calls
    from liandong.casework.execute import execute
    from liandong.engine import routing
    from liandong.rules.model import Actor, Command

    desk = Actor("desk", "desk")
    source = calls(7, "floor")
    for _ in range(3):  # the policy is read and the router loaded before anything is watched
        call = next(source)
        execute(Command("register", None, call.registration(datetime.now(ZONE))), desk)
    transactions: list[list[tuple[str, list[Any]]]] = []

    def watch(run: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            transactions[-1].append((sql, [plain(value) for value in values]))
        return run(sql, values, many, context)

    call = next(source)
    fields = call.registration(datetime.now(ZONE))
    with connection.execute_wrapper(watch):
        transactions.append([])
        done = execute(Command("register", None, fields, screen=routing.screen(fields)), desk)
        transactions.append([])
        execute(Command("dispatch", done.no, call.dispatch()), desk)
    print(json.dumps({"no": done.no, "ref": call.ref, "transactions": transactions}))


def plain(value: Any) -> Any:
    """A value as JSON can carry it; bytes are marked."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    return value


class Template:
    """One captured case, ready to be written with other keys."""

    def __init__(self, captured: dict[str, Any], offset: int) -> None:
        self.no, self.ref = captured["no"], captured["ref"]
        self.offset = offset
        self.statements: list[list[tuple[str, list[Any], list[str]]]] = []
        code = None
        for transaction in captured["transactions"]:
            part = []
            for sql, values in transaction:
                real = [base64.b64decode(v["bytes"]) if isinstance(v, dict) else v for v in values]
                names = columns(sql, len(real))
                assert len(names) == len(real), sql
                if "tracking_code" in names:
                    code = real[names.index("tracking_code")]
                part.append((sql, real, names))
            self.statements.append(part)
        assert code, "the capture holds no registration"
        self.code = str(code)

    def values(self, values: list[Any], names: list[str], n: int) -> list[Any]:
        """The values of the n-th copy: positions and serials moved, number, reference and code replaced."""
        no = f"F{self.offset + n:0{len(self.no) - 1}d}"
        ref, code = f"f-{self.offset + n}", f"{self.offset + n:032x}"
        made = []
        for value, name in zip(values, names, strict=True):
            if name in ("position", "serial"):
                value = value + self.offset + 10 * n
            elif isinstance(value, str):
                value = value.replace(self.no, no).replace(self.code, code).replace(self.ref, ref)
            made.append(value)
        return made


def write(url: str, captured: dict[str, Any], offset: int, count: int) -> float:
    """Write ``count`` cases, two durable commits each; seconds. Values are made ready before the clock starts."""
    template = Template(captured, offset)
    lite = url.startswith("sqlite:///")
    mark = "?" if lite else "%s"
    work = [
        [[(sql.replace("%s", mark), template.values(values, names, n)) for sql, values, names in part]
         for part in template.statements]
        for n in range(count)
    ]  # fmt: skip
    if lite:
        import sqlite3

        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        connection.executescript(PRAGMAS)
        begin = "BEGIN IMMEDIATE"
    else:
        import psycopg

        connection = psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True)
        begin = "BEGIN"
    cursor = connection.cursor()
    began = time.perf_counter()
    for case in work:
        for part in case:
            cursor.execute(begin)
            for sql, values in part:
                cursor.execute(sql, values)
            cursor.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


if __name__ == "__main__":
    if sys.argv[1] == "capture":
        capture()
    else:
        url, path, offset, count = sys.argv[2:]
        print(write(url, json.loads(Path(path).read_text()), int(offset), int(count)))
