"""Notices of the registers: who was told of a step; reading one is the receipt (R4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from liandong.casework import rows, sight
from liandong.casework.jsontext import to_ms
from liandong.district import policy as district_policy
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from .queries import not_restricted


class Told(NamedTuple):
    """One notice; ``read_at`` None: nobody of the recipient has read it."""

    id: int
    register: str
    no: str
    to: str
    kind: str
    at: datetime
    read_at: datetime | None
    read_by: str


def recipients(viewer: Actor, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Whose notices this viewer reads."""
    units = sorted(sight.units_of(viewer, policy, now)) if viewer.role == "unit" else []
    if units:
        return tuple(f"unit:{code}{tail}" for code in units for tail in ("", ":responsible"))
    if viewer.role in ("desk", "desk_lead"):
        return ("desk", "desk_lead")
    return (viewer.role,)


def inbox(
    viewer: Actor, *, unread: bool = False, limit: int = 50, policy: Policy | None = None
) -> list[Told]:
    """The newest notices first."""
    rules = policy or district_policy.current()
    mine, values = _mine(viewer, rules)
    tail = " AND n.read_ms IS NULL" if unread else ""
    return _read(f"{mine}{tail} ORDER BY n.id DESC LIMIT {limit}", values, rules)


def unread(viewer: Actor, *, policy: Policy | None = None) -> int:
    """How many notices nobody of this party has read."""
    mine, values = _mine(viewer, policy or district_policy.current())
    row = rows.one(f"SELECT COUNT(*) FROM registers_notice n WHERE {mine} AND n.read_ms IS NULL", values)
    return int(row[0]) if row else 0


def _mine(viewer: Actor, policy: Policy) -> tuple[str, list[object]]:
    """The condition for notices to this viewer, but for those of entries that are hidden from it (R19)."""
    now = datetime.now(UTC)
    to = recipients(viewer, policy, now)
    condition, values = f"n.recipient IN ({', '.join(['%s'] * len(to))})", [*to]
    if viewer.role not in sight.SEE_RESTRICTED:
        seen, *led = not_restricted(sorted(sight.units_of(viewer, policy, now)))
        condition += f" AND EXISTS (SELECT 1 FROM registers_entry e WHERE e.id = n.entry_id AND {seen})"
        values += led
    return condition, list(values)


def of_entry(no: str, *, policy: Policy | None = None) -> list[Told]:
    """Everybody who was told of an entry's steps, oldest first: the receipts. The caller must be allowed to see the entry."""
    return _read("n.no = %s ORDER BY n.id", [no], policy or district_policy.current())


def mark_read(viewer: Actor, no: str, *, now: datetime | None = None, policy: Policy | None = None) -> int:
    """What this viewer's party was told of an entry counts as read from now on; the first reader stays on record."""
    moment = now or datetime.now(UTC)
    mine = recipients(viewer, policy or district_policy.current(), moment)
    marks = ", ".join(["%s"] * len(mine))
    found = rows.ask(
        f"SELECT n.id FROM registers_notice n WHERE n.recipient IN ({marks}) AND n.no = %s AND n.read_ms IS NULL",
        [*mine, no],
    )
    if found:
        ids = [row[0] for row in found]
        rows.run(
            f"UPDATE registers_notice SET read_ms = %s, read_by = %s WHERE id IN ({', '.join(['%s'] * len(ids))}) "
            "AND read_ms IS NULL",
            [to_ms(moment), str(viewer), *ids],
        )
    return len(found)


def _read(condition: str, values: list[object], policy: Policy) -> list[Told]:
    found = rows.ask(
        "SELECT n.id, n.register, n.no, n.recipient, n.kind, n.at_ms, n.read_ms, n.read_by FROM registers_notice n "
        f"WHERE {condition}",
        values,
    )
    return [
        Told(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            datetime.fromtimestamp(row[5] / 1000, policy.zone),
            datetime.fromtimestamp(row[6] / 1000, policy.zone) if row[6] is not None else None,
            row[7],
        )
        for row in found
    ]
