"""The case page, the form of any command, and looking behind a mask (recorded)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from liandong.casework import history, queries
from liandong.casework.execute import Refused
from liandong.casework.reveal import reveal
from liandong.rules.codes import OPEN
from liandong.rules.model import Actor
from liandong.rules.table import COMMANDS
from liandong.screens.common import labels
from liandong.screens.common.access import CASES, actor_of, by_htmx, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, Form, blank, send
from liandong.screens.common.story import Step, story
from liandong.screens.common.times import most_urgent, standing

from . import actions, files, reply_quality

MAY_REVEAL = ("inspector", "police_inspectorate", "unit")
"""Roles that see a caller masked and may ask to look; desk and duty office see the caller as they are."""


def _relatives(case: dict[str, Any]) -> list[tuple[str, str]]:
    """Other cases this one belongs with."""
    names = {"parent": _("上级案件"), "previous": _("原案件"), "merged_into": _("已并入")}
    found = [(name, case[key]) for key, name in names.items() if case.get(key)]
    return found + [(_("子案件"), no) for no in case.get("children") or []]


def _is_masked(case: dict[str, Any]) -> bool:
    """Whether something of the caller is hidden from this viewer."""
    caller = case.get("caller") or {}
    return "*" in f"{caller.get('name') or ''}{caller.get('phone') or ''}"


def _clocks(case: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Running clocks first, the most urgent on top; stopped ones after them as they started."""
    return sorted(
        case["clocks"], key=lambda c: (bool(c.get("stopped_at")), c["kind"] == "total", standing(c, now).rank)
    )


def _context(case: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    options = queries.allowed(case["no"], actor, now)
    policy = current()
    events = history.events_of(case["no"], actor, policy=policy, now=now) or []
    steps: list[Step] = story(events)
    matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
    town = policy.townships.get((case.get("place") or {}).get("township") or "")
    return {
        "case": case,
        "open": case["state"] in OPEN,
        "clocks": _clocks(case, now),
        "urgent": most_urgent(case["clocks"], now),
        "steps": steps,
        "now": now,
        "matter_name": matter.name if matter else "",
        "township": town.name if town else "",
        "answers": [(labels.DANGERS[key], value) for key, value in (case.get("safety") or {}).items()],
        "relatives": _relatives(case),
        "files": files.shown(case["no"]),
        "quality": reply_quality.panel(case, actor, events),
        "can_reveal": actor.role in MAY_REVEAL and _is_masked(case),
        **actions.sorted_out(options, case, actor),
    }


@page(*CASES)
@require_safe
def case_page(request: HttpRequest, no: str) -> HttpResponse:
    """One case: what was said, where it stands, its clocks, everything that happened, what I may do now."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor)
    if case is None:
        return problem(request, 404)
    return render(request, "case/page.html", _context(case, actor, now))


@page(*CASES)
@require_http_methods(["GET", "POST"])
def do(request: HttpRequest, no: str, command: str) -> HttpResponse:
    """The form of one command on one case, and its sending."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor)
    if case is None or command not in COMMANDS or command == "register":
        return problem(request, 404)
    if request.method == "GET":
        form = blank(command, case, now, actions.proposed(command, case, actor, request.GET))
        known = queries.allowed(no, actor, now, policy=current())
        form.refusal = next((o.refusal for o in known if o.command == command), None)
        return _show(request, case, actor, now, form)
    done, refused = send(request, command, case, actor, now)
    if refused is not None:
        return _show(request, case, actor, now, refused)
    said = labels.label(labels.COMMANDS, command)
    repeated = done is not None and done.existing
    messages.success(
        request,
        _("“{said}”此前已经完成，没有重复执行。").format(said=said)
        if repeated
        else _("“{said}”已完成。").format(said=said),
    )
    address = f"/cases/{done.no if done else no}" if queries.get_case(no, actor) else "/"
    return HttpResponseClientRedirect(address) if by_htmx(request) else HttpResponseRedirect(address)


def _show(
    request: HttpRequest, case: dict[str, Any], actor: Actor, now: datetime, form: Form
) -> HttpResponse:
    """The form alone for htmx, the whole page around it for a browser without."""
    extra = actions.extras(form.command, case, actor, now) | {"chosen": request.POST.getlist("attachments")}
    if by_htmx(request):
        kept = files.shown(case["no"])
        context = {"form": form, "case": case, "now": now, "files": kept, **extra}
        return render(request, "case/form.html", context, status=form.status)
    return render(
        request, "case/page.html", _context(case, actor, now) | {"form": form, **extra}, status=form.status
    )


@page(*CASES)
@require_POST
def look(request: HttpRequest, no: str) -> HttpResponse:
    """Look behind the mask of one field, with a reason; both are recorded before anything is shown."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor)
    if case is None:
        return problem(request, 404)
    field, reason = request.POST.get("field", ""), request.POST.get("reason", "").strip()
    context: dict[str, Any] = {"case": case, "now": now, "field": field, "reason": reason}
    status = 200
    if not reason:
        context["wrong"] = _("请先填写查看理由；查看会被记录。")
        status = 422
    else:
        try:
            shown = reveal(no, field, reason, actor)
            context |= {"shown": shown or _("（没有登记）"), "reason": ""}
        except Refused as refused:
            context["wrong"] = f"{refused.refusal.detail}（{refused.refusal.rule}）"
            status = STATUS.get(refused.refusal.code, 422)
    if by_htmx(request):
        return render(request, "case/reveal.html", context, status=status)
    return render(request, "case/page.html", _context(case, actor, now) | context, status=status)
