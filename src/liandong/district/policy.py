"""The settings in force, from the tables: read again only when their stamp has changed (one cheap query)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Lock
from typing import NamedTuple
from zoneinfo import ZoneInfo

from liandong.rules.policy import Policy

from . import store
from .errors import SettingError
from .pack import Pack
from .store import NoDistrict, confirm_statutory, set_limit

__all__ = ["NoDistrict", "SettingError", "confirm_statutory", "current", "current_pack", "set_limit", "today"]

_KEEP = 4
_MOST_DAYS = 32


class _Known(NamedTuple):
    pack: Pack
    zone: ZoneInfo
    policies: dict[date, Policy]

    def on(self, day: date) -> Policy:
        """The policy of that day; the days between two turns share one."""
        turn = self.pack.turn(day)
        found = self.policies.get(turn)
        if found is None:
            if len(self.policies) >= _MOST_DAYS:
                self.policies.clear()
            found = self.policies[turn] = self.pack.policy(on=turn)
        return found


_known: dict[str, _Known] = {}
_reading = Lock()


def _read() -> _Known:
    """What stands under the stamp in force. A stamp is never used twice, so an entry is never stale."""
    stamp = store.stamp()
    known = _known.get(stamp)
    if known is None:
        with _reading:
            known = _known.get(stamp) or _remember(stamp)
    return known


def _remember(stamp: str) -> _Known:
    """Read all tables; again when somebody changed a setting meanwhile, so that never two states are mixed."""
    while True:
        pack = store.snapshot()
        now = store.stamp()
        if now == stamp:
            break
        stamp = now
    known = _Known(pack, ZoneInfo(pack.zone), {})
    while len(_known) >= _KEEP:
        del _known[next(iter(_known))]
    _known[stamp] = known
    return known


def current(at: datetime | None = None) -> Policy:
    """The policy in force at an instant (now): a change planned for a day counts from its midnight on, in every process.

    One query while nothing changes. Raises NoDistrict before a pack is loaded.
    """
    known = _read()
    return known.on((at or datetime.now(UTC)).astimezone(known.zone).date())


def current_pack() -> Pack:
    """The whole district with its past and what is planned: units and their names, duties, contacts, hotlines."""
    return _read().pack


def today() -> date:
    """The day it is in the district."""
    return datetime.now(_read().zone).date()
