"""How a vehicle's mark stands at an instant (R17): good, run out, void, or left behind by a unit that is no more."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .periods import end_of
from .policy import Policy
from .register import Entry

LIVE = ("valid", "renewing")
"""States in which a mark is good, as long as its day has not passed and its unit is in force."""
PENDING = ("applied", "returned")


def standing(entry: Entry, code: str, now: datetime, policy: Policy) -> str:
    """How the mark with this check code stands now: valid, unit_ended (units merged: no use until transferred), expired,
    lost, replaced, revoked, handed_in; unknown: no such code in this file."""
    if code not in [entry.data.get("code"), *(one["code"] for one in entry.data.get("voided", ()))]:
        return "unknown"
    if code != entry.data.get("code"):
        return "replaced"
    if entry.state not in LIVE:
        return entry.state
    if now >= end_of(entry.data["valid_until"], policy.zone):
        return "expired"
    return "valid" if exists(entry.unit, now.astimezone(policy.zone).date(), policy) else "unit_ended"


def exists(unit: str, day: date, policy: Policy) -> bool:
    """Whether a unit is there on a day (it may be one that takes no orders)."""
    known = policy.units.get(unit)
    return known is not None and known.valid_from <= day and (known.valid_to is None or day < known.valid_to)


def is_expired(entry: Entry, now: datetime, transfer_days: int, policy: Policy) -> str:
    """Why a mark has run out by itself: "day", "unit" (dissolved and not transferred in time); "" while it has not."""
    if entry.data.get("valid_until") and now >= end_of(entry.data["valid_until"], policy.zone):
        return "day"
    unit = policy.units.get(entry.unit)
    if unit is None or unit.valid_to is None:
        return ""
    last = unit.valid_to + timedelta(days=transfer_days if unit.successors else 0)
    return "unit" if entry.state in (*LIVE, "lost") and now.astimezone(policy.zone).date() >= last else ""
