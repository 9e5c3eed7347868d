"""Finding cases: every filter of the interface, the newest first, only what the viewer may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.casework import queries
from liandong.screens.common import labels
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.listing import SIZE, context
from liandong.screens.common.page import render
from liandong.screens.common.policy import current

FILTERS = ("state", "unit", "township", "level")


@page(*CASES)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Cases by words, number, telephone, state, unit, township, level; 50 a page."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    asked = {name: request.GET.get(name) or None for name in FILTERS}
    overdue = True if request.GET.get("overdue") == "1" else None
    try:
        found = queries.list_cases(
            actor,
            **asked,
            overdue=overdue,
            q=request.GET.get("q") or None,
            after=request.GET.get("after"),
            limit=SIZE,
            newest_first=True,
            policy=policy,
            now=now,
        )
    except (queries.BadCursor, ValueError):
        return HttpResponseRedirect("/cases/")
    shown = {
        "asked": asked,
        "q": request.GET.get("q", ""),
        "overdue": overdue,
        "states": {"open": "在办（全部）", **labels.STATES},
        "levels": labels.LEVELS,
        "units": unit_table(now) if actor.role != "unit" else {},
        "townships": {t.code: t.name for code, t in policy.townships.items() if code == t.code},
    }
    return render(request, "case/search.html", {**shown, **context(request, found, now)})
