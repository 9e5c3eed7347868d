"""Whole lists of a register, for tables and papers that need every entry of a period or a unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.register import Entry

from . import queries
from .queries import Asking

_PAGE = 500


def every(
    viewer: Actor,
    register: str,
    asking: Asking | None = None,
    *,
    now: datetime | None = None,
    policy: Policy | None = None,
) -> list[Entry]:
    """Every entry this viewer sees, the latest first. A statement for each 500."""
    found: list[Entry] = []
    after: str | None = None
    while True:
        page = queries.find(viewer, register, asking, after=after, limit=_PAGE, now=now, policy=policy)
        found += page.items
        after = page.next
        if after is None:
            return found


def by_unit(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries under the unit they are about, in the same order."""
    made: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.unit:
            made[entry.unit].append(entry)
    return dict(made)
