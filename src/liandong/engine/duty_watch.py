"""Watch over the rosters (R24, norms C8): posts empty within the day ahead, shifts not handed over, shifts not taken over.

Each is told once (register ``duty_alarm``, its key made of post and instant) and ends by itself when it is put right.
A place that never used the hand-over page yet is not blamed for it: rosters alone do not make a shift log.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from liandong.casework import rows
from liandong.casework.execute import Refused
from liandong.district import policy as district_policy
from liandong.district import rosters, shifts
from liandong.district.models import Handover
from liandong.district.store import NoDistrict
from liandong.registers.store import act
from liandong.rules.codec import loads
from liandong.rules.model import SYSTEM
from liandong.rules.policy import Policy

from .instants import now as present

log = logging.getLogger("liandong.duty")

REGISTER = "duty_alarm"
USED_WITHIN = timedelta(days=14)
"""A place that handed over within this time is one that hands over."""
_OPEN = "SELECT no, doc FROM registers_entry WHERE register = %s AND is_open ORDER BY id LIMIT 1000"
_KNOWN = "SELECT 1 FROM registers_step s WHERE s.by = %s AND s.key = %s"


def follow(now: datetime | None = None, policy: Policy | None = None) -> int:
    """One round; how many entries were opened or ended."""
    try:
        rules = policy or district_policy.current()
    except NoDistrict:
        return 0
    moment = (now or present()).astimezone(rules.zone)
    try:
        gaps = rosters.gaps_ahead(rosters.places(), moment)
    except rosters.RosterError:
        return 0  # a pack without house rules: nothing says how far to look
    late = shifts.unread(moment)
    silent = not_given(moment, rules)
    done = _settle(moment, gaps, {row.pk for row in late}, {(place, starts) for place, starts in silent})
    told = _told("gap")
    for (
        gap
    ) in gaps:  # one for each post, the nearest; it stands until the post has no gap within the look ahead
        if gap.unit in told:
            continue
        told.add(gap.unit)
        fields = {"what": "gap", "place": gap.unit, "starts": gap.starts, "ends": gap.ends}
        done += _raise(fields, f"gap:{gap.unit}:{gap.starts.date().isoformat()}", moment)
    for row in late:
        starts = row.read_by.astimezone(rules.zone)
        fields = {"what": "not_taken", "place": row.place, "starts": starts, "left": len(row.items)}
        done += _raise(fields, f"handover:{row.pk}", moment)
    for place, starts in silent:
        fields = {"what": "not_given", "place": place, "starts": starts}
        done += _raise(fields, f"silent:{place}:{starts.isoformat()}", moment)
    return done


def not_given(now: datetime, policy: Policy) -> list[tuple[str, datetime]]:
    """(place, change of shift) where the house's time after the latest change has passed and nobody handed over."""
    wait = rosters.house_length("handover_read")
    used = list(
        Handover.objects.filter(given_at__gte=now - USED_WITHIN)
        .order_by()
        .values_list("place", flat=True)
        .distinct()
    )
    if not used:
        return []
    day = now.astimezone(policy.zone).date()
    latest: dict[str, datetime] = {}
    for slot in rosters.slots(used, day - timedelta(days=1), day):
        if slot.post == "main" and slot.person and slot.starts + wait < now:
            latest[slot.unit] = max(slot.starts, latest.get(slot.unit, slot.starts))
    found = []
    for place, starts in sorted(latest.items()):
        # handing over may begin two hours before the change (``rosters.shift_start``)
        since = starts - timedelta(hours=2)
        if not Handover.objects.filter(place=place, given_at__gte=since).exists():
            found.append((place, starts))
    return found


def _settle(now: datetime, gaps: list[rosters.Gap], late: set[Any], silent: set[tuple[str, datetime]]) -> int:
    empty = {gap.unit for gap in gaps}
    places = {row.place for row in Handover.objects.filter(pk__in=late)}
    done = 0
    for no, doc in rows.ask(_OPEN, [REGISTER]):
        data = loads(doc)["data"]
        what, place = data["what"], data["place"]
        if what == "gap":
            still = place in empty
        elif what == "not_taken":
            still = place in places
        else:
            still = (place, data["starts"]) in silent
        if not still:
            done += _take("settle", {}, str(no), "", now)
    return done


def _raise(fields: dict[str, Any], key: str, now: datetime) -> int:
    if rows.one(_KNOWN, [str(SYSTEM), key]) is not None:
        return 0
    given = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }
    return _take("raise", given, None, key, now)


def _told(what: str) -> set[str]:
    """The posts that have an open entry of this sort."""
    found = (loads(doc)["data"] for _no, doc in rows.ask(_OPEN, [REGISTER]))
    return {str(data["place"]) for data in found if data["what"] == what}


def _take(step: str, fields: dict[str, Any], no: str | None, key: str, now: datetime) -> int:
    try:
        act(REGISTER, step, fields, SYSTEM, no=no, key=key, now=now)
    except Refused as refused:
        log.info("duty alarm %s of %s: %s", step, no or key, refused.refusal.code)
        return 0
    return 1
