"""What the registers of vehicles may know: plates that are taken, the next number, a fresh code; who is in a case (R17, R18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.casework import queries as cases
from liandong.casework import rows, sight
from liandong.casework.jsontext import to_ms
from liandong.rules import plates
from liandong.rules.vehicles import standing

from .. import marks
from ..facts import Asked, provides


@provides("vehicle_mark")
def mark(asked: Asked) -> Mapping[str, Any]:
    """``taken``: plate → the file it stands in; ``serial`` and ``code`` for a mark that is made now."""
    known: dict[str, Any] = {}
    if asked.step.name in ("apply", "resubmit", "issue"):
        given = asked.fields.get("plate") or (asked.entry.data["plate"] if asked.entry else "")
        plate = plates.normal(given) if isinstance(given, str) and len(given) <= 40 else ""
        known["taken"] = {plate: marks.taken(plate)} if plates.kind(plate) else {}
    if asked.step.name in ("issue", "replace") and asked.entry is not None:
        begin = datetime(asked.now.year, 1, 1, tzinfo=asked.policy.zone)
        place = rows.one("SELECT year, serial FROM registers_entry WHERE no = %s", [asked.entry.no])
        assert place is not None
        known["serial"] = marks.next_serial(to_ms(begin))
        known["code"] = marks.code_of(place[0], place[1], marks.new_secret())
    return known


@provides("vehicle_use")
def use(asked: Asked) -> Mapping[str, Any]:
    """``mark``: the one named, if it is the actor's; ``busy``: the task it is on; ``part``: whether the unit is in the case."""
    if not asked.step.opens:
        return {}
    number = asked.fields.get("mark")
    file = marks.by_number(number, asked.policy) if isinstance(number, str) and len(number) <= 120 else None
    mine = sight.units_of(asked.actor, asked.policy, asked.now)
    if file is None or file.unit not in mine:
        return {"mark": None, "busy": None, "part": _takes_part(asked, mine)}
    now_running = marks.running(file.no, asked.policy)
    return {
        "mark": {
            "no": file.no,
            "mark_no": file.data["mark_no"],
            "plate": file.data["plate"],
            "unit": file.unit,
            "standing": standing(file, file.data["code"], asked.now, asked.policy),
        },
        "busy": now_running.no if now_running else None,
        "part": _takes_part(asked, mine),
    }


def _takes_part(asked: Asked, mine: frozenset[str]) -> bool:
    """Whether one of these units leads, assists or joins the case now, or was instructed in it and has to answer."""
    no = asked.fields.get("case")
    if not isinstance(no, str) or len(no) > 40:
        return False
    case = cases.get_case(no.strip().upper(), asked.actor, policy=asked.policy, now=asked.now)
    if case is None:
        return False
    named = {case["lead_unit"], *case["assist_units"], *case["joint_units"]}
    named |= {clock["unit"] for clock in case["clocks"] if clock["kind"] == "ack"}
    return not mine.isdisjoint(named)
