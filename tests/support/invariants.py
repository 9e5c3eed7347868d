"""I1–I9 of CONTRACT §3, checked from outside: nothing here asks the code under test what is right, but for the fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liandong.rules.fold import fold_all
from liandong.rules.model import Event, State

from .contract import FINISHED, HOLDERS, OPEN, TERMINAL

TO_A_UNIT = ("dispatch", "designate", "reject_return", "reject_feedback", "resume")
REST = ("_seq",)


def broken(before: State | None, state: State, events: Sequence[Event]) -> list[str]:
    """Every invariant that this case breaks; ``before`` is the case before the last event, ``events`` are all of them."""
    return [
        *_holder(state), *_clocks(state), *_total(state), *_history(before, state, events), *_requests(state, events[-1]),
        *_safety(before, state, events[-1]),
    ]  # fmt: skip


def _holder(state: State) -> list[str]:
    name, holder = state["state"], state["holder"]
    code = state["lead_unit"] if HOLDERS[name] == "unit" else None
    if holder != {"type": HOLDERS[name], "code": code}:
        return [f"I1: {name} is held by {holder}"]
    if HOLDERS[name] == "unit" and not code:
        return ["I1: a unit holds it, but which?"]
    return []


def _owner(state: State) -> str:
    kind = HOLDERS[state["state"]]
    return str(state["lead_unit"]) if kind == "unit" else kind


def _clocks(state: State) -> list[str]:
    found: list[str] = []
    clocks = list(state["clocks"].values())
    running = [c for c in clocks if c["stopped_at"] is None]
    if state["state"] in OPEN:
        mine = [
            c
            for c in running
            if c["kind"] != "total"
            and not c["paused"]
            and c["due_at"] is not None
            and c["unit"] == _owner(state)
        ]
        if not mine:
            found.append(f"I2: no running clock of {_owner(state)} in {state['state']}")
    elif running:
        found.append(f"I2: {state['state']} and still running: {[c['kind'] for c in running]}")
    for kind in ("handle", "sign", "triage", "ruling", "review", "callback", "decision", "suspension", "contact",
                 "return_window", "return_decision", "police_feedback", "supervision", "phone_report",
                 "written_report"):  # fmt: skip
        if sum(c["kind"] == kind for c in running) > 1:
            found.append(f"I2: two running clocks of kind {kind}")
    for clock in clocks:
        if clock["stopped_at"] is not None and (
            clock["paused"] or (clock["outcome"] is None and clock["due_at"])
        ):
            found.append(f"stopped without an outcome, or paused: {clock['kind']}")
        if clock["stopped_at"] is None and clock["outcome"] is not None:
            found.append(f"running with an outcome: {clock['kind']}")
        if clock["outcome"] not in (None, "on_time", "late", "lapsed", "superseded"):
            found.append(f"outcome {clock['outcome']}")
        if clock["outcome"] == "lapsed" and clock["kind"] != "return_window":
            found.append(f"lapsed: {clock['kind']}")
        if clock["kind"] == "return_window" and clock["outcome"] == "late":
            found.append("a return window is never a breach")
        if clock["paused"] and clock["kind"] not in ("handle", "contact"):
            found.append(f"paused: {clock['kind']}")
    return found


def _total(state: State) -> list[str]:
    totals = [c for c in state["clocks"].values() if c["kind"] == "total"]
    if len(totals) != 1:
        return [f"I3: {len(totals)} total clocks"]
    total = totals[0]
    if total["started_at"] != state["received_at"] or total["paused"] or total["due_at"] is not None:
        return ["I3: total was reset or paused"]
    if (total["stopped_at"] is None) != (state["state"] in OPEN):
        return ["I3: total runs while, and only while, the case is open"]
    return []


def _history(before: State | None, state: State, events: Sequence[Event]) -> list[str]:
    found: list[str] = []
    if fold_all(events) != state:
        found.append("I5: the state is not the fold of its events")
    if before is None:
        return found
    if before["first_unit"] is not None and state["first_unit"] != before["first_unit"]:
        found.append("I4: first_unit changed")
    if before["received_at"] != state["received_at"] or before["source"] != state["source"]:
        found.append("I3: the call itself changed")
    if before["final"] and not state["final"]:
        found.append("R30: a ruling was forgotten")
    if before["state"] in TERMINAL and {**before, "_seq": 0} != {**state, "_seq": 0}:
        found.append(f"I9: {before['state']} changed by {events[-1].type}")
    if state["version"] < before["version"]:
        found.append("I6: the version went down")
    for number, clock in before["clocks"].items():
        after = state["clocks"].get(number)
        if after is None or after["started_at"] != clock["started_at"] or after["unit"] != clock["unit"]:
            found.append(f"I5: clock {number} was rewritten")
        elif (
            clock["outcome"] == "late"
            and after["outcome"] not in ("late", None)
            and state["cycle"] == before["cycle"]
        ):
            found.append(f"a breach of {clock['kind']} was taken back by {events[-1].type}")
    if before["state"] in FINISHED and state["state"] in OPEN and events[-1].type != "rework":
        found.append(f"R33: taken up again by {events[-1].type}")
    return found


def _requests(state: State, event: Event) -> list[str]:
    found: list[str] = []
    deciding = [c for c in state["clocks"].values() if c["kind"] == "decision" and c["stopped_at"] is None]
    if len(state["pending"]) > 1:
        found.append("I7: two pending requests")
    if bool(state["pending"]) != bool(deciding):
        found.append("I2: a pending request has its decision clock, and only then")
    if state["pending"] and state["state"] != "handling":
        found.append(f"a request is pending in {state['state']}")
    if event.type in ("decide_extension", "decide_suspension") and event.by.startswith("unit"):
        found.append("I7: a unit decided")
    if event.type == "designate" and not event.by.startswith("duty_office"):
        found.append("R30: somebody else ruled")
    return found


def _safety(before: State | None, state: State, event: Event) -> list[str]:
    if before is None:
        return []
    unsafe = any(answer != "no" for answer in before["safety"].values())
    to_unit = event.type in TO_A_UNIT or (
        state["state"] == "handling" and before["state"] not in ("handling", "dispatched")
    )
    if unsafe and (to_unit or event.type == "rework"):
        return [f"I8: {event.type} of an unsafe case"]
    return []


def summary(state: State) -> dict[str, Any]:
    """A case in short, for a failing test's message."""
    return {k: state[k] for k in ("no", "state", "lead_unit", "version", "cycle", "returns", "safety")}
