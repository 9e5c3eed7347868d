"""复核抽样: the cases drawn, a check form for each, and the draw repeated before everybody's eyes (R65)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import looks, several
from liandong.casework import queries as cases
from liandong.casework.execute import Refused
from liandong.registers import frames, queries
from liandong.registers.lock import together
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules import sampling
from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.finding import FINDING
from liandong.rules.registers.sampling import RESULTS, SAMPLING, checks_of
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.download import attached
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.story import who
from liandong.screens.common.whole import version_of

from . import entry as pages
from . import words
from .entry import address
from .inputs import CHOICES

WHO = ("duty_office", "inspector")
CHOICES["sampling", "matter"] = lambda: {
    code: f"{code} {one.name}" for code, one in sorted(current().matters.items())
}
CHOICES["sampling", "township"] = lambda: {
    one.code: one.name for one in current().townships.values() if one.ours
}
_SKIPPED = ("case", "result", "notes", "seed")


class Drawn(NamedTuple):
    """One drawn case as the page shows it: ``case`` None where this viewer may not see it any more."""

    n: int
    no: str
    stratum: str
    case: dict[str, Any] | None
    unit: str
    check: dict[str, Any] | None
    notes: str
    findings: list[Entry]


@page(*WHO)
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """A sampling with its cases."""
    return _show(request, no)


def _show(request: HttpRequest, no: str, refusal: Refusal | None = None, case: str = "") -> HttpResponse:
    found = pages._found(request, SAMPLING.name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    drawn = _drawn(entry, actor_of(request))
    context = pages.context(request, register, entry)
    context["rows"] = words.rows(register, entry.data, skip=_SKIPPED)
    context["may"] = [step for step in context["may"] if step.name != "check"]
    left = sum(one.check is None for one in drawn)
    if left and entry.state == "drawn":  # said beforehand what the rules would say
        detail = _("还有 {n} 件没有复核，请复核完再办结。").format(n=left)
        finish = SAMPLING.by_name["finish"]
        context["may"] = [step for step in context["may"] if step is not finish]
        context["not_now"] = [*context["not_now"], (finish, Refusal("wrong_state", "R65", detail))]
    context |= {
        "drawn": drawn,
        "left": left,
        "found": sum(one.check is not None and one.check["result"] == "finding" for one in drawn),
        "can_check": entry.state == "drawn",
        "results": [(code, by_name(register.words[code])) for code in RESULTS],
        "rules": [
            (code, by_name(FINDING.words[code])) for code in ("late", "not_performed", "perfunctory", "other")
        ],
        "key": new_key(),
        "wrong": refusal,
        "wrong_case": case,
        "typed": request.POST if refusal else {},
    }
    return render(request, "registers/sampling.html", context, status=STATUS.get(refusal.code, 422) if refusal else 200)  # fmt: skip


def _drawn(entry: Entry, actor: Actor) -> list[Drawn]:
    sample = list(entry.data.get("sample") or ())
    if not sample:
        return []
    policy, checks = current(), checks_of(entry.data)
    strata = frames.get(entry.data["frame"]) if entry.data.get("stratify", "none") != "none" else {}
    known = several.by_number(actor, sample, policy=policy, now=timezone.now())
    findings: dict[str, list[Entry]] = {}
    for one in queries.find(actor, FINDING.name, Asking(), limit=200).items:
        if one.data.get("source_no") == entry.no:
            for no in one.data.get("cases") or ():
                findings.setdefault(no, []).append(one)
    made = []
    for n, no in enumerate(sample, 1):
        case = known.get(no)
        check = dict(checks[no]) if no in checks else None
        if check is not None:
            check |= {"by": who(check["by"]), "words": by_name(SAMPLING.words[check["result"]])}
        unit = unit_name(case["lead_unit"]) if case and case.get("lead_unit") else ""
        made.append(
            Drawn(n, no, strata.get(no, ""), case, unit, check, str(entry.data.get(f"notes:{no}") or ""), findings.get(no, []))
        )  # fmt: skip
    return made


@page(*WHO)
@require_POST
def check(request: HttpRequest, no: str) -> HttpResponse:
    """One case's check; with a finding, the finding is entered in the same transaction."""
    actor = actor_of(request)
    entry = queries.get(actor, SAMPLING.name, no)
    if entry is None:
        return problem(request, 404)
    case = request.POST.get("case", "")[:40]
    fields = {name: request.POST[name].strip() for name in ("case", "result", "notes") if request.POST.get(name, "").strip()}  # fmt: skip
    key = f"page-{request.POST.get('key', '')[:60] or new_key()}-{case}"
    try:
        with together():
            act(SAMPLING.name, "check", fields, actor, no=no, version=version_of(request.POST.get("version", "")), key=key)  # fmt: skip
            opened = _finding(request, actor, no, case, key)
    except Refused as refused:
        return _show(request, no, refused.refusal, case)
    messages.success(request, _("已记录 {no} 的复核。").format(no=case))
    if opened is not None:
        messages.success(request, _("已登记问题 {no}，已通知单位陈述。").format(no=opened.no))
    return HttpResponseRedirect(f"{address(SAMPLING.name, no)}#c-{case}")


