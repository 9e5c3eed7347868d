"""The register of file numbers (发文登记簿): which paper has which number, and which numbers are void and why."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from liandong.engine import paper_numbers
from liandong.engine.reports import archive
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import render
from liandong.screens.common.times import ZONE

from .views import maker


@page(*archive.MAKERS)
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """All numbers, the latest first; void ones stay where they are."""
    return _shown(request)


def _shown(request: HttpRequest, refusal: str = "", *, status: int = 200) -> HttpResponse:
    lines = [
        {
            "number": one.number,
            "title": one.title.replace("\n", ""),
            "at": _at(one.at_ms),
            "by": maker(one.by),
            "void_at": _at(one.void_ms) if one.void_ms else None,
            "void_by": maker(one.void_by or ""),
            "reason": one.reason,
        }
        for one in paper_numbers.register()
    ]
    context = {
        "lines": lines,
        "holding": [line for line in lines if line["void_at"] is None],
        "may_void": actor_of(request).role in paper_numbers.VOIDERS,
        "typed": request.POST,
        "refusal": refusal,
    }
    return render(request, "reports/numbers.html", context, status=status)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, ZONE)


@page(*paper_numbers.VOIDERS)
@require_POST
def void(request: HttpRequest) -> HttpResponse:
    """Declare a number void; what cannot be is said above the form."""
    try:
        paper_numbers.make_void(
            request.POST.get("number", "")[:80],
            request.POST.get("reason", ""),
            actor_of(request),
            timezone.now(),
        )
    except paper_numbers.BadNumber as error:
        return _shown(request, str(error), status=422)
    return HttpResponseRedirect("/reports/numbers")
