"""The worker's step: execute orders, take in, lay out; nothing where there is no other side or no folder."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from liandong.casework import sides
from liandong.registers import beside

from . import identity, incoming, ordering, outgoing, places

REST_SECONDS: Final = 2.0
"""So often the folders are looked at."""
_last = 0.0


def step() -> int:
    """One round of the exchange, every few seconds; how much was done."""
    global _last
    if not sides.divided() or time.monotonic() - _last < REST_SECONDS:
        return 0
    if places.out_folder() is None or places.in_folder() is None:
        return 0
    _last = time.monotonic()
    try:
        return once()
    except places.Busy:  # another worker of this machine is at it
        return 0
    except identity.Unfit:  # not prepared yet: doctor, readyz and the page say what is to be done
        return 0


def once(now: datetime | None = None) -> int:
    """One whole round: orders that still wait, what has come, its orders, what waited for their receipts, what is to go. Raises Unfit, Busy, OSError."""
    done = ordering.carry_out(now=now)
    taken = incoming.take_in()
    done += ordering.carry_out(now=now) + beside.carry_on(now)
    sent = outgoing.export()
    return done + taken.files + sent.files
