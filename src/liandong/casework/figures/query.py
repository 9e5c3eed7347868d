"""From a figure, a period and filters to one statement. Everything that comes from a person stays a value beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from liandong.rules.model import Actor

from .. import sight, statement
from .definitions import AGES, Rows

HOUR, DAY = 3_600_000, 86_400_000
NOWHERE = "-"
"""The value of a filter for what has no township, no matter, no class, no unit."""
_LISTING = ("desk_lead", "duty_office", "inspector")
_COUNTING = (*_LISTING, "government")


class Window(NamedTuple):
    """From ``start`` until before ``end``, both in milliseconds, judged at ``now``; ``offset`` is the zone's distance
    from UTC, for days and hours as people count them."""

    start: int
    end: int
    now: int
    offset: int


class Filters(NamedTuple):
    """What is left in of a period. ``units`` None: all; ``hour`` 0-167 from Monday 00:00; ``age`` a band of ``AGES``;
    ``holder`` a unit's code, desk, duty_office or police."""

    units: tuple[str, ...] | None = None
    township: str = ""
    matter: str = ""
    kind: str = ""
    case_class: str = ""
    holder: str = ""
    age: int | None = None
    hour: int | None = None


def may_count(viewer: Actor) -> bool:
    """Whether this viewer is told numbers at all."""
    return viewer.role in _COUNTING


def may_list(viewer: Actor) -> bool:
    """Whether this viewer sees the cases behind a number: the government decides on numbers and sees no case."""
    return viewer.role in _LISTING


class Statement(statement.Statement):
    """The rows of one kind that a viewer is told of, in a window, with filters."""

    def __init__(self, rows: Rows, viewer: Actor, window: Window, filters: Filters, *, listing: bool) -> None:
        super().__init__(rows, {":now": window.now})
        self.rows = rows
        self.window = window
        if rows.where:
            self.where(rows.where)
        if rows.when:
            self.where(f"{rows.when} >= %s AND {rows.when} < %s", window.start, window.end)
        self._sight(viewer, listing)
        self._filter(filters)

    def key(self, by: str) -> str:
        """What rows are grouped by: day, hour, age, or a column."""
        when, offset = self.rows.when, self.window.offset
        if by == "day":
            return f"({when} + {offset}) / {DAY}"
        if by == "hour":  # the epoch began on a Thursday
            return f"(({when} + {offset}) / {HOUR} + 72) %% 168"
        if by == "age":
            bands = " ".join(
                f"WHEN c.received_ms > {self.window.now - days * DAY} THEN {band}"
                for band, days in enumerate(AGES)
            )
            return f"CASE {bands} ELSE {len(AGES)} END"
        if by == "holder":
            return "CASE WHEN c.holder_type = 'unit' THEN c.holder_code ELSE c.holder_type END"
        if by == "unit":
            return self.rows.unit
        column = {
            "township": "c.township",
            "matter": "c.matter",
            "kind": "c.kind",
            "case_class": "c.case_class",
        }[by]
        return (
            f"{column} || ''"  # an expression: an index on the bare column would read all years of a township
        )

    def _sight(self, viewer: Actor, listing: bool) -> None:
        """Nobody is told of complaints about police, not even their number, who may not see them (R19)."""
        if not (may_list(viewer) if listing else may_count(viewer)):
            self.where(sight.NOTHING)
        elif viewer.role not in sight.SEE_RESTRICTED:
            if self.rows.table == "casework_case c":
                self.where("NOT c.restricted")
            else:
                self.where(f"{self.rows.case} NOT IN (SELECT r.no FROM casework_case r WHERE r.restricted)")

    def _filter(self, filters: Filters) -> None:
        if filters.units is not None:
            self._of_units(filters.units)
        for by in ("township", "matter", "kind", "case_class", "holder"):
            value = getattr(filters, by)
            if value:
                self.where(f"({self.key(by)}) = %s", "" if value == NOWHERE else value)
        for by, number in (("age", filters.age), ("hour", filters.hour)):
            if number is not None and (by == "age" or self.rows.when):
                self.where(f"({self.key(by)}) = %s", number)

    def _of_units(self, units: Sequence[str]) -> None:
        codes = ["" if code == NOWHERE else code for code in units]
        if not codes or self.rows.table != "casework_event e":
            self.among(self.rows.unit, codes)
        else:
            one = f"({self.rows.unit} = %s OR {self.rows.unit} LIKE %s)"
            values = [value for code in codes for value in (f"unit:{code}", f"unit:{code}:%")]
            self.where(f"({' OR '.join([one] * len(codes))})", *values)
