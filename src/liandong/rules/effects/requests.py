"""What a unit asks for: a promise in place of the limit, a suspension."""

from __future__ import annotations

from .. import clocks as timing
from ..change import Change
from .releasing import use_release


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
                charged = c.acted > clock["due_at"] or (clock["_breach"] and c.command.acted_at is None)
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
        stopped = c.judged(clock)
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
