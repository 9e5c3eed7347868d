"""One dispute on one page: both positions, both duties, like rulings, the machine's view, and the ruling (R30)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from liandong.casework import commanding, history, queries
from liandong.engine import routing, suggestions
from liandong.rules.clocks import is_larger
from liandong.rules.codes import NO_CATALOGUE_ITEM
from liandong.rules.model import Actor
from liandong.screens.common import labels, suggesting
from liandong.screens.common.access import DUTY, actor_of, by_htmx, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.numbered import by_number
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import Form, blank, new_key, send
from liandong.screens.common.story import Step, story
from liandong.triage.catalogue import CatalogueError
from liandong.triage.pack import RoutingPackError

from .clauses import Clause, clause_of

SIDES = 3
"""Units whose duties stand side by side without being asked for."""
PRECEDENTS = 5
TOLD = ("dispatch", "return", "reject_return", "raise_dispute", "designate", "recall", "add_assist")
GAP = NO_CATALOGUE_ITEM


@page(*DUTY)
@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, no: str) -> HttpResponse:
    """Everything a ruling needs, and the ruling in one form; sent, the case has left the queue."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor)
    if case is None:
        return problem(request, 404)
    if request.method == "POST":
        done, refused = send(request, "designate", case, actor, now)
        if refused is None:
            unit = request.POST.get("unit", "")
            said = _("已裁定：{no} 由 {unit} 办理，不得再退回（R30）。")
            messages.success(request, said.format(no=done.no if done else no, unit=unit_name(unit)))
            back = "/duty/?queue=disputes"
            return HttpResponseClientRedirect(back) if by_htmx(request) else HttpResponseRedirect(back)
        shown = _context(request, case, actor, now, refused)
        template = "duty/rule.html" if by_htmx(request) else "duty/dispute.html"
        return render(request, template, shown, status=refused.status)
    return render(request, "duty/dispute.html", _context(request, case, actor, now, None))


def _context(
    request: HttpRequest, case: dict[str, Any], actor: Actor, now: datetime, form: Form | None
) -> dict[str, Any]:
    policy = current()
    events = history.events_of(case["no"], actor, policy=policy, now=now) or []
    returned = [event for event in events if event["type"] == "return"]
    raised = next((event for event in reversed(events) if event["type"] == "raise_dispute"), None)
    gap = raised is not None and raised["fields"].get("unit_position") == GAP
    machine = _machine(case, actor, returned)
    near = [(case.get("matter") or {}).get("code") or "", *(one.code for one in machine["matters"])]
    units = _sides(case, returned, machine, request.GET.get("with", ""))
    clauses = [(clause_of(code, near, now), why) for code, why in units]
    first = next((one.basis for clause, _why in clauses for one in clause.matters if one.near), "")
    if form is None:
        form = blank("designate", case, now, {"basis": first})
    running = [c for c in case["clocks"] if c["kind"] == "ruling" and not c["stopped_at"]]
    asked = suggestions.of_case(case["no"])
    return {
        "case": case,
        "now": now,
        "gap": gap,
        "clock": running[-1] if running else None,
        "positions": _positions(case, events, returned, raised),
        "clauses": clauses,
        "proposals": _proposals(clauses),
        "others": unit_table(now),
        "with_unit": request.GET.get("with", ""),
        "steps": [step for step in story(events) if step.type in TOLD],
        "returns": [_returned(event) for event in returned],
        "precedents": _precedents(case, actor, now),
        "machine": machine["context"],
        "at_first": asked,
        "commanded": is_larger(case["level"]),
        "guarded": labels.COMMANDS,
        "release_key": new_key(),
        "form": form,
        "may_rule": case["state"] == "disputed" or case["final"],
        "matter_name": _matter_name((case.get("matter") or {}).get("code")),
        "safe": all(answer == "no" for answer in case["safety"].values()),
    }


def _matter_name(code: str | None) -> str:
    matter = current().matters.get(code or "")
    return f"{matter.code} {matter.name}" if matter else ""


def _machine(case: dict[str, Any], actor: Actor, returned: list[dict[str, Any]]) -> dict[str, Any]:
    """What the machine makes of the text, without the units that returned it; nothing while it cannot be read."""
    text = "\n".join(str(case.get(key) or "") for key in ("summary", "content"))
    context = suggesting.suggest(
        text,
        case.get("place"),
        actor,
        exclude={_unit_of(event) for event in returned},
        leave_out=case["no"],
    )
    units = [one for one in context.get("suggested", ()) if one["can"]]
    matters = [one["matter"] for one in units]
    return {"context": context, "units": [one["unit"] for one in units], "matters": matters}


