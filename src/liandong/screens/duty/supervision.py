"""督办: what is supervised, by grade, answered or not; beginning one, lifting one (R11, R65)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import commanding, queries
from liandong.casework.commanding import Supervision
from liandong.engine import supervising
from liandong.registers.sides import elsewhere
from liandong.rules.model import Actor
from liandong.rules.register import Entry
from liandong.rules.registers.supervision import SLIP
from liandong.screens.common import labels
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.listing import Tab
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key
from liandong.screens.common.times import to_instant
from liandong.screens.registers.slips import to_form

SHOW: dict[str, Any] = {
    "all": gettext_lazy("全部"),
    "answered": gettext_lazy("已答复，待解除"),
    "waiting": gettext_lazy("未答复"),
    "late": gettext_lazy("超期未答复"),
}


@page(*DUTY)
@require_safe
def supervised(request: HttpRequest) -> HttpResponse:
    """Running supervisions by grade; ``show`` in the address leaves answered, unanswered or late ones."""
    actor, now = actor_of(request), timezone.now()
    show = request.GET.get("show", "all")
    if show not in SHOW:
        return problem(request, 404)
    found = commanding.supervisions(actor, policy=current(), now=now)
    slips = supervising.running_slips(actor, policy=current())
    sorts = {one.case["no"]: _sort(one, now.isoformat()) for one in found}
    counts = {
        "all": len(found),
        "answered": sum(sort == "answered" for sort in sorts.values()),
        "waiting": sum(sort != "answered" for sort in sorts.values()),
        "late": sum(sort == "late" for sort in sorts.values()),
    }
    chosen = [one for one in found if show == "all" or sorts[one.case["no"]] in _members(show)]
    return render(
        request,
        "duty/supervision.html",
        {
            "tabs": [Tab(c, n, f"/duty/supervision?show={c}", counts[c], 0) for c, n in SHOW.items()],
            "queue": show,
            "grades": _by_grade(chosen, actor, sorts, slips),
            "most": commanding.MOST,
            "full": len(found) >= commanding.MOST,
            "unslipped": supervising.awaiting(actor, found, slips, policy=current(), now=now)
            if show == "all" and not elsewhere(SLIP.name)
            else [],
            "key": new_key(),
            "refresh": request.get_full_path(),
            "now": now,
        },
    )


def _sort(one: Supervision, now: str) -> str:
    if one.answered_at is not None:
        return "answered"
    due = (one.clock or {}).get("due_at")
    overdue = due is not None and to_instant(due) < to_instant(now)  # type: ignore[operator]
    return "late" if overdue else "waiting"


def _members(show: str) -> tuple[str, ...]:
    return ("waiting", "late") if show == "waiting" else (show,)


def _by_grade(
    found: list[Supervision], actor: Actor, sorts: dict[str, str], slips: dict[str, Entry]
) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Grades with their supervisions: what was required and what was answered beside each other."""
    numbers = [one.case["no"] for one in found]
    told = commanding.told(
        actor, numbers, ("supervise", "answer_supervision"), policy=current(), now=timezone.now()
    )
    rows: dict[int, list[dict[str, Any]]] = {}
    for one in found:
        events = told.get(one.case["no"], [])
        asked = [event for event in events if event["type"] == "supervise"]
        answers = [event for event in events if event["type"] == "answer_supervision"]
        required = asked[-1]["fields"].get("requirement", "") if asked else ""
        answer = answers[-1] if one.answered_at is not None and answers else None
        rows.setdefault(one.grade, []).append(
            {
                "one": one,
                "sort": sorts[one.case["no"]],
                "requirement": required,
                "answer": answer["fields"].get("text", "") if answer else "",
                "slip": slips.get(one.case["no"]),
                "key": new_key(),
            }
        )
    return [(labels.label(labels.GRADES, grade), rows[grade]) for grade in sorted(rows)]


@page(*DUTY)
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """From a case's number to the form that supervises it; an unknown number says so."""
    no = request.GET.get("no", "").strip().upper()
    if queries.get_case(no, actor_of(request)) is None:
        messages.warning(request, _("没有找到案件 {no}，请核对编号。").format(no=no[:40] or "—"))
        return HttpResponseRedirect("/duty/supervision")
    return HttpResponseRedirect(to_form(no, request.GET, "/duty/supervision"))
