"""The desk's console: queues, the form of a call, what the machine suggests; everything on one page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.casework import queries
from liandong.rules.model import Refusal
from liandong.screens.common import export
from liandong.screens.common.access import DESK, actor_of, by_htmx, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key

from . import form as forms
from . import panel as side
from .calls import carry_out
from .incoming import waiting
from .phoning import strip
from .queues import FIRST, QUEUES, found_in, work
from .telling import told

WORK = "work"
"""The part of the page that is the queues: htmx asks for it alone when something happened."""


def _console(request: HttpRequest, form: forms.CallForm, extra: dict[str, Any] | None = None) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    queue = request.GET.get("queue", FIRST)
    if queue not in QUEUES:
        return problem(request, 404)
    try:
        shown = work(request, actor, now, queue)
    except queries.BadCursor:
        return HttpResponseRedirect(f"/desk/?queue={queue}")
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == WORK:
        return render(request, "desk/work.html", shown)
    context = {
        "form": form,
        "clock": now,
        "duties": forms.duties(),
        **strip(actor, now),
        **waiting(actor, now),
        **shown,
        **(extra or {}),
    }
    return render(request, "desk/console.html", context, status=form.status)


@page(*DESK)
@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """The whole console; ``queue`` chooses the list, ``take`` opens a waiting case in the form. A queue can be a file."""
    queue = request.GET.get("queue", FIRST)
    if export.wanted(request) and queue in QUEUES:
        actor, now = actor_of(request), timezone.now()
        owner = "desk" if queue == "decisions" else None
        name = str(QUEUES[queue][0])
        return export.cases(request, name, lambda after: found_in(queue, actor, now, after), now, owner)
    return _console(request, _wanted(request, request.GET.get("take", "")))


def _wanted(request: HttpRequest, no: str) -> forms.CallForm:
    """The form of the case asked for; a blank one, with the reason, where it waits no more."""
    now = timezone.now()
    if not no:
        return forms.blank(now)
    case = queries.get_case(no, actor_of(request), policy=current(), now=now)
    if case is not None and case["state"] == "registered":
        return forms.of_case(case, now)
    form = forms.blank(now)
    form.refusal = Refusal("wrong_state", "I5", _("{no} 已不在待分流中，请打开案件页查看。").format(no=no))
    return form


@page(*DESK)
@require_safe
def take(request: HttpRequest, no: str) -> HttpResponse:
    """The form alone, about a case that waits: what the console swaps in."""
    return render(request, "desk/form.html", {"form": _wanted(request, no), "clock": timezone.now()})


@page(*DESK)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """A call is sent: registered and, in the same step, dispatched, given to the police, answered or joined to another."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "GET":
        return _console(request, forms.blank(now))
    key = request.POST.get("key", "")[:100] or new_key()
    about = request.POST.get("no", "")
    case = queries.get_case(about, actor, policy=current(), now=now) if about else None
    if about and case is None:
        return problem(request, 404)
    carried = carry_out(request.POST, case, actor, key)
    said = told(carried, actor, now)
    if carried.refusal is not None:
        form = forms.refused(carried, request.POST, case, actor, now)
    else:
        form = forms.blank(now, "sent")
    if by_htmx(request):
        shown = {"form": form, "clock": now, "said": said, "with_said": True}
        return render(request, "desk/form.html", shown, status=form.status)
    if carried.refusal is not None:
        return _console(request, form, {"said": said})
    messages.success(request, said.done if said else _("没有要更正的内容。"))
    return HttpResponseRedirect(f"/cases/{said.no if said else about}?from=register")


@page(*DESK)
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions for what has been typed so far; nothing is stored."""
    text = "\n".join(request.POST.get(name, "")[:20_000] for name in ("summary", "content")).strip()
    place = {
        key: request.POST.get(f"place-{key}", "").strip()
        for key in ("text", "township")
        if request.POST.get(f"place-{key}")
    }
    shown = side.panel(
        text,
        place,
        actor_of(request),
        caller=request.POST.get("caller-phone", "").strip()[:40],
        leave_out=request.POST.get("no") or None,
    )
    return render(request, "desk/panel.html", {**shown, "about": request.POST.get("no", "")})
