"""What lies over a case without changing its state: urging, supervision, level, instructions."""

from __future__ import annotations

from .. import clocks as timing
from ..change import Change
from ..codes import POLICE_UNIT
from .intake import join


def holder_address(c: Change) -> str | None:
    """Who is to be told about an open case: its holder."""
    holder = c.state["holder"]
    return f"unit:{holder['code']}" if holder["type"] == "unit" else holder["type"]


def urge(c: Change) -> None:
    """T27: somebody asks where it stays."""
    c.notify(holder_address(c), "urged")


def supervise(c: Change) -> None:
    """R11, R65: an overlay with its own clock; a new one replaces a running one."""
    c.stop("supervision", "superseded")
    owner = c.state["lead_unit"] or c.state["holder"]["type"]
    number = len(c.state["_supervision"]) + 1
    c.set["_supervision"] = [
        *c.state["_supervision"],
        {
            "n": number,
            "grade": c.f["grade"],
            "at": c.now,
            "unit": owner,
            "answered_at": None,
            "lifted_at": None,
        },
    ]
    c.start("supervision", owner, due=c.f["reply_due"])
    c.notify(f"unit:{owner}" if c.state["lead_unit"] else owner, "supervised")


def _mark_supervision(c: Change, key: str) -> None:
    marked = [dict(s) for s in c.state["_supervision"]]
    for entry in reversed(marked):
        if entry["lifted_at"] is None:
            entry[key] = c.now
            break
    c.set["_supervision"] = marked


def answer_supervision(c: Change) -> None:
    """The unit answers; the duty office decides when it is lifted."""
    _mark_supervision(c, "answered_at")
    c.notify("duty_office", "supervised")


def lift_supervision(c: Change) -> None:
    """The duty office is satisfied."""
    _mark_supervision(c, "lifted_at")
    c.stop("supervision", "superseded")


def set_level(c: Change) -> None:
    """R39–R43: raised by whoever knows, lowered by the duty office; the reports run from the call or from now."""
    old, new = c.state["level"], c.f["level"]
    c.set["level"] = new
    apply_level(c, old, new)


def apply_level(c: Change, old: str, new: str) -> None:
    """Start or end the report clocks after a change of level."""
    if timing.is_larger(new):
        if not timing.is_larger(old):
            timing.start_reports(c, c.state["received_at"] if c.state["state"] == "registered" else c.now)
        c.notify("duty_office", "level")
    else:
        for kind in ("phone_report", "written_report"):
            c.stop(kind, "superseded")
        c.set["_released"] = []
    c.notify_unit(c.state["lead_unit"], "level")


def instruct_units(c: Change, units: list[str], kind: str, police: bool = False) -> None:
    number = len(c.state["_instructions"]) + 1
    owners = (["police"] if police else []) + units
    first = max(c.clocks(), default=0) + 1
    for unit in owners:
        c.start("ack", unit)
        c.notify(unit if unit == "police" else f"unit:{unit}", kind)
    join(c, *([POLICE_UNIT] if police else []), *units)
    acks = {unit: first + n for n, unit in enumerate(owners)}
    c.set["_instructions"] = [
        *c.state["_instructions"],
        {"n": number, "at": c.now, "acks": acks, "kind": kind},
    ]
    c.set["joint_units"] = [*c.state["joint_units"], *(u for u in units if u not in c.state["joint_units"])]


def instruct(c: Change) -> None:
    """R8, R11: any number of units at once, each with its own acknowledgement."""
    instruct_units(c, c.f["units"], "instructed")


def find_ack(c: Change) -> list[int]:
    """The running acknowledgement clocks that this unit and this reference mean.

    The reference is the instruction's number in the case; when a unit owes only one acknowledgement it is that one.
    """
    from ..checks import owned_by

    units = owned_by(c.policy, c.actor.unit, c.now)
    if "GA" in units:
        units |= {"police"}
    open_ = {
        n
        for n, x in c.state["clocks"].items()
        if x["kind"] == "ack" and timing.is_running(x) and x["unit"] in units
    }
    named = [
        number
        for entry in c.state["_instructions"]
        if str(entry["n"]) == c.f["instruction"]
        for number in entry["acks"].values()
        if number in open_
    ]
    given = [
        number for entry in c.state["_instructions"] for number in entry["acks"].values() if number in open_
    ]
    return named or (given if len(given) == 1 else [])


def acknowledge(c: Change) -> None:
    """The unit has the instruction."""
    for number in find_ack(c):
        c.update_clock(number, c.judged(c.clocks()[number]))


def confirm(c: Change) -> None:
    """I7: another account's word, good for ten minutes."""
    c.set["_confirms"] = [
        *c.state["_confirms"],
        {"command": c.f["command"], "by": c.actor.name, "at": c.now},
    ]
