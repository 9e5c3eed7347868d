"""A test of a unit's line: the code to send back for the unit, the times of the round trip for everybody (R55)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.registers import notices
from liandong.rules.register import Entry
from liandong.rules.registers.readiness import CONNECTION_TEST
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import render
from liandong.screens.common.times import length_in_words

from . import entry as pages


@page()
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """The test; opening it is the receipt that its result records."""
    found = pages._found(request, CONNECTION_TEST.name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    actor = actor_of(request)
    notices.mark_read(actor, entry.no)
    context = pages.context(request, register, entry)
    context["word"] = entry.data.get("word") if actor.role == "unit" and entry.state == "sent" else ""
    context["times"] = _times(entry)
    return render(request, "registers/connection.html", context)


def _times(entry: Entry) -> list[tuple[str, Any, str]]:
    """(step, instant, how long after it was sent) of the round trip."""
    sent = entry.data.get("sent_at")
    made: list[tuple[str, Any, str]] = []
    for name, words in (("sent_at", _("发出")), ("read_at", _("打开")), ("answered_at", _("答复"))):
        at = entry.data.get(name)
        if at is not None and sent is not None:
            made.append((words, at, length_in_words(at - sent) if at > sent else ""))
    return made
