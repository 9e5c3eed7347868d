"""One finding: its steps, where it was found, and the way on to the register of sanctions (R66, R67)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.registers import notices
from liandong.rules.registers.finding import FINDING
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.page import render

from . import entry as pages
from .entry import address

FOUND_IN = {"sampling": "sampling", "test_call": "test_call", "drill": "drill", "appeal": "appeal"}
"""Registers in which a finding's source is an entry."""


@page()
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """The finding. Nothing is proposed by itself: for one that was handed over the duty office opens the proposal."""
    found = pages._found(request, FINDING.name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    actor = actor_of(request)
    notices.mark_read(actor, entry.no, now=timezone.now())
    source = FOUND_IN.get(str(entry.data.get("source")))
    source_no = str(entry.data.get("source_no") or "")
    propose = entry.state == "proposed" and actor.role in DUTY
    asked = {"unit": entry.unit, "findings": entry.no, "cases": "\n".join(entry.data.get("cases") or ())}
    shown = {
        **pages.context(request, register, entry),
        "source": address(source, source_no) if source and source_no and actor.role != "unit" else "",
        "source_no": source_no,
        "propose": f"/registers/sanction/new/propose?{urlencode(asked)}" if propose else "",
    }
    return render(request, "registers/finding.html", shown)
