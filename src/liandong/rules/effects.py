"""What each command sets beside its state and clocks: one small function a command, named like it.

Every function gets the change that is being built; the table (``table.py``) says which state follows and which clocks
move, so nothing here repeats it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import clocks as timing
from .change import Change, to_be_called
from .codes import (
    CALL_BANDS,
    FINAL_RESULTS,
    GUARDED,
    LEVELS,
    MAX_REWORKS,
    NO_CATALOGUE_ITEM,
    POLICE_UNIT,
    RETURNS_TO_DISPUTE,
    SAFETY_ANSWERS,
    UNREACHED_CALLS,
)
from .model import Event, NewCase, State

# -- a new case -----------------------------------------------------------------------------------------------


def public_caller(caller: dict[str, Any] | None) -> dict[str, Any]:
    """What rules and lists may know of a caller: no name, no number. A missing caller is anonymous.

    ``stated`` tells who asked to stay anonymous from whom nobody asked: only the former is never called back.
    """
    given = caller or {}
    known = bool(given.get("name") or given.get("phone"))
    return {
        "stated": given.get("anonymous") is True,
        "anonymous": given.get("anonymous", not known),
        "confidential": given.get("confidential", False),
        "contact_ok": given.get("contact_ok", True),
        "language": given.get("language"),
    }


def personal_caller(caller: dict[str, Any] | None) -> dict[str, Any] | None:
    """What must be encrypted of a caller."""
    given = {k: v for k, v in (caller or {}).items() if k in ("name", "phone") and v}
    return given or None


def empty_case(no: str, tracking_code: str) -> State:
    """A case before its first event: every key of the contract, nothing said yet."""
    return {
        "no": no,
        "tracking_code": tracking_code,
        "source": None,
        "incident_no": None,
        "kind": None,
        "class": None,
        "level": "none",
        "safety": {},
        "place": None,
        "caller": public_caller(None),
        "callers": [],
        "matter": None,
        "state": None,
        "holder": {"type": "none", "code": None},
        "first_unit": None,
        "lead_unit": None,
        "assist_units": [],
        "joint_units": [],
        "final": False,
        "cycle": 0,
        "returns": 0,
        "pending": [],
        "previous": None,
        "parent": None,
        "children": [],
        "merged_into": None,
        "version": 0,
        "clocks": {},
        "received_at": None,
        "registered_at": None,
        "closed_at": None,
        "result": None,
        "satisfaction": None,
        "solved": None,
        "_seq": 0,
        "_flagged": [],
        "_confirms": [],
        "_contacts": 0,
        "_returned_by": [],
        "_asked_return": [],
        "_extensions": 0,
        "_feedback_at": None,
        "_feedback_from": None,
        "_calls": {},
        "_instructions": [],
        "_supervision": [],
        "_released": [],
        "_police_from": None,
        "_parties": [],
        "_gap": False,
        "_archive_at": None,
    }


def set_place(c: Change, place: dict[str, Any] | None) -> None:
    """Keep what routing needs in the state, the address line beside it."""
    if place is None:
        c.set["place"] = None
        c.tell("personal", "place", None)
        return
    c.set["place"] = {k: place.get(k) for k in ("township", "village", "lon", "lat")}
    c.tell("personal", "place", {"text": place["text"]} if place.get("text") else None)


def _machine_doubt(c: Change, safety: dict[str, str]) -> dict[str, str]:
    """EB-R2: a machine's flag turns a no into unknown and remembers that it did."""
    screen = c.command.screen
    if screen is None or not screen.flag:
        return safety
    flagged = [k for k in safety if safety[k] == "no"]
    c.set["_flagged"] = sorted({*c.get("_flagged"), *flagged})
    return {k: "unknown" if v == "no" else v for k, v in safety.items()}


def register(c: Change) -> None:
    """R1, R2, R63: a request is taken in; `total` runs from the instant of the call and never stops for anybody."""
    f = c.f
    c.set.update(
        {
            "source": f["source"],
            "incident_no": f.get("incident_no"),
            "kind": f["kind"],
            "level": f.get("level") or "none",
            "safety": _machine_doubt(c, dict(f["safety"])),
            "caller": public_caller(f.get("caller")),
            "received_at": f["received_at"],
            "registered_at": c.now,
        }
    )
    c.tell("personal", "caller", personal_caller(f.get("caller")))
    if f.get("place") is not None:
        set_place(c, f["place"])
    _begin(c, f["received_at"])


