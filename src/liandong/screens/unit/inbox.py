"""The inbox: groups with their counts, filters in the address bar, rows by urgency."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import queries, sight, workbench
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.table import COMMANDS
from liandong.screens.common import export, labels, owing
from liandong.screens.common.access import UNIT, actor_of, page
from liandong.screens.common.listing import SIZE, address
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key

from .lines import lines
from .people import inner_units, receiver_of

NAMES: dict[str, Any] = {
    "mine": gettext_lazy("要我办的"),
    "sign": gettext_lazy("待签收"),
    "handling": gettext_lazy("办理中"),
    "back": gettext_lazy("退回重办"),
    "orders": gettext_lazy("待确认指令"),
    "supervision": gettext_lazy("待答复督办"),
    "assist": gettext_lazy("协办"),
    "requests": gettext_lazy("申请待审"),
    "waiting": gettext_lazy("等待对方"),
}
EMPTY: dict[str, Any] = {
    "mine": gettext_lazy("现在没有要办的事。有新派单时这里会自动出现。"),
    "sign": gettext_lazy("没有待签收的派单。"),
    "handling": gettext_lazy("没有正在办理的案件。"),
    "back": gettext_lazy("没有被退回补充、驳回退回或要求重办的案件。"),
    "orders": gettext_lazy("没有等待确认的指令。"),
    "supervision": gettext_lazy("没有等待答复的督办。"),
    "assist": gettext_lazy("没有等待本单位协办的案件。"),
    "requests": gettext_lazy("没有正在审批的延期或挂起申请。"),
    "waiting": gettext_lazy("没有交给别处等待结果的案件。"),
}
CLASSES = {
    "general": gettext_lazy("一般"),
    "special": gettext_lazy("特殊"),
    "complex": gettext_lazy("重大复杂"),
}
DUES = {"overdue": gettext_lazy("已超期"), "today": gettext_lazy("今天到期")}
FILTERS = ("matter", "township", "class", "due", "to")
ARRIVALS = (
    "assigned", "assist", "instructed", "police", "supervised", "return_rejected", "feedback_rejected", "rework",
    "urged", "ruled",
)  # fmt: skip
"""Notices that bring work to a unit: what the page makes a sound for."""
MOVING = " ".join(name for name in COMMANDS if name not in ("register", "note", "confirm", "archive", "urge"))
"""Events that may change what stands in a group, or where."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A group with how many stand in it and how many of them are late."""

    code: str
    name: Any
    url: str
    count: int
    late: int


def asked(request: HttpRequest) -> workbench.Filters:
    """The filters of the address bar; a value that is none of the choices narrows nothing."""
    given = {name: request.GET.get(name, "")[:80] or None for name in FILTERS}
    return workbench.Filters(
        given["matter"],
        given["township"],
        given["class"] if given["class"] in CLASSES else None,
        given["due"] if given["due"] in DUES else None,
        given["to"],
    )


@page(*UNIT)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What my unit has to do, the most pressing first; what waits for others apart."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    group = request.GET.get("queue", "mine")
    if group not in NAMES:
        return problem(request, 404)
    filters = asked(request)

    def find(after: str | None, size: int = export.PAGE) -> queries.Page:
        return workbench.page(actor, group, filters, after=after, limit=size, policy=policy, now=now)

    try:
        if export.wanted(request):
            return export.cases(request, str(NAMES[group]), find, now, actor.unit)
        found = find(request.GET.get("after"), SIZE)
    except queries.BadCursor:
        return HttpResponseRedirect(address(request, after=None))
    counted = workbench.counts(actor, policy=policy, now=now)
    units = sight.units_of(actor, policy, now)
    inside = workbench.assigned([case["no"] for case in found.items], actor, policy=policy, now=now)
    rows = lines(found.items, group, units, inside, policy, now)
    shown = {
        "tabs": _tabs(request, counted),
        "queue": group,
        "queue_name": NAMES[group],
        "empty": EMPTY[group] if not any(filters) else _("没有符合筛选条件的案件。"),
        "unsigned": counted["sign"].open,
        "lines": rows,
        "choose": any(line.can_sign for line in rows),
        "key": new_key(),
        "receiver": receiver_of(request),
        "next": address(request, after=found.next) if found.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
        "refresh": request.get_full_path(),
        "now": now,
        "moving": MOVING,
        "alerts": _alerts(units),
        "owing": owing.owed(actor, now),
        **_filters(request, filters, actor, policy, now),
        **export.links(request),
    }
    return render(request, "unit/inbox.html", shown)


def _tabs(request: HttpRequest, counted: dict[str, workbench.Count]) -> list[Tab]:
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    return [
        Tab(code, name, "/unit/?" + urlencode({"queue": code, **kept}), *counted[code])
        for code, name in NAMES.items()
    ]


def _filters(
    request: HttpRequest, filters: workbench.Filters, actor: Actor, policy: Policy, now: datetime
) -> dict[str, Any]:
    """The choices of every filter, and what is chosen."""
    people = list(
        dict.fromkeys([*inner_units(actor, now), *workbench.assignees(actor, policy=policy, now=now)])
    )
    own = {m.code: f"{m.code} {m.name}" for m in policy.matters.values() if m.unit == _duties_of(actor)}
    return {
        "matters": own,
        "townships": {t.code: t.name for code, t in policy.townships.items() if code == t.code and t.ours},
        "classes": CLASSES,
        "dues": DUES,
        "people": {workbench.NOBODY: _("还没有转派"), **{name: name for name in people}},
        "asked": filters,
        "narrowed": sum(bool(value) for value in filters),
        "clear": "/unit/?" + urlencode({"queue": request.GET.get("queue", "mine")}),
    }


def _duties_of(actor: Actor) -> str:
    """Under which code the catalogue lists a unit's duties: townships and parks share theirs."""
    code = actor.unit or ""
    return "JZ" if code.startswith(("JZ-", "YQ-")) else code


def _alerts(units: frozenset[str]) -> str:
    """What the page must know to notice what arrives: whose addresses, and what each kind of notice is called."""
    return json.dumps(
        {
            "to": sorted([f"unit:{unit}" for unit in units] + (["police"] if "GA" in units else [])),
            "by": sorted(f"unit:{unit}:" for unit in units),
            "kinds": {kind: labels.label(labels.NOTICES, kind) for kind in ARRIVALS},
            "words": {
                "new": _("新到工作：{kind}"),
                "many": _("有 {n} 件待签收"),
                "title": _("联动 · 新到工作"),
                "on": _("声音提醒已开"),
                "off": _("声音提醒已关"),
                "denied": _(
                    "浏览器没有允许桌面通知，只用声音和页面提示。要改变，请在浏览器的网站设置里允许通知。"
                ),
                "muted": _("已静音，有新到工作时再响"),
            },
        },
        ensure_ascii=False,
    )
