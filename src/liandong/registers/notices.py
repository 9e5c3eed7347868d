"""Notices of the registers: who was told of a step; reading one is the receipt (R4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from liandong.casework import rows, sight
from liandong.casework.jsontext import to_ms
from liandong.district import policy as district_policy
from liandong.rules.model import Actor
from liandong.rules.policy import Policy


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
    mine = recipients(viewer, rules, datetime.now(UTC))
    tail = " AND n.read_ms IS NULL" if unread else ""
    return _read(f"n.recipient IN ({', '.join(['%s'] * len(mine))}){tail} ORDER BY n.id DESC LIMIT {limit}", list(mine), rules)  # fmt: skip


def unread(viewer: Actor, *, policy: Policy | None = None) -> int:
    """How many notices nobody of this party has read."""
    mine = recipients(viewer, policy or district_policy.current(), datetime.now(UTC))
    marks = ", ".join(["%s"] * len(mine))
    row = rows.one(
        f"SELECT COUNT(*) FROM registers_notice n WHERE n.recipient IN ({marks}) AND n.read_ms IS NULL",
        list(mine),
    )
    return int(row[0]) if row else 0


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
