"""Who looked at a case: pages opened (once per person and hour), what was shown behind a mask, what was printed.

None of it is part of a case, and the hash chain knows nothing of it. Opening a page writes one line to a file and
touches no table: a look must neither fail nor wait because the desk is writing. The worker, and whoever reads the
looks, carries the lines into the table.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from liandong.district import policy as district_policy
from liandong.rules.masking import mask_text
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import look_spool, queries, rows
from .jsontext import to_ms

MAY_SEE: Final = ("desk_lead", "duty_office", "inspector", "police_inspectorate", "auditor")
"""Who is told who looked: whoever supervises, and the auditor, who sees the log without content (CONTRACT §1)."""
KEPT: Final = timedelta(days=183)
"""How long an opened page is remembered: 网络安全法 §21 (三) wants such logs for no less than six months."""
HOUR_MS: Final = 3_600_000
MOST: Final = 300
"""Looks shown of one case, the newest ones: a case that hundreds opened is shown by its latest."""


class Look(NamedTuple):
    """One look. ``kind``: page, reveal, print, export (of a list, without a case); ``field`` and ``reason`` where
    something was revealed, printed or taken away."""

    case: str
    kind: str
    by: str
    at: datetime
    field: str = ""
    reason: str = ""


def opened(no: str, viewer: Actor, now: datetime) -> None:
    """A person opened the case's page: remembered once per person and hour. Never raises, never waits."""
    look_spool.write(no, str(viewer), to_ms(now))


def collect() -> int:
    """Carry the remembered lines into the table (the worker's step; also before looks are shown); how many were read."""

    def keep(lines: list[tuple[str, str, int]]) -> None:
        rows.put_looks([(no, by, at_ms // HOUR_MS, at_ms) for no, by, at_ms in lines])

    return look_spool.take(keep)


def forget(now: datetime) -> None:
    """Drop opened pages older than ``KEPT`` (hourly, by the worker); reveals and prints stay with the case."""
    rows.run("DELETE FROM casework_look WHERE hour < %s", [to_ms(now - KEPT) // HOUR_MS])


def of_case(
    no: str, viewer: Actor, *, policy: Policy | None = None, now: datetime | None = None
) -> list[Look] | None:
    """Every look at one case, newest first; None where this viewer is not told or may not see the case.

    An auditor is told of every case, and nothing of what it says.
    """
    if viewer.role not in MAY_SEE:
        return None
    rules, moment = policy or district_policy.current(), now or datetime.now(UTC)
    if viewer.role != "auditor" and not queries.is_visible(no, viewer, policy=rules, now=moment):
        return None
    found = rows.ask(f"{_ALL.format(where='WHERE case_no = %s')} ORDER BY at_ms DESC LIMIT {MOST}", [no, no])
    return [_look(row, rules) for row in found]


def exported(viewer: Actor, what: str, count: int, now: datetime) -> None:
    """A list was taken away as a file: who, what, how many rows. Written before anything is sent."""
    rows.run(
        "INSERT INTO casework_reveal (case_no, field, by, at_ms, reason) VALUES (%s, %s, %s, %s, %s)",
        ["", EXPORTED, str(viewer), to_ms(now), f"{what[:480]}，{count} 件"],
    )


def recent(
    viewer: Actor, before: datetime | None = None, limit: int = 100, *, policy: Policy | None = None
) -> list[Look] | None:
    """The newest reveals and prints of all cases, for the auditor; None for anybody else. ``before``: the page after."""
    if viewer.role != "auditor":
        return None
    rules = policy or district_policy.current()
    end = to_ms(before) if before else to_ms(datetime.now(UTC)) + 60_000
    found = rows.ask(
        f"SELECT case_no, {_KIND}, by, at_ms, field, reason FROM casework_reveal WHERE at_ms < %s "
        f"ORDER BY at_ms DESC, id DESC LIMIT {max(1, min(limit, 200))}",
        [end],
    )
    return [_look(row, rules) for row in found]


PRINTED: Final = "work_order"
"""What stands for a field where a whole work order was printed."""
EXPORTED: Final = "export"
"""And where a list was taken away as a file: it names no case."""
_KIND = f"CASE field WHEN '{PRINTED}' THEN 'print' WHEN '{EXPORTED}' THEN 'export' ELSE 'reveal' END"
_ALL = (
    "SELECT * FROM (SELECT case_no, 'page' AS kind, by, at_ms, '' AS field, '' AS reason FROM casework_look {where} "
    f"UNION ALL SELECT case_no, {_KIND} AS kind, by, at_ms, field, reason FROM casework_reveal "
    "{where}) looks"
)


def _look(row: tuple[Any, ...], policy: Policy) -> Look:
    no, kind, by, at_ms, field, reason = row
    at = datetime.fromtimestamp(at_ms / 1000, policy.zone)
    return Look(no, kind, by, at, field, mask_text(reason) or "")