def _begin(c: Change, received_at: datetime) -> None:
    c.start("total", "desk", started_at=received_at)
    c.start("triage", "desk")
    if timing.is_larger(c.get("level")):
        timing.start_reports(c, received_at)
        c.notify("duty_office", "level")


def open_child(
    c: Change, new: NewCase, values: dict[str, Any], copy: tuple[str, ...], texts: dict[str, Any]
) -> Event:
    """A case that grows out of this one: its own number and clocks, the same call (R2, EB-R5)."""
    blank = empty_case(new.no, new.tracking_code)
    child = Change(c.states, blank, c.command, c.f, c.actor, c.now, c.policy)
    parent = c.state
    child.set.update(
        {
            "source": {
                "channel": parent["source"]["channel"],
                "ref": f"{parent['source']['ref']}/{new.no}",
            },
            "incident_no": parent["incident_no"],
            "kind": parent["kind"],
            "safety": dict.fromkeys(parent["safety"], "unknown"),
            "caller": dict(parent["caller"]),
            "place": parent["place"],
            "received_at": parent["received_at"],
            "registered_at": c.now,
            **values,
        }
    )
    if copy:
        child.private["copy"] = {"from": parent["no"], "keys": list(copy)}
    for key, value in texts.items():
        child.tell("text", key, value)
    child.become("registered")
    _begin(child, child.get("received_at"))
    return child.event(type_="register", public={"origin": c.command.name, "of": parent["no"]})


# -- desk -----------------------------------------------------------------------------------------------------


def amend(c: Change) -> None:
    """R32: what was written down wrongly is written down again; the old text stays in the log."""
    if "kind" in c.f:
        c.set["kind"] = c.f["kind"]
    if "place" in c.f:
        set_place(c, c.f["place"])
    if "caller" in c.f:
        c.set["caller"] = public_caller(c.f["caller"])
        c.tell("personal", "caller", personal_caller(c.f["caller"]))
        if c.state["callers"]:
            c.set["callers"] = [{**c.set["caller"], "no": c.state["no"]}, *c.state["callers"][1:]]
    if c.command.screen is not None and c.command.screen.flag:
        c.set["safety"] = _machine_doubt(c, dict(c.state["safety"]))


def set_safety(c: Change) -> None:
    """R1, EB-R4: the three answers change; a yes on a case that a unit holds calls for the police."""
    c.set["safety"] = dict(c.f["safety"])
    if c.actor.role == "system":
        doubted = [k for k, v in c.f["safety"].items() if v != c.state["safety"][k]]
        c.set["_flagged"] = sorted({*c.state["_flagged"], *doubted})
    else:
        # a yes that becomes unknown is still a yes to be cleared by two
        kept = {*c.state["_flagged"], *(k for k, v in c.state["safety"].items() if v == "yes")}
        c.set["_flagged"] = sorted(k for k in kept if c.f["safety"][k] != "no")
    c.set["_confirms"] = [x for x in c.state["_confirms"] if x["command"] != "set_safety"]
    if "yes" in c.f["safety"].values() and c.state["state"] != "police":
        c.notify("desk", "police")


def matter_of(c: Change) -> dict[str, str]:
    """The catalogue item with the version that was in force (R22)."""
    matter = c.policy.matters[c.f["matter"]]
    return {"code": matter.code, "version": matter.version}


def dispatch(c: Change) -> None:
    """R3, R12, R27: pushed to one unit; the first one stays answerable for ever."""
    c.set["class"] = c.f["class"]
    c.set["matter"] = matter_of(c)
    give_to(c, c.f["lead_unit"])
    if c.f.get("assist_units") is not None:
        for unit in c.state["assist_units"]:
            if unit not in c.f["assist_units"]:
                c.stop("assist", "superseded", unit=unit)
        c.set["assist_units"] = list(c.f["assist_units"])
        join(c, *c.f["assist_units"])
    c.notify_unit(c.f["lead_unit"], "assigned")


