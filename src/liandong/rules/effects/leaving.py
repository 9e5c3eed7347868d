"""Leaving the way of a unit: to the police and back, merged, split, withdrawn, voided, opened anew."""

from __future__ import annotations

from typing import Any

from .. import clocks as timing
from ..change import Change
from ..codes import LEVELS, SAFETY_ANSWERS
from .intake import open_child
from .overlays import instruct_units
from .releasing import use_release


def to_police(c: Change) -> None:
    """R41, EB-R4, EB-R6: the police and every joint unit are told in one transaction; no clock waits for another."""
    if c.state["state"] != "police":  # there already: more units are told, nothing starts again
        c.set["_police_from"] = c.state["state"]
        c.set["pending"] = []
        c.start("police_feedback", "police")
    instruct_units(c, list(c.f.get("joint_units") or ()), "police", police=True)
    c.notify_unit(c.state["lead_unit"], "police")


def police_done(c: Change) -> None:
    """EB-R5: what is left after the danger goes on as a child with its own gate."""
    left = c.f["remainder"]
    forced = c.f["outcome"] == "false_alarm"  # what was open when the police took it is unfinished
    if left is None and not forced:
        return
    new = c.command.new[0]
    texts = {k: v for k, v in (left or {}).items() if v is not None}
    copy = ("caller", "place", *(k for k in ("summary", "content") if not texts.get("summary")))
    values = {
        "parent": c.state["no"],
        "lead_unit": c.state["lead_unit"],
        "level": "none",
    }
    c.more.append(open_child(c, new, values, copy, texts))
    c.set["children"] = [*c.state["children"], new.no]


def merge(c: Change) -> None:
    """C4.11, trap 9: one matter, one clock; every caller keeps tracking and call-back."""
    target = c.states[c.f["target"]]
    c.set["merged_into"] = target["no"]
    other = Change(c.states, target, c.command, c.f, c.actor, c.now, c.policy)
    worse = {
        k: max(target["safety"][k], c.state["safety"][k], key=SAFETY_ANSWERS.index) for k in target["safety"]
    }
    if worse != target["safety"]:
        other.set["safety"] = worse
        if "yes" in worse.values() and "yes" not in target["safety"].values():
            other.notify("desk", "police")
    other.set["_flagged"] = sorted({*target["_flagged"], *c.state["_flagged"]})
    joined = target["callers"] or [{**target["caller"], "no": target["no"]}]
    joined = [*joined, *(c.state["callers"] or [{**c.state["caller"], "no": c.state["no"]}])]
    other.set["callers"] = joined
    _merge_reports(c, other)
    higher = max(target["level"], c.state["level"], key=LEVELS.index)
    if higher != target["level"]:
        other.set["level"] = higher
        other.notify("duty_office", "level")
        other.notify_unit(target["lead_unit"], "level")
    mine = timing.running(c.state, "handle")
    for number, clock in timing.running(target, "handle"):
        earliest = min([clock["due_at"], *(x["due_at"] for _, x in mine)])
        if earliest < clock["due_at"]:
            start = clock["started_at"]
            ahead = timing.marks(c.policy, clock["_limit"], 0.0, start, earliest, after=c.now)
            other.update_clock(number, {"due_at": earliest, "_marks": [] if clock["paused"] else ahead})
    other.notify_unit(target["lead_unit"], "merged")
    other.notify_caller("merged")
    c.notify_unit(c.state["lead_unit"], "merged")
    c.more.append(other.event(type_="merged_in", public={"source": c.state["no"]}))
    use_release(c)


def _merge_reports(c: Change, other: Change) -> None:
    """A report owed for the source is owed for the target, by the same instant."""
    for kind in ("phone_report", "written_report"):
        if timing.running(other.state, kind):
            continue
        for _, clock in timing.running(c.state, kind):
            carried = {k: v for k, v in clock.items() if k not in ("_breach", "_marks")}
            late = clock["_breach"]
            other.add_clock({**carried, "_breach": late, "_marks": [] if late else clock["_marks"]})


def split(c: Change) -> None:
    """T30: several matters in one call, each with its own gate and clocks."""
    children = []
    for part, new in zip(c.f["parts"], c.command.new, strict=False):
        values: dict[str, Any] = {"parent": c.state["no"], "level": c.state["level"]}
        texts = {"summary": part["summary"], "content": part.get("content")}
        if part.get("matter"):
            matter = c.policy.matters[part["matter"]]
            values["matter"] = {"code": matter.code, "version": matter.version}
        c.more.append(open_child(c, new, values, ("caller", "place"), texts))
        children.append(new.no)
    c.set["children"] = [*c.state["children"], *children]


def withdraw(c: Change) -> None:
    """T33: on the caller's word."""
    use_release(c)


def void(c: Change) -> None:
    """T31: a mistake, a test, a double entry; two people said so."""
    c.set["_confirms"] = []
    use_release(c)


def reopen(c: Change) -> None:
    """T36: a new case that knows the old one; the archive stays as it is."""
    new = c.command.new[0]
    values = {"previous": c.state["no"], "received_at": c.now, "level": "none"}
    c.more.append(open_child(c, new, values, ("caller", "place", "summary", "content"), {}))
