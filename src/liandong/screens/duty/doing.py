"""Short forms on the duty office's lists: one command on one case, and back to where it was given.

A list carries the inputs itself; what the rules refuse comes back as a page with everything typed and what to do instead.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from liandong.casework import queries
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.send import Form, blank, outcome, send
from liandong.screens.registers.slips import to_form

COMMANDS = (
    "decide_extension",
    "decide_suspension",
    "supervise",
    "lift_supervision",
    "instruct",
    "release",
    "set_level",
    "report_by_phone",
    "report_in_writing",
    "note",
)
"""What these pages give; the rules still say who may (CONTRACT §3)."""


def back_of(request: HttpRequest, otherwise: str = "/duty/") -> str:
    """Where to go afterwards: a page of this room that the form named, nothing else."""
    given = request.POST.get("back") or request.GET.get("back") or ""
    inside = url_has_allowed_host_and_scheme(given, allowed_hosts=None) and given.startswith("/duty/")
    return given if inside else otherwise


@page(*DUTY, *DESK)
@require_http_methods(["GET", "POST"])
def do(request: HttpRequest, no: str, command: str) -> HttpResponse:
    """Give one command; refused, the same form again with the reason at its field."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor)
    if case is None or command not in COMMANDS:
        return problem(request, 404)
    back = back_of(request)
    if request.method == "GET":
        if command == "supervise":
            return HttpResponseRedirect(to_form(no, request.GET, back))
        asked: dict[str, Any] = {name: value for name, value in request.GET.items() if name != "back"}
        return _show(request, case, blank(command, case, now, asked), back)
    done, refused = send(request, command, case, actor, now, composed=_composed(request, command))
    if refused is not None:
        return _show(request, case, refused, back)
    messages.success(request, f"{outcome(command, done)} {no}")
    return HttpResponseRedirect(back)


def _composed(request: HttpRequest, command: str) -> dict[str, Any]:
    """A telephone report with its evidence in the same words: caller and callee, time, recording (R42)."""
    said, evidence = (request.POST.get(name, "").strip() for name in ("content", "evidence"))
    if command != "report_by_phone" or not said or not evidence:
        return {}
    return {"content": f"{said}\n凭据：{evidence}"}


def _show(request: HttpRequest, case: dict[str, Any], form: Form, back: str) -> HttpResponse:
    return render(request, "duty/form.html", {"form": form, "case": case, "back": back}, status=form.status)
