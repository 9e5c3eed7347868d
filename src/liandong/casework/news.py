"""The log for many readers at once: a stretch of it is read one time, and each viewer is told what it may see of it.

Same answer as ``history.feed`` (a test compares the two for every role); the number of statements does not grow with
the number of viewers. Machines are left to the feed itself: what they may see depends on more than stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from liandong.district import policy as district_policy
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import rows, sight
from .history import _EVENT, WINDOW, _bare, _item, tail_position

MOST = 500
"""Events of one stretch at most; the rest comes with the next."""


class News(NamedTuple):
    """One event with what decides who may know of it."""

    item: Mapping[str, Any]
    bare: Mapping[str, Any]
    lead_unit: str
    restricted: bool
    registrar: str
    roles: Mapping[str, int]
    hides: bool
    """This event put the case out of the sight of those who saw it before (R19)."""


def stretch(after: int, *, policy: Policy | None = None) -> tuple[list[News], int]:
    """Events behind a position in the order of their commit, and the position up to which that is all."""
    rules = policy or district_policy.current()
    until = min(after + WINDOW, tail_position())  # read before the events: nothing between can be passed over
    if until <= after:
        return [], after
    found = rows.ask(
        f"SELECT {_EVENT}, c.lead_unit, c.restricted, c.registrar FROM casework_event e "
        "JOIN casework_case c ON c.no = e.case_no WHERE e.position > %s AND e.position <= %s "
        f"ORDER BY e.position LIMIT {MOST}",
        [after, until],
    )
    parties = _parties(sorted({str(row[1]) for row in found}))
    told = []
    for row in found:
        item = _item(row, rules.zone)
        restricted = bool(row[11])
        told.append(
            News(
                item,
                _bare(item),
                str(row[10] or ""),
                restricted,
                str(row[12]),
                parties.get(str(row[1]), {}),
                restricted and ("matter" in item["set"] or "_restricted" in str(row[8])),
            )
        )
    return told, int(found[-1][0]) if len(found) == MOST else until


def _parties(numbers: list[str]) -> dict[str, dict[str, int]]:
    if not numbers:
        return {}
    marks = ", ".join(["%s"] * len(numbers))
    found: dict[str, dict[str, int]] = {}
    for no, unit, roles in rows.ask(
        f"SELECT case_no, unit, roles FROM casework_party WHERE case_no IN ({marks})", numbers
    ):
        found.setdefault(str(no), {})[str(unit)] = int(roles)
    return found


def told_to(viewer: Actor, news: News, policy: Policy, now: datetime) -> Mapping[str, Any] | None:
    """The event as this person may see it, None where the case is not visible. Not for the role ``integration``."""
    if viewer.role == "auditor":
        return news.bare
    units = sight.units_of(viewer, policy, now)
    visible = sight.is_visible(
        {"lead_unit": news.lead_unit},
        viewer,
        restricted=news.restricted,
        registrar=news.registrar,
        roles=news.roles,
        units=units,
    )
    return news.item if visible else None


def lost_to(viewer: Actor, news: News, policy: Policy, now: datetime) -> bool:
    """Whether this event may have taken the case from what the viewer saw: its lists must be read again."""
    if not news.hides or told_to(viewer, news, policy, now) is not None:
        return False
    units = sight.units_of(viewer, policy, now)
    return viewer.role in ("desk", "inspector") or any(unit in news.roles for unit in units)