def _finding(request: HttpRequest, actor: Actor, no: str, case: str, key: str) -> Entry | None:
    """The finding that a check was asked to enter; None where it was not."""
    rule = request.POST.get("rule", "")
    if request.POST.get("result") != "finding" or not rule:
        return None
    found = cases.get_case(case, actor, policy=current())
    fields = {
        "unit": (found or {}).get("lead_unit") or "",
        "source": "sampling",
        "source_no": no,
        "rule": rule,
        "text": request.POST.get("notes", "").strip(),
        "cases": [case],
    }
    if not fields["unit"]:
        detail = _("这件没有主办单位，请不要选“违反哪一条”，另在问题台账中登记。")
        raise Refused(Refusal("missing_field", "R66", detail, "rule"))
    return act(FINDING.name, "open", fields, actor, key=f"{key}-f")


class Repeated(NamedTuple):
    """A draw done again from what was kept: the frame's digest as it is and as it should be, the sample then and now."""

    digest: str
    is_frame: bool
    sample: tuple[str, ...]
    is_sample: bool


def repeat(entry: Entry) -> Repeated:
    """Draw again. Raises frames.Unknown, ValueError where the frame is gone or was changed."""
    text = frames.text_of(entry.data["frame"])
    frame = sampling.frame_of(text)
    sample = sampling.draw(entry.data["seed"], frame, int(entry.data["size"]))
    digest = sampling.digest(text)
    return Repeated(digest, digest == entry.data["frame"], sample, list(sample) == list(entry.data["sample"]))


@page(*WHO)
@require_safe
def repeated(request: HttpRequest, no: str) -> HttpResponse:
    """The draw done again, with everything that anybody needs to do it on another machine."""
    actor = actor_of(request)
    entry = queries.get(actor, SAMPLING.name, no)
    if entry is None or not entry.data.get("seed"):
        return problem(request, 404)
    trouble, again = "", None
    try:
        again = repeat(entry)
    except (frames.Unknown, ValueError):
        trouble = _("保存的抽样范围已经不在或被改动，不能重做；请通知系统管理员运行 liandong check。")
    context: dict[str, Any] = {
        "entry": entry,
        "again": again,
        "pairs": list(zip(entry.data["sample"], again.sample, strict=False)) if again else [],
        "trouble": trouble,
        "address": address(SAMPLING.name, no),
        "now": timezone.now(),
        "stratified": entry.data.get("stratify", "none") != "none",
    }
    return render(request, "registers/sampling_repeat.html", context)


@page(*WHO)
@require_safe
def frame(request: HttpRequest, no: str) -> HttpResponse:
    """What was drawn from, as the text whose digest is kept; taking it is recorded."""
    actor, now = actor_of(request), timezone.now()
    entry = queries.get(actor, SAMPLING.name, no)
    if entry is None or not entry.data.get("frame"):
        return problem(request, 404)
    text = frames.text_of(entry.data["frame"])
    return _text(request, actor, now, text, f"{no}-frame.txt", int(entry.data["frame_size"]))


def _text(
    request: HttpRequest, actor: Actor, now: datetime, text: str, name: str, count: int
) -> HttpResponse:
    looks.exported(actor, f"{_('抽样范围')}（{request.path}）", count, now)
    return attached(text, "text/plain; charset=utf-8", name)