def _unit_of(event: dict[str, Any]) -> str:
    return str(event["by"]).split(":")[1] if ":" in str(event["by"]) else ""


def _positions(
    case: dict[str, Any],
    events: list[dict[str, Any]],
    returned: list[dict[str, Any]],
    raised: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    """What each side holds, in its own words. A second return brings a dispute by itself (R29): then the return and the
    desk's basis for dispatching are the positions."""
    last = returned[-1] if returned else None
    sent = next((event for event in reversed(events) if event["type"] == "dispatch"), None)
    by_itself = raised is None or (last is not None and last["seq"] > raised["seq"])
    own = (raised or {"fields": {}})["fields"]
    unit_says = own.get("unit_position") if not by_itself else None
    desk_says = own.get("desk_position") if not by_itself else None
    said = (last or {"fields": {}})["fields"]
    return [
        {
            "title": _("单位的意见"),
            "who": unit_name(_unit_of(last) if last else case.get("lead_unit")),
            "text": _("目录中没有单位可派（{code}）").format(code=GAP) if unit_says == GAP else unit_says,
            "more": [
                (_("退回原因"), labels.label(labels.RETURN_REASONS, said["reason_code"]))
                if said.get("reason_code")
                else None,
                (_("说明"), said.get("explanation")) if said.get("explanation") != unit_says else None,
                (_("为何不能现时答复（R28）"), said.get("why_no_answer_now")),
                (_("建议单位"), _suggested(said.get("suggested_unit"))),
            ],
        },
        {
            "title": _("服务台的意见"),
            "who": _("110报警服务台"),
            "text": desk_says
            or (_("第二次退回，系统自动上报争议；服务台没有另写意见。") if by_itself else None),
            "more": [(_("派发时的依据"), (sent or {"fields": {}})["fields"].get("basis"))],
        },
    ]


def _suggested(code: Any) -> str | None:
    if not code:
        return None
    return str(_("不清楚")) if code == "unknown" else f"{unit_name(code)}（{code}）"


def _sides(
    case: dict[str, Any], returned: list[dict[str, Any]], machine: dict[str, Any], asked: str
) -> list[tuple[str, str]]:
    """Whose duties are compared, and why each: the one that has it, those that gave it back, those it was said to be."""
    found: dict[str, str] = {}

    def add(codes: Iterable[Any], why: str) -> None:
        for code in codes:
            if code and code in current().units:
                found.setdefault(str(code), why)

    add([case.get("lead_unit")], _("现主办单位"))
    add((_unit_of(event) for event in returned), _("退回过"))
    add((event["fields"].get("suggested_unit") for event in reversed(returned)), _("单位建议由它办"))
    add(machine["units"], _("机器建议"))
    chosen = list(found.items())[:SIDES]
    if asked in current().units and asked not in dict(chosen):
        chosen = [*chosen[: SIDES - 1], (asked, _("您选择对照"))]
    return chosen


def _proposals(clauses: list[tuple[Clause, str]]) -> list[tuple[Clause, Any]]:
    """What the ruling may rest on: of each side the matters this case is about, else its first one."""
    made = []
    for clause, _why in clauses:
        near = [one for one in clause.matters if one.near] or list(clause.matters[:1])
        made += [(clause, one) for one in near]
    return made


def _returned(event: dict[str, Any]) -> dict[str, Any]:
    step: Step = story([event])[0]
    return {"at": step.at, "by": step.by, "rows": step.rows}


def _precedents(case: dict[str, Any], actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Earlier rulings on like cases with their words, the likest first; none while the routing data cannot be read."""
    text = "\n".join(str(case.get(key) or "") for key in ("summary", "content"))
    try:
        engine = routing.serving()
    except (RoutingPackError, CatalogueError):
        return []
    like = engine.precedents.likest(engine.router.clean(text), PRECEDENTS + 1)
    like = [one for one in like if one.case != case["no"]][:PRECEDENTS]
    numbers = [one.case for one in like]
    ruled = commanding.told(actor, numbers, ("designate",), policy=current(), now=now)
    known = by_number(numbers, actor)
    return [
        {
            "case": known[one.case],
            "unit": one.unit,
            "percent": round(one.score * 100),
            "at": ruled[one.case][-1]["at"],
            "ruling": ruled[one.case][-1]["fields"].get("ruling", ""),
            "basis": ruled[one.case][-1]["fields"].get("basis", ""),
        }
        for one in like
        if one.case in known and ruled.get(one.case)
    ]
