"""Metrics recounted by hand: each case's events are walked one by one in Python, without any SQL of the evaluation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from liandong.casework import rows
from liandong.rules.change import to_be_called
from liandong.rules.codec import event_from
from liandong.rules.fold import fold
from liandong.rules.policy import Policy

PUSHES = ("dispatch", "designate")
JUDGED = ("on_time", "late")


def cases(policy: Policy) -> list[dict[str, Any]]:
    """Every case: its last state and what happened to it, in order."""
    found: dict[str, list[Any]] = {}
    for no, type_, at_ms, by, policy_id, body in rows.ask(
        "SELECT case_no, type, at_ms, by, policy, body FROM casework_event ORDER BY position"
    ):
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(policy.zone)
        found.setdefault(no, []).append(event_from(no, type_, at, by, policy_id, body, {}))
    return [_walk(events) for events in found.values()]


def _walk(events: list[Any]) -> dict[str, Any]:
    state: Any = None
    turns: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    rulings, was = 0, {}
    for event in events:
        before = state
        state = fold(state, event)
        pushed = event.type in PUSHES
        again = event.type in ("rework", "call_back") and state["state"] == "handling"
        if pushed or again:
            unit = state["lead_unit"]
            turns.append(
                {
                    "unit": unit, "pushed": event.at, "how": "rework" if again else event.type,
                    "sign": _last(state, "sign", unit) if pushed else None,
                    "handle": _last(state, "handle", unit), "contact": _last(state, "contact", unit),
                    "feedbacks": [], "returned": None, "verdict": "", "rests": [], "suspended": False,
                }
            )  # fmt: skip
        turn = turns[-1] if turns else None
        if turn is not None:
            if event.type in ("feedback", "answer_now"):
                turn["feedbacks"].append(event.at)
            if event.type == "return":
                turn["returned"] = event.at
            if event.type == "reject_return":
                turn["verdict"] = "rejected"
            if event.type == "decide_suspension" and event.fields["approve"]:
                turn["suspended"] = True
            resting = state["state"] in ("return_review", "disputed", "feedback_review", "suspended")
            if resting and (before is None or before["state"] != state["state"]):
                was = {"begin": event.at, "end": None}
                turn["rests"].append(was)
            if not resting and was and was["end"] is None:
                was["end"] = event.at
        if event.type == "call_back":
            calls.append({"at": event.at, "reached": event.fields["reached"]})
        if event.type == "designate" and before["state"] == "disputed":
            rulings += 1
    for at, turn in enumerate(turns):
        later = turns[at + 1 :]
        if turn["returned"] and not turn["verdict"]:
            ruled = [one for one in later if one["how"] == "designate"]
            if ruled and ruled[-1]["unit"] == turn["unit"]:
                turn["verdict"] = "wrong"
            elif later:
                turn["verdict"] = "accepted"
        for kind in ("sign", "handle", "contact"):
            number = turn[kind]
            taken = any(one[kind] == number for one in later)
            turn[kind] = None if number is None else {**state["clocks"][number], "taken": taken}
    return {"state": state, "turns": turns, "calls": calls, "events": events, "rulings": rulings}


def _last(state: Any, kind: str, unit: str) -> int | None:
    mine = [n for n, clock in state["clocks"].items() if clock["kind"] == kind and clock["unit"] == unit]
    return mine[-1] if mine else None


def population(found: list[dict[str, Any]], begin: datetime, end: datetime) -> list[tuple[Any, Any]]:
    """P: (case, turn) of assignments whose limit ends in the period; voided and merged cases left out."""
    made = []
    for case in found:
        if case["state"]["state"] in ("voided", "merged"):
            continue
        for turn in case["turns"]:
            clock = turn["handle"]
            due = clock["original_due_at"] if clock["taken"] else clock["due_at"]
            if begin <= due < end:
                made.append((case, turn))
    return made


def unextended(clock: Any) -> datetime:
    """The limit but for extensions: where it rested while others had the case, that much later."""
    promised = clock["source"] == "promise"
    return clock["original_due_at"] if promised or clock["_since"] == clock["started_at"] else clock["due_at"]


def judged(turn: Any) -> str:
    """on_time, late, or nothing yet (or for nobody)."""
    clock = turn["handle"]
    if clock["taken"] or clock["outcome"] == "superseded":
        return ""
    if clock["outcome"] in JUDGED:
        return str(clock["outcome"])
    return "" if clock["paused"] else "late"


def recount(policy: Policy, begin: datetime, end: datetime, now: datetime) -> dict[str, tuple[float, float]]:
    """(numerator, denominator) of metrics by hand."""
    everything = cases(policy)
    whole = population(everything, begin, end)
    pushed = [turn for _, turn in whole if turn["how"] != "rework"]
    on_limit = [turn for _, turn in whole if judged(turn) and not turn["suspended"]]
    signed = [
        turn for turn in pushed
        if turn["sign"]["outcome"] in JUDGED or (turn["sign"]["outcome"] is None and turn["sign"]["due_at"] < now)
    ]  # fmt: skip
    returned = [turn for _, turn in whole if turn["returned"]]
    closed = [
        case for case in everything
        if case["state"]["state"] in ("closed", "archived") and case["turns"] and begin <= case["state"]["closed_at"] < end
    ]  # fmt: skip
    solved = [case for case in closed if case["state"]["solved"]]
    said = [
        case
        for case in closed
        if case["state"]["satisfaction"] in ("satisfied", "fairly_satisfied", "dissatisfied")
    ]
    received = [
        case for case in everything
        if begin <= case["state"]["received_at"] < end and case["state"]["state"] not in ("voided", "merged")
    ]  # fmt: skip
    promised = [
        turn for _, turn in whole if turn["handle"]["source"] == "promise" and not turn["handle"]["taken"]
    ]
    finished = [
        turn for _, turn in whole
        if judged(turn) and turn["handle"]["stopped_at"] in turn["feedbacks"]
    ]  # fmt: skip
    hours = [_hours(policy, turn) for turn in finished]
    late = [turn for _, turn in whole if judged(turn) == "late"]
    over = sum(
        policy.calendar.work_between(turn["handle"]["due_at"], turn["handle"]["stopped_at"] or now) / 3600
        for turn in late
    )
    owing = [turn for case, turn in whole if _owes_call(case, turn, now)]

    rounds = [
        [call for call in case["calls"] if clock["started_at"] <= call["at"] <= (clock["stopped_at"] or now)]
        for case in everything
        for clock in case["state"]["clocks"].values()
        if clock["kind"] == "callback" and clock["outcome"] != "superseded" and begin <= clock["due_at"] < end
    ]

    def right(turns: list[Any], test: Any) -> tuple[float, float]:
        return float(sum(bool(test(turn)) for turn in turns)), float(len(turns))

    return {
        "M1": right(signed, lambda t: t["sign"]["outcome"] == "on_time"),
        "M2": right(on_limit, lambda t: judged(t) == "on_time"),
        "M2_original": right(
            on_limit,
            lambda t: t["handle"]["stopped_at"] and t["handle"]["stopped_at"] <= unextended(t["handle"]),
        ),
        "M3": right(on_limit, lambda t: t["feedbacks"] and t["feedbacks"][0] <= unextended(t["handle"])),
        "M4": right(pushed, lambda t: t["returned"]),
        "M5": right(returned, lambda t: t["verdict"] in ("rejected", "wrong")),
        "M6": right(pushed, lambda t: t["verdict"] == "accepted"),
        "M7": (float(sum(t["how"] != "rework" for c in closed for t in c["turns"])), float(len(closed))),
        "M8": right(
            solved, lambda c: c["state"]["solved"] == "yes" and c["state"]["cycle"] == 0 and len(c["turns"]) == 1
        ),
        "M9": right(closed, lambda c: c["state"]["cycle"] >= 1),
        "M11": right(rounds, bool),
        "M11_effective": right([calls for calls in rounds if calls], lambda c: any(one["reached"] for one in c)),
        "M12": right(owing, lambda t: t["contact"]["outcome"] == "on_time"),
        "M13": (
            sum({"yes": 1.0, "partly": 0.5, "no": 0.0}[c["state"]["solved"]] for c in solved), float(len(solved)),
        ),
        "M14": right(said, lambda c: c["state"]["satisfaction"] != "dissatisfied"),
        "M16": (sum(hours), float(len(hours))),
        "M17": (over, float(len(late))),
        "M18": right([turn for _, turn in whole], lambda t: t["suspended"]),
        "M18_extension": (float(len(promised)), float(len(whole))),
        "M18_promise": right([t for t in promised if judged(t)], lambda t: judged(t) == "on_time"),
        "M20": right(received, lambda c: c["state"]["first_unit"]),
        "M20_misdiverted": right(
            [c for c in received if c["state"]["first_unit"]],
            lambda c: any(event.type == "to_police" for event in c["events"]),
        ),
    }  # fmt: skip


def _owes_call(case: Any, turn: Any, now: datetime) -> bool:
    contact = turn["contact"]
    if (
        contact is None
        or contact["taken"]
        or not to_be_called(case["state"]["caller"], case["state"]["callers"])
    ):
        return False
    if contact["outcome"] in JUDGED:
        return True
    done = judged(turn) and turn["handle"]["stopped_at"] in turn["feedbacks"]
    if contact["outcome"] == "superseded":
        return bool(done)
    return contact["outcome"] is None and not contact["paused"] and contact["due_at"] < now


def _hours(policy: Policy, turn: Any) -> float:
    """Working hours from the push until the accepted feedback, without the time others had it."""
    end = turn["handle"]["stopped_at"]
    seconds = policy.calendar.work_between(turn["pushed"], end)
    for rest in turn["rests"]:
        if rest["begin"] < end:
            seconds -= policy.calendar.work_between(rest["begin"], min(rest["end"] or end, end))
    return seconds / 3600
