"""Polling a view in another system's database: read only, in handfuls, from a high-water mark with an overlap (R6).

A row that is committed late carries an instant that was passed already: every round begins ``overlap`` before the mark, and
what was seen is passed over by its message number. A row that changes has another instant and is another message. The mark
never runs ahead of our clock, so that one row dated tomorrow hides nothing.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from liandong.district.intake import IntakeMapping, View
from liandong.engine.instants import now_ms
from liandong.engine.models import IntakeCursor, IntakeMessage
from liandong.rules.policy import Policy

from . import aside, mapping

VARIABLE: Final = "LIANDONG_INTAKE_URL_"
LONGEST_PAUSE_SECONDS: Final = 300
PATIENCE_SECONDS: Final = 15
PAGES: Final = 20
"""Handfuls one step reads before others have their turn."""


class Read(NamedTuple):
    """What one step did: rows looked at, new ones taken, of those set aside; ``more`` where the step stopped half-way."""

    rows: int = 0
    taken: int = 0
    aside: int = 0
    more: bool = False


class Mark(NamedTuple):
    """A place in the order of a view: the instant as the source keeps it, and the row's id."""

    updated: Any
    id: Any


_passes: dict[str, Mark] = {}
"""Where a round that was cut short goes on, by mapping; lost with the process, and then only some rows are read again."""


def url(used: IntakeMapping) -> str | None:
    """The database of this mapping; None where the operator set none."""
    return os.environ.get(VARIABLE + used.name.upper().replace("-", "_"))


@lru_cache(maxsize=8)
def _engine(address: str) -> Engine:
    made = sa.make_url(address)
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_pre_ping": True}
    if made.get_backend_name() == "postgresql":
        if made.drivername == "postgresql":
            made = made.set(drivername="postgresql+psycopg")
        options["connect_args"] = {
            "connect_timeout": PATIENCE_SECONDS,
            "options": f"-c default_transaction_read_only=on -c statement_timeout={PATIENCE_SECONDS * 1000}",
        }
    elif made.get_backend_name() == "sqlite":
        options = {"poolclass": sa.pool.NullPool, "connect_args": {"timeout": PATIENCE_SECONDS}}
    engine = sa.create_engine(made, **options)
    if made.get_backend_name() == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _read_only(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA query_only = ON")

    return engine


@contextmanager
def _connected(address: str) -> Any:
    """A connection that is always rolled back: nothing of the source is ever written."""
    with _engine(address).connect() as connection:
        try:
            yield connection
        finally:
            connection.rollback()


def poll(used: IntakeMapping, now: datetime, policy: Policy, limit_pages: int = PAGES) -> Read:
    """One step of one view: nothing before its time; a source that is away is asked again later, ever more rarely."""
    address, view = url(used), used.view
    if address is None or view is None:
        return Read()
    cursor, _ = IntakeCursor.objects.get_or_create(name=f"view:{used.name}")
    if cursor.next_ms > now_ms():
        return Read()
    try:
        done = _round(used, view, address, cursor, now, policy, limit_pages)
    except SQLAlchemyError as error:
        failures = cursor.failures + 1
        pause = min(LONGEST_PAUSE_SECONDS, 2 ** min(failures, 12)) * random.uniform(0.5, 1.0)
        told = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
        IntakeCursor.objects.filter(name=cursor.name).update(
            failures=failures, next_ms=now_ms() + int(pause * 1000), error=told[:300]
        )
        return Read()
    rest = 0 if done.more else int(view.every.total_seconds() * 1000)
    IntakeCursor.objects.filter(name=cursor.name).update(
        failures=0, error="", read_ms=now_ms(), next_ms=now_ms() + rest
    )
    return done


def _round(
    used: IntakeMapping, view: View, address: str, cursor: IntakeCursor, now: datetime, policy: Policy, pages: int
) -> Read:  # fmt: skip
    high = _mark_from(cursor.mark, view)
    at = _passes.get(used.name) or (_back(high, view, used) if high else None)
    looked = taken = put_aside = 0
    for _ in range(pages):
        with _connected(address) as connection:
            rows = _page(connection, view, at)
        if rows:
            new = _unseen(rows, used, view)
            for number, record in new:
                _, outcome, _, _ = aside.receive(record, used, f"视图 {view.table} {number}", now, policy)
                put_aside += outcome is None
            looked, taken = looked + len(rows), taken + len(new)
            at = Mark(rows[-1][view.updated], rows[-1][view.id])
            capped = _capped(at, view, used, now)
            if high is None or _order(capped, view, used) > _order(high, view, used):
                high = capped
                IntakeCursor.objects.filter(name=cursor.name).update(mark=_mark_text(high))
        if len(rows) < view.batch:
            _passes.pop(used.name, None)
            return Read(looked, taken, put_aside)
    if at is not None:
        _passes[used.name] = at
    return Read(looked, taken, put_aside, more=True)


def _page(connection: Connection, view: View, after: Mark | None) -> list[dict[str, Any]]:
    """The next handful in order of (updated, id), behind ``after``."""
    schema, _, name = view.table.rpartition(".")
    table = sa.table(name, schema=schema or None)
    updated: Any = sa.column(view.updated)
    identity: Any = sa.column(view.id)
    query = sa.select(sa.text("*")).select_from(table).order_by(updated, identity).limit(view.batch)
    if after is not None and after.id is not None:
        query = query.where(
            sa.or_(updated > after.updated, sa.and_(updated == after.updated, identity > after.id))
        )
    elif after is not None:
        query = query.where(updated >= after.updated)
    return [dict(row) for row in connection.execute(query).mappings()]


def _unseen(rows: list[dict[str, Any]], used: IntakeMapping, view: View) -> list[tuple[str, dict[str, Any]]]:
    """Those of a handful whose message is not known, with the message's number: the row's id and its instant."""
    place = next((one for one in used.places if one.to == "message"), None)
    named = place.paths[0] if place and place.paths else "message"
    numbers = [f"{row[view.id]}@{row[view.updated]}"[:120] for row in rows]
    known = set(
        IntakeMessage.objects.filter(channel=used.channel, message__in=numbers).values_list(
            "message", flat=True
        )
    )
    placed = {path for one in used.places for path in one.paths}
    made = []
    for row, number in zip(rows, numbers, strict=True):
        if number not in known:
            kept = {
                k: _plain(v)
                for k, v in row.items()
                if v is not None and (k in placed or k not in (view.id, view.updated))
            }
            made.append((number, {**kept, named: number}))
    return made


def _plain(value: Any) -> Any:
    """A column's value as a record may hold it."""
    if isinstance(value, str | bool | int | float | datetime):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


# -- marks ------------------------------------------------------------------------------------------------------


def _instant(value: Any, used: IntakeMapping) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC)
    return mapping.instant(value, used)


