"""The in-page inbox: notices for a unit, the desk, the duty office; reading one is the receipt R4 asks for."""

from __future__ import annotations

from typing import Any

from liandong.rules.model import Actor

from .instants import iso, now_ms
from .models import Notification


def recipients(viewer: Actor) -> tuple[str, ...]:
    """Whose inboxes this viewer reads; empty for roles without one."""
    if viewer.role == "unit" and viewer.unit:
        return (f"unit:{viewer.unit}", f"unit:{viewer.unit}:responsible")
    return {
        "desk": ("desk", "police"),
        "desk_lead": ("desk", "police"),
        "duty_office": ("duty_office",),
    }.get(viewer.role, ())


def inbox(viewer: Actor, *, unread: bool = False, limit: int = 50) -> list[dict[str, Any]]:
    """The newest notices first; ``unread`` leaves out those read."""
    rows = Notification.objects.filter(recipient__in=recipients(viewer))
    if unread:
        rows = rows.filter(read_ms__isnull=True)
    return [
        {
            "id": f"{row.position}-{row.n}",
            "case": row.case_no,
            "to": row.recipient,
            "kind": row.kind,
            "at": iso(row.at_ms),
            "delivered_at": iso(row.delivered_ms),
            "read_at": iso(row.read_ms),
            "read_by": row.read_by,
            "acknowledged_at": iso(row.acknowledged_ms),
            "acknowledged_by": row.acknowledged_by,
        }
        for row in rows.order_by("-position", "-n")[:limit]
    ]


def unread_count(viewer: Actor) -> int:
    """How many notices nobody of this party has read."""
    return Notification.objects.filter(recipient__in=recipients(viewer), read_ms__isnull=True).count()


def mark_read(viewer: Actor, *, ids: list[str] | None = None, case: str | None = None) -> int:
    """Mark as read by ids, by case, or all; the first reader stays on record. How many changed."""
    rows = Notification.objects.filter(recipient__in=recipients(viewer), read_ms__isnull=True)
    if case is not None:
        rows = rows.filter(case_no=case)
    changed = 0
    if ids is None:
        return rows.update(read_ms=now_ms(), read_by=str(viewer))
    for identity in ids:
        row = _by_id(rows, identity)
        changed += row.update(read_ms=now_ms(), read_by=str(viewer)) if row is not None else 0
    return changed


def acknowledge(viewer: Actor, identity: str) -> bool:
    """Confirm having taken note of one notice (also marks it read); False if it is not this viewer's."""
    mine = Notification.objects.filter(recipient__in=recipients(viewer))
    row = _by_id(mine, identity)
    if row is None or not row.exists():
        return False
    row.filter(read_ms__isnull=True).update(read_ms=now_ms(), read_by=str(viewer))
    row.filter(acknowledged_ms__isnull=True).update(acknowledged_ms=now_ms(), acknowledged_by=str(viewer))
    return True


def _by_id(rows: Any, identity: str) -> Any | None:
    position, _, n = identity.partition("-")
    if not (position.isdecimal() and n.isdecimal() and len(position) < 19 and len(n) < 5):
        return None
    return rows.filter(position=int(position), n=int(n))
