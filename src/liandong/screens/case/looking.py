"""Who looked at a case: for whoever supervises, and for the auditor, who sees the log without its content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import history, looks
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.story import Step, who
from liandong.screens.common.times import to_instant

from . import people

KINDS = {
    "page": gettext_lazy("打开案件页"),
    "reveal": gettext_lazy("查看隐私信息"),
    "print": gettext_lazy("打印工单"),
    "export": gettext_lazy("导出列表"),
}
FIELDS = {
    "caller.name": gettext_lazy("来电人姓名"),
    "caller.phone": gettext_lazy("来电人电话"),
    "place.text": gettext_lazy("地点"),
    "summary": gettext_lazy("标题"),
    "content": gettext_lazy("来电人原话"),
}


def steps(found: list[looks.Look], names: dict[str, str]) -> list[Step]:
    """Looks as steps of the history, among everything else that happened."""
    made = []
    for look in found:
        rows = []
        if look.kind == "reveal":
            rows.append((_("栏目"), labels.label(FIELDS, look.field)))
            rows.append((_("理由"), look.reason))
        elif look.kind in ("print", "export"):
            rows.append((_("方式") if look.kind == "print" else _("内容"), look.reason))
        made.append(
            Step(
                0, 0, look.kind, str(KINDS[look.kind]), look.at, who(look.by, names), True, rows, group="look"
            )
        )
    return made


def of_case(no: str, actor: Actor, now: datetime) -> list[looks.Look]:
    """The looks this viewer is told of, for the history; the worker carries new ones over within seconds."""
    if actor.role not in looks.MAY_SEE:
        return []
    return looks.of_case(no, actor, policy=current(), now=now) or []


@page(*looks.MAY_SEE)
@require_safe
def of_one(request: HttpRequest, no: str) -> HttpResponse:
    """Who looked at one case and when; for an auditor also the log without content."""
    actor, now = actor_of(request), timezone.now()
    looks.collect()
    found = looks.of_case(no, actor, policy=current(), now=now)
    events = history.events_of(no, actor, policy=current(), now=now) if actor.role == "auditor" else None
    if found is None or (actor.role == "auditor" and events is None):
        return problem(request, 404)
    names = people.names([look.by for look in found] + [event["by"] for event in events or ()])
    context: dict[str, Any] = {
        "no": no,
        "looks": steps(found, names),
        "events": [
            {
                "seq": event["seq"],
                "at": event["at"],
                "by": who(event["by"], names),
                "title": labels.label(labels.EVENTS, event["type"]),
                "hash": event["hash"],
            }
            for event in events or ()
        ],
        "now": now,
    }
    return render(request, "case/looks.html", context)


@page("auditor")
@require_safe
def of_all(request: HttpRequest) -> HttpResponse:
    """The newest reveals and prints of all cases, and the way to the looks at one case by its number."""
    actor, now = actor_of(request), timezone.now()
    try:
        before = to_instant(request.GET.get("before"))
    except ValueError:
        before = None
    found = looks.recent(actor, before) or []
    names = people.names([look.by for look in found])
    rows = list(zip(found, steps(found, names), strict=True))
    last = found[-1].at.isoformat() if len(found) >= 100 else ""
    context = {"rows": rows, "next": last, "asked": request.GET.get("before", ""), "now": now}
    return render(request, "case/looks_all.html", context)
