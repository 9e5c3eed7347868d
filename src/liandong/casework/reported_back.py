"""What became of the cases of one source, in commit order: what a machine that sent them is told back (R6)."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import NamedTuple

from liandong.rules.codec import event_from

from . import rows

WINDOW = 5_000
"""Log positions one call looks through at most, whoever's cases they are."""
_CHILD = re.compile(r"/[A-Z]{2,8}-\d{6}-\d{8}-\d{5,7}-\d$")


class Turn(NamedTuple):
    """One change of state. ``ref`` is the sender's own number, also for a case that was split off from it."""

    position: int
    no: str
    ref: str
    state: str
    unit: str
    at: datetime
    result: str


def turns(channel: str, after: int, zone: tzinfo, limit: int = 500) -> tuple[list[Turn], int]:
    """Changes of state behind position ``after`` of the cases from this channel, and the position read up to.

    Positions are given under the log's lock in order of commit, so that nothing later ever lands before ``after``.
    """
    last = rows.one("SELECT MAX(position) FROM casework_event")
    until = min(int((last and last[0]) or 0), after + WINDOW)
    if until <= after:
        return [], after
    found = rows.ask(
        "SELECT e.position, e.case_no, e.type, e.at_ms, e.by, e.policy, e.body, c.source_ref, c.lead_unit "
        "FROM casework_event e JOIN casework_case c ON c.no = e.case_no "
        "WHERE e.position > %s AND e.position <= %s AND c.source_channel = %s ORDER BY e.position",
        [after, until, channel],
    )
    made: list[Turn] = []
    for position, no, type_, at_ms, by, policy, body, ref, lead in found:
        at = datetime.fromtimestamp(at_ms / 1000, zone)
        changed = event_from(no, type_, at, by, policy, body).set
        if "state" not in changed:
            continue
        unit = changed.get("lead_unit", lead) or ""
        made.append(
            Turn(
                int(position),
                no,
                _CHILD.sub("", ref),
                changed["state"],
                unit,
                at,
                changed.get("result") or "",
            )
        )
        if len(made) >= limit:
            return made, int(position)
    return made, until
