"""Resources and partners of an incident: what is free, who is where, who was asked what (R44, R52, R53)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import looks, queries
from liandong.casework.execute import Refused
from liandong.district import resources
from liandong.district.resources import Resource
from liandong.engine import incident_papers
from liandong.registers import queries as registers
from liandong.registers import store
from liandong.rules.model import SYSTEM, Actor, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.incident_means import COUNTS, DEPLOYMENT, PARTNER_MESSAGE, RESOURCE_STATUS
from liandong.screens.common.access import DESK, DUTY, UNIT, actor_of, page
from liandong.screens.common.page import kept, problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.story import who
from liandong.screens.common.times import ZONE
from liandong.screens.common.whole import version_of, whole

KINDS = {
    "hospital": gettext_lazy("重点医疗机构"),
    "vehicle": gettext_lazy("车辆"),
    "team": gettext_lazy("队伍"),
    "equipment": gettext_lazy("装备"),
    "partner": gettext_lazy("协作渠道"),
}
MOST = 500
TABLES = {one.name: one for one in (DEPLOYMENT, RESOURCE_STATUS, PARTNER_MESSAGE)}
MOVES = {
    "assigned": ("set_out", "arrive", "release"),
    "en_route": ("arrive", "release"),
    "on_site": ("release",),
}


class Mean(NamedTuple):
    """One resource as it stands: where it is deployed (case and state), whether it is out of service, what is free."""

    resource: Resource
    unit: str
    deployed: list[dict[str, Any]]
    out: str
    status: Entry | None
    free: list[dict[str, Any]]
    by: str
    at: datetime | None


def means(viewer: Actor, now: datetime) -> dict[str, list[Mean]]:
    """Every resource in force, by kind; four statements, however many there are.

    That a resource is busy everybody sees who sees the register; in which case, only who may see that case.
    """
    policy = current()
    known = resources.in_force(now.astimezone(ZONE).date())
    status = {
        str(one.data["resource"]): one
        for one in registers.find(viewer, "resource_status", limit=MOST, policy=policy).items
    }
    running = registers.find(
        SYSTEM, "deployment", registers.Asking(is_open=True), limit=MOST, policy=policy
    ).items
    mine = {
        one.no
        for one in registers.find(
            viewer, "deployment", registers.Asking(is_open=True), limit=MOST, policy=policy
        ).items
    }
    where: dict[str, list[dict[str, Any]]] = {}
    for one in running:
        where.setdefault(str(one.data["resource"]), []).append(
            {
                "case": one.case if one.no in mine else "",
                "state": DEPLOYMENT.states[one.state],
                "entry": one,
                "moves": [DEPLOYMENT.by_name[name] for name in MOVES[one.state]],
            }
        )
    found: dict[str, list[Mean]] = {kind: [] for kind in KINDS}
    for resource in known.values():
        entry = status.get(resource.code)
        found[resource.kind].append(
            Mean(
                resource,
                unit_name(resource.unit),
                where.get(resource.code, []),
                str(entry.data.get("reason") or _("停用")) if entry and entry.state == "out" else "",
                entry,
                _free(resource, entry),
                who(str(entry.data["changed_by"])) if entry else "",
                entry.data["changed_at"] if entry else None,
            )
        )
    return found


def _free(resource: Resource, entry: Entry | None) -> list[dict[str, Any]]:
    """What is counted: its name, how many are free (None: nobody reported), how many there are."""
    return [
        {
            "field": f"{name}_free",
            "label": COUNTS[f"{name}_free"],
            "free": entry.data.get(f"{name}_free") if entry else None,
            "most": most,
        }
        for name, most in resource.capacity.items()
    ]


@page(*DESK, *DUTY, "inspector")
@kept(DEPLOYMENT)
@require_safe
def of_incident(request: HttpRequest, no: str) -> HttpResponse:
    """The resources beside one incident: those in it, those free, partners and what was said with them."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    return _show(request, case, actor, now, None, 200)


