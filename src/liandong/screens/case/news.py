"""What others did to a case while somebody has it open: asked for by the page itself, 204 while there is nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.casework import history
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.page import render
from liandong.screens.common.policy import current
from liandong.screens.common.story import Reading, story
from liandong.screens.common.whole import whole

from . import people


@page(*CASES)
@require_safe
def since(request: HttpRequest, no: str) -> HttpResponse:
    """The steps after the event number ``after``, as a banner; nothing (204) where the case stands as it is shown."""
    after = whole(request.GET.get("after")) or 0
    actor, now = actor_of(request), timezone.now()
    last = history.last_seq(no, actor, policy=current(), now=now)
    if last is None or last <= after:
        return HttpResponse(status=204)
    events = history.events_of(no, actor, policy=current(), now=now, clocks=True) or []
    reading = Reading(people.names(event["by"] for event in events))
    steps = [step for step in story(events, reading) if step.seq > after]
    if not steps:
        return HttpResponse(status=204)
    return render(request, "case/news.html", {"no": no, "steps": steps, "last": last, "now": now})
