"""What the clock itself does to a case: warnings, overdue, the lapse of the return window, resumption, archiving.

Nothing signs by itself. A clock past its due runs on, late, until the command that answers it (I2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import clocks as timing
from .change import Change
from .checks import is_safe

RUN_CLOCK = "run_clock"
RECOMPUTE = "recompute"
SYSTEM_COMMANDS = (RUN_CLOCK, RECOMPUTE)


def told(owner: str, percent: int) -> list[str]:
    """Who hears of a clock: the unit, from 75 % its responsible person too, from 90 % the duty office too.

    ``percent`` 100 means overdue. Desk and police are their own responsible persons.
    """
    if owner == "duty_office":
        return ["duty_office"]
    if owner in ("desk", "police"):
        return [owner, "duty_office"] if percent >= 100 else [owner]
    chain = [f"unit:{owner}"]
    if percent >= 75:
        chain.append(f"unit:{owner}:responsible")
    if percent >= 90:
        chain.append("duty_office")
    return chain


def run_clock(c: Change, through_now: bool) -> bool:
    """Fire whatever is due in this case; True when something changed.

    ``through_now`` also fires a due that equals ``now`` (a simulation steps exactly onto it, knowing that time goes on).
    """
    fired = False
    for number, clock in list(c.state["clocks"].items()):
        if clock["stopped_at"] is not None or clock["paused"]:
            continue
        due = clock["due_at"]
        if due is not None and not clock["_breach"] and (due < c.now or (through_now and due == c.now)):
            fired = _fall_due(c, number, clock, due) or fired
            continue
        percent = 0
        ahead = clock["_marks"]
        while ahead and ahead[0][1] <= c.now:  # after a stop only the last of several warnings is said
            percent = ahead[0][0]
            ahead = timing.marks(
                c.policy, clock["_limit"], clock["_used"], clock["_since"], due, beyond=percent
            )
        if percent:
            c.update_clock(number, {"_marks": ahead})
            for to in told(clock["unit"], percent):
                c.notify(to, f"warning_{percent}")
            fired = True
    archive_at: datetime | None = c.state["_archive_at"]
    if archive_at is not None and (archive_at < c.now or (through_now and archive_at == c.now)):
        c.become("archived")
        fired = True
    return fired


def _fall_due(c: Change, number: int, clock: dict[str, Any], due: datetime) -> bool:
    if clock["kind"] == "return_window":
        c.update_clock(number, {"stopped_at": due, "outcome": "lapsed", "_marks": []})
        return True
    if clock["kind"] == "suspension" and is_safe(c.state):
        c.stop("suspension")
        c.resume("handle")
        c.resume("contact")
        c.become("handling")
        return True
    c.update_clock(number, {"_breach": True, "_marks": []})
    for to in told(clock["unit"], 100):
        c.notify(to, "overdue")
    return True


def recompute(c: Change) -> bool:
    """A holiday table was loaded: provisional dues are counted again on it, by an event; True when something changed."""
    changed = False
    for number, clock in list(c.state["clocks"].items()):
        if not clock["provisional"] or clock["stopped_at"] is not None or clock["paused"]:
            continue
        kind = timing.unit_of(clock["_limit"])
        rest = clock.get("_rest")
        if rest is not None:
            due, provisional = timing.due_of_rest(c.policy, kind, clock["_since"], rest)
        elif clock["_limit"] != "at":
            due, provisional = c.policy.calendar.due(clock["started_at"], clock["_limit"])
        else:
            continue
        if provisional:
            continue
        marks = timing.marks(c.policy, clock["_limit"], clock["_used"], clock["_since"], due, after=c.now)
        values: dict[str, Any] = {"due_at": due, "provisional": False}
        values["_marks"] = [] if clock["_breach"] else marks
        if clock["original_due_at"] == clock["due_at"]:
            values["original_due_at"] = due
        c.update_clock(number, values)
        changed = True
    return changed
