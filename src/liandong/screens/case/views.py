"""The case page, the form of any command, and looking behind a mask (recorded)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from liandong.casework import history, looks, queries
from liandong.casework.execute import Refused
from liandong.casework.reveal import reveal
from liandong.rules.codes import LARGER, LEVELS, OPEN
from liandong.rules.model import Actor
from liandong.rules.table import COMMANDS
from liandong.screens.common import labels, moves
from liandong.screens.common.access import CASES, DESK, DUTY, UNIT, actor_of, by_htmx, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, Form, blank, outcome, refused_form, send
from liandong.screens.common.story import Reading, Step, story
from liandong.screens.common.times import most_urgent, standing
from liandong.screens.registers.slips import to_form
from liandong.screens.unit import extras as unit_extras

from . import actions, entries, files, instructing, looking, people, receipts, reply_quality, timeline

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


SHOWN = ("decision", "work", "contact", "clock", "look")


def _context(request: HttpRequest, case: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    policy = current()
    options = queries.allowed(case["no"], actor, now, policy=policy)
    events = history.events_of(case["no"], actor, policy=policy, now=now, clocks=True) or []
    kept = files.shown(case["no"])
    seen = looking.of_case(case["no"], actor, now)
    names = people.names([*(event["by"] for event in events), *(look.by for look in seen)])
    steps = story(events, Reading(names, {file["id"]: file for file in kept})) + looking.steps(seen, names)
    matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
    town = policy.townships.get((case.get("place") or {}).get("township") or "")
    return {
        "case": case,
        "open": case["state"] in OPEN,
        "clocks": _clocks(case, now),
        "timeline": timeline.draw(case["clocks"], timeline.pasts(events), now, policy),
        "urgent": most_urgent(case["clocks"], now),
        **_filtered(request, steps, now, told=actor.role in looks.MAY_SEE),
        "last": events[-1]["seq"] if events else 0,
        "now": now,
        "matter_name": matter.name if matter else "",
        "township": town.name if town else "",
        "answers": [(labels.DANGERS[key], value) for key, value in (case.get("safety") or {}).items()],
        "relatives": _relatives(case),
        "files": kept,
        "instructions": instructing.cards(case, events, actor, now, names),
        "quality": reply_quality.panel(case, actor, events),
        "entries": entries.of_case(case["no"], actor, now),
        **receipts.panel(case["no"], actor),
        "can_reveal": actor.role in MAY_REVEAL and _is_masked(case),
        "can_see_looks": actor.role in looks.MAY_SEE,
        "grades": case["state"] in OPEN and actor.role in (*DESK, *UNIT, *DUTY),
        "commands": case["level"] in LEVELS[LARGER:] and actor.role in (*DESK, *DUTY),
        "may_add_files": case["state"] in OPEN and actor.role not in files.READ_ONLY,
        **actions.sorted_out(options, case, actor),
    }


def _filtered(request: HttpRequest, steps: list[Step], now: datetime, *, told: bool) -> dict[str, Any]:
    """The history by day, as the address asks (``show``); ``told``: whether this viewer is told who looked."""
    groups = [group for group in SHOWN if told or group != "look"]
    asked = request.GET.get("show", "")
    asked = asked if asked in groups else ""
    steps = sorted(steps, key=lambda step: (step.at is not None, step.at))
    wanted = [step for step in steps if not asked or step.group == asked]
    days = [
        (day, list(inside)) for day, inside in groupby(wanted, key=lambda step: moves.day_of(step.at, now))
    ]
    counted = Counter(step.group for step in steps)
    return {
        "days": days,
        "show": asked,
        "all_steps": len(steps),
        "filters": [(group, moves.GROUPS[group], counted[group]) for group in groups],
    }


@page(*CASES)
@require_safe
def case_page(request: HttpRequest, no: str) -> HttpResponse:
    """One case: what was said, where it stands, its clocks, everything that happened, what I may do now."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    return render(request, "case/page.html", _context(request, case, actor, now))


@page(*CASES)
@require_http_methods(["GET", "POST"])
def do(request: HttpRequest, no: str, command: str) -> HttpResponse:
    """The form of one command on one case, and its sending."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None or command not in COMMANDS or command == "register":
        return problem(request, 404)
    looks.opened(no, actor, now)
    if request.method == "GET" and command == "supervise" and actor.role in DUTY:
        address = to_form(no)  # a supervision begun on a page gets its numbered slip
        return HttpResponseClientRedirect(address) if by_htmx(request) else HttpResponseRedirect(address)
    if request.method == "GET":
        form = blank(command, case, now, actions.proposed(command, case, actor, request.GET))
        known = queries.allowed(no, actor, now, policy=current())
        form.refusal = next((o.refusal for o in known if o.command == command), None)
        return _show(request, case, actor, now, form)
    composed, wrong = instructing.typed(command, request.POST, now)
    if wrong is not None:
        return _show(request, case, actor, now, refused_form(request, command, case, actor, now, wrong))
    done, refused = send(request, command, case, actor, now, composed=composed)
    if refused is not None:
        return _show(request, case, actor, now, refused)
    messages.success(request, outcome(command, done))
    address = f"/cases/{done.no if done else no}" if queries.get_case(no, actor) else "/"
    return HttpResponseClientRedirect(address) if by_htmx(request) else HttpResponseRedirect(address)


def _show(
    request: HttpRequest, case: dict[str, Any], actor: Actor, now: datetime, form: Form
) -> HttpResponse:
    """The form alone for htmx, the whole page around it for a browser without."""
    extra = actions.extras(form.command, case, actor, now) | {"chosen": request.POST.getlist("attachments")}
    extra |= instructing.form_extras(request, form.command, form.refusal)
    extra |= unit_extras.extras(form.command, case, actor, now)
    if by_htmx(request):
        kept = files.shown(case["no"])
        context = {"form": form, "case": case, "now": now, "files": kept, **extra}
        return render(request, "case/form.html", context, status=form.status)
    context = _context(request, case, actor, now) | {"form": form, **extra}
    return render(request, "case/page.html", context, status=form.status)


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
    return render(request, "case/page.html", _context(request, case, actor, now) | context, status=status)
