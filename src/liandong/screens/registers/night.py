"""Calls to make and alarms of the rosters: their codes in words, and the page of a call with the number to dial (R4, R24)."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.registers import notices
from liandong.rules.registers.phone_tasks import PHONE_TASK
from liandong.screens.common import labels
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import render
from liandong.screens.common.policy import current

from . import entry as pages
from . import inputs, words

INNER = ("case", "recipient", "kind", "clock", "message", "numbers", "until")
"""What the system needs to know of a call and its reader does not; the numbers stand in a table of their own."""


def _places() -> Mapping[str, str]:
    offices = {name: str(labels.HOLDERS[name]) for name in ("desk", "duty_office")}
    return offices | {unit.code: unit.name for unit in current().units.values()}


inputs.CHOICES["duty_alarm", "place"] = _places


@page()
@require_safe
def call(request: HttpRequest, no: str) -> HttpResponse:
    """One call: whom to dial now, who was dialled, and what may be done."""
    found = pages._found(request, PHONE_TASK.name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    notices.mark_read(actor_of(request), entry.no, now=timezone.now())
    known = pages.context(request, register, entry)
    now_calling = entry.data.get("call_phone") if entry.state in ("waiting", "tried") else ""
    shown = {
        **known,
        "title": _("电话通知：{who}").format(
            who=_places().get(entry.unit, str(entry.data.get("recipient", "")))
        ),
        "rows": words.rows(register, entry.data, skip=INNER),
        "calling": bool(entry.state in ("waiting", "tried")),
        "number": now_calling,
        "whose": by_name(register.words.get(str(entry.data.get("call_role")), "")),
        "calls": entry.data.get("calls") or (),
        "numbers": [
            {**one, "whose": by_name(register.words.get(str(one.get("type")), ""))}
            for one in entry.data.get("numbers") or ()
        ],
    }
    return render(request, "registers/phone_task.html", shown)
