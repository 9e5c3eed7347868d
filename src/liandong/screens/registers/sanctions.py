"""记档、约谈、通报 as pages: the form with the unit's figures beside it, the dossier with its evidence, its letters (R66, R67)."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from liandong.casework.evaluation import snapshots
from liandong.engine import sanction_papers
from liandong.registers import drill_results, evidence, notices, queries
from liandong.rules import periods
from liandong.rules.register import Entry
from liandong.rules.registers import registers
from liandong.rules.registers.sanctions import LETTERS, SANCTION
from liandong.screens.common.access import DUTY, UNIT, actor_of, page
from liandong.screens.common.download import official
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.templatetags.registers import tr

from . import entry as pages

READERS = (*DUTY, *UNIT, "government")


@page(*DUTY)
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """The form, and beside it what is known of the unit: to be read, copied by nobody but the person (R67)."""
    given = request.POST if request.method == "POST" else request.GET
    more = {"beside": _beside(request, given.get("unit", ""))}
    step = SANCTION.by_name["propose"]
    return pages.take(request, SANCTION, step, None, template="registers/sanction_new.html", more=more)


def _beside(request: HttpRequest, unit: str) -> dict[str, Any] | None:
    """Records about one unit in this quarter and what stands frozen; nothing of it goes into the form."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    if unit not in policy.units:
        return None
    today = now.astimezone(policy.zone).date()
    quarter = periods.on("quarterly", today, policy.zone)
    return {
        "unit": unit,
        "period": quarter,
        "drills": drill_results.drills_of(actor, quarter, now).units.get(unit),
        "about": evidence.about(actor, unit),
        "snapshots": [one.id for one in snapshots.every(8)],
        "earlier": [(entry, tr(SANCTION.states[entry.state])) for entry in queries.find(actor, "sanction", queries.Asking(unit=unit), limit=10).items],
    }  # fmt: skip


@page(*READERS)
@require_safe
def dossier(request: HttpRequest, no: str) -> HttpResponse:
    """The whole of one: what is held against the unit, what shows it, what the unit says, what became of it."""
    actor = actor_of(request)
    entry = queries.get(actor, "sanction", no)
    if entry is None:
        return problem(request, 404)
    notices.mark_read(actor, no)
    letters = [
        (kind, LETTERS[kind])
        for kind, states in sanction_papers.STATES.items()
        if entry.state in states and actor.role in sanction_papers.READERS[kind]
    ]
    known = pages.context(request, SANCTION, entry) | {
        "letters": letters,
        "evidence": evidence.of(actor, entry),
        "labels": {name: register.label for name, register in registers().items()},
        "quoted": quote(no, safe=""),
    }
    return render(request, "registers/sanction.html", known)


@page(*READERS)
@require_safe
def paper(request: HttpRequest, no: str, kind: str, ending: str) -> HttpResponse:
    """One letter as Word or PDF: no step, but who took it away is recorded."""
    actor = actor_of(request)
    entry: Entry | None = queries.get(actor, "sanction", no)
    known = sanction_papers.STATES.get(kind)
    if entry is None or known is None:
        return problem(request, 404)
    if actor.role not in sanction_papers.READERS[kind] or entry.state not in known:
        return problem(request, 404)
    today: date = timezone.now().astimezone(current().zone).date()
    made = sanction_papers.paper(kind, entry, unit_name, today)
    return official(request, made, ending, f"{LETTERS[kind]} {no}", f"{LETTERS[kind]} {no}")
