"""Who looked up vehicle marks: kept as long as other logs of the network, the address only as a keyed digest (R17)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from liandong.casework import crypto, rows
from liandong.casework.jsontext import to_ms
from liandong.rules.policy import Policy

from .marks import Checked
from .models import MarkLookup

KEPT: Final = timedelta(days=183)
"""网络安全法 §21 (三): no less than six months."""


class Lookup(NamedTuple):
    """One look: ``how`` code or typed; ``answer`` as ``rules.vehicles.standing`` says it, or unknown; ``address`` a digest."""

    at: datetime
    mark_no: str
    how: str
    answer: str
    account: str
    address: str


def digest(address: str) -> str:
    """The same address gives the same digest; without this installation's key nobody comes back from it."""
    key = crypto.index_key("mark-lookup")
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:16]


def note(found: Checked | None, how: str, account: str, address: str, now: datetime) -> None:
    """Remember one look; one that found nothing too, because that is how a forged mark shows."""
    MarkLookup.objects.create(
        at_ms=to_ms(now),
        file=found.entry.no if found else "",
        mark_no=found.mark_no if found else "",
        how=how,
        answer=found.standing if found else "unknown",
        account=account[:120],
        address=digest(address),
    )


def of_file(file: str, policy: Policy, limit: int = 50) -> list[Lookup]:
    """The newest looks at one mark; ``file`` empty: those that found nothing. The caller must be allowed to see them."""
    found = MarkLookup.objects.filter(file=file).order_by("-id")[:limit]
    return [
        Lookup(
            datetime.fromtimestamp(one.at_ms / 1000, policy.zone),
            one.mark_no,
            one.how,
            one.answer,
            one.account,
            one.address,
        )
        for one in found
    ]


def forget(now: datetime) -> None:
    """Drop what is older than ``KEPT`` (hourly, by the worker)."""
    rows.run("DELETE FROM registers_mark_lookup WHERE at_ms < %s", [to_ms(now - KEPT)])
