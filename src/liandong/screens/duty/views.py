"""The duty office's first page: who does not react, what waits for a decision, what is grave (R10, R11, R15, R30)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import commanding, inbox, overview, queries
from liandong.casework.commanding import Incident, Supervision
from liandong.casework.overview import Running
from liandong.engine import hotspots
from liandong.registers import measures, meetings, waiting
from liandong.rules.model import Actor
from liandong.screens.common import export
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.listing import SIZE, Tab, context, lines
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.triage.catalogue import CatalogueError
from liandong.triage.pack import RoutingPackError

from .tiles import IDLE, SILENT, STANDINGS, Tile, tiles

QUEUES: dict[str, Any] = {
    "disputes": gettext_lazy("争议待裁定"),
    "overdue": gettext_lazy("单位超期"),
    "unsigned": gettext_lazy("未签收"),
    "elsewhere": gettext_lazy("已交出待审"),
    "all": gettext_lazy("全部在办"),
}
STATES: dict[str, tuple[str, ...]] = {
    "disputes": ("disputed",),
    "unsigned": ("dispatched",),
    "overdue": ("dispatched", "handling", "suspended"),
    "elsewhere": ("return_review", "disputed", "feedback_review", "callback", "police"),
}
WAITING = 6
"""Cases of each kind that wait for the duty office, shown on the first page."""
SPIKES = 5


@page(*DUTY)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything at a glance; with ``queue`` in the address one list of cases, the most pressing first."""
    if request.GET.get("queue"):
        return _queue(request)
    actor, now = actor_of(request), timezone.now()
    policy = current()
    shown, clocks = tiles(actor, now)
    incidents = commanding.incidents(actor, policy=policy, now=now)
    supervised = commanding.supervisions(actor, policy=policy, now=now)
    disputes = inbox.by_urgency(actor, states=("disputed",), limit=WAITING, policy=policy, now=now)
    decisions = inbox.by_urgency(actor, decision_by="duty_office", limit=WAITING, policy=policy, now=now)
    tabs = _waiting(
        actor,
        clocks.get("duty_office", {}),
        overview.gaps(actor, policy=policy, now=now),
        incidents,
        supervised,
        now,
    )
    return render(
        request,
        "duty/overview.html",
        {
            "tiles": [tile for tile in shown if tile.standing != IDLE],
            "idle": [tile for tile in shown if tile.standing == IDLE],
            "silent": [tile for tile in shown if tile.standing == SILENT],
            "legend": _legend(shown),
            "waiting": tabs,
            "disputes": lines(disputes, now, "duty_office"),
            "decisions": lines(decisions, now, "duty_office"),
            "incidents": incidents,
            "spikes": spikes(actor),
            "alarm": meetings.alarm(now, policy),
            "reminders": measures.reminders(now.astimezone(policy.zone).date()),
            "now": now,
        },
    )


def _legend(shown: list[Tile]) -> list[tuple[str, Any, str, int]]:
    """How many units stand how: code, words, icon, number."""
    return [
        (code, words, icon, sum(tile.standing == code for tile in shown))
        for code, (words, icon) in STANDINGS.items()
    ]


def _waiting(
    actor: Actor,
    mine: dict[str, Running],
    gaps: int,
    incidents: list[Incident],
    supervised: list[Supervision],
    now: datetime,
) -> list[Tab]:
    """What waits for the duty office, as counts that open their lists; the late ones told apart."""
    none = Running(0, 0, None, None)
    ruling, decision = mine.get("ruling", none), mine.get("decision", none)
    answered = [one for one in supervised if one.answered_at is not None]
    unanswered_late = [
        one
        for one in supervised
        if one.answered_at is None and one.clock and (one.clock["due_at"] or "9") < now.isoformat()
    ]
    return [
        Tab("disputes", QUEUES["disputes"], "/duty/?queue=disputes", ruling.number, ruling.late),
        Tab("gaps", gettext_lazy("其中目录缺口"), "/duty/?queue=disputes", gaps, 0),
        Tab("decisions", gettext_lazy("延期、挂起待批"), "/duty/decisions", decision.number, decision.late),
        Tab(
            "releases",
            gettext_lazy("办结待放行"),
            "/duty/major",
            sum(one.wants_release is not None for one in incidents),
            0,
        ),
        Tab("answers", gettext_lazy("督办已答复"), "/duty/supervision", len(answered), 0),
        Tab(
            "supervised",
            gettext_lazy("督办未答复"),
            "/duty/supervision",
            len(supervised) - len(answered),
            len(unanswered_late),
        ),
        *_kept(actor, now),
    ]


