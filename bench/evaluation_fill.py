"""Runs inside a store: cases of every kind over twelve quarters, for measuring an evaluation.

LIVES of them go through ``execute`` in the first quarter after the start of operation; the rest are their rows under fresh
numbers, moved by whole weeks. Copies hold what evaluation reads (case, clocks, assignments, the events of calls back and
reworks): background only, their chains are not recomputed, so ``liandong check`` does not apply to such a store.
usage: evaluation_fill.py SIZE
"""

from __future__ import annotations

import secrets
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from liandong.casework import rows  # noqa: E402
from liandong.casework.execute import batch  # noqa: E402
from liandong.district.policy import current  # noqa: E402
from liandong.rules.numbers import case_number  # noqa: E402
from support import lives  # noqa: E402
from writing import write  # noqa: E402

LIVES, QUARTERS, CHUNK = 480, 12, 2000
FIRST = date(2018, 7, 2)
WEEKS = 13
"""A quarter has thirteen weeks: moving by whole ones keeps working days where they are."""
KEPT = ("call_back", "rework", "reclassify", "return")
TABLES = {
    "casework_case": rows.CASE, "casework_clock": rows.CLOCK, "casework_assignment": rows.ASSIGNMENT,
    "casework_event": rows.EVENT,
}  # fmt: skip
INSTANTS = {name for names in TABLES.values() for name in names if name.endswith("_ms")}
RARE = (lives.voided, lives.gap, lives.major, lives.endangered)


def live() -> list[str]:
    """Half of them ordinary, the others of every kind; spread over the working days of ten weeks."""
    policy, made = current(), []
    kinds = [script for script in lives.SCRIPTS if script not in RARE]
    with batch():
        for n in range(LIVES):
            day = FIRST + timedelta(days=7 * (n % 10) + n // 10 % 5)
            start = datetime(day.year, day.month, day.day, 9 + n % 3, n % 50, n % 60, tzinfo=policy.zone)
            script = lives.happy if n % 2 else RARE[n // 2 % 4] if n % 40 == 0 else kinds[n // 2 % len(kinds)]
            made.append(lives.live(script, n, start, policy).no)
    return made


def pattern(no: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of one case that evaluation reads."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, columns in TABLES.items():
        names = ", ".join(f'"{name}"' for name in columns)
        key = "no" if table == "casework_case" else "case_no"
        answer = rows.ask(f"SELECT {names} FROM {table} WHERE {key} = %s", [no])
        found[table] = [dict(zip(columns, row, strict=True)) for row in answer]
    found["casework_event"] = [row for row in found["casework_event"] if row["type"] in KEPT]
    return found


def copies(patterns: list[dict[str, list[dict[str, Any]]]], count: int) -> Any:
    """The rows of so many copies, CHUNK cases at a time, quarter by quarter."""
    policy = current()
    tail = rows.one("SELECT MAX(position) FROM casework_event")
    position = int(tail[0]) if tail else 0
    serials: dict[str, int] = dict(rows.ask("SELECT day, MAX(serial) FROM casework_case GROUP BY day"))
    chunk: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    for n in range(count):
        made = patterns[n % len(patterns)]
        case = made["casework_case"][0]
        shift = timedelta(weeks=WEEKS * (n * QUARTERS // count))
        day = datetime.strptime(case["day"], "%Y%m%d").date() + shift
        text = f"{day:%Y%m%d}"
        serials[text] = serials.get(text, 0) + 1
        no = case_number(policy.number_prefix, policy.district, day, serials[text])
        fresh = {
            "day": text, "serial": serials[text], "tracking_code": secrets.token_hex(16), "source_ref": f"copy-{n}",
            "phone_hash": f"{n % 200_000:040x}" if case["phone_hash"] else "",
        }  # fmt: skip
        move = int(shift.total_seconds() * 1000)
        for table, found in made.items():
            for row in found:
                new = {
                    name: value + move if name in INSTANTS and value is not None else value
                    for name, value in row.items()
                }
                if table == "casework_case":
                    new |= {**fresh, "no": no, "doc": row["doc"].replace(row["no"], no)}
                else:
                    new["case_no"] = no
                if table == "casework_event":
                    position += 1
                    new["position"] = position
                if new.get("pauses"):
                    new["pauses"] = " ".join(
                        "-".join(str(int(at) + move) if at else "" for at in pair.split("-"))
                        for pair in new["pauses"].split()
                    )
                chunk[table].append(tuple(new.values()))
        if (n + 1) % CHUNK == 0 or n + 1 == count:
            yield chunk
            chunk = {table: [] for table in TABLES}


def main() -> None:
    """Fill the store to SIZE cases."""
    began, size = time.monotonic(), int(sys.argv[1])
    patterns = [pattern(no) for no in live()]
    with connection.cursor() as cursor:
        sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA synchronous=OFF" if sqlite else "SET synchronous_commit = off")
    for chunk in copies(patterns, size - LIVES):
        with transaction.atomic():
            write(chunk, TABLES)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if sqlite:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = rows.one("SELECT COUNT(*) FROM casework_case")
    print(f"{found[0] if found else 0} cases over {QUARTERS} quarters, {time.monotonic() - began:.0f} s")


main()
