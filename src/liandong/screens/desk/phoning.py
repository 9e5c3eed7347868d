"""What the desk has to telephone now: a strip above the console, live, with the number and the two forms (R4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.casework import handover
from liandong.registers import queries
from liandong.registers.queries import Asking
from liandong.rules.model import Actor
from liandong.rules.registers.phone_tasks import PHONE_TASK
from liandong.screens.common.access import DESK, actor_of, page
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import render, unit_name
from liandong.screens.common.policy import current

SHOWN = 6
_WAITING = ("waiting", "tried")


def strip(actor: Actor, now: datetime) -> dict[str, Any]:
    """Context of ``desk/phoning.html``: how many calls wait, and the first of them with what the case is about."""
    asking = Asking(states=_WAITING)
    found = queries.find(actor, PHONE_TASK.name, asking, limit=50, now=now).items
    first = sorted(found, key=lambda one: (one.due_at is None, one.due_at, one.no))[:SHOWN]
    about = handover.as_they_stand([one.case for one in first], actor, policy=current(), now=now)
    number = sum(queries.count(actor, PHONE_TASK.name, asking, now=now).values())
    return {
        "calls": [
            {
                "task": one,
                "summary": (about.get(one.case) or {}).get("summary", ""),
                "unit": unit_name(one.unit) if one.unit else str(one.data.get("recipient", "")),
                "whose": by_name(PHONE_TASK.words.get(str(one.data.get("call_role")), "")),
                "about": by_name(PHONE_TASK.words.get(str(one.data.get("about")), "")),
                "late": one.is_overdue(now),
            }
            for one in first
        ],
        "call_count": number,
        "others": max(0, number - 1),
        "called_at": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
    }


@page(*DESK)
@require_safe
def phoning(request: HttpRequest) -> HttpResponse:
    """The strip alone: what the console asks for again when a task changes."""
    return render(request, "desk/phoning.html", strip(actor_of(request), timezone.now()))
