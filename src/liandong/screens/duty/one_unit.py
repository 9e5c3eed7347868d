"""One unit as the duty office sees it: whom to call, what presses, and instructing or supervising several cases at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from liandong.casework import inbox, queries
from liandong.casework.execute import Refused, execute
from liandong.district import rosters
from liandong.district.policy import current_pack
from liandong.engine import supervising
from liandong.rules.model import Actor, Command, Refusal
from liandong.screens.common.access import DUTY, actor_of, by_htmx, page
from liandong.screens.common.listing import SIZE, Line, context, lines
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key
from liandong.screens.common.times import ZONE, to_instant
from liandong.screens.common.whole import version_of, whole

MOST = 20
"""Cases one form offers: the most pressing ones of the unit."""
URGING = "请立即签收并办理本件，十分钟内确认本指令，并反馈进展。"
"""What a click proposes; it becomes part of the record, which is kept in Chinese whatever the reader's language."""
WAYS = {
    "instruct": gettext_lazy("催办（调度指令，十分钟内须确认）"),
    "supervise": gettext_lazy("督办（须书面答复）"),
}
"""CONTRACT §3: an urge is the desk's and the caller's; the duty office urges by an instruction, which asks for an
acknowledgement (R8, R11)."""


@page(*DUTY)
@require_safe
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """A unit's people, who is on duty, its cases the most pressing first, and the form that makes it act."""
    policy, actor, now = current(), actor_of(request), timezone.now()
    if code not in policy.units:
        return problem(request, 404)
    try:
        found = inbox.by_urgency(
            actor, holder=code, after=request.GET.get("after"), limit=SIZE, policy=policy, now=now
        )
    except queries.BadCursor:
        return HttpResponseRedirect(f"/duty/units/{code}")
    contact = next((row for row in reversed(current_pack().contacts) if row.unit == code), None)
    shown = {
        "contact": contact,
        "back": "",
        "on_duty": rosters.on_duty(code, now),
        **_form(code, actor, now, {}),
    }
    return render(request, "duty/unit.html", {**shown, **context(request, found, now, code, shared=True)})


@page(*DUTY)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, code: str) -> HttpResponse:
    """The form alone (beside the tiles), and its sending: each chosen case gets the instruction or the supervision."""
    policy, actor, now = current(), actor_of(request), timezone.now()
    if code not in policy.units:
        return problem(request, 404)
    if request.method == "GET":
        back = "overview" if request.GET.get("back") == "overview" else ""
        return render(request, "duty/act.html", {"now": now, "back": back, **_form(code, actor, now, {})})
    done, sent, refused, wrong = _send(request, code, actor)
    if not done + sent:
        typed = {
            name: request.POST.get(name, "") for name in ("way", "text", "grade", "reply_due", "words_of")
        }
        given = _form(code, actor, now, typed, request.POST.getlist("no"))
        given |= {"wrong": wrong or refused[0][1], "back": request.POST.get("back", "")}
        return render(request, "duty/act.html", {"now": now, **given}, status=422)
    if done:
        messages.success(request, _("已对 {unit} 的 {n} 件工单下达。").format(unit=unit_name(code), n=done))
    if sent:
        messages.success(request, _("{n} 件已送对侧执行，等待回执；结果显示在各工单页上。").format(n=sent))
    for no, refusal in refused:
        messages.warning(request, f"{no}：{refusal.detail}（{refusal.rule}）")
    back = "/duty/" if request.POST.get("back") == "overview" else f"/duty/units/{code}"
    return HttpResponseClientRedirect(back) if by_htmx(request) else HttpResponseRedirect(back)


def _form(
    code: str, actor: Actor, now: datetime, typed: Mapping[str, str], chosen: list[str] | None = None
) -> dict[str, Any]:
    """What ``duty/act.html`` shows: the unit's most pressing cases, late and unsigned ones chosen beforehand."""
    found = inbox.by_urgency(actor, holder=code, limit=MOST, policy=current(), now=now)
    offered = [(line, _is_chosen(line, chosen)) for line in lines(found, now, code)]
    tomorrow = now.astimezone(ZONE) + timedelta(days=1)
    return {
        "code": code,
        "name": unit_name(code),
        "offered": offered,
        "more_cases": found.next is not None,
        "ways": WAYS,
        "way": typed.get("way") or "instruct",
        "text": typed.get("text", URGING),
        "grade": typed.get("grade") or "2",
        "words_of": typed.get("words_of", ""),
        "reply_due": typed.get("reply_due") or f"{tomorrow:%Y-%m-%dT%H:%M}",
        "key": new_key(),
    }


def _is_chosen(line: Line, chosen: list[str] | None) -> bool:
    if chosen is None:
        return line.code == "overdue" or line.case["state"] == "dispatched"
    return any(one.startswith(f"{line.case['no']}:") for one in chosen)


def _send(
    request: HttpRequest, code: str, actor: Actor
) -> tuple[int, int, list[tuple[str, Refusal]], Refusal | None]:
    """Give the command to every chosen case: how many took it, how many wait for the other side, which refused and why,
    what is wrong with the form."""
    way = request.POST.get("way", "")
    text = request.POST.get("text", "").strip()
    key = request.POST.get("key", "")[:100] or new_key()
    chosen = [choice.rpartition(":") for choice in request.POST.getlist("no")[:MOST]]
    if way not in WAYS:
        return 0, 0, [], Refusal("bad_value", "R11", _("请选择催办或督办。"), "way")
    if not chosen:
        return 0, 0, [], Refusal("missing_field", "R11", _("请先选中至少一件工单。"), "no")
    fields: dict[str, Any] = {"units": [code], "text": text}
    if way == "supervise":
        grade = request.POST.get("grade", "")
        try:
            due = to_instant(request.POST.get("reply_due"))
        except ValueError:
            due = None
        if due is None:
            return 0, 0, [], Refusal("bad_value", "R32", _("请填写答复期限的日期和时间。"), "reply_due")
        fields = {
            "grade": grade if (number := whole(grade)) is None else number,
            "requirement": text,
            "reply_due": due.isoformat(),
        }
    done, sent, refused = 0, 0, []
    for no, _colon, version in chosen:
        try:
            if way == "supervise":
                words = request.POST.get("words_of", "").strip()
                given, _slip = supervising.supervise(
                    no, fields, actor, words_of=words, version=version_of(version), key=f"page-{key}-{no}"
                )
            else:
                given = execute(Command(way, no, fields, version_of(version)), actor, key=f"page-{key}-{no}")
            done, sent = done + (not given.forwarded), sent + bool(given.forwarded)
        except Refused as found:
            refused.append((no, found.refusal))
    return done, sent, refused, None
