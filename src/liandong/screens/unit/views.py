"""A unit's inbox by urgency, and signing one case or several."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import inbox, queries
from liandong.casework.execute import Refused, execute
from liandong.rules.model import Command
from liandong.screens.common.access import UNIT, actor_of, page
from liandong.screens.common.listing import SIZE, Tab, context
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key

QUEUES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "mine": (gettext_lazy("要我办的"), ("dispatched", "handling", "suspended")),
    "sign": (gettext_lazy("待签收"), ("dispatched",)),
    "handling": (gettext_lazy("办理中"), ("handling",)),
    "suspended": (gettext_lazy("挂起"), ("suspended",)),
    "waiting": (
        gettext_lazy("等待对方"),
        ("return_review", "disputed", "feedback_review", "callback", "police"),
    ),
}


@page(*UNIT)
@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """What my unit has to do, the most pressing first; what waits for others apart."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    queue = request.GET.get("queue", "mine")
    if queue not in QUEUES:
        return problem(request, 404)
    try:
        found = inbox.by_urgency(
            actor, states=QUEUES[queue][1], after=request.GET.get("after"), limit=SIZE, policy=policy, now=now
        )
    except queries.BadCursor:
        return HttpResponseRedirect(f"/unit/?queue={queue}")
    counted = queries.counts(actor, now, policy=policy)
    tabs = [
        Tab(code, name, f"/unit/?queue={code}", *inbox.summary_of(counted, *states))
        for code, (name, states) in QUEUES.items()
    ]
    shown = {
        "tabs": tabs,
        "queue": queue,
        "queue_name": QUEUES[queue][0],
        "key": new_key(),
        "receiver": actor.name,
    }
    shown |= {"choose": queue in ("mine", "sign") and tabs[1].count > 0}
    return render(request, "unit/queues.html", {**shown, **context(request, found, now, actor.unit)})


@page(*UNIT)
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Sign the chosen cases one by one; what one refuses does not hold back the others (R32)."""
    actor = actor_of(request)
    receiver = request.POST.get("receiver", "").strip()
    key = request.POST.get("key", "")[:100] or new_key()
    chosen = [choice.rpartition(":") for choice in request.POST.getlist("no")[:200]]
    signed, refused = 0, []
    for no, _colon, version in chosen:
        command = Command("sign", no, {"receiver": receiver}, int(version) if version.isdigit() else None)
        try:
            execute(command, actor, key=f"page-{key}-{no}")
            signed += 1
        except Refused as problem_found:
            refused.append((no, problem_found.refusal.detail))
    if not chosen:
        messages.warning(request, _("请先选中要签收的案件。"))
    if signed:
        messages.success(request, _("已签收 {n} 件。").format(n=signed))
    for no, detail in refused:
        messages.warning(request, f"{no}：{detail}")
    return HttpResponseRedirect("/unit/")
