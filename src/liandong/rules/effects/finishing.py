"""Finishing: feedback, calling back, doing it again."""

from __future__ import annotations

from typing import Any

from .. import clocks as timing
from ..change import Change, to_be_called
from ..codes import CALL_BANDS, FINAL_RESULTS, MAX_REWORKS, UNREACHED_CALLS
from .releasing import use_release


def feedback(c: Change) -> None:
    """R33: what was done, and whether the caller knows."""
    c.set["result"] = c.f["result"]
    c.set["_feedback_at"] = c.now
    c.set["_feedback_from"] = "handling"
    if c.f["contacted_caller"]:
        c.set["_contacts"] = c.state["_contacts"] + 1
    c.notify("desk", "feedback")


def reject_feedback(c: Change) -> None:
    """T23: not enough; the clock goes on from where it stopped."""
    c.set["result"] = None
    c.set["_feedback_at"] = None
    c.become(c.state["_feedback_from"])
    c.notify_unit(c.state["lead_unit"], "feedback_rejected")


def accept_feedback(c: Change) -> None:
    """T24: the unit is done, judged at the instant of its feedback; now the caller is asked."""
    at = c.state["_feedback_at"]
    c.stop("handle", at=at)
    c.stop("assist")
    c.stop("contact", "superseded")
    use_release(c)
    if _next_call(c) is None:
        c.become("closed")
        return
    c.start("callback", "desk")
    c.become("callback")


def _next_call(c: Change) -> int | None:
    """Which caller is to be called next (R9: every merged caller is heard); None when all were."""
    for number in to_be_called(c.state["caller"], c.state["callers"]):
        if not c.state["_calls"].get(str(number), {}).get("done"):
            return number
    return None


def _band(c: Change) -> str | None:
    """The time band and day of a call that may count; None outside 08–21."""
    for begin, end in CALL_BANDS:
        if begin <= c.acted.hour < end:
            return f"{c.acted.date().isoformat()} {begin:02d}"
    return None


def _after_call(c: Change) -> tuple[dict[str, Any], int | None]:
    """The calls as they stand after this one, and which caller it was."""
    number = _next_call(c)
    calls = {k: dict(v) for k, v in c.state["_calls"].items()}
    if number is None:
        return calls, None
    call = calls.setdefault(str(number), {"bands": [], "done": False})
    if c.f["reached"]:
        call |= {"done": True, "satisfaction": c.f["satisfaction"], "solved": c.f["solved"]}
    else:
        band = _band(c)
        if band is not None and band not in call["bands"]:
            call["bands"] = [*call["bands"], band]
        if len(call["bands"]) >= UNREACHED_CALLS:
            call |= {"done": True, "satisfaction": "unreached", "solved": None}
    return calls, number


def _is_unhappy(c: Change) -> bool:
    return bool(c.f["reached"] and c.f["solved"] == "no" and c.f["satisfaction"] == "dissatisfied")


def call_reworks(c: Change) -> bool:
    """Solved no and dissatisfied: back to the unit, unless the result is final or it was reworked twice."""
    return (
        _is_unhappy(c)
        and c.state["result"] not in FINAL_RESULTS
        and c.state["cycle"] < MAX_REWORKS
        and c.state["lead_unit"] is not None
    )


def call_closes(c: Change) -> bool:
    """Whether this call would close the case."""
    if call_reworks(c):
        return False
    calls, number = _after_call(c)
    asked = to_be_called(c.state["caller"], c.state["callers"])
    return number is None or all(calls.get(str(n), {}).get("done") for n in asked)


_WORST = ("dissatisfied", "fairly_satisfied", "satisfied", "declined", "unreached")


def call_back(c: Change) -> None:
    """T25, R9: what the caller says; every caller of a merged case is asked, the worst answer stands for the case."""
    reworks, closes = call_reworks(c), call_closes(c)
    calls, number = _after_call(c)
    if reworks and number is not None:
        calls[str(number)] = {"bands": [], "done": False}
    c.set["_calls"] = calls
    if reworks:
        c.stop("callback")
        start_rework(c)
        return
    if not closes:
        return
    said = [call["satisfaction"] for call in calls.values() if call.get("done")]
    c.set["satisfaction"] = min(said, key=_WORST.index, default=None)
    solved = [call["solved"] for call in calls.values() if call.get("solved")]
    c.set["solved"] = min(solved, key=("no", "partly", "yes").index, default=None)
    c.stop("callback")
    if any(call.get("satisfaction") == "dissatisfied" and call["solved"] == "no" for call in calls.values()):
        if c.state["result"] in FINAL_RESULTS:
            c.notify("caller", "feedback")
        elif c.state["cycle"] >= MAX_REWORKS:
            c.notify("duty_office", "supervised")
    use_release(c)
    c.become("closed")


def start_rework(c: Change) -> None:
    """T26: the same unit again with half the limit; `total` was never stopped, an old breach stays."""
    unit = c.state["lead_unit"]
    c.set.update({"cycle": c.state["cycle"] + 1, "result": None, "satisfaction": None, "solved": None})
    c.set.update({"closed_at": None, "_archive_at": None, "_feedback_at": None, "_contacts": 0})
    first = next((x for x in c.clocks().values() if x["kind"] == "handle" and x["unit"] == unit), None)
    c.start("handle", unit, limit=timing.half_limit(first))
    c.start("contact", unit)
    c.become("handling")
    c.notify_unit(unit, "rework")


def rework(c: Change) -> None:
    """R33: taken up again; what no unit ever held goes back to the desk."""
    for number, clock in list(c.clocks().items()):
        if clock["kind"] == "total":
            c.update_clock(number, {"stopped_at": None, "outcome": None})
    c.set["_calls"] = {k: {"bands": [], "done": False} for k in c.state["_calls"]}
    if c.state["state"] == "answered" or c.state["lead_unit"] is None:
        c.set.update({"cycle": c.state["cycle"] + 1, "result": None, "closed_at": None, "_archive_at": None})
        c.set["lead_unit"] = None
        c.start("triage", "desk")
        c.become("registered")
        c.notify("desk", "rework")
        return
    start_rework(c)
