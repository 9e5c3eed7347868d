"""Every statement of the writing path, as bare SQL: few, short, the same text on SQLite and PostgreSQL.

Nothing here decides anything. Values arrive ready; instants are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.db import connection

from . import sides

LOG_LOCK = 5001102018
"""The advisory lock that orders positions on PostgreSQL: whoever holds it commits before the next takes numbers."""

EVENT = [
    "position",
    "case_no",
    "seq",
    "version",
    "type",
    "at_ms",
    "by",
    "policy",
    "body",
    "digest",
    "prev",
    "hash",
    "algo",
]
CASE = [
    "no",
    "day",
    "serial",
    "tracking_code",
    "source_channel",
    "source_ref",
    "registrar",
    "incident_no",
    "seq",
    "version",
    "head",
    "state",
    "is_open",
    "holder_type",
    "holder_code",
    "first_unit",
    "lead_unit",
    "level",
    "kind",
    "case_class",
    "matter",
    "township",
    "restricted",
    "received_ms",
    "registered_ms",
    "closed_ms",
    "due_ms",
    "wake_ms",
    "phone_hash",
    "doc",
    "satisfaction",
    "solved",
    "cycle",
]
CLOCK = [
    "case_no",
    "clock",
    "kind",
    "unit",
    "started_ms",
    "due_ms",
    "original_due_ms",
    "paused",
    "provisional",
    "source",
    "stopped_ms",
    "outcome",
]
ASSIGNMENT = [
    "case_no",
    "n",
    "unit",
    "how",
    "pushed_ms",
    "sign_due_ms",
    "signed_ms",
    "sign_outcome",
    "due_ms",
    "original_due_ms",
    "stopped_ms",
    "outcome",
    "paused",
    "promised",
    "suspended",
    "feedback_ms",
    "finished_ms",
    "contact_due_ms",
    "contacted_ms",
    "contact_outcome",
    "contact_paused",
    "contact_claimed",
    "reachable",
    "returned_ms",
    "return_outcome",
    "dropped",
    "pauses",
]
PARTY = ["case_no", "unit", "roles", "received_ms"]
OUTBOX = [
    "position",
    "n",
    "case_no",
    "at_ms",
    "recipient",
    "kind",
    "state",
    "attempts",
    "next_attempt_ms",
    "claimed_by",
    "delivered_ms",
    "error",
]
PRIVATE_EVENT = ["case_no", "seq", "sealed", "text"]
PRIVATE_CASE = ["case_no", "sealed", "summary", "text"]
MUTABLE = [c for c in CASE if c not in ("no", "day", "serial", "tracking_code", "registrar", "registered_ms")]
"""What of a case row a later command may move; the rest is written once."""

Row = Sequence[Any]
_CHUNK = 60
"""Rows of one multi-row insert: well under the limit of parameters of every SQLite."""


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...], count: int, tail: str) -> str:
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * count)} {tail}"


@lru_cache(maxsize=16)
def _overwrite(columns: tuple[str, ...], keys: int) -> str:
    conflict = ", ".join(columns[:keys])
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in columns[keys:])
    return f"ON CONFLICT ({conflict}) DO UPDATE SET {sets}"


def run(sql: str, values: Sequence[Any] = ()) -> None:
    """Execute one statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@contextmanager
