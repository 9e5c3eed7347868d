"""The list of reports, one report as a page, its files. Opening and taking away leave a receipt (R69)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.district import reporting
from liandong.engine import papers, reports
from liandong.engine.official import chart as charts
from liandong.engine.reports import archive, paper, schedule
from liandong.engine.reports.values import Graph, Report, Table
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.access import REPORTS, actor_of, page
from liandong.screens.common.download import attached
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

from .words import EVERY, FILES, KINDS, TAKEN

LISTING = ("desk_lead", "duty_office", "inspector")
"""Who opens the cases behind a number; the government and the readers see numbers alone (CONTRACT §1)."""
ASKED_KINDS = frozenset(KINDS)


@page(*REPORTS)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Reports that this reader gets, the latest first; for who draws them up also the form and the schedule."""
    return listing(request, {})


def listing(request: HttpRequest, typed: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The list; ``typed`` is what a form that was refused said, with its ``refusal``."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    kind = request.GET.get("kind", "") if request.GET.get("kind") in ASKED_KINDS else ""
    before = request.GET.get("before", "")
    known = int(before) if before.isdecimal() and len(before) < 18 else None
    found, more = archive.find(actor, kind=kind, before=known)
    opened = archive.opened(actor, [one.id for one in found])
    settings = reporting.settings()
    makes = actor.role in archive.MAKERS
    context = {
        "kinds": [("", _("全部")), *KINDS.items()],
        "kind": kind,
        "lines": [_line(one, one.id in opened) for one in found],
        "more": f"?kind={kind}&before={more}" if more else "",
        "first": f"?kind={kind}" if known else "",
        "makes": makes,
        "makeable": [(code, name) for code, name in KINDS.items() if code in settings],
        "schedule": [
            (KINDS[one.kind], _recipients(one.recipients), due, one.clause)
            for one in settings.values()
            for due in [schedule.next_due(one, now, policy)]
        ],
        "today": now.astimezone(ZONE).date().isoformat(),
        "typed": typed,
        "refusal": typed.get("refusal", ""),
    }
    return render(request, "reports/list.html", context, status=status)


def _line(one: archive.Kept, opened: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title.replace("\n", ""),
        "kind": KINDS[one.kind],
        "made_at": _at(one.made_ms),
        "scheduled": one.scheduled,
        "by": maker(one.made_by),
        "empty": one.empty,
        "running": one.running,
        "opened": opened,
    }


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, ZONE)


def maker(by: str) -> str:
    """Who did it, in words."""
    role, _sep, name = by.partition(":")
    if role == "cli":
        return _("命令行（{name}）").format(name=name)
    return labels.label(labels.ROLES, role) + (f" {name}" if name and role != "system" else "")


def _recipients(words: Any) -> str:
    told = []
    for word in words:
        if word in EVERY:
            told.append(str(EVERY[word]))
        elif word.startswith("unit:"):
            told.append(unit_name(word.removeprefix("unit:")))
        else:
            told.append(labels.label(labels.ROLES, word))
    return "、".join(told)


@page(*REPORTS)
@require_safe
def report(request: HttpRequest, number: int) -> HttpResponse:
    """One report as it was drawn up, with the way to its cases for who sees cases."""
    actor = actor_of(request)
    found = archive.get(actor, number)
    if found is None:
        return problem(request, 404)
    kept, made = found
    archive.took(number, actor, archive.OPENED)
    context = {
        "kept": kept,
        "report": made,
        "title": made.title.replace("\n", ""),
        "kind": KINDS[made.kind],
        "made_at": _at(kept.made_ms),
        "by": maker(kept.made_by),
        "sections": _sections(made, number),
        "notes": paper.notes(made)[: len(made.notes) + 1],
        "lists": actor.role in LISTING,
        "files": [(ending, name) for ending, name in FILES.items()],
        "recipients": _recipients(archive.recipients_of(number)),
        "receipts": _receipts(number, actor),
    }
    return render(request, "reports/report.html", context)


def _sections(made: Report, number: int) -> list[dict[str, Any]]:
    """Sections with their numbers; charts by the address of their picture."""
    shown, at = [], 0
    for place, section in enumerate(made.sections, 1):
        blocks = []
        for block in section.blocks:
            one: dict[str, Any] = {"block": block}
            if isinstance(block, Graph):
                graph = paper.chart(block)
                one |= {
                    "src": f"/reports/{number}/chart-{at}.png",
                    "told": charts.described(graph),
                    "caption": charts.caption(graph),
                    "type": "chart",
                }
                at += 1
            elif isinstance(block, Table):
                one["type"] = "table"
            else:
                one |= {"type": "text", "lines": block.text.split("\n")}
            blocks.append(one)
        shown.append({"title": f"{paper.counted(place)}、{section.title}", "blocks": blocks})
    return shown


def _receipts(number: int, actor: Actor) -> list[dict[str, Any]]:
    """Who opened it and took it away, for who draws reports up."""
    if actor.role not in archive.MAKERS:
        return []
    return [
        {
            "by": maker(one.by),
            "what": TAKEN.get(one.what, one.what),
            "first": _at(one.first_ms),
            "last": _at(one.last_ms),
            "times": one.times,
        }
        for one in archive.receipts(number)
    ]


@page(*REPORTS)
@require_safe
def chart(request: HttpRequest, number: int, at: int) -> HttpResponse:
    """A chart of a report as a picture."""
    found = archive.get(actor_of(request), number)
    graphs = (
        [block for section in found[1].sections for block in section.blocks if isinstance(block, Graph)]
        if found
        else []
    )
    drawn = charts.draw(paper.chart(graphs[at])) if at < len(graphs) else None
    if drawn is None:
        return problem(request, 404)
    answer = HttpResponse(drawn, content_type="image/png")
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


@page(*REPORTS)
@require_safe
def file(request: HttpRequest, number: int, ending: str) -> HttpResponse:
    """The report as a file; on a machine that cannot make a PDF, a page that says what to install."""
    actor = actor_of(request)
    found = archive.get(actor, number) if ending in reports.FORMATS else None
    if found is None:
        return problem(request, 404)
    kept, made = found
    kind, maker = reports.FORMATS[ending]
    try:
        body = maker(made)
    except papers.NoPaper as error:
        context = {"number": number, "trouble": error.trouble}
        return render(request, "reports/no_pdf.html", context, status=503)
    archive.took(number, actor, ending)
    return attached(body, kind, f"{kept.title.replace(chr(10), '')[:80]}.{ending}")
