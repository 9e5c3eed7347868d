"""Finding cases: every filter of the interface, the newest first, only what the viewer may see; as a page or a file."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import queries
from liandong.screens.common import export, labels
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.listing import SIZE, context
from liandong.screens.common.page import render
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

FILTERS = ("state", "unit", "township", "level")
DAYS = ("since", "until")


@page(*CASES)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Cases by words, number, telephone, state, unit, township, level, days of receipt; 50 a page, or all as a file.

    A number that names one case leads to that case.
    """
    actor, now, policy = actor_of(request), timezone.now(), current()
    asked = {name: request.GET.get(name) or None for name in FILTERS}
    days = {name: _day(request.GET.get(name)) for name in DAYS}
    overdue = True if request.GET.get("overdue") == "1" else None
    q = request.GET.get("q", "").strip()

    def find(after: str | None, size: int = SIZE) -> queries.Page:
        return queries.list_cases(
            actor,
            **asked,
            overdue=overdue,
            q=q or None,
            since=_midnight(days["since"]),
            until=_midnight(days["until"], 1),
            after=after,
            limit=size,
            newest_first=True,
            policy=policy,
            now=now,
        )

    try:
        if export.wanted(request):
            return export.cases(request, _("案件"), lambda after: find(after, export.PAGE), now)
        found = find(request.GET.get("after"))
    except (queries.BadCursor, ValueError):
        return HttpResponseRedirect("/cases/")
    if q and len(found.items) == 1 and found.next is None and q.upper() == found.items[0]["no"]:
        return HttpResponseRedirect(f"/cases/{found.items[0]['no']}")
    shown = {
        "asked": asked,
        "days": days,
        "q": q,
        "overdue": overdue,
        "narrowed": sum(bool(value) for value in (*asked.values(), *days.values(), overdue)),
        "empty": _("没有符合条件的案件。可以换一个词、只填案件号的后几位，或放宽筛选条件。")
        if q or any(asked.values())
        else "",
        "states": {"open": _("在办（全部）"), **labels.STATES},
        "levels": labels.LEVELS,
        "units": unit_table(now) if actor.role != "unit" else {},
        "townships": {t.code: t.name for code, t in policy.townships.items() if code == t.code},
    }
    return render(
        request, "case/search.html", {**shown, **context(request, found, now), **export.links(request)}
    )


def _day(text: str | None) -> date | None:
    """A day as the browser sends it; what is none counts as not given."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _midnight(day: date | None, later: int = 0) -> datetime | None:
    """The beginning of a day (or of the one ``later`` after it) in the district's zone."""
    if day is None or day > date.max - timedelta(days=later):
        return None
    moved = day + timedelta(days=later)
    return datetime(moved.year, moved.month, moved.day, tzinfo=ZONE)
