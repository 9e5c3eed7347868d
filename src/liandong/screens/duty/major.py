"""重大警情 (R42–R44b): incidents from 较大 on with their report clocks, instructions and who has them, and the log.

The desk sees them too: it owes the reports. The duty office commands: it instructs, lets commands through, lowers levels.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import commanding, history, queries, sides
from liandong.casework.commanding import Incident, Instruction
from liandong.engine import incident_reports
from liandong.rules.codes import GUARDED, LARGER, LEVELS
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key
from liandong.screens.common.story import Step, story, who
from liandong.screens.common.times import to_instant
from liandong.screens.incident import log, reports
from liandong.screens.incident.presets import presets

REPORTS = {"report_by_phone": "phone_report", "report_in_writing": "written_report"}
ACK_STANDINGS = {
    "acked": (gettext_lazy("已确认"), "check-circle-fill"),
    "late_ack": (gettext_lazy("超时确认"), "check-circle"),
    "waiting": (gettext_lazy("待确认"), "hourglass-split"),
    "overdue": (gettext_lazy("超时未确认"), "bell-slash"),
    "ended": (gettext_lazy("不再需要"), "dash-circle"),
}


@page(*DUTY, *DESK)
@require_safe
def majors(request: HttpRequest) -> HttpResponse:
    """All incidents that still run, the gravest first, each with its clocks and who has acknowledged what."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    found = commanding.incidents(actor, policy=policy, now=now)
    numbers = [one.case["no"] for one in found]
    told = commanding.told(actor, numbers, tuple(REPORTS), policy=policy, now=now)
    return render(
        request,
        "duty/majors.html",
        {
            "incidents": [shown(one, told.get(one.case["no"], []), now) for one in found],
            "receipts": [reports.line(one, {}) for one in reports.owed_receipts(actor)],
            "may_report": actor.role in DESK,
            "may_command": actor.role in DUTY,
            "refresh": request.get_full_path(),
            "now": now,
        },
    )


def shown(one: Incident, reports: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """An incident as templates show it: clocks with who reported, the matrix of acknowledgements."""
    town = current().townships.get((one.case.get("place") or {}).get("township") or "")
    known, received = one.known_at, to_instant(one.case["received_at"])
    return {
        "one": one,
        "case": one.case,
        "township": town.name if town else "",
        "known_later": known if known and received and known > received else None,
        "clocks": [
            {
                "clock": clock,
                "command": command,
                "over": incident_reports.minutes_late(clock, to_instant(clock["stopped_at"]) or now)
                if clock["outcome"] != "superseded"
                else 0,
                "reports": [
                    {"at": event["at"], "by": who(event["by"]), "callee": event["fields"].get("callee", "")}
                    for event in reports
                    if event["type"] == command
                ],
            }
            for command, clock in zip(REPORTS, (one.phone, one.written), strict=True)
            if clock is not None
        ],
        "matrix": matrix(one.instructions, now),
    }


def matrix(instructions: tuple[Instruction, ...], now: datetime) -> dict[str, Any]:
    """Who was told what and who has it: a row for each unit, a column for each instruction."""
    units = list(dict.fromkeys(unit for one in instructions for unit in one.acks))
    rows: list[dict[str, Any]] = []
    waiting = 0
    for unit in units:
        name = labels.label(labels.HOLDERS, unit) if unit == "police" else unit_name(unit)
        cells = [_cell(one.acks.get(unit), now) for one in instructions]
        waiting += sum(cell is not None and cell["standing"] in ("waiting", "overdue") for cell in cells)
        rows.append({"unit": unit, "name": name, "cells": cells})
    return {"instructions": instructions, "rows": rows, "waiting": waiting}


def _cell(clock: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    if clock is None:
        return None
    due = to_instant(clock["due_at"])
    if clock["stopped_at"]:
        standing = {"on_time": "acked", "late": "late_ack"}.get(str(clock["outcome"]), "ended")
    else:
        standing = "overdue" if due is not None and due < now else "waiting"
    words, icon = ACK_STANDINGS[standing]
    return {"clock": clock, "standing": standing, "words": words, "icon": icon}


@page(*DUTY, *DESK)
@require_safe
def major(request: HttpRequest, no: str) -> HttpResponse:
    """One incident to command it from: reports, instructions, releases, level, the log as it grows."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    found = commanding.incidents(actor, policy=policy, now=now, no=no)
    if not found:
        return problem(request, 404)
    case = queries.get_case(no, actor, policy=policy, now=now)
    events = history.events_of(no, actor, policy=policy, now=now) or []
    if case is None:
        return problem(request, 404)
    steps = story(events)
    context: dict[str, Any] = {
        "incident": shown(found[0], [event for event in events if event["type"] in REPORTS], now),
        "full": case,
        "lines": list(reversed(log.lines(no, events, actor, log.LOGGED))),
        "reports": [reports.line(one, case) for one in reports.of_case(no, actor)],
        "presets": presets(now, _taking_part(case)),
        "texts": _texts(steps),
        "units": _units(case, now),
        "taking_part": _taking_part(case),
        "matter_name": _matter_name(case),
        "divided": sides.divided(),
        "refresh": request.get_full_path(),
        "back": f"/duty/major/{no}",
        "now": now,
    }
    return render(request, "duty/major.html", context | _may(case, actor, found[0], now))


def _texts(steps: list[Step]) -> list[str]:
    """The words of each instruction, in the order that numbers them."""
    found = [step for step in steps if step.type in ("instruct", "to_police")]
    return [
        next(
            (
                value
                for name, value in step.rows
                if name in (str(labels.FIELDS["text"]), str(labels.FIELDS["reason"]))
            ),
            "",
        )
        for step in found
    ]


def _units(case: dict[str, Any], now: datetime) -> dict[str, str]:
    """Units to choose from, those that are in it already on top."""
    table = unit_table(now)
    first = [code for code in _taking_part(case) if code in table]
    return {code: table[code] for code in (*first, *(code for code in table if code not in first))}


def _taking_part(case: dict[str, Any]) -> list[str]:
    """Units that are in it already: chosen beforehand for the next instruction."""
    named = [case.get("lead_unit"), *(case.get("assist_units") or ()), *(case.get("joint_units") or ())]
    return [code for code in dict.fromkeys(named) if code]


def _matter_name(case: dict[str, Any]) -> str:
    matter = current().matters.get((case.get("matter") or {}).get("code") or "")
    return matter.name if matter else ""


def _may(case: dict[str, Any], actor: Actor, one: Incident, now: datetime) -> dict[str, Any]:
    """The forms this person may use on it now, each with a key of its own, as the rules say."""
    allowed = {o.command for o in queries.allowed(case["no"], actor, now, policy=current()) if o.allowed}
    owed = {
        command
        for command, clock in zip(REPORTS, (one.phone, one.written), strict=True)
        if clock is not None and not clock["stopped_at"]
    }
    return {
        "owed": sorted(owed & allowed),
        "may": allowed,
        "keys": {name: new_key() for name in (*REPORTS, "instruct", "release", "set_level", "note")},
        "guarded": [(code, labels.label(labels.COMMANDS, code)) for code in GUARDED],
        "levels": [
            (code, labels.label(labels.LEVELS, code))
            for code in LEVELS
            if code != case["level"]
            and (actor.role in DUTY or LEVELS.index(code) > LEVELS.index(case["level"]))
        ],
        "larger": LEVELS[LARGER:],
    }
