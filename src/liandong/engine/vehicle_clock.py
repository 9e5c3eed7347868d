"""What ends by itself about vehicle marks: a mark whose day or unit is over, a task that was forgotten (R17, R18).

A refusal means that somebody was quicker between looking and acting: nothing is left to do then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from liandong.casework.execute import Refused
from liandong.district import policy as district_policy
from liandong.district import register_settings
from liandong.district.store import NoDistrict
from liandong.registers import marks, queries
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.model import SYSTEM
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.vehicle_marks import DEFAULTS
from liandong.rules.vehicles import LIVE, is_expired, standing

from .instants import now as present

log = logging.getLogger("liandong.vehicles")

MOST = 200
"""Entries of one kind looked at in one round; the next round takes what is left."""


def run_due(now: datetime | None = None, policy: Policy | None = None) -> int:
    """End what is over; how many entries were ended."""
    try:
        rules = policy or district_policy.current()
    except NoDistrict:
        return 0  # a worker may stand before its pack was loaded
    moment = (now or present()).astimezone(rules.zone)
    return _marks(moment, rules) + _uses(moment, rules)


def _marks(now: datetime, policy: Policy) -> int:
    states = (*LIVE, "lost")
    days = int(register_settings.of(marks.MARK).get("transfer_days", DEFAULTS["transfer_days"]))
    today = now.date()
    gone = [u.code for u in policy.units.values() if u.valid_to is not None and u.valid_to <= today]
    due = {
        one.no: one for one in _found(marks.MARK, Asking(states=states, overdue=True), now=now, policy=policy)
    }
    for unit in gone:
        due |= {
            one.no: one
            for one in _found(marks.MARK, Asking(states=states, unit=unit), now=now, policy=policy)
        }
    done = 0
    for entry in due.values():
        because = is_expired(entry, now, days, policy)
        if because:
            done += _take(marks.MARK, "expire", because, entry, now, policy)
    return done


def _uses(now: datetime, policy: Policy) -> int:
    done = 0
    for entry in _found(marks.USE, Asking(states=("active",)), now=now, policy=policy):
        if now > entry.data["lapses_at"]:
            done += _take(marks.USE, "lapse", "limit", entry, now, policy)
            continue
        mark = queries.get(SYSTEM, marks.MARK, entry.data["file"], policy=policy)
        if mark is None or standing(mark, mark.data["code"], now, policy) != "valid":
            done += _take(marks.USE, "lapse", "mark", entry, now, policy)
    return done


def _found(register: str, asking: Asking, *, now: datetime, policy: Policy) -> Iterator[Entry]:
    yield from queries.find(SYSTEM, register, asking, limit=MOST, now=now, policy=policy).items


def _take(register: str, step: str, because: str, entry: Entry, now: datetime, policy: Policy) -> int:
    try:
        act(register, step, {"because": because}, SYSTEM, no=entry.no, now=now, policy=policy)
    except Refused as refused:
        log.info("%s of %s: %s", step, entry.no, refused.refusal.code)
        return 0
    return 1
