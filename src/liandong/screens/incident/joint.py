"""联合处置 (R41, EB-R6): one form, one sending — police, every unit and, where given, the level."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.casework import looks, queries
from liandong.casework.execute import NoSuchCase, Refused
from liandong.district.policy import current_pack
from liandong.engine import joint as engine
from liandong.rules.codes import LEVELS, OPEN
from liandong.rules.model import Actor, Refusal
from liandong.screens.common import labels
from liandong.screens.common.access import DESK, DUTY, UNIT, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.whole import version_of

from .presets import presets


@page(*DESK, *UNIT, *DUTY)
@require_http_methods(["GET", "POST"])
def joint(request: HttpRequest, no: str) -> HttpResponse:
    """The form, and its sending: all of it or nothing."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    if request.method == "GET":
        return _show(request, case, actor, now, None, 200)
    order = engine.Joint(
        request.POST.get("reason", "").strip(),
        request.POST.getlist("joint_units"),
        request.POST.get("level", ""),
        request.POST.get("level_reason", "").strip(),
    )
    key = f"joint-{request.POST.get('key', '')[:80] or new_key()}"
    version = version_of(request.POST.get("version", ""))
    try:
        done = engine.dispose(no, order, actor, key=key, version=version)
    except NoSuchCase:
        return problem(request, 404)
    except Refused as refused:
        status = STATUS.get(refused.refusal.code, 422)
        return _show(request, case, actor, now, refused.refusal, status)
    if done.forwarded:
        said = _(
            "联合处置已送对侧执行，等待回执：公安、各单位和等级一并办理，或一项都不办。情况紧急的，请同时打电话。"
        )
        messages.warning(request, said)
    elif done.existing:
        messages.success(request, _("这次联合处置此前已经发出，没有重复执行。"))
    else:
        said = _("已同时通知公安和{n}个单位，各自10分钟内确认。").format(n=len(order.units))
        messages.success(request, said)
    return HttpResponseRedirect(f"/cases/{no}" if queries.get_case(no, actor) else "/")


def suggested(case: dict[str, Any], now: datetime) -> list[str]:
    """Units the emergency classes name for a like case: the lead, assistants, and those told beside it by the pack."""
    matter = current().matters.get((case.get("matter") or {}).get("code") or "")
    table = unit_table(now)
    found = [case.get("lead_unit"), *(case.get("assist_units") or [])]
    text = f"{case.get('summary') or ''}{case.get('content') or ''}"
    for row in current_pack().emergencies:
        if (matter and matter.never_divert == row.code) or any(word in text for word in row.triggers):
            found += row.parallel
    town = (case.get("place") or {}).get("township")
    found.append(f"JZ-{town}" if town else "")
    return [code for code in dict.fromkeys(found) if code and code in table]


def _show(
    request: HttpRequest,
    case: dict[str, Any],
    actor: Actor,
    now: datetime,
    refusal: Refusal | None,
    status: int,
) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    wanted = suggested(case, now)
    table = unit_table(now)
    units = {code: table[code] for code in (*wanted, *(c for c in table if c not in wanted))}
    at = LEVELS.index(case["level"])
    fresh = queries.get_case(case["no"], actor, policy=current(), now=now) or case
    return render(
        request,
        "incident/joint.html",
        {
            "case": case,
            "open": case["state"] in OPEN and case["state"] != "police",
            "refusal": refusal,
            "version": fresh["version"],
            "key": posted.get("key") if posted and refusal is None else new_key(),
            "units": units,
            "wanted": wanted,
            "chosen": posted.getlist("joint_units") if posted else wanted,
            "presets": presets(now, wanted),
            "reason": posted.get("reason", "") if posted else "",
            "level": posted.get("level", "") if posted else "",
            "level_reason": posted.get("level_reason", "") if posted else "",
            "levels": [
                (code, labels.label(labels.LEVELS, code))
                for n, code in enumerate(LEVELS)
                if code != "none" and n != at and (n > at or actor.role in DUTY)
            ],
            "now": now,
        },
        status=status,
    )
