"""The closing review of an incident (复盘): planned and actual, who was late, what was used, the lessons, the paper (R44)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from liandong.casework import history, looks, queries
from liandong.casework.execute import Refused
from liandong.casework.reveal import printed
from liandong.district import resources
from liandong.engine import incident_papers, incident_review, papers
from liandong.engine.official import Paper
from liandong.registers import queries as registers
from liandong.registers import store
from liandong.rules.codes import OPEN
from liandong.rules.masking import mask_text
from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.incident import INCIDENT_REVIEW
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.download import official
from liandong.screens.common.page import kept, problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.times import ZONE
from liandong.screens.common.whole import version_of

from . import log

REGISTER = "incident_review"
WORDS = {
    "course": gettext_lazy("经过小结"),
    "good": gettext_lazy("做得好的"),
    "lessons": gettext_lazy("问题和教训"),
    "actions": gettext_lazy("改进措施（何单位、何时完成）"),
}


def _entry(no: str, actor: Actor) -> Entry | None:
    found = registers.find(actor, REGISTER, registers.Asking(case=no), limit=1, policy=current())
    return found.items[0] if found.items else None


def used(no: str, actor: Actor) -> list[tuple[str, str, str, str]]:
    """What was deployed: its name, when it was assigned, came on site, was released."""
    names, policy, made = resources.named(), current(), []
    for one in reversed(
        registers.find(actor, "deployment", registers.Asking(case=no), limit=500, policy=policy).items
    ):
        taken = {
            step.step: incident_papers.instant(step.at, policy)
            for step in registers.log(actor, "deployment", one.no)
        }
        known = names.get(str(one.data["resource"]))
        made.append(
            (
                known.name if known else str(one.data["resource"]),
                taken.get("assign", "—"),
                taken.get("arrive", "—"),
                taken.get("release", "—"),
            )
        )
    return made


@page(*DESK, *DUTY, "inspector")
@kept(INCIDENT_REVIEW)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, no: str) -> HttpResponse:
    """The page: what the record says, and the words the duty office adds."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    if request.method == "GET":
        return _show(request, case, actor, None, 200)
    entry = _entry(no, actor)
    finish = "finish" in request.POST
    words = {name: request.POST.get(name, "").strip() for name in WORDS}
    version = version_of(request.POST.get("version", ""))
    key = f"page-{request.POST['key'][:100]}" if request.POST.get("key") else ""
    try:
        if entry is None:
            store.act(REGISTER, "begin", {"case": no, **words}, actor, key=key)
        elif finish:
            store.act(REGISTER, "finish", {}, actor, no=entry.no, version=version, key=key)
        else:
            store.act(REGISTER, "revise", words, actor, no=entry.no, version=version, key=key)
    except Refused as refused:
        return _show(request, case, actor, refused.refusal, STATUS.get(refused.refusal.code, 422))
    messages.success(request, _("已定稿。") if finish else _("已保存。"))
    return HttpResponseRedirect(f"/incidents/{no}/review")


def _show(
    request: HttpRequest, case: dict[str, Any], actor: Actor, refusal: Refusal | None, status: int
) -> HttpResponse:
    now = timezone.now()
    entry = _entry(case["no"], actor)
    events = history.events_of(case["no"], actor, policy=current(), now=now) or []
    clocks = incident_review.measured(case, current(), now)
    given = request.POST if refusal else (entry.data if entry else {})
    return render(
        request,
        "incident/review.html",
        {
            "case": case,
            "open": case["state"] in OPEN,
            "entry": entry,
            "clocks": clocks,
            "late": [one for one in clocks if one.over],
            "used": used(case["no"], actor),
            "lines": log.lines(case["no"], events, actor, log.LOGGED),
            "words": [(name, label, given.get(name, "")) for name, label in WORDS.items()],
            "may_write": actor.role in DUTY,
            "refusal": refusal,
            "key": new_key(),
            "no_paper": papers.trouble(),
            "now": now,
        },
        status=status,
    )


def _paper(no: str, actor: Actor) -> Paper | None:
    now = timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return None
    entry = _entry(no, actor)
    events = history.events_of(no, actor, policy=current(), now=now) or []
    found = log.lines(no, events, actor, log.LOGGED)
    printed(no, actor, _("复盘报告"), now)
    duty = current().units.get("YJ")
    return incident_review.paper(
        case,
        incident_review.measured(case, current(), now),
        used(no, actor),
        [
            (
                incident_papers.instant(one.at, current()),
                f"{one.title}（{one.by}）{'：' + (mask_text(one.words) or '') if one.words else ''}",
            )
            for one in found
        ],
        entry.data if entry else {},
        current(),
        issuer=duty.name if duty else "区政府值班室",
        on=now.astimezone(ZONE).date(),
        number=entry.no if entry else "",
        finished=entry is not None and entry.state == "finished",
    )


@page(*DESK, *DUTY, "inspector")
@kept(INCIDENT_REVIEW)
@require_safe
def paper(request: HttpRequest, no: str, ending: str) -> HttpResponse:
    """The review as a file in the official layout."""
    return official(request, _paper(no, actor_of(request)), ending, f"复盘-{no}")
