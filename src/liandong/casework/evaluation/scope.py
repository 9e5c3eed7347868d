"""Which stretch of time is counted, for whom, and the statement that counts it: a period, a viewer, conditions.

Nobody's evaluation holds complaints about police (R19): they are left out for every reader, so that one number is one
number. What began before the start of operation (R57), tests and drills, and what was excluded by decision (剔除) is left
out of every metric.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import NamedTuple

from liandong.district.measuring import Measuring
from liandong.rules.model import Actor, Refusal
from liandong.rules.periods import Period
from liandong.rules.policy import Policy

from .. import sight, statement
from ..execute import Refused
from ..jsontext import to_ms
from .definitions import Rows

TESTS = ("test", "drill")
"""Channels whose cases are no citizen's: they are never evaluated. An index finds them by this very condition."""
COUNTING = ("desk_lead", "duty_office", "inspector", "government", "system")
LISTING = ("desk_lead", "duty_office", "inspector", "system")
BY = ("", "unit", "township")
NOWHERE = "-"
"""The key of what has no unit, no township."""


class Scope(NamedTuple):
    """What is counted: from ``start`` until before ``end`` as of ``now`` (milliseconds), of these units (None: all)."""

    start: int
    end: int
    now: int
    go_live: int
    units: tuple[str, ...] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing of the period has passed since the start of operation."""
        return self.end <= self.start


def scope_of(period: Period, measuring: Measuring, policy: Policy, now: datetime) -> Scope:
    """The part of a period that has passed and lies after the start of operation."""
    go_live = to_ms(datetime.combine(measuring.go_live, time(0), policy.zone))
    start, until = max(to_ms(period.start), go_live), min(to_ms(period.end), to_ms(now))
    return Scope(start, max(start, until), to_ms(now), go_live)


def seen(viewer: Actor, policy: Policy, now: datetime, *, listing: bool) -> tuple[str, ...] | None:
    """The units a viewer is told about (None: all). A unit is told its own; the government sees no case."""
    if viewer.role == "unit":
        return tuple(sorted(sight.units_of(viewer, policy, now)))
    if viewer.role in (LISTING if listing else COUNTING):
        return None
    return ()


def named(key: object, by: str) -> str:
    """A group's key as tables have it: what has no unit or no township stands under its own mark."""
    return str(key or NOWHERE) if by else ""


def refused(code: str, rule: str, detail: str, field: str | None = None) -> Refused:
    """A refusal in words."""
    return Refused(Refusal(code, rule, detail, field))


class Statement(statement.Statement):
    """The rows of one kind that are evaluated: in the period, after the start of operation, nothing that is left out."""

    def __init__(self, rows: Rows, scope: Scope) -> None:
        super().__init__(rows, {":start": scope.start, ":end": scope.end, ":now": scope.now})
        self.rows = rows
        self.scope = scope
        self.where(f"{rows.when} >= %s AND {rows.when} < %s", scope.start, scope.end)
        self.where(f"{rows.begun} >= %s", scope.go_live)
        self.where(rows.where)
        self.where(f"{rows.case} NOT IN (SELECT r.no FROM casework_case r WHERE r.restricted)")
        self.where(f"{rows.case} NOT IN (SELECT t.no FROM casework_case t WHERE t.source_channel IN {TESTS})")
        self.where(
            f"NOT EXISTS (SELECT 1 FROM casework_exclusion x WHERE x.case_no = {rows.case} "
            f"AND x.unit IN ('', {rows.unit}))"
        )
        if scope.units is not None:
            self.among(rows.unit, scope.units)

    def key(self, by: str) -> str:
        """What rows are grouped by."""
        return self.rows.unit if by == "unit" else "c.township" if by == "township" else "''"