def _order(mark: Mark, view: View, used: IntakeMapping) -> tuple[datetime, str]:
    at = _instant(mark.updated, used) or datetime.min.replace(tzinfo=UTC)
    return at, str(mark.id if mark.id is not None else "")


def _capped(mark: Mark, view: View, used: IntakeMapping, now: datetime) -> Mark:
    """Never ahead of our clock."""
    at = _instant(mark.updated, used)
    return mark if at is None or at <= now else Mark(_written(now, mark.updated, used), None)


def _back(mark: Mark, view: View, used: IntakeMapping) -> Mark:
    """So far before the mark a round begins."""
    at = _instant(mark.updated, used)
    return mark if at is None else Mark(_written(at - view.overlap, mark.updated, used), None)


def _written(at: datetime, like: Any, used: IntakeMapping) -> Any:
    """An instant in the form in which the source keeps it."""
    if isinstance(like, datetime):
        local = at.astimezone(like.tzinfo or ZoneInfo(used.zone))
        return local if like.tzinfo else local.replace(tzinfo=None)
    if isinstance(like, int | float):
        seconds = at.timestamp()
        return int(seconds * 1000) if like > 1e11 else int(seconds)
    text = str(like)
    form = next((one for one in used.times if one.startswith("%") and _fits(text, one)), None)
    local = at.astimezone(ZoneInfo(used.zone))
    if form:
        return local.strftime(form)
    offset = datetime.fromisoformat(text).tzinfo if _fits_iso(text) else None
    stamped = at.astimezone(offset) if offset else local.replace(tzinfo=None)
    return stamped.isoformat(sep="T" if "T" in text else " ")


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _fits_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _mark_text(mark: Mark) -> str:
    kind = "t" if isinstance(mark.updated, datetime) else "v"
    value = mark.updated.isoformat() if kind == "t" else mark.updated
    return json.dumps(
        [kind, value, mark.id if isinstance(mark.id, str | int | None) else str(mark.id)], ensure_ascii=False
    )


def _mark_from(text: str, view: View) -> Mark | None:
    if not text:
        return None
    kind, value, identity = json.loads(text)
    return Mark(datetime.fromisoformat(value) if kind == "t" else value, identity)


def standing(used: IntakeMapping) -> Mapping[str, Any]:
    """How this source fares: when it was last read, how often in a row it failed and why."""
    row = IntakeCursor.objects.filter(name=f"view:{used.name}").first()
    return {"read_ms": row.read_ms, "failures": row.failures, "error": row.error} if row else {}