def together() -> Iterator[None]:
    """Statements that answer nothing, sent one after the other without waiting for each (PostgreSQL's pipeline).

    An error of any of them comes out at the end, as Django's own exception.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def ask(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Execute one query and give all of its rows: only for bounded answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def one(sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row of a query, or None."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _many(table: str, columns: list[str], rows: Sequence[Row], tail: str = "") -> None:
    names = tuple(columns)
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        run(_insert(table, names, len(part), tail), [value for row in part for value in row])


def lock_log() -> None:
    """Hold the log's tail until the transaction ends. SQLite holds the whole file already (BEGIN IMMEDIATE)."""
    if connection.vendor == "postgresql":
        run("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])


def tail(day: str) -> tuple[int, int]:
    """The last position of the log and the last serial of a day in this side's series."""
    below, last = sides.serials()
    row = one(
        "SELECT (SELECT MAX(position) FROM casework_event), "
        "(SELECT MAX(serial) FROM casework_case WHERE day = %s AND serial > %s AND serial <= %s)",
        [day, below, last],
    )
    return (row[0] or 0, row[1] or below) if row else (0, below)


_LOAD = (
    "SELECT c.no, c.head, c.doc, c.phone_hash, k.wrapped, p.sealed, p.text FROM casework_case c "
    "LEFT JOIN casework_key k ON k.case_no = c.no LEFT JOIN casework_private_case p ON p.case_no = c.no "
)


def load(numbers: Sequence[str], *, lock: bool) -> list[tuple[Any, ...]]:
    """(no, head, doc, phone hash, wrapped key, sealed, text) of these cases, locked in order of number until the end."""
    marks = ", ".join(["%s"] * len(numbers))
    suffix = " FOR UPDATE OF c" if lock and connection.vendor == "postgresql" else ""
    return ask(f"{_LOAD} WHERE c.no IN ({marks}) ORDER BY c.no{suffix}", numbers)


def find_source(channel: str, ref: str) -> str | None:
    """The number of the case that came from this source, if it came before."""
    row = one(
        "SELECT no FROM casework_case WHERE source_channel = %s AND source_ref = %s AND NOT (source_ref = '')",
        [channel, ref],
    )
    return str(row[0]) if row else None


def find_key(actor: str, key: str) -> tuple[str, str, str, int] | None:
    """(digest of the request, number, stored answer, created) of an idempotency key of this actor."""
    row = one(
        "SELECT request, case_no, response, created_ms FROM casework_idempotency WHERE actor = %s AND key = %s",
        [actor, key],
    )
    return (row[0], row[1], row[2], row[3]) if row else None


def put_key(actor: str, key: str, request: str, no: str, response: str, at_ms: int) -> bool:
    """Remember an answer; False where another request took the key meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO casework_idempotency (actor, key, request, case_no, response, created_ms) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (actor, key) DO NOTHING",
            [actor, key, request, no, response, at_ms],
        )
        return bool(cursor.rowcount)


def drop_key(actor: str, key: str) -> None:
    """Forget a key past its seven days."""
    run("DELETE FROM casework_idempotency WHERE actor = %s AND key = %s", [actor, key])


def expire_keys(before_ms: int) -> None:
    """Forget all keys created before an instant (the worker calls it)."""
    run("DELETE FROM casework_idempotency WHERE created_ms < %s", [before_ms])


def insert_events(rows: Sequence[Row]) -> None:
    """Append to the log."""
    _many("casework_event", EVENT, rows)


def insert_origins(rows: Sequence[Row]) -> None:
    """Where imported events stand in the log they come from: (position, origin)."""
    _many("casework_origin", ["position", "origin"], rows)


def insert_case(row: Row) -> None:
    """A new case."""
    run(_insert("casework_case", tuple(CASE), 1, ""), row)


_UPDATE = f"UPDATE casework_case SET {', '.join(f'{name} = %s' for name in MUTABLE)} WHERE no = %s"
_MUTABLE_AT = [CASE.index(name) for name in MUTABLE]


def update_case(row: Row) -> None:
    """A case as it stands now; ``row`` in the order of CASE."""
    run(_UPDATE, [*(row[index] for index in _MUTABLE_AT), row[0]])


def put_clocks(rows: Sequence[Row]) -> None:
    """Clocks that started or changed."""
    _many("casework_clock", CLOCK, rows, _overwrite(tuple(CLOCK), 2))


def put_assignments(rows: Sequence[Row]) -> None:
    """Assignments that began or changed."""
    _many("casework_assignment", ASSIGNMENT, rows, _overwrite(tuple(ASSIGNMENT), 2))


def put_parties(rows: Sequence[Row]) -> None:
    """Units that got a role; roles only ever add up."""
    _many(
        "casework_party",
        PARTY,
        rows,
        "ON CONFLICT (case_no, unit) DO UPDATE SET roles = casework_party.roles | excluded.roles",
    )


def insert_outbox(rows: Iterable[tuple[int, int, str, int, str, str]]) -> None:
    """Notices to deliver: (position, n, case, at, recipient, kind); ``elsewhere`` are those the other side tells."""
    full = [
        (p, n, no, at, to, kind, "pending" if sides.told_here(to) else "elsewhere", 0, at, "", None, "")
        for p, n, no, at, to, kind in rows
    ]
    _many("casework_outbox", OUTBOX, full)


def insert_private_events(rows: Sequence[Row]) -> None:
    """Private parts of events."""
    _many("casework_private_event", PRIVATE_EVENT, rows)


def put_private_case(row: Row) -> None:
    """Persons and texts of a case as they stand now."""
    run(_insert("casework_private_case", tuple(PRIVATE_CASE), 1, _overwrite(tuple(PRIVATE_CASE), 1)), row)


def put_looks(rows: Sequence[Row]) -> None:
    """Opened pages: (case, by, hour, at); the same person's next look in the same hour changes nothing."""
    _many(
        "casework_look",
        ["case_no", "by", "hour", "at_ms"],
        rows,
        "ON CONFLICT (case_no, by, hour) DO NOTHING",
    )


def insert_key(no: str, wrapped: bytes) -> None:
    """The wrapped key of a new case."""
    run("INSERT INTO casework_key (case_no, wrapped) VALUES (%s, %s)", [no, wrapped])
