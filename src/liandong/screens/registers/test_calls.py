"""暗访电话: chance draws whom to ring, the caller's sheet, what was heard (R65, R24, M23)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from liandong.casework.execute import Refused
from liandong.district import register_settings, rosters
from liandong.registers import notices, queries
from liandong.registers.known.test_call import units_in_force
from liandong.registers.lock import together
from liandong.registers.store import act
from liandong.rules import sampling
from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.test_call import TEST_CALL
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.times import ZONE, to_instant
from liandong.screens.common.whole import version_of, whole

from . import entry as pages
from .entry import address

WHO = ("duty_office", "inspector")
QUESTIONS = 6
"""Questions one sheet offers: those of the pack, and blank ones."""


@page(*WHO)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Draw units from a seed and plan a call to each, in one transaction."""
    actor, now = actor_of(request), timezone.now()
    if request.method != "POST":
        begin = now.astimezone(ZONE)  # whoever is drawn may be rung at once
        typed = {
            "size": "5",
            "begin": f"{begin:%Y-%m-%dT%H:%M}",
            "until": f"{begin + timedelta(hours=12):%Y-%m-%dT%H:%M}",
            "script": str(register_settings.of(TEST_CALL.name).get("script", "")),
        }
        return _plan_form(request, typed, now)
    typed = {name: request.POST.get(name, "").strip() for name in ("size", "begin", "until", "script", "seed")}  # fmt: skip
    try:
        made = _planned(typed, actor, now, request.POST.get("key", "")[:60] or new_key())
    except Refused as refused:
        return _plan_form(request, typed, now, refused.refusal)
    names = "、".join(unit_name(one.unit) for one in made)
    messages.success(request, _("抽中 {n} 个单位：{names}。拨打之前单位看不到。").format(n=len(made), names=names))  # fmt: skip
    return HttpResponseRedirect(f"/registers/{TEST_CALL.name}/")


def _planned(typed: Mapping[str, str], actor: Actor, now: datetime, key: str) -> list[Entry]:
    """The planned calls. Raises Refused: what is typed is no number, more units than there are, a window in the past."""
    size = whole(typed["size"])
    if size is None or not 1 <= size <= 200:
        raise Refused(Refusal("bad_value", "R32", _("抽取单位数应为 1 到 200 的整数。"), "size"))
    frame = dict.fromkeys(units_in_force(current(), now), "")
    seed = typed["seed"] or secrets.token_hex(16)
    try:
        drawn = sampling.draw(seed, frame, size)
    except sampling.TooMany as found:
        detail = _("在册单位只有 {n} 个，不能抽 {size} 个，请减少个数。").format(n=found.there_is, size=size)
        raise Refused(Refusal("too_many", "R65", detail, "size")) from found
    fields: dict[str, Any] = {"size": size, "seed": seed}
    for name in ("begin", "until"):
        try:
            instant = to_instant(typed[name])
        except ValueError:
            instant = None
        if instant is None:
            raise Refused(Refusal("missing_field", "R32", _("请填写时段的开始和结束。"), name))
        fields[name] = instant.isoformat()
    if typed["script"]:
        fields["script"] = typed["script"]
    with together():
        return [
            act(TEST_CALL.name, "plan", {**fields, "unit": unit}, actor, now=now, key=f"page-{key}-{n}")
            for n, unit in enumerate(drawn)
        ]  # fmt: skip


def _plan_form(
    request: HttpRequest, typed: Mapping[str, str], now: datetime, refusal: Refusal | None = None
) -> HttpResponse:
    shown = {
        "typed": typed,
        "refusal": refusal,
        "there_is": len(units_in_force(current(), now)),
        "key": new_key(),
        "now": now,
    }
    status = STATUS.get(refusal.code, 422) if refusal else 200
    return render(request, "registers/test_call_plan.html", shown, status=status)


@page()
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """One call: before it was made the caller's sheet with the numbers to ring, afterwards what was heard."""
    return _show(request, no)


def _show(request: HttpRequest, no: str, refusal: Refusal | None = None) -> HttpResponse:
    found = pages._found(request, TEST_CALL.name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    actor, now = actor_of(request), timezone.now()
    notices.mark_read(actor, entry.no)
    context = pages.context(request, register, entry)
    calling = entry.state == "planned" and actor.role in WHO
    if calling:
        context["may"] = [step for step in context["may"] if step.name != "record"]
        asked = [str(one) for one in register_settings.of(register.name).get("questions", ())][:QUESTIONS]
        context |= {
            "numbers": rosters.on_duty(entry.unit, now),
            "questions": [
                (
                    n,
                    request.POST.get(f"question-{n}", question),
                    request.POST.get(f"said-{n}", ""),
                    request.POST.get(f"correct-{n}", ""),
                )
                for n, question in enumerate([*asked, *[""] * (QUESTIONS - len(asked))])
            ],
            "called_at": request.POST.get("called_at") or f"{now.astimezone(ZONE):%Y-%m-%dT%H:%M}",
            "early": now < entry.data["begin"],
            "over": now > entry.data["until"],
            "key": new_key(),
            "typed": request.POST,
            "wrong": refusal,
        }
    context["calling"] = calling
    status = STATUS.get(refusal.code, 422) if refusal else 200
    return render(request, "registers/test_call.html", context, status=status)


@page(*WHO)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, no: str) -> HttpResponse:
    """What came of a call; the form stands on the call's own page."""
    actor = actor_of(request)
    entry = queries.get(actor, TEST_CALL.name, no)
    if entry is None:
        return problem(request, 404)
    if request.method != "POST":
        return HttpResponseRedirect(address(TEST_CALL.name, no))
    version = version_of(request.POST.get("version", ""))
    key = f"page-{request.POST.get('key', '')[:100] or new_key()}"
    try:
        act(TEST_CALL.name, "record", _heard(request), actor, no=no, version=version, key=key)
    except Refused as refused:
        return _show(request, no, refused.refusal)
    messages.success(request, _("已记录。现在单位可以看到这次暗访。"))
    return HttpResponseRedirect(address(TEST_CALL.name, no))


def _heard(request: HttpRequest) -> dict[str, Any]:
    """What was typed, as the JSON values of the step."""
    given = request.POST
    fields: dict[str, Any] = {
        name: given[name].strip() for name in ("number", "who", "notes") if given.get(name, "").strip()
    }
    if given.get("answered") in ("true", "false"):
        fields["answered"] = given["answered"] == "true"
    if given.get("seconds", "").strip():
        number = whole(given["seconds"].strip())
        fields["seconds"] = given["seconds"] if number is None else number
    if given.get("called_at"):
        try:
            instant = to_instant(given["called_at"])
            fields["called_at"] = instant.isoformat() if instant else ""
        except ValueError:
            fields["called_at"] = given["called_at"]
    asked = []
    for n in range(QUESTIONS):
        question, correct = given.get(f"question-{n}", "").strip(), given.get(f"correct-{n}", "")
        if question and correct in ("true", "false"):
            said = given.get(f"said-{n}", "").strip()
            asked.append({"question": question, "correct": correct == "true", **({"said": said} if said else {})})  # fmt: skip
    if asked:
        fields["questions"] = asked
    return fields
