"""What came from other systems and waits for the desk: one line above the console, live, with the two counts (R6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.registers import queries
from liandong.registers.queries import Asking
from liandong.rules.model import Actor
from liandong.rules.registers.quarantine import QUARANTINE, TASK
from liandong.screens.common.access import DESK, actor_of, page
from liandong.screens.common.page import render


def waiting(actor: Actor, now: datetime) -> dict[str, Any]:
    """Context of ``desk/incoming.html``: what does not fit, and whose cancelling has to be verified."""
    asking = Asking(states=("waiting",))
    return {
        "misfit_count": sum(queries.count(actor, QUARANTINE.name, asking, now=now).values()),
        "cancel_count": sum(queries.count(actor, TASK.name, asking, now=now).values()),
    }


@page(*DESK)
@require_safe
def incoming(request: HttpRequest) -> HttpResponse:
    """The line alone: what the console asks for again when one of the two registers changes."""
    return render(request, "desk/incoming.html", waiting(actor_of(request), timezone.now()))
