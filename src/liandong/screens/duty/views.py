"""The duty office: disputes to rule, requests to decide, how all units stand (R10, R11, R15, R30)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import inbox, queries
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.listing import SIZE, Tab, context
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current

QUEUES: dict[str, Any] = {
    "disputes": gettext_lazy("争议待裁定"),
    "decisions": gettext_lazy("待我审批"),
    "overdue": gettext_lazy("单位超期"),
    "unsigned": gettext_lazy("未签收"),
    "all": gettext_lazy("全部在办"),
}
STATES: dict[str, tuple[str, ...]] = {
    "disputes": ("disputed",),
    "unsigned": ("dispatched",),
    "overdue": ("dispatched", "handling", "suspended"),
}


@page(*DUTY)
@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """What waits for the duty office, the most pressing first."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    queue = request.GET.get("queue", "disputes")
    if queue not in QUEUES:
        return problem(request, 404)
    try:
        found = inbox.by_urgency(
            actor,
            states=STATES.get(queue, ()),
            decision_by="duty_office" if queue == "decisions" else None,
            overdue=queue == "overdue",
            after=request.GET.get("after"),
            limit=SIZE,
            policy=policy,
            now=now,
        )
    except queries.BadCursor:
        return HttpResponseRedirect(f"/duty/?queue={queue}")
    counted = queries.counts(actor, now, policy=policy)
    numbers = {
        "disputes": inbox.summary_of(counted, "disputed"),
        "decisions": (inbox.waiting_decisions(actor, "duty_office", policy=policy, now=now), 0),
        "overdue": (inbox.summary_of(counted, *STATES["overdue"])[1], 0),
        "unsigned": inbox.summary_of(counted, "dispatched"),
        "all": (counted["open"], counted["overdue"]),
    }
    tabs = [Tab(code, name, f"/duty/?queue={code}", *numbers[code]) for code, name in QUEUES.items()]
    shown = {"tabs": tabs, "queue": queue, "queue_name": QUEUES[queue]}
    return render(
        request,
        "duty/queues.html",
        {**shown, **context(request, found, now, "duty_office" if queue == "decisions" else None)},
    )


@page(*DUTY)
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """All units with what they have open, overdue and unsigned; those without anything too (R10)."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    loads = inbox.unit_loads(actor, policy=policy, now=now)
    busy = {load.unit for load in loads}
    idle = [code for code in unit_table(now) if code not in busy]
    total = {name: sum(getattr(load, name) for load in loads) for name in ("open", "overdue", "unsigned")}
    return render(
        request,
        "duty/units.html",
        {"loads": loads, "idle": [(code, unit_name(code)) for code in idle], "total": total, "now": now},
    )
