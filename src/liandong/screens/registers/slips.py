"""督办单: beginning a supervision with its slip in one form, the slip's page, its paper as PDF and Word (R11, R65)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from liandong.casework import queries as cases
from liandong.casework import supervised
from liandong.casework.execute import Refused
from liandong.casework.reveal import printed
from liandong.district import register_settings
from liandong.engine import slip_paper, supervising
from liandong.engine.official import Paper
from liandong.registers import beside, notices
from liandong.registers.store import act
from liandong.rules.masking import mask_text
from liandong.rules.model import Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.supervision import SLIP
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.download import official
from liandong.screens.common.forms import Input, Option, Raw, raw
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import kept_elsewhere, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.times import ZONE, to_instant
from liandong.screens.common.whole import version_of

from . import entry as pages
from .entry import StepForm, address
from .inputs import inputs, values_of

ISSUE = SLIP.by_name["issue"]
_WHOLE = ("grade", "requirement", "reply_due", "words_of", "copies")
_BESIDE = ("words_of", "copies")


@page(*DUTY)
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """One form for everything that ends in a slip: a new supervision, one begun elsewhere, one that the rules propose."""
    actor, now = actor_of(request), timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    no = (given.get("case") or given.get("no") or "").strip().upper()[:40]
    if (elsewhere := kept_elsewhere(request, SLIP)) is not None:
        return elsewhere
    if not no:
        return render(request, "registers/slip_case.html", {"now": now})
    case = cases.get_case(no, actor, policy=current(), now=now)
    if case is None:
        messages.warning(request, _("没有找到案件 {no}，请核对编号。").format(no=no))
        return render(request, "registers/slip_case.html", {"now": now, "asked": no}, status=404)
    known = supervised.of_case(no, current(), now)
    slip = supervising.slip_of(actor, no)
    last = known.last if known else None
    running = last if last and last.lifted_at is None and known and known.is_open else None
    begun = running is not None and (slip is None or slip.data.get("n") != running.n)
    shown: dict[str, Any] = {"case": case, "slip": slip, "running": running if begun else None, "now": now}
    shown |= {"ended": bool(known and not known.is_open)}
    names = _BESIDE if begun else _WHOLE
    if request.method != "POST":
        tomorrow = f"{now.astimezone(ZONE) + timedelta(days=1):%Y-%m-%dT%H:%M}"
        proposed = {"grade": "2", "reply_due": tomorrow} | {
            name: request.GET.getlist(name) for name in names if request.GET.get(name)
        }
        return _form(request, shown, names, raw(proposed), None)
    try:
        done = _issued(request, no, begun, bool(shown["ended"]), actor)
    except Refused as refused:
        return _form(request, shown, names, request.POST, refused.refusal)
    if done is None:
        messages.success(request, _("督办已送对侧执行，等待回执；对侧执行后自动开出督办单，不用再开。"))
        return HttpResponseRedirect(_back(request) or f"/cases/{no}")
    messages.success(request, _("已开督办单 {no}。").format(no=done.no))
    return HttpResponseRedirect(_back(request) or address(SLIP.name, done.no))


def _issued(request: HttpRequest, no: str, begun: bool, ended: bool, actor: Any) -> Entry | None:
    """The slip; None where it comes with the other side's receipt."""
    values = values_of(ISSUE, request.POST)
    values.pop("case", None)
    key = f"page-{request.POST.get('key', '')[:100] or new_key()}"
    if begun or ended:
        beside.refuse_twice(SLIP.name, no)
        return act(SLIP.name, "issue", {**values, "case": no}, actor, key=key)
    command: dict[str, Any] = {
        name: values[name] for name in ("grade", "requirement", "reply_due") if name in values
    }
    _done, entry = supervising.supervise(
        no,
        command,
        actor,
        words_of=values.get("words_of"),
        copies=tuple(values.get("copies") or ()),
        replacing=request.POST.get("replacing", "")[:60],
        version=version_of(request.POST.get("version", "")),
        key=key,
    )
    return entry


