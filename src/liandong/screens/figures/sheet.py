"""Everything the page of figures counts, in a fixed number of statements; kept for a minute for all who see the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liandong.casework.figures import FIGURES, Count, Filters, Window, may_list, tally
from liandong.casework.sight import SEE_RESTRICTED
from liandong.rules.model import Actor

from .asked import Asked
from .words import CARDS

KEPT_SECONDS = 60.0
MOST_KEPT = 64
NOTHING = Count()
POLICE = ("received", "diverted", "returned", "to_police")
"""What is asked of each matter, for the view of the police (R51)."""
_OVER_TIME = tuple(code for code in CARDS if FIGURES[code].rows.when)
Table = dict[Any, dict[str, Count]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The counted numbers of one question. ``asked`` is the question with the instant at which it was counted."""

    asked: Asked
    by_day: Table
    before: dict[str, Count]
    now: dict[str, Count]
    by_hour: Table
    by_kind: Table
    by_class: Table
    by_matter: Table
    by_township: Table
    by_holder: Table
    by_age: Table
    by_unit: Table

    def total(self, code: str) -> Count:
        """A figure over the whole period, or as it stands now."""
        if not FIGURES[code].rows.when:
            return self.now.get(code, NOTHING)
        return add(day.get(code, NOTHING) for day in self.by_day.values())


def add(counts: Any) -> Count:
    """Counts together."""
    among = right = 0
    for one in counts:
        among, right = among + one.among, right + one.right
    return Count(among, right)


_kept: dict[tuple[Any, ...], tuple[float, Sheet]] = {}
_lock = threading.Lock()


def forget() -> None:
    """Count anew at the next question (tests)."""
    with _lock:
        _kept.clear()


def sheet(viewer: Actor, asked: Asked) -> Sheet:
    """The numbers of a question: at most a minute old, and the page says of what minute. What a viewer is told depends
    on the role, never on the person in it; who sees complaints about police and who does not never share a sheet."""
    period = asked.period
    key = (
        viewer.role in SEE_RESTRICTED, may_list(viewer), period.code, period.first, period.last, asked.filters,
        asked.map,
    )  # fmt: skip
    with _lock:
        known = _kept.get(key)
    if known is not None and time.monotonic() - known[0] < KEPT_SECONDS:
        found = known[1]
        return found if found.asked == asked else _for(found, asked)
    made = _count(viewer, asked)
    with _lock:
        while len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = (time.monotonic(), made)
    return made


def _for(known: Sheet, asked: Asked) -> Sheet:
    """The same numbers for an address that differs only in how they are shown; links keep the instant of counting."""
    same = Asked(known.asked.period, asked.filters, asked.given, asked.map, asked.rank, asked.step)
    return Sheet(**{name: getattr(known, name) for name in Sheet.__slots__ if name != "asked"}, asked=same)


def _count(viewer: Actor, asked: Asked) -> Sheet:
    window, filters = asked.period.window, asked.filters

    def of(codes: Sequence[str], by: str = "", over: Window = window, left: Filters = filters) -> Table:
        return tally(viewer, codes, over, left, by=by)

    received = ("received",)
    return Sheet(
        asked=asked,
        by_day=of(_OVER_TIME, "day"),
        before=of(_OVER_TIME, over=asked.period.before).get("", {}),
        now=of(("overdue",)).get("", {}),
        by_hour=of(received, "hour"),
        by_kind=of(received, "kind"),
        by_class=of(received, "case_class"),
        by_matter=of(POLICE, "matter"),
        by_township=of((asked.map,), "township"),
        by_holder=of(("overdue",), "holder"),
        by_age=of(("overdue",), "age"),
        by_unit=of(("handle", "sign", "satisfied", "returned"), "unit"),
    )
