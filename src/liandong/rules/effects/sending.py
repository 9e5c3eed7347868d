"""Sending a case to a unit and getting it back: dispatch, recall, return, dispute, ruling, assistance."""

from __future__ import annotations

from .. import clocks as timing
from ..change import Change
from ..codes import NO_CATALOGUE_ITEM, RETURNS_TO_DISPUTE
from .intake import join
from .releasing import use_release


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
