"""Runs inside a store: a background of any size behind the measured requests.

OPEN cases and LIVES finished ones go through ``execute``. What is beyond that multiplies the finished ones with bulk
statements under fresh numbers, codes, references and keys: only as background, never as a figure; their hash chains
are not recomputed, so ``liandong check`` does not apply to such a store.
usage: fill.py SIZE [OPEN] (grows the store to SIZE cases; may be called again with a larger SIZE)
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from calls import ZONE, calls  # noqa: E402
from liandong.casework import crypto, private, queries, rows, seal  # noqa: E402
from liandong.casework.execute import batch, execute  # noqa: E402
from liandong.district.policy import current  # noqa: E402
from liandong.engine import clock, deliveries  # noqa: E402
from liandong.rules.model import SYSTEM, Actor, Command  # noqa: E402
from liandong.rules.numbers import case_number  # noqa: E402
from writing import write  # noqa: E402

LIVES = 300
A_DAY = 2000
CHUNK = 2000
DESK = Actor("desk", "desk")
TABLES: dict[str, list[str]] = {
    "casework_event": rows.EVENT,
    "casework_case": rows.CASE,
    "casework_clock": rows.CLOCK,
    "casework_party": rows.PARTY,
    "casework_outbox": rows.OUTBOX,
    "casework_private_event": rows.PRIVATE_EVENT,
    "casework_private_case": rows.PRIVATE_CASE,
    "casework_key": ["case_no", "wrapped"],
}
INSTANTS = {"at_ms", "received_ms", "registered_ms", "closed_ms", "started_ms", "due_ms", "original_due_ms",
            "stopped_ms", "next_attempt_ms", "delivered_ms"}  # fmt: skip


def do(name: str, no: str | None, actor: Actor, at: datetime, **fields: Any) -> str:
    """One command."""
    return execute(Command(name, no, fields), actor, now=at).no


def lives() -> None:
    """Finished cases a month old: one in five went to its unit and back, the others were answered at once; archived."""
    start = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=31)
    source = calls(1, "life")
    minute = timedelta(minutes=1)
    with batch():
        for n in range(LIVES):
            call, at = next(source), start + n * timedelta(seconds=80)
            no = do("register", None, DESK, at, **call.registration(at))
            if n % 5:
                do("answer", no, DESK, at + minute, text="已当面答复", knowledge="常见问题")
            else:
                unit = Actor("unit", "unit", call.unit)
                do("dispatch", no, DESK, at + minute, **call.dispatch())
                do("sign", no, unit, at + 2 * minute, receiver="值班员")
                told = (at + 3 * minute).isoformat()
                do("feedback", no, unit, at + 3 * minute, result="resolved", text="已处理", contacted_caller=True,
                   contacted_at=told)  # fmt: skip
                do("accept_feedback", no, DESK, at + 4 * minute)
                do(
                    "call_back",
                    no,
                    DESK,
                    at + 5 * minute,
                    reached=True,
                    satisfaction="satisfied",
                    solved="yes",
                )
            do("run_clock", no, SYSTEM, at + timedelta(days=20))


def open_cases(count: int) -> None:
    """Cases of the last hours: a third waits at the desk, a third for the unit's signature, a third is being handled."""
    source = calls(2, "open")
    now = datetime.now(ZONE)
    done = 0
    while done < count:
        with batch():
            for _ in range(min(500, count - done)):
                call, at = next(source), now - timedelta(seconds=3 * (count - done) + 60)
                no = do("register", None, DESK, at, **call.registration(at))
                if done % 3:
                    do("dispatch", no, DESK, at + timedelta(seconds=30), **call.dispatch())
                if done % 3 == 2:
                    do(
                        "sign",
                        no,
                        Actor("unit", "unit", call.unit),
                        at + timedelta(seconds=45),
                        receiver="值班员",
                    )
                done += 1


def settle() -> None:
    """Fire what is due and deliver it, so that the worker has nothing to catch up with while others measure."""
    while True:
        with batch():
            worked = clock.run_due(limit=500)
        if not worked:
            break
    while deliveries.notify_due(limit=2000):
        pass
    seal.seal(datetime.now(ZONE))


