"""The worker's step: repaired ones again, files, views, held messages, states back. One source in trouble stops no other."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from liandong.district import policy as district_policy
from liandong.district.store import NoDistrict
from liandong.engine.instants import now as present

from . import aside, folder, outgoing, status, view
from .apply import adopt
from .mapping import mappings

log = logging.getLogger("liandong.intake")

REST_SECONDS = 1.0
ROUND_SECONDS = 60.0
_last = 0.0
_last_round = 0.0


def step() -> int:
    """One round, every second; how much was done. A fault of one source is raised only after all had their turn."""
    global _last
    if time.monotonic() - _last < REST_SECONDS:
        return 0
    _last = time.monotonic()
    return once()


def once(now: datetime | None = None) -> int:
    """One whole round. Raises the first fault of a source (folder not writable, database away), the others done."""
    global _last_round
    moment = now or present()
    try:
        policy = district_policy.current()
    except NoDistrict:  # before a pack is loaded nothing can be taken in
        return 0
    done = aside.retry(moment, policy) + adopt(moment, policy)
    slow = time.monotonic() - _last_round >= ROUND_SECONDS or now is not None
    if slow:
        _last_round = time.monotonic()
        done += aside.give_up_waiting(moment, policy)
    base = folder.root()
    faults: list[Exception] = []
    for used in mappings().values():
        try:
            if base is not None:
                place = folder.prepare(base, used)
                done += folder.look(place, used, moment, policy).files
                done += status.report(place, used, moment, policy)
                with folder.alone(place):
                    done += outgoing.lay(place, used, moment, policy)
                if slow:
                    folder.clear(place, used)
            done += view.poll(used, moment, policy).taken
        except folder.Busy:  # another worker of this machine is at it
            continue
        except Exception as error:
            log.exception("intake: %s", used.name)
            faults.append(error)
    if faults:
        raise faults[0]
    return done
