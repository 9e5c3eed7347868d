"""Taking a case in: what is known of it, what is kept apart, and the cases that grow out of another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .. import clocks as timing
from ..change import Change
from ..model import Event, NewCase, State


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


def join(c: Change, *units: str) -> None:
    """A unit that was ever lead, assisting or joint stays a party: it may see the case and note on it."""
    known = c.get("_parties")
    c.set["_parties"] = [*known, *(u for u in units if u not in known)]