def _back(request: HttpRequest) -> str:
    """Where the form was opened from: the list of supervisions, or nothing."""
    back = request.POST.get("back") or request.GET.get("back") or ""
    return back if back in ("/duty/supervision", "/duty/") else ""


def _form(
    request: HttpRequest, shown: dict[str, Any], names: tuple[str, ...], values: Raw, refusal: Refusal | None
) -> HttpResponse:
    wrong = refusal.field if refusal else None
    made = inputs(SLIP, ISSUE, values, shown["now"], wrong=wrong, detail=refusal.detail if refusal else "")
    kept = [_worded(one) for one in made if one.name in names]
    kept.sort(key=lambda one: names.index(one.name))
    stale = refusal is not None and refusal.code == "stale_version"
    form = StepForm(
        "issue", ISSUE, "/registers/supervision_slip/new/issue", kept, new_key(), None, refusal, stale
    )
    shown |= {"form": form, "back": _back(request), "replacing": request.POST.get("replacing", "")}
    shown["voices"] = [(grade, register_settings.of(SLIP.name).get(f"voice_{grade}", "")) for grade in (1, 2, 3)]  # fmt: skip
    status = STATUS.get(refusal.code, 422) if refusal else 200
    return render(request, "registers/slip_issue.html", shown, status=status)


def _worded(one: Input) -> Input:
    """The form's own words: what is needed when the case itself says nothing, and what grade three asks for."""
    if one.name in ("grade", "requirement", "reply_due"):
        one.required = True
    if one.name == "words_of":
        one.widget = "short"
        one.help = _("三级督办必填：哪位领导、何时批示。一级、二级不填时按默认。")
    if one.name == "grade":
        one.options = tuple(Option(o.value, by_name(SLIP.words[o.value]), o.chosen) for o in one.options)
    return one


# -- the slip's own page and paper ---------------------------------------------------------------------------------


@page()
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """The slip with its papers."""
    found = pages._found(request, SLIP.name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    notices.mark_read(actor_of(request), entry.no)
    context = pages.context(request, register, entry)
    return render(request, "registers/slip.html", {**context, "rounds": entry.data.get("rounds", 1)})


def _paper(request: HttpRequest, no: str) -> Paper | None:
    """The paper; its making is recorded with the case it speaks of."""
    found = pages._found(request, SLIP.name, no)
    if isinstance(found, HttpResponse):
        return None
    entry, actor = found[1], actor_of(request)
    case = cases.get_case(entry.case, actor, policy=current())
    if case is not None:
        printed(entry.case, actor, _("督办单 {no}").format(no=entry.no))
    return slip_paper.paper(entry, _of_case(case), register_settings.of(SLIP.name), unit_name)


def _of_case(case: dict[str, Any] | None) -> dict[str, str]:
    """What a slip says of its case: no person, whatever its reader may see; nothing where the reader may not see it."""
    if case is None:
        return {}
    matter = current().matters.get((case.get("matter") or {}).get("code") or "")
    place = case.get("place") or {}
    received = to_instant(case["received_at"])
    return {
        "summary": str(mask_text(case.get("summary") or "")),
        "received": f"{received:%Y年%m月%d日 %H:%M}" if received else "",
        "matter": f"{matter.code} {matter.name}" if matter else "",
        "place": str(mask_text(str(place.get("text") or "")) or ""),
    }


@page()
@require_safe
def paper(request: HttpRequest, no: str, ending: str) -> HttpResponse:
    """The slip as a file in the official layout."""
    return official(request, _paper(request, no), ending, no)


def to_form(no: str, given: Any = None, back: str = "") -> str:
    """The address of the form that supervises a case; other doors to a supervision lead here."""
    kept = {name: given[name] for name in ("grade", "reply_due", "requirement") if given and given.get(name)}
    return f"/registers/supervision_slip/new/issue?{urlencode({'case': no, **kept, **({'back': back} if back else {})})}"