def start_assists(c: Change) -> None:
    """Each assisting unit that owes nothing yet gets its clock: the earlier of the lead's due and its own limit."""
    units = [c.f["unit"]] if "unit" in c.f else list(c.f.get("assist_units") or ())
    for unit in units:
        if any(
            x["kind"] == "assist" and x["unit"] == unit and timing.is_running(x) for x in c.clocks().values()
        ):
            continue
        limit = c.policy.limits["assist_general" if c.get("class") == "general" else "assist_special"]
        own, provisional = c.policy.calendar.due(c.now, limit.length)
        lead = [
            x
            for x in c.clocks().values()
            if x["kind"] == "handle" and timing.is_running(x) and not x["paused"]
        ]
        due = min([own, *(x["due_at"] for x in lead)])
        clock = timing.new(c.policy, "assist", unit, c.now, limit, due=due, length=limit.length)
        c.add_clock({**clock, "provisional": provisional and due == own})
        c.notify_unit(unit, "assist")


def give_to(c: Change, unit: str) -> None:
    """The case has a new lead unit; the first one is written once."""
    c.set["lead_unit"] = unit
    if c.state["first_unit"] is None:
        c.set["first_unit"] = unit
    join(c, unit)
    c.set["assist_units"] = [u for u in c.state["assist_units"] if u != unit]
    c.stop("assist", "superseded", unit=unit)


def join(c: Change, *units: str) -> None:
    """A unit that was ever lead, assisting or joint stays a party: it may see the case and note on it."""
    known = c.get("_parties")
    c.set["_parties"] = [*known, *(u for u in units if u not in known)]


def start_handling_clocks(c: Change) -> None:
    """S handle and contact for the new lead; a unit that held the case before gets its old ones back (R25)."""
    unit = c.get("lead_unit")
    if not _revive(c, "handle", unit):
        limit, length, source = timing.handle_limit(
            c.policy, c.get("class"), (c.get("matter") or {}).get("code"), c.now
        )
        clock = timing.new(c.policy, "handle", unit, c.now, limit, length=length, source=source)
        c.add_clock(clock)
    if not _revive(c, "contact", unit):
        c.start("contact", unit)


def _revive(c: Change, kind: str, unit: str) -> bool:
    """Let the unit's last clock of a kind go on: paused ones resume, superseded ones count from where they stopped."""
    mine = [(n, x) for n, x in c.clocks().items() if x["kind"] == kind and x["unit"] == unit]
    if not mine:
        return False
    number, clock = mine[-1]
    if timing.is_running(clock):
        if clock["paused"]:
            c.update_clock(number, timing.resumed(clock, c.policy, clock["_paused_at"], c.now))
        return True
    if kind == "contact" and clock["outcome"] != "superseded" and not clock["_breach"]:
        return True  # the caller was contacted; nothing more is owed
    since = clock.get("_paused_at") or clock["stopped_at"]
    if clock.get("_paused_at") is None:
        used = clock["_used"] + timing.spent(c.policy, clock["_limit"], clock["_since"], since)
        clock = {**clock, "_used": used}
        c.update_clock(number, {"_used": used})
    c.update_clock(number, timing.resumed(clock, c.policy, since, c.now))
    return True


def stop_old_lead(c: Change) -> None:
    """X old handle: what ran or was paused for another unit is superseded."""
    unit = c.get("lead_unit")
    for number, clock in list(c.clocks().items()):
        if clock["kind"] in ("handle", "contact") and clock["unit"] != unit and timing.is_running(clock):
            c.update_clock(number, timing.stopped(clock, c.now, "superseded"))


def recall(c: Change) -> None:
    """T32: taken back unsigned; the desk holds it again."""
    c.set["lead_unit"] = None
    for unit in c.state["assist_units"]:
        c.stop("assist", "superseded", unit=unit)
    c.set["assist_units"] = []


def answer(c: Change) -> None:
    """R28, R63: answered on the spot by the desk."""
    c.set["result"] = "explained"
    c.notify_caller("feedback")
    use_release(c)


def reclassify(c: Change) -> None:
    """R36: another class or matter; the due is counted again from the clock's own start, the original kept."""
    c.set["class"] = c.f["class"]
    c.set["matter"] = matter_of(c)
    for number, clock in list(c.clocks().items()):
        if clock["kind"] == "handle" and timing.is_running(clock):
            start = clock["started_at"]
            _, length, source = timing.handle_limit(c.policy, c.f["class"], c.f["matter"], start)
            due, provisional = c.policy.calendar.due(start, length)
            marks = timing.marks(c.policy, length, 0.0, start, due, after=c.now)
            c.update_clock(
                number,
                {
                    "due_at": due,
                    "provisional": provisional,
                    "source": source,
                    "_limit": length,
                    "_rest": None,
                    "_marks": [] if clock["_breach"] else marks,
                },
            )


