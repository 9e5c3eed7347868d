"""The situation log of an incident (情况记录): its case, resources, reports and partners in one line of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import history, looks, queries
from liandong.district import resources
from liandong.engine import incident_papers
from liandong.registers import queries as registers
from liandong.rules.model import Actor
from liandong.rules.register import Entry
from liandong.screens.common import labels
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.story import Step, story, who
from liandong.screens.common.times import to_instant

LOGGED = (
    "register",
    "dispatch",
    "set_level",
    "report_by_phone",
    "report_in_writing",
    "instruct",
    "acknowledge",
    "to_police",
    "police_done",
    "release",
    "note",
    "designate",
    "supervise",
    "answer_supervision",
    "feedback",
)
"""What the log tells of a case; the case's own page tells everything."""
SHOWN = ("incident_report", "deployment", "partner_message")
CASE, MEANS, PAPER, PARTNER = "case", "means", "paper", "partner"
SORTS = {"deployment": MEANS, "incident_report": PAPER, "partner_message": PARTNER}


class Line(NamedTuple):
    """One line of the log."""

    at: datetime
    sort: str
    title: str
    by: str
    words: str
    late: bool = False


def lines(no: str, events: list[dict[str, Any]], viewer: Actor, only: Sequence[str]) -> list[Line]:
    """Everything that happened, oldest first; of the case's own steps those named in ``only``."""
    found = [
        Line(step.at, CASE, step.title, step.by, _words(step))
        for step in story(events)
        if step.type in only and step.at is not None
    ]
    for name in SHOWN:
        for entry in _entries(viewer, name, no):
            found += _of_entry(viewer, name, entry)
    return sorted(found, key=lambda line: line.at)


def _words(step: Step) -> str:
    """What a step says; of a registration what and where, without the caller: the log is read out and printed."""
    rows = step.rows
    if step.type == "register":
        wanted = (str(labels.FIELDS["summary"]), str(labels.FIELDS["place"]))
        rows = [row for row in rows if row[0] in wanted]
    if step.type == "report_by_phone":
        content = str(labels.FIELDS["content"])
        rows = [(_("报告内容") if name == content else name, value) for name, value in rows]
    return "；".join(f"{name}：{value}" for name, value in rows)


def _entries(viewer: Actor, register: str, no: str) -> list[Entry]:
    if not registers.may_see(registers.table_of(register), viewer):
        return []
    return registers.find(viewer, register, registers.Asking(case=no), limit=500, policy=current()).items


def _of_entry(viewer: Actor, register: str, entry: Entry) -> list[Line]:
    table = registers.table_of(register)
    named: Callable[[], str] = {
        "deployment": lambda: _resource(entry.data.get("resource")),
        "partner_message": lambda: _resource(entry.data.get("partner")),
        "incident_report": lambda: incident_papers.name_of(entry.data),
    }[register]
    made = []
    for one in registers.log(viewer, register, entry.no, policy=current()):
        at = to_instant(one.at)
        if at is None:
            continue
        said = [
            str(one.changed[key])
            for key in ("task", "text", "answer", "reason", "opinion", "finding")
            if one.changed.get(key)
        ]
        late = one.changed.get("late_minutes") or 0
        if late:
            said.append(f"迟报 {late} 分钟")
        made.append(
            Line(
                at,
                SORTS[register],
                f"{named()}：{table.by_name[one.step].label}",
                who(one.by),
                "；".join(said),
                bool(late),
            )
        )
    return made


def _resource(code: Any) -> str:
    known = resources.named().get(str(code))
    return known.name if known else str(code or "")


@page(*DESK, *DUTY, "inspector")
@require_safe
def log(request: HttpRequest, no: str) -> HttpResponse:
    """The log alone, live, the newest first, with a line for a note."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    events = history.events_of(no, actor, policy=current(), now=now) or []
    found = lines(no, events, actor, LOGGED)
    return render(
        request,
        "incident/log.html",
        {"case": case, "lines": list(reversed(found)), "refresh": request.get_full_path(), "now": now},
    )