class Pattern:
    """All rows of one finished case, and its private view in clear."""

    def __init__(self, no: str) -> None:
        self.no = no
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for table, columns in TABLES.items():
            names = ", ".join(f'"{name}"' for name in columns)
            key = "no" if table == "casework_case" else "case_no"
            found = rows.ask(f"SELECT {names} FROM {table} WHERE {key} = %s", [no])
            self.rows[table] = [dict(zip(columns, row, strict=True)) for row in found]
        case = self.rows["casework_case"][0]
        self.code, self.ref = case["tracking_code"], case["source_ref"]
        self.day = datetime.strptime(case["day"], "%Y%m%d").date()
        self.key = crypto.unwrap(bytes(self.rows["casework_key"][0]["wrapped"]), no)
        stored = queries.load_case(no)
        assert stored is not None
        self.view = stored.private
        self.told = {
            row["seq"]: private.open_event(self.key, no, row["seq"], bytes(row["sealed"]), row["text"])
            for row in self.rows["casework_private_event"]
        }

    def copy(self, day: date, serial: int, position: int, no: str) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of a copy on another day; events take positions after ``position``."""
        shift = (day - self.day).days * 86_400_000
        code, ref = secrets.token_hex(16), f"copy-{no}"
        first = self.rows["casework_event"][0]["position"]
        made: dict[str, list[tuple[Any, ...]]] = {}
        for table, found in self.rows.items():
            made[table] = []
            for row in found:
                new = {
                    name: value + shift if name in INSTANTS and value is not None
                    else value.replace(self.no, no).replace(self.code, code) if isinstance(value, str)
                    else value
                    for name, value in row.items()
                }  # fmt: skip
                if "position" in new:
                    new["position"] = position + 1 + row["position"] - first
                if table == "casework_case":
                    new |= {"day": f"{day:%Y%m%d}", "serial": serial, "source_ref": ref}
                made[table].append(tuple(new.values()))
        made["casework_key"] = [(no, crypto.wrap(self.key, no))]
        made["casework_private_case"] = [private.case_row(self.key, no, self.view)]
        made["casework_private_event"] = [
            private.event_row(self.key, no, seq, told) for seq, told in self.told.items()
        ]
        return made


def renumber(pattern: Pattern) -> int:
    """Positions of one life lie apart in the log (others happened between): make them neighbours; how many."""
    events = sorted(pattern.rows["casework_event"], key=lambda row: row["position"])
    moved = {row["position"]: n for n, row in enumerate(events)}
    for row in events:
        row["position"] = moved[row["position"]]
    for row in pattern.rows["casework_outbox"]:
        row["position"] = moved[row["position"]]
        row |= {"state": "sent", "delivered_ms": row["at_ms"]}
    pattern.rows["casework_event"] = events
    return len(events)


def copies(missing: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """The rows of ``missing`` copies, CHUNK cases at a time."""
    policy = current()
    found = rows.ask(
        "SELECT no FROM casework_case WHERE source_ref LIKE 'life-%%' AND state = 'archived' ORDER BY no"
    )
    patterns = [Pattern(str(row[0])) for row in found]
    steps = [renumber(pattern) for pattern in patterns]
    tail = rows.one("SELECT MAX(position) FROM casework_event")
    position = int(tail[0]) if tail else 0
    there = rows.one("SELECT COUNT(*) FROM casework_case WHERE source_ref LIKE 'copy-%%'")
    start = int(there[0]) if there else 0
    oldest = patterns[0].day
    chunk: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    for n in range(start, start + missing):
        day, serial = oldest - timedelta(days=1 + n // A_DAY), n % A_DAY + 1
        no = case_number(policy.number_prefix, policy.district, day, serial)
        which = n % len(patterns)
        for table, made in patterns[which].copy(day, serial, position, no).items():
            chunk[table] += made
        position += steps[which]
        if (n - start + 1) % CHUNK == 0 or n + 1 == start + missing:
            yield chunk
            chunk = {table: [] for table in TABLES}


def main() -> None:
    """Grow the store."""
    size = int(sys.argv[1])
    wanted_open = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    if not rows.one("SELECT 1 FROM casework_case LIMIT 1"):
        lives()
        open_cases(wanted_open)
        settle()
    there = rows.one("SELECT COUNT(*) FROM casework_case")
    missing = size - (int(there[0]) if there else 0)
    began = time.monotonic()
    connection.ensure_connection()
    with connection.cursor() as cursor:
        sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA synchronous=OFF" if sqlite else "SET synchronous_commit = off")
    from django.db import transaction

    for chunk in copies(max(missing, 0)):
        with transaction.atomic():
            write(chunk, TABLES)
    if missing > 0:
        seal.seal(datetime.now(ZONE))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    now_there = rows.one("SELECT COUNT(*), SUM(CASE WHEN is_open THEN 1 ELSE 0 END) FROM casework_case") or (
        0,
        0,
    )
    print(f"{now_there[0]} cases, {now_there[1]} open, {time.monotonic() - began:.0f} s")


main()
