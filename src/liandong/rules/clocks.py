"""Clocks of a case: start, stop, pause and resume, and when the next one calls (CONTRACT §4).

A clock is a dict with the contract's keys and internals that begin with ``_``: ``_limit`` (its length, "at" for an
instant), ``_marks`` (the next warning: percentage and instant, or nothing), ``_breach`` (its due has passed
and was entered), ``_used`` (seconds consumed before the last pause), ``_paused_at``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .codes import LARGER, LEVELS
from .worktime import parse_limit

if TYPE_CHECKING:
    from .change import Change
    from .model import State
    from .policy import Limit, Policy

Clock = dict[str, Any]

SILENT = ("total", "return_window", "suspension")
"""Clocks that never warn: no due, a window that merely closes, an instant at which the case resumes by itself."""
WARNINGS = (50, 75, 90)
WORKING = ("wd", "wh")


def unit_of(limit: str) -> str:
    """The kind of time a limit is counted in: wd, wh, d, h, min, or at (a fixed instant)."""
    return limit if limit == "at" else parse_limit(limit)[1]


def spent(policy: Policy, limit: str, start: datetime, end: datetime) -> float:
    """Seconds between two instants as that limit counts them: working time for wd and wh, else elapsed."""
    if unit_of(limit) in WORKING:
        return policy.calendar.work_between(start, end)
    return max(0.0, (end - start).total_seconds())


def marks(
    policy: Policy,
    limit: str,
    used: float,
    since: datetime,
    due: datetime,
    *,
    beyond: int = 0,
    after: datetime | None = None,
) -> list[list[Any]]:
    """The next warning of a clock that has ``used`` seconds behind it and runs from ``since`` to ``due``, if any.

    ``beyond``: a later percentage than that; ``after``: not before that instant. One is enough: most clocks stop
    before their first warning, and the one after it is worked out when it fires.
    """
    working = unit_of(limit) in WORKING
    begin = policy.calendar.position(since) if working else 0.0
    left = policy.calendar.position(due) - begin if working else (due - since).total_seconds()
    total = used + max(0.0, left)
    for percent in WARNINGS:
        ahead = total * percent / 100 - used
        if percent <= beyond or ahead <= 0 or total <= 0:
            continue
        at = policy.calendar.at(begin + ahead) if working else since + timedelta(seconds=ahead)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)  # stores keep milliseconds
        if at < due and (after is None or at >= after):
            return [[percent, at]]
    return []


def new(
    policy: Policy,
    kind: str,
    unit: str,
    started_at: datetime,
    limit: Limit | None,
    *,
    due: datetime | None = None,
    length: str | None = None,
    source: str | None = None,
) -> Clock:
    """A clock that begins to run: by a limit of the policy (``length`` replaces its length) or up to a given ``due``."""
    provisional = False
    counted = length or (limit.length if limit else "at")
    if due is None and counted != "at" and kind != "total":
        due, provisional = policy.calendar.due(started_at, counted)
    elif length is None:
        counted = "at"
    clock: Clock = {
        "kind": kind,
        "unit": unit,
        "started_at": started_at,
        "due_at": due,
        "original_due_at": due,
        "paused": False,
        "provisional": provisional,
        "source": source or (limit.source if limit else "default"),
        "stopped_at": None,
        "outcome": None,
        "_limit": counted,
        "_used": 0.0,
        "_since": started_at,
        "_marks": [],
        "_breach": False,
    }
    if due is not None and kind not in SILENT:
        clock["_marks"] = marks(policy, counted, 0.0, started_at, due)
    return clock


def is_running(clock: Clock) -> bool:
    """Running or paused: not yet stopped."""
    return clock["stopped_at"] is None


def stopped(clock: Clock, at: datetime, outcome: str | None = None) -> Clock:
    """What changes when a clock stops at ``at``: judged by its due unless it was superseded or lapsed in time.

    A clock that was already past its due is late whatever stops it: nothing takes a breach back but I7's approval.
    """
    judged_at = min(at, clock["_paused_at"]) if clock["paused"] else at
    due = clock["due_at"]
    if due is None:
        verdict = None
    elif outcome == "lapsed" or clock["kind"] == "return_window":
        verdict = outcome or ("on_time" if judged_at <= due else "lapsed")
    elif clock["kind"] == "suspension":
        verdict = outcome or "on_time"
    elif judged_at > due or clock["_breach"]:
        verdict = "late"
    else:
        verdict = outcome or "on_time"
    return {"stopped_at": at, "outcome": verdict, "paused": False, "_marks": []}


def paused(clock: Clock, policy: Policy, at: datetime) -> Clock:
    """What changes when a clock is paused: what was used so far is remembered, warnings stop."""
    used = clock["_used"] + spent(policy, clock["_limit"], clock["_since"], at)
    return {"paused": True, "_paused_at": at, "_used": used, "_marks": []}


def resumed(clock: Clock, policy: Policy, since: datetime, at: datetime) -> Clock:
    """What changes when a clock goes on at ``at`` after a pause that began at ``since`` (CONTRACT §3, pause and resume).

    Working days: n working days after the day of the pause up to the due day become the n-th working day after the
    day of the resumption (n = 0: that day or the next working day). Natural days the same with §203. Hours, minutes and
    promises resume with what is left. Paused when late, the due stays.
    """
    due, calendar, provisional = clock["due_at"], policy.calendar, clock["provisional"]
    kind = unit_of(clock["_limit"])
    if since <= due:
        rest: float | None = None
        if kind == "wd":
            rest = calendar.workdays_between(since.date(), calendar.last_day(due))
        elif kind == "d":
            rest = max(0, (calendar.last_day(due) - since.date()).days)
        elif kind == "wh":
            rest = calendar.work_between(since, due)
        if rest is None:
            due = at + (due - since)
        else:
            due, provisional = due_of_rest(policy, kind, at, rest)
    else:
        rest = None
    change: Clock = {"paused": False, "stopped_at": None, "outcome": None, "_since": at, "_paused_at": None}
    change["_rest"] = rest
    change |= {"due_at": due, "provisional": provisional}
    change["_marks"] = [] if clock["_breach"] else marks(policy, clock["_limit"], clock["_used"], at, due)
    return change


def due_of_rest(policy: Policy, kind: str, at: datetime, rest: float) -> tuple[datetime, bool]:
    """When what was left at a resumption ends: ``rest`` in days (wd, d) or working seconds (wh)."""
    if kind == "wd":
        return policy.calendar.due_in_days(at.date(), int(rest))
    if kind == "d":
        return policy.calendar.due(at, f"{int(rest)}d")
    return policy.calendar.add_work(at, rest)


def running(state: State, kind: str, unit: str | None = None) -> list[tuple[int, Clock]]:
    """The clocks of a kind (of one unit) that have not stopped, in order of their start."""
    return [
        (n, c)
        for n, c in state["clocks"].items()
        if c["kind"] == kind and c["stopped_at"] is None and (unit is None or c["unit"] == unit)
    ]


def handle_limit(policy: Policy, cls: str, matter: str | None, at: datetime) -> tuple[Limit, str, str]:
    """The limit for finishing: the confirmed statute of that matter on that day (R34), else 2 or 5 working days.

    Returns the policy's limit, the length that counts and its source.
    """
    limit = policy.limits["handle_general" if cls == "general" else "handle_special"]
    day = at.date()
    for row in policy.statutory.get(matter or "", ()):
        if row.confirmed and row.valid_from <= day and (row.valid_to is None or day < row.valid_to):
            return limit, row.length, "statute"
    return limit, limit.length, limit.source


def half_limit(clock: Clock | None) -> str:
    """Which limit a rework gets: half of the first one (2 → 1, 5 → 3 working days), a promise or a statute → 3."""
    if clock is None or clock["source"] in ("statute", "promise"):
        return "handle_half_other"
    return "handle_half_general" if clock["_limit"] == "2wd" else "handle_half_special"


def by_hours(policy: Policy, kind: str, at: datetime) -> str:
    """The length of a limit that differs outside duty hours, decided at that instant."""
    limit = policy.limits[kind]
    if limit.outside and not policy.calendar.in_duty_hours(at):
        return limit.outside
    return limit.length


def next_instant(state: State) -> datetime | None:
    """When the system must look at this case again: the next warning, the first due not yet entered, or the archive."""
    earliest: datetime | None = state.get("_archive_at")
    for clock in state["clocks"].values():
        if clock["stopped_at"] is not None or clock["paused"]:
            continue
        at = clock["_marks"][0][1] if clock["_marks"] else None
        if at is None and clock["due_at"] is not None and not clock["_breach"]:
            at = clock["due_at"]
        if at is not None and (earliest is None or at < earliest):
            earliest = at
    return earliest


def is_report_running(state: State) -> bool:
    """Whether a telephone or written report is still owed (R42, R43)."""
    return any(
        c["kind"] in ("phone_report", "written_report") and c["stopped_at"] is None
        for c in state["clocks"].values()
    )


def is_larger(level: str) -> bool:
    """From level 较大 on the duty office commands (R44)."""
    return LEVELS.index(level) >= LARGER


def start_reports(change: Change, started_at: datetime) -> None:
    """Start both report clocks unless they run already (R42, R43)."""
    for kind in ("phone_report", "written_report"):
        if not any(c["kind"] == kind and is_running(c) for c in change.clocks().values()):
            change.start(kind, "desk", started_at=started_at)