def contact(c: Change) -> None:
    """R33: the caller was spoken to."""
    c.set["_contacts"] = c.state["_contacts"] + 1


def add_assist(c: Change) -> None:
    """R20, T7: another unit helps; the lead stays the lead."""
    if c.f["unit"] not in c.state["assist_units"]:
        c.set["assist_units"] = [*c.state["assist_units"], c.f["unit"]]
        join(c, c.f["unit"])


def answer_now(c: Change) -> None:
    """R28: a unit answers on the spot instead of returning."""
    c.set["result"] = "explained"
    c.set["_feedback_at"] = c.now
    c.set["_feedback_from"] = c.state["state"]
    c.notify("desk", "feedback")


def stop_contact_if_made(c: Change) -> None:
    """X contact if contacted."""
    if c.f.get("contacted_caller"):
        c.stop("contact")


def return_(c: Change) -> None:
    """R29: not ours, with the reason, why no answer now, and whose it is."""
    unit = c.state["lead_unit"]
    c.set["returns"] = c.state["returns"] + 1
    c.set["_asked_return"] = [*c.state["_asked_return"], unit]
    c.set["_returned_by"] = [*c.state["_returned_by"], unit]
    if c.set["returns"] >= RETURNS_TO_DISPUTE:
        c.stop("decision", "superseded")
        c.start("ruling", "duty_office")
        c.become("disputed")
        c.notify("duty_office", "disputed")
    else:
        length = timing.by_hours(c.policy, "return_decision", c.now)
        c.start("return_decision", "desk", length=length)
        c.become("return_review")
    c.notify("desk", "returned")


def reject_return(c: Change) -> None:
    """T14: back to the unit, no credit, no new window."""
    unit = c.state["lead_unit"]
    c.set["_returned_by"] = [u for u in c.state["_returned_by"] if u != unit]
    c.notify_unit(unit, "return_rejected")


def raise_dispute(c: Change) -> None:
    """R30: the desk brings it before the duty office with both positions."""
    c.set["_gap"] = c.state["state"] == "registered"
    c.notify("duty_office", "disputed")
    c.notify_unit(c.state["lead_unit"], "disputed")


def is_gap(c: Change) -> bool:
    """CONTRACT §2: nobody in the catalogue; only then a dispute begins before any dispatch."""
    return c.f.get("unit_position") == NO_CATALOGUE_ITEM


def designate(c: Change) -> None:
    """R11, R30: the ruling binds; after it there is no return."""
    unit, old = c.f["unit"], c.state["lead_unit"]
    if c.state["class"] is None:
        c.set["class"] = "general"
    give_to(c, unit)
    c.set["final"] = True
    if old != unit:
        c.notify_unit(unit, "assigned")
        c.notify_unit(old, "ruled")
    c.notify_unit(unit, "ruled")
    c.notify("desk", "ruled")


def sign_clock(c: Change) -> None:
    """S sign: 30 minutes, outside duty hours 60, decided at dispatch."""
    c.start("sign", c.get("lead_unit"), length=timing.by_hours(c.policy, "sign", c.now))


# -- requests of the unit ---------------------------------------------------------------------------------------


def request_extension(c: Change) -> None:
    """R37: the reason told, a date promised; the first is decided by the desk, later ones by the duty office."""
    decider = "desk" if c.state["_extensions"] == 0 else "duty_office"
    asker = str(c.actor)
    c.set["pending"] = [{"kind": "extension", "asked_at": c.now, "by": asker, "value": c.f["promised_at"]}]
    c.start("decision", decider)
    c.notify(decider, "extension_asked")


def decide_extension(c: Change) -> None:
    """R37: a yes makes the promise the limit; a breach entered while the decider waited is struck and charged to him."""
    unit = c.state["lead_unit"]
    c.set["pending"] = []
    charged = False
    if c.f["approve"]:
        promised = next(p["value"] for p in c.state["pending"] if p["kind"] == "extension")
        c.set["class"] = "complex"
        c.set["_extensions"] = c.state["_extensions"] + 1
        for number, clock in list(c.clocks().items()):
            if clock["kind"] == "handle" and timing.is_running(clock):
                charged = c.now > clock["due_at"] or clock["_breach"]
                used = timing.spent(c.policy, "at", clock["started_at"], c.now)
                c.update_clock(
                    number,
                    {
                        "due_at": promised,
                        "source": "promise",
                        "provisional": False,
                        "_limit": "at",
                        "_used": used,
                        "_since": c.now,
                        "_breach": False,
                        "_struck": charged,
                        "_marks": timing.marks(c.policy, "at", used, c.now, promised),
                    },
                )
        c.notify_caller("extension_decided")
    for number, clock in timing.running(c.state, "decision"):
        stopped = timing.stopped(clock, c.now)
        c.update_clock(number, {**stopped, "outcome": "late"} if charged else stopped)
    c.notify_unit(unit, "extension_decided")


