"""The settings in force, from the tables: read again only when their stamp has changed (one cheap query)."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from liandong.rules.policy import Policy

from . import store
from .pack import Pack
from .store import NoDistrict, SettingError, confirm_statutory, set_limit

__all__ = ["NoDistrict", "SettingError", "confirm_statutory", "current", "current_pack", "set_limit"]

_KEEP = 4


class _Known(NamedTuple):
    pack: Pack
    policy: Policy


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
    known = _Known(pack, pack.policy())
    while len(_known) >= _KEEP:
        del _known[next(iter(_known))]
    _known[stamp] = known
    return known


def current() -> Policy:
    """The policy in force; one query while nothing changes. Raises NoDistrict before a pack is loaded."""
    return _read().policy


def current_pack() -> Pack:
    """The whole district in force: units and their names, duties, contacts, rosters, hotlines."""
    return _read().pack