def _kept(actor: Actor, now: datetime) -> list[Tab]:
    """What waits in the registers for the duty office: tasks and documents to be judged (R45, R23)."""
    found = waiting.waiting(actor, {"task": (), "unit_document": ("filed",)}, current(), now)
    tasks, documents = found["task"], found["unit_document"]
    return [
        Tab("tasks", gettext_lazy("例会任务在办"), "/registers/task/", tasks.number, tasks.late),
        Tab(
            "documents",
            gettext_lazy("单位文件待核"),
            "/registers/unit_document/",
            documents.number,
            documents.late,
        ),
    ]


def spikes(viewer: Actor) -> list[dict[str, Any]]:
    """The newest sensitive matters beyond their usual level; none while the routing data cannot be read (the page of
    hot topics says so)."""
    try:
        return hotspots.spikes(viewer, limit=SPIKES)
    except (RoutingPackError, CatalogueError):
        return []


def _queue(request: HttpRequest) -> HttpResponse:
    """One list of cases by urgency; ``unit`` in the address leaves only those of that unit."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    queue, unit = request.GET["queue"], request.GET.get("unit") or None
    if queue == "decisions":
        return HttpResponseRedirect("/duty/decisions")
    if queue not in QUEUES or (unit and unit not in policy.units):
        return problem(request, 404)
    handed_on = queue in ("disputes", "elsewhere")

    def find(after: str | None, size: int = export.PAGE) -> queries.Page:
        return inbox.by_urgency(
            actor,
            states=STATES.get(queue, ()),
            holder=None if handed_on or not unit else unit,
            unit=unit if handed_on else None,
            overdue=queue == "overdue",
            after=after,
            limit=size,
            policy=policy,
            now=now,
        )

    try:
        if export.wanted(request):
            return export.cases(request, str(QUEUES[queue]), find, now)
        found = find(request.GET.get("after"), SIZE)
    except queries.BadCursor:
        return HttpResponseRedirect(f"/duty/?queue={queue}" + (f"&unit={unit}" if unit else ""))
    counted = queries.counts(actor, now, policy=policy)
    numbers = {
        "disputes": inbox.summary_of(counted, "disputed"),
        "overdue": (inbox.summary_of(counted, *STATES["overdue"])[1], 0),
        "unsigned": inbox.summary_of(counted, "dispatched"),
        "elsewhere": inbox.summary_of(counted, *STATES["elsewhere"]),
        "all": (counted["open"], counted["overdue"]),
    }
    tabs = [Tab(code, name, f"/duty/?queue={code}", *numbers[code]) for code, name in QUEUES.items()]
    shown = {
        "tabs": tabs,
        "queue": queue,
        "queue_name": QUEUES[queue],
        "of_unit": unit,
        "of_unit_name": unit_name(unit) if unit else "",
    }
    template = "duty/disputes.html" if queue == "disputes" else "duty/queues.html"
    return render(
        request, template, {**shown, **context(request, found, now, shared=True), **export.links(request)}
    )


@page(*DUTY)
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """All units as a table, to compare and to print: those without anything too (R10)."""
    actor, now = actor_of(request), timezone.now()
    shown, _clocks = tiles(actor, now)
    total = {
        name: sum(getattr(tile.held, name) for tile in shown) for name in ("held", "overdue", "unsigned")
    }
    return render(request, "duty/units.html", {"tiles": shown, "total": total, "now": now})
