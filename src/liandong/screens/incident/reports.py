"""Written reports of an incident: drafting from the case, signing off, delivering, receiving, the paper (R43, C7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.casework import history, looks, queries, sides
from liandong.casework.execute import Refused
from liandong.casework.reveal import printed
from liandong.district import grading as tables
from liandong.district.policy import current_pack
from liandong.engine import incident_papers, incident_reports, papers
from liandong.registers import beside
from liandong.registers import queries as registers
from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.incident import FAULTS, INCIDENT_REPORT, KINDS, PARTS
from liandong.screens.case import people
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.download import official
from liandong.screens.common.page import kept, problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.story import who
from liandong.screens.common.whole import version_of

from .level import day_of
from .means import used_lines

REGISTER = "incident_report"
READ = (*DESK, *DUTY, "inspector", "police_inspectorate")
STEPS = ("sign", "deliver", "receive", "drop", "fault")
DONE = {
    "draft": gettext_lazy("已存为草稿，请另一人签发。"),
    "revise": gettext_lazy("已修改，上一稿留在记录里。"),
    "sign": gettext_lazy("已签发，文稿不再改动，现在可以报出。"),
    "deliver": gettext_lazy("已报出，等区政府值班室签收。"),
    "receive": gettext_lazy("已签收，时间和人已记下。"),
    "drop": gettext_lazy("已作废。"),
    "fault": gettext_lazy("已记下，处理由区政府决定。"),
}


def _case(no: str, actor: Actor, now: datetime) -> dict[str, Any] | None:
    return queries.get_case(no, actor, policy=current(), now=now)


def of_case(no: str, actor: Actor) -> list[Entry]:
    """The reports of a case, oldest first."""
    if not registers.may_see(INCIDENT_REPORT, actor):
        return []
    found = registers.find(actor, REGISTER, registers.Asking(case=no), limit=200, policy=current())
    return list(reversed(found.items))


def line(entry: Entry, case: dict[str, Any]) -> dict[str, Any]:
    """One report as lists show it: its name, state, who is to act next, and how late it is."""
    late = entry.data.get("late_minutes")
    if late is None and entry.data["kind"] == "first" and entry.state in ("drafted", "signed"):
        clock = incident_reports.clock_of(case)
        running = clock is not None and not clock["stopped_at"]
        late = incident_reports.minutes_late(clock, timezone.now()) if running else 0
    return {
        "entry": entry,
        "name": incident_papers.name_of(entry.data),
        "state": INCIDENT_REPORT.states[entry.state],
        "missing": incident_papers.missing(entry.data),
        "late": late or 0,
        "fault": FAULTS.get(str(entry.data.get("fault") or ""), ""),
    }


@page(*READ)
@kept(INCIDENT_REPORT)
@require_safe
def reports(request: HttpRequest, no: str) -> HttpResponse:
    """All reports of one incident, and which kind may be drafted now."""
    actor, now = actor_of(request), timezone.now()
    case = _case(no, actor, now)
    if case is None:
        return problem(request, 404)
    found = of_case(no, actor)
    sent = {one.data["kind"] for one in found if one.state in ("delivered", "received")}
    following = "first" if "first" not in sent else "further"
    return render(
        request,
        "incident/reports.html",
        {
            "case": case,
            "lines": [line(one, case) for one in found],
            "kinds": [
                (code, KINDS[code])
                for code in KINDS
                if code in (following, "final" if "first" in sent else "")
            ],
            "may_draft": actor.role in (*DESK, *DUTY)
            and "final" not in sent
            and all(one.state not in ("drafted", "signed") for one in found),
            "clock": incident_reports.clock_of(case),
            "refresh": request.get_full_path(),
            "now": now,
        },
    )


@page(*DESK, *DUTY)
@kept(INCIDENT_REPORT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, no: str) -> HttpResponse:
    """A draft, filled from the case; nothing is kept before somebody sends it."""
    actor, now = actor_of(request), timezone.now()
    case = _case(no, actor, now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    kind = request.POST.get("kind") or request.GET.get("kind") or "first"
    kind = kind if kind in KINDS else "first"
    if request.method == "GET":
        before = next((one for one in reversed(of_case(no, actor)) if one.state != "dropped"), None)
        events = history.events_of(no, actor, policy=current(), now=now) or []
        values = incident_papers.prefill(
            case,
            events,
            current(),
            before if kind != "first" else None,
            used_lines(no, actor),
            tables.table(day_of(now)),
        )
        return _form(request, case, kind, values, None, None, 200)
    values = {name: request.POST.get(name, "").strip() for name in PARTS}
    fields = {"case": no, "kind": kind, **values}
    entry, refusal = _act("draft", fields, request, actor)
    if entry is None:
        return _form(
            request, case, kind, values, None, refusal, STATUS.get(refusal.code if refusal else "", 422)
        )
    messages.success(request, DONE["draft"])
    return HttpResponseRedirect(f"/incidents/{no}/reports/{entry.no}")


def _act(
    step: str, fields: dict[str, Any], request: HttpRequest, actor: Actor, no: str | None = None
) -> tuple[Entry | None, Refusal | None]:
    key = f"page-{request.POST.get('key', '')[:100]}" if request.POST.get("key") else ""
    version = version_of(request.POST.get("version", "")) if no else None
    try:
        return incident_reports.take(REGISTER, step, fields, actor, no=no, version=version, key=key), None
    except Refused as refused:
        return None, refused.refusal


def _form(
    request: HttpRequest,
    case: dict[str, Any],
    kind: str,
    values: dict[str, Any],
    entry: Entry | None,
    refusal: Refusal | None,
    status: int,
) -> HttpResponse:
    parts = [
        {"name": name, "label": label, "value": values.get(name) or "", "long": name in ("nature", "scope", "loss", "trend", "leaders", "measures", "advice")}
        for name, label in PARTS.items()
    ]  # fmt: skip
    return render(
        request,
        "incident/report_form.html",
        {
            "case": case,
            "kind": kind,
            "kind_name": KINDS[kind],
            "entry": entry,
            "parts": parts,
            "missing": incident_papers.missing(values),
            "refusal": refusal,
            "key": new_key(),
            "clock": incident_reports.clock_of(case) if kind == "first" else None,
            "now": timezone.now(),
        },
        status=status,
    )


def _entry(request: HttpRequest, no: str, report: str) -> tuple[dict[str, Any], Entry] | None:
    actor, now = actor_of(request), timezone.now()
    case = _case(no, actor, now)
    entry = registers.get(actor, REGISTER, report, policy=current()) if case else None
    return (case, entry) if case is not None and entry is not None and entry.case == no else None


@page(*READ)
@kept(INCIDENT_REPORT)
@require_safe
def report(request: HttpRequest, no: str, report: str) -> HttpResponse:
    """One report: its words, what is missing, where it stands, its versions, and the next step."""
    found = _entry(request, no, report)
    if found is None:
        return problem(request, 404)
    looks.opened(no, actor_of(request), timezone.now())
    return _show(request, *found, None, 200)


def _show(
    request: HttpRequest, case: dict[str, Any], entry: Entry, refusal: Refusal | None, status: int
) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    options = registers.options(actor, REGISTER, entry, now=now, policy=current())
    waits = beside.waiting(REGISTER, entry.case)
    log = registers.log(actor, REGISTER, entry.no, policy=current())
    taken = {one.step: one for one in log}
    return render(
        request,
        "incident/report.html",
        {
            "case": case,
            **line(entry, case),
            "parts": [
                (label, str(entry.data.get(name) or "").strip()) for name, label in PARTS.items()
            ],
            "unknown": incident_papers.UNKNOWN,
            "progress": [
                {
                    "name": name,
                    "at": taken[step].at if step in taken else None,
                    "by": who(taken[step].by) if step in taken else "",
                }
                for step, name in (
                    ("draft", _("起草")),
                    ("sign", _("签发")),
                    ("deliver", _("报出")),
                    ("receive", _("签收")),
                )
            ],
            "waits": waits,
            "divided": sides.divided(),
            "options": [] if waits else [(step, refused) for step, refused in options if step.name in STEPS],
            "may_revise": not waits and any(step.name == "revise" and refused is None for step, refused in options),
            "faults": FAULTS,
            "log": [
                {
                    "at": one.at,
                    "by": who(one.by),
                    "name": INCIDENT_REPORT.by_name[one.step].label,
                    "changed": [
                        (PARTS[name], text) for name, text in one.changed.items() if name in PARTS and text
                    ]
                    if one.step in ("draft", "revise")
                    else [],
                    "words": one.changed.get("opinion") or one.changed.get("reason") or one.changed.get("finding") or "",
                }
                for one in reversed(log)
            ],
            "refusal": refusal,
            "key": new_key(),
            "no_paper": papers.trouble(),
            "now": now,
        },
        status=status,
    )  # fmt: skip


@page(*DESK, *DUTY)
@kept(INCIDENT_REPORT)
@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, no: str, report: str) -> HttpResponse:
    """Change a draft; a signed report is never changed."""
    found = _entry(request, no, report)
    if found is None:
        return problem(request, 404)
    case, entry = found
    if request.method == "GET":
        return _form(request, case, entry.data["kind"], dict(entry.data), entry, None, 200)
    values: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in PARTS}
    done, refusal = _act("revise", values, request, actor_of(request), report)
    if done is None:
        status = STATUS.get(refusal.code if refusal else "", 422)
        return _form(request, case, entry.data["kind"], values, entry, refusal, status)
    messages.success(request, DONE["revise"])
    return HttpResponseRedirect(f"/incidents/{no}/reports/{report}")


@page(*DESK, *DUTY, "inspector")
@kept(INCIDENT_REPORT)
@require_POST
def step(request: HttpRequest, no: str, report: str, step: str) -> HttpResponse:
    """Sign, deliver, receive, drop, record a fault."""
    found = _entry(request, no, report)
    if found is None or step not in STEPS:
        return problem(request, 404)
    names = {field.name for field in INCIDENT_REPORT.by_name[step].fields} - {"late_minutes"}
    fields = {name: request.POST[name].strip() for name in names if request.POST.get(name, "").strip()}
    done, refusal = _act(step, fields, request, actor_of(request), report)
    if done is None:
        return _show(request, *found, refusal, STATUS.get(refusal.code if refusal else "", 422))
    said = str(DONE[step])
    if step == "deliver" and beside.waiting(REGISTER, no):
        said = _(
            "已送对侧执行，等待回执；回执到后记为报出。四十分钟按现在这一刻计。情况紧急的，请先电话报告。"
        )
    elif step == "deliver" and sides.divided():
        said = _("已报出，文稿随案件送政务侧，由区政府值班室在案件历程里阅收。")
    messages.success(request, said)
    return HttpResponseRedirect(f"/incidents/{no}/reports/{report}")


@page(*READ)
@kept(INCIDENT_REPORT)
@require_safe
def paper(request: HttpRequest, no: str, report: str, ending: str) -> HttpResponse:
    """The report as a file in the official layout; its making is recorded with the case."""
    found = _entry(request, no, report)
    if found is None:
        return problem(request, 404)
    case, entry = found
    printed(no, actor_of(request), _("书面报告 {no}").format(no=entry.no))
    signed = entry.by.get("sign", "") if entry.state != "drafted" else ""
    made = incident_papers.paper(
        entry,
        case,
        current(),
        issuer=incident_reports.issuer(),
        signer=who(signed, people.names([signed])) if signed else "",
        note=_("片区：{name}").format(name=current_pack().name),
    )
    return official(request, made, ending, f"{report}-{incident_papers.name_of(entry.data)}")


def owed_receipts(actor: Actor) -> list[Entry]:
    """Reports delivered and not yet received: what the duty office confirms next. Between two networks it reads them in the
    case, on its own side: nothing is waited for here (docs/decisions/060)."""
    if sides.divided():
        return []
    found = registers.find(
        actor, REGISTER, registers.Asking(states=("delivered",)), limit=50, policy=current()
    )
    return list(reversed(found.items))