@page(*DESK, *DUTY, *UNIT, "inspector")
@kept(DEPLOYMENT)
@require_safe
def all_means(request: HttpRequest) -> HttpResponse:
    """Every resource of the district: a unit keeps the status of its own."""
    return _show(request, None, actor_of(request), timezone.now(), None, 200)


def _show(
    request: HttpRequest,
    case: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
    refusal: Refusal | None,
    status: int,
) -> HttpResponse:
    found = means(actor, now)
    names = {one.resource.code: one.resource.name for group in found.values() for one in group}
    talks = (
        registers.find(
            actor,
            "partner_message",
            registers.Asking(case=case["no"]) if case else None,
            limit=50,
            policy=current(),
        ).items
        if registers.may_see(PARTNER_MESSAGE, actor)
        else []
    )
    here = "/incidents/means" if case is None else f"/incidents/{case['no']}/means"
    return render(
        request,
        "incident/means.html",
        {
            "case": case,
            "groups": [(KINDS[kind], kind, group) for kind, group in found.items() if group],
            "partners": [one.resource for one in found["partner"]],
            "here_used": [
                (one, deployed)
                for group in found.values()
                for one in group
                for deployed in one.deployed
                if case and deployed["case"] == case["no"]
            ],
            "talks": [
                {
                    "entry": one,
                    "partner": names.get(str(one.data["partner"]), one.data["partner"]),
                    "state": PARTNER_MESSAGE.states[one.state],
                    "by": who(next(iter(one.by.values()))),
                }
                for one in talks
            ],
            "may_assign": actor.role in DUTY and case is not None,
            "may_talk": actor.role in (*DESK, *DUTY),
            "may_report": actor.role in (*DESK, *DUTY, *UNIT),
            "own": actor.unit or "",
            "refusal": refusal,
            "typed": request.POST if refusal else {},
            "here": here,
            "back": here,
            "key": new_key(),
            "refresh": request.get_full_path(),
            "now": now,
        },
        status=status,
    )


@page(*DESK, *DUTY, *UNIT)
@kept(DEPLOYMENT)
@require_POST
def act(request: HttpRequest, register: str, step: str) -> HttpResponse:
    """One step with a resource or a partner, then back; refused, the same page says why."""
    actor, now = actor_of(request), timezone.now()
    table = TABLES.get(register)
    row = table.by_name.get(step) if table else None
    if table is None or row is None:
        return problem(request, 404)
    fields: dict[str, Any] = {}
    for one in row.fields:
        typed = request.POST.get(one.name, "").strip()
        if typed:
            number = whole(typed) if one.type == "number" else None
            fields[one.name] = number if number is not None else typed
    no = request.POST.get("no") or None
    case_no = request.POST.get("incident", "")
    try:
        store.act(
            register,
            step,
            fields,
            actor,
            no=no,
            version=version_of(request.POST.get("version")) if no else None,
            key=f"page-{request.POST['key'][:100]}-{register}-{step}-{(no or fields.get('resource') or '')}"[
                :200
            ]
            if request.POST.get("key")
            else "",
        )
    except Refused as refused:
        case = queries.get_case(case_no, actor, policy=current(), now=now) if case_no else None
        code = refused.refusal.code
        return _show(request, case, actor, now, refused.refusal, STATUS.get(code, 422))
    messages.success(request, _("“{step}”已记下。").format(step=row.label))
    known = queries.is_visible(case_no, actor, policy=current()) if case_no else False
    return HttpResponseRedirect(f"/incidents/{case_no}/means" if known else "/incidents/means")


def used_lines(no: str, actor: Actor) -> list[str]:
    """What was deployed to an incident, a line each: for the draft of a report."""
    names, policy = resources.named(), current()
    lines = []
    for one in reversed(
        registers.find(actor, "deployment", registers.Asking(case=no), limit=MOST, policy=policy).items
    ):
        resource = names.get(str(one.data["resource"]))
        name = resource.name if resource else str(one.data["resource"])
        at = incident_papers.instant(one.opened_at, policy)
        lines.append(f"{at}，调派{name}：{one.data.get('task') or ''}（{DEPLOYMENT.states[one.state]}）。")
    return lines
