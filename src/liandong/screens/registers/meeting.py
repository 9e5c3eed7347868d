"""The quarterly meeting on pages: proposed forms, who comes, what was resolved, its papers (R45)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from liandong.district import register_settings
from liandong.engine import meeting_papers
from liandong.engine.official import Paper
from liandong.registers import meetings, notices, queries, reading
from liandong.registers.queries import Asking
from liandong.rules.periods import BadPeriod, on, quarter
from liandong.rules.register import Entry, Register
from liandong.rules.register.parties import attendance
from liandong.rules.registers.meetings import MEETING
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.download import official
from liandong.screens.common.forms import unit_table
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

from . import entry as pages
from .quarter import proposed_agenda

HOLD = {"meeting": "hold", "consultation": "conclude"}
"""The step at which it is called who is there."""


@page(*DUTY)
@require_http_methods(["GET", "HEAD", "POST"])
def convene(request: HttpRequest) -> HttpResponse:
    """The notice of a quarterly meeting, with its units and the agenda that the quarter suggests already filled in."""
    if request.method != "POST":
        zone = current().zone
        try:
            period = quarter(request.GET.get("period", ""), zone)
        except BadPeriod:
            period = on("quarterly", timezone.now().astimezone(zone).date(), zone)
        given: dict[str, Any] = {
            "period": period.name,
            "title": f"{period.label}非紧急求助警情分流工作例会",
            "units": [code for code in unit_table(timezone.now()) if code not in ("YJ", "QT")],
        }
        for n, (kind, text) in enumerate(proposed_agenda(actor_of(request), period, timezone.now())):
            given |= {f"agenda-{n}-type": kind, f"agenda-{n}-text": text}
        _propose(request, given)
    return pages.take(request, MEETING, MEETING.by_name["convene"], None)


@page(*DUTY)
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, name: str, no: str) -> HttpResponse:
    """Who was there: every unit invited with the person it named, to be ticked."""
    found = pages._found(request, name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    if request.method != "POST":
        roll = attendance(entry.data)
        given: dict[str, Any] = {"held_at": f"{entry.data['at'].astimezone(ZONE):%Y-%m-%dT%H:%M}"}
        for n, unit in enumerate(entry.data["units"]):
            line = roll.get(unit, {})
            given |= {
                f"attendance-{n}-unit": unit,
                f"attendance-{n}-present": str(bool(line.get("attends"))).lower(),
            }
            given |= {f"attendance-{n}-{key}": line[key] for key in ("person", "post") if line.get(key)}
        _propose(request, given)
    return pages.take(request, register, register.by_name[HOLD[name]], entry)


def _propose(request: HttpRequest, given: Mapping[str, Any]) -> None:
    """What the form begins with, under what its address says."""
    filled = QueryDict(mutable=True)
    for key, value in given.items():
        filled.setlist(key, value if isinstance(value, list) else [value])
    for key, values in request.GET.lists():
        filled.setlist(key, values)
    request.GET = filled  # type: ignore[assignment]


@page()
@require_safe
def shown(request: HttpRequest, name: str, no: str) -> HttpResponse:
    """The meeting or consultation: who comes, what was resolved and how far it is, its papers."""
    found = pages._found(request, name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    actor = actor_of(request)
    notices.mark_read(actor, entry.no)
    context = pages.context(request, register, entry)
    context["roll"] = _roll(entry, timezone.now())
    context["agenda"] = [
        {"type": by_name(register.words[one["type"]]), **{k: one[k] for k in ("text", "unit") if k in one}}
        for one in entry.data.get("agenda", ())
    ]
    context["rows"] = [row for row in context["rows"] if row[0] not in (_("议程"), _("到会情况"), _("决议"))]
    context["resolutions"] = _resolutions(actor, register, entry)
    return render(request, "registers/meeting.html", context)


def _roll(entry: Entry, now: datetime) -> list[dict[str, Any]]:
    said = attendance(entry.data)
    units = list(dict.fromkeys([*entry.data.get("units", ()), *said]))
    return [
        {
            "unit": unit_name(unit),
            "line": said.get(unit, {}),
            "owed": entry.owed.get(unit),
            "late": unit in entry.owed and entry.owed[unit].is_late(now) and entry.state == "convened",
            "called": "present" in said.get(unit, {}),
        }
        for unit in units
    ]


def _resolutions(actor: Any, register: Register, entry: Entry) -> list[dict[str, Any]]:
    if register.name != MEETING.name:
        return []
    known = reading.every(actor, "task", Asking(period=entry.period), policy=current())
    return [resolution(one) for one in meetings.resolved(entry, known)]


def resolution(one: meetings.Resolution) -> dict[str, Any]:
    """A resolution as pages show it: its units by name, its task with state and limit."""
    table = queries.table_of("task")
    return {
        "one": one,
        "units": "、".join(unit_name(unit) for unit in one.units),
        "state": by_name(table.states[one.task.state]) if one.task else "",
        "late": one.task.is_overdue(timezone.now()) if one.task else False,
    }


@page()
@require_safe
def paper(request: HttpRequest, no: str, kind: str, ending: str) -> HttpResponse:
    """The notice or the minutes as Word or PDF; the minutes once they are out."""
    found = pages._found(request, MEETING.name, no)
    if isinstance(found, HttpResponse):
        return found
    entry = found[1]
    if kind not in ("notice", "minutes"):
        return problem(request, 404)
    if kind == "minutes" and entry.state != "minuted":
        return problem(request, 409, _("纪要还没有印发；请先登记召开，再印发纪要（R45）。"))
    made = _paper(entry, kind, actor_of(request))
    return official(request, made, ending, made.title, f"{MEETING.label} {entry.no}")


def _paper(entry: Entry, kind: str, actor: Any) -> Paper:
    settings = register_settings.of(MEETING.name)
    if kind == "notice":
        return meeting_papers.notice(entry, settings, unit_name)
    known = reading.every(actor, "task", Asking(period=entry.period), policy=current())
    out = entry.closed_at or timezone.now()
    return meeting_papers.minutes(
        entry, meetings.resolved(entry, known), settings, unit_name, out.astimezone(ZONE).date()
    )
