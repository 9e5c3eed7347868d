"""How long things may take: the notice's own limits, the district's settings, and legal limits with their citations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.district import models, policy, store
from liandong.district.errors import SettingError
from liandong.screens.common import policy as asked
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import problem, render

from .sections import CHANGES, STRUCTURE, seen_by

HERE = "/district/limits"


@page(*STRUCTURE)
def limits(request: HttpRequest) -> HttpResponse:
    """All limits with their sources; legal ones with what they do and who confirmed them."""
    pack, today, role = policy.current_pack(), policy.today(), actor_of(request).role
    changed = {row.kind: row.changed_by for row in models.LimitSetting.objects.exclude(changed_by="")}
    names = pack.matters_on(today)
    rows = [{"row": row, "changed_by": changed.get(row.kind, "")} for row in pack.limits]
    statutory: list[dict[str, Any]] = [
        {"row": row, "name": names[row.matter].name if row.matter in names else "", "over": row.valid_to is not None and row.valid_to <= today}
        for row in models.StatutoryLimit.objects.order_by("confirmed", "matter", "valid_from")
    ]  # fmt: skip
    context = {
        "rows": rows,
        "statutory": statutory,
        "drafts": sum(not one["row"].confirmed and one["row"].stage == "finish" for one in statutory),
        "may_change": role in CHANGES,
        "sections": seen_by(role, HERE),
    }
    return render(request, "administration/limits.html", context)


@page(*CHANGES)
@require_http_methods(["GET", "POST"])
def limit(request: HttpRequest, kind: str) -> HttpResponse:
    """Change the length of one kind of clock, for clocks that start from now on."""
    row = models.LimitSetting.objects.filter(kind=kind).first()
    if row is None:
        return problem(request, 404)
    typed = {name: request.POST.get(name, "").strip() for name in ("length", "outside", "reason")}
    context: dict[str, Any] = {"row": row, "sections": seen_by(actor_of(request).role, HERE)}
    if request.method == "POST":
        try:
            _reasoned(request, typed["reason"])
            stamp = request.POST.get("stamp", "")
            by = str(actor_of(request))
            store.set_limit(kind, typed["length"], by, typed["outside"], reason=typed["reason"], seen=stamp)
        except SettingError as wrong:
            context["refusal"] = str(wrong)
        else:
            asked.forget()
            messages.success(
                request,
                _("已保存：{name} {length}。只影响以后开始的时钟。").format(
                    name=row.name, length=typed["length"]
                ),
            )
            return HttpResponseRedirect(HERE)
    else:
        typed = {"length": row.length, "outside": row.outside, "reason": ""}
    context |= {"typed": typed, "stamp": store.stamp()}
    return render(request, "administration/limit.html", context, status=422 if "refusal" in context else 200)


@page(*CHANGES)
@require_http_methods(["GET", "POST"])
def statutory(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm a legal limit against its text, or take the confirmation back (R34)."""
    row = models.StatutoryLimit.objects.filter(pk=number).first()
    if row is None:
        return problem(request, 404)
    context: dict[str, Any] = {
        "row": row,
        "sections": seen_by(actor_of(request).role, HERE),
        "typed": {"reason": ""},
    }
    context["matter"] = policy.current_pack().matters_on(policy.today()).get(row.matter)
    if request.method == "POST":
        reason = request.POST.get("reason", "").strip()
        context["typed"] = {"reason": reason}
        try:
            _reasoned(request, reason)
            if not row.confirmed and request.POST.get("citation", "").strip() != row.citation:
                raise SettingError(_("请照抄一遍依据，确认您对照的就是这一条（R34）。"))
            by, stamp = str(actor_of(request)), request.POST.get("stamp", "")
            store.confirm_statutory(number, by, not row.confirmed, reason=reason, seen=stamp)
        except SettingError as wrong:
            context["refusal"] = str(wrong)
        else:
            asked.forget()
            says = _("已撤销确认：{what}") if row.confirmed else _("已确认：{what}")
            messages.success(request, says.format(what=f"{row.matter} {row.length}"))
            return HttpResponseRedirect(f"{HERE}#statutory")
    context["stamp"] = store.stamp()
    return render(
        request, "administration/limit_statutory.html", context, status=422 if "refusal" in context else 200
    )


def _reasoned(request: HttpRequest, reason: str) -> None:
    if not reason or len(reason) > 500:
        raise SettingError(_("请填写变更理由，最多 500 个字。"))
    if request.POST.get("seen") != "yes":
        raise SettingError(_("请先看过影响，勾选“我已看过”，再保存。"))
