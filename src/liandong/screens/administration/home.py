"""The first page of district administration: what is missing or out of date, in one table, and the way to everything."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from liandong.district import changes, policy
from liandong.screens.common.access import DISTRICT, actor_of, page
from liandong.screens.common.page import render

from . import facts
from .sections import CHANGES, seen_by


@page(*DISTRICT)
def home(request: HttpRequest) -> HttpResponse:
    """What to look after today."""
    pack, today = policy.current_pack(), policy.today()
    context = {
        "facts": facts.found(pack, today, timezone.now()),
        "pack": pack,
        "units": len(facts.in_force(pack, today)),
        "matters": sum(not matter.ended(today) for matter in policy.current().matters.values()),
        "latest": changes.history()[:5],
        "sections": seen_by(actor_of(request).role, "/district/"),
        "may_change": actor_of(request).role in CHANGES,
    }
    return render(request, "administration/home.html", context)
