"""Signing one case or many (R32): each by itself, so that what one refuses does not hold back the others."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from liandong.casework import queries
from liandong.casework.execute import NoSuchCase, Refused, execute
from liandong.rules.model import Actor, Command
from liandong.screens.common.access import UNIT, actor_of, by_htmx, page
from liandong.screens.common.page import render
from liandong.screens.common.send import new_key
from liandong.screens.common.whole import version_of

MOST = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one case: signed, signed before by the same sending, sent to the other side, or refused with the reason and its rule."""

    no: str
    done: bool
    again: bool = False
    sent: bool = False
    detail: str = ""
    rule: str = ""


def _sign(no: str, version: str, receiver: str, actor: Actor, key: str) -> Signed:
    command = Command("sign", no, {"receiver": receiver}, version_of(version))
    try:
        done = execute(command, actor, key=f"page-{key}-{no}")
    except Refused as refused:
        # Another unit's case is answered like one that does not exist: nobody learns which numbers are taken (§1).
        if isinstance(refused, NoSuchCase) or not queries.is_visible(no, actor):
            return Signed(no, False, detail=_("没有这个案件，或它已不归本单位。请刷新列表。"), rule="R33")
        return Signed(no, False, detail=refused.refusal.detail, rule=refused.refusal.rule)
    return Signed(no, not done.forwarded, again=done.existing, sent=bool(done.forwarded))


@page(*UNIT)
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Sign the chosen cases; ``one`` is the button of a single row and leaves the others alone."""
    actor = actor_of(request)
    receiver = request.POST.get("receiver", "").strip()
    key = request.POST.get("key", "")[:100] or new_key()
    single = request.POST.get("one")
    wanted = [single] if single else request.POST.getlist("no")[:MOST]
    results = []
    for choice in wanted:
        no, _colon, version = choice.rpartition(":")
        results.append(_sign(no, version, receiver, actor, key))
    signed = [one for one in results if one.done]
    if by_htmx(request):
        context = {"results": results, "signed": len(signed), "key": new_key() if signed else key}
        return render(request, "unit/signed.html", context)
    if not results:
        messages.warning(request, _("请先选中要签收的案件。"))
    if signed:
        messages.success(request, _("已签收 {n} 件。").format(n=len(signed)))
    for one in results:
        if one.sent:
            messages.success(request, _("{no}：已送对侧执行，等待回执。").format(no=one.no))
        elif not one.done:
            messages.warning(request, f"{one.no}：{one.detail}（{one.rule}）")
    return HttpResponseRedirect("/unit/")