def request_suspension(c: Change) -> None:
    """D5: for a reason on the list, with a day on which it is looked at again."""
    asker = str(c.actor)
    value = {"reason": c.f["reason"], "review_on": c.f["review_on"]}
    c.set["pending"] = [{"kind": "suspension", "asked_at": c.now, "by": asker, "value": value}]
    c.start("decision", "duty_office")
    c.notify("duty_office", "suspension_asked")
    use_release(c)


def decide_suspension(c: Change) -> None:
    """A yes pauses the unit's clocks until the review day; `total` runs on."""
    unit = c.state["lead_unit"]
    asked = next(p["value"] for p in c.state["pending"] if p["kind"] == "suspension")
    c.set["pending"] = []
    c.stop("decision")
    if c.f["approve"]:
        c.pause("handle")
        c.pause("contact")
        c.start("suspension", unit, due=max(asked["review_on"], c.now))
        c.become("suspended")
    c.notify_unit(unit, "suspension_decided")


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


# -- calling back -----------------------------------------------------------------------------------------------


def _next_call(c: Change) -> int | None:
    """Which caller is to be called next (R9: every merged caller is heard); None when all were."""
    for number in to_be_called(c.state["caller"], c.state["callers"]):
        if not c.state["_calls"].get(str(number), {}).get("done"):
            return number
    return None


def _band(c: Change) -> str | None:
    """The time band and day of a call that may count; None outside 08–21."""
    for begin, end in CALL_BANDS:
        if begin <= c.now.hour < end:
            return f"{c.now.date().isoformat()} {begin:02d}"
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


# -- overlays -----------------------------------------------------------------------------------------------------


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


def _instruct(c: Change, units: list[str], kind: str, police: bool = False) -> None:
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
    _instruct(c, c.f["units"], "instructed")


def find_ack(c: Change) -> list[int]:
    """The running acknowledgement clocks that this unit and this reference mean.

    The reference is the instruction's number in the case; when a unit owes only one acknowledgement it is that one.
    """
    from .checks import owned_by

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
        c.update_clock(number, timing.stopped(c.clocks()[number], c.now))


def guard_of(command: str) -> str:
    """The name under which a guarded command is released."""
    return command


def guarded_name(given: str) -> str | None:
    """Which guarded command a release means; suspension is asked for by ``request_suspension``."""
    given = {"suspension": "request_suspension", "decide_suspension": "request_suspension"}.get(given, given)
    return given if given in GUARDED else None


def release(c: Change) -> None:
    """R44: the duty office lets one command through, once."""
    name = guarded_name(c.f["command"])
    if name is not None:
        c.set["_released"] = [*c.state["_released"], name]


def use_release(c: Change) -> None:
    """A release is spent by the command it let through."""
    name = guard_of(c.command.name)
    if name in c.state["_released"]:
        left = list(c.state["_released"])
        left.remove(name)
        c.set["_released"] = left


def confirm(c: Change) -> None:
    """I7: another account's word, good for ten minutes."""
    c.set["_confirms"] = [
        *c.state["_confirms"],
        {"command": c.f["command"], "by": c.actor.name, "at": c.now},
    ]


# -- police, merging, splitting --------------------------------------------------------------------------------------


def to_police(c: Change) -> None:
    """R41, EB-R4, EB-R6: the police and every joint unit are told in one transaction; no clock waits for another."""
    if c.state["state"] != "police":  # there already: more units are told, nothing starts again
        c.set["_police_from"] = c.state["state"]
        c.set["pending"] = []
        c.start("police_feedback", "police")
    _instruct(c, list(c.f.get("joint_units") or ()), "police", police=True)
    c.notify_unit(c.state["lead_unit"], "police")


def police_done(c: Change) -> None:
    """EB-R5: what is left after the danger goes on as a child with its own gate."""
    left = c.f["remainder"]
    forced = c.f["outcome"] == "false_alarm"  # what was open when the police took it is unfinished
    c.set["result"] = c.state["result"]
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
