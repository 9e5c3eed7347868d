"""The 110 desk: its queues by urgency, registering a call with live suggestions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from liandong.casework import inbox, queries
from liandong.screens.common import suggesting
from liandong.screens.common.access import DESK, actor_of, by_htmx, page
from liandong.screens.common.listing import SIZE, Tab, context
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import blank, send

QUEUES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "triage": (gettext_lazy("待分流"), ("registered",)),
    "returns": (gettext_lazy("退回待审"), ("return_review",)),
    "feedback": (gettext_lazy("反馈待审"), ("feedback_review",)),
    "callback": (gettext_lazy("待回访"), ("callback",)),
    "decisions": (gettext_lazy("延期待审"), ()),
    "disputes": (gettext_lazy("争议中"), ("disputed",)),
    "police": (gettext_lazy("转警务"), ("police",)),
    "units": (gettext_lazy("单位办理中"), ("dispatched", "handling", "suspended")),
}
MINIMUM = 4
"""Characters before suggestions are looked for."""


@page(*DESK)
@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """All queues of the desk with their counts; the chosen one by urgency."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    queue = request.GET.get("queue", "triage")
    if queue not in QUEUES:
        return problem(request, 404)
    try:
        found = inbox.by_urgency(
            actor,
            states=QUEUES[queue][1],
            decision_by="desk" if queue == "decisions" else None,
            after=request.GET.get("after"),
            limit=SIZE,
            policy=policy,
            now=now,
        )
    except queries.BadCursor:
        return HttpResponseRedirect(f"/desk/?queue={queue}")
    counted = queries.counts(actor, now, policy=policy)
    waiting = inbox.waiting_decisions(actor, "desk", policy=policy, now=now)
    tabs = []
    for code, (name, states) in QUEUES.items():
        count, late = (waiting, 0) if code == "decisions" else inbox.summary_of(counted, *states)
        tabs.append(Tab(code, name, f"/desk/?queue={code}", count, late))
    shown = {"tabs": tabs, "queue": queue, "queue_name": QUEUES[queue][0], "counted": counted}
    return render(
        request,
        "desk/queues.html",
        {**shown, **context(request, found, now, "desk" if queue == "decisions" else None)},
    )


@page(*DESK)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a call: the caller's words first, three questions without a preset answer (R1, R7)."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "GET":
        form = blank("register", None, now, {"level": "none"})
        return render(request, "desk/register.html", {"form": form})
    done, refused = send(request, "register", None, actor, now)
    if refused is not None:
        template = "desk/register_form.html" if by_htmx(request) else "desk/register.html"
        return render(request, template, {"form": refused}, status=refused.status)
    assert done is not None
    said = (
        _("这通来电此前已经登记，没有重复登记。")
        if done.existing
        else _("来电已登记：{no}").format(no=done.no)
    )
    messages.success(request, said)
    address = f"/cases/{done.no}?from=register"
    return HttpResponseClientRedirect(address) if by_htmx(request) else HttpResponseRedirect(address)


@page(*DESK)
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions for what has been typed so far; nothing is stored."""
    text = "\n".join(request.POST.get(name, "")[:20_000] for name in ("summary", "content")).strip()
    place: dict[str, str] = {
        key: request.POST.get(f"place-{key}", "").strip()
        for key in ("text", "township")
        if request.POST.get(f"place-{key}")
    }
    if len(text) < MINIMUM:
        return render(request, "desk/suggest_empty.html")
    caller = request.POST.get("caller-phone", "").strip()[:40]
    shown = suggesting.suggest(text, place or None, actor_of(request), caller=caller)
    return render(request, "common/suggest.html", shown)
