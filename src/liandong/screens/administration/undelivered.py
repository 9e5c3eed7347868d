"""What did not arrive, and what would go out: dead letters with their reasons, and the dry run of a notice."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import queries
from liandong.district import noticing
from liandong.engine.channels import dead as letters
from liandong.engine.channels import plan, receipts
from liandong.engine.models import Channel
from liandong.screens.common import labels
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.parties import party_name
from liandong.screens.common.policy import current

from .channels import instant
from .framing import framed
from .sections import DEAD

HERE = "/district/channels/dead"
PREVIEW = "/district/channels/preview"
EXAMPLE = {
    "no": "QJFL-500110-20180601-00001-7",
    "due": "6月1日17时",
    "place": "古南街道",
    "unit": "区城市管理局",
}
"""An invented case, for who sees no cases."""


@page(*DEAD)
@require_safe
def dead(request: HttpRequest) -> HttpResponse:
    """Messages that failed by every way: to whom, why, since when; send again or set aside. The text is not shown."""
    actor = actor_of(request)
    active = set(Channel.objects.filter(active=True).values_list("code", flat=True))
    found = letters.listed()
    may_open = actor.role != "sysadmin"
    seen = {
        no
        for no in {row.case_no for row in found}
        if may_open and queries.is_visible(no, actor, policy=current())
    }
    lines = [
        {"row": row, "at": instant(row.failed_ms), "party": party_name(row.recipient), "address": receipts.masked(row.address),
         "again": row.channel in active, "link": row.case_no in seen}
        for row in found
    ]  # fmt: skip
    by_channel = [
        (name, letters.count(channel=code), code)
        for code, name in Channel.objects.filter(active=True)
        .order_by("rank", "code")
        .values_list("code", "name")
    ]
    context = {
        "lines": lines,
        "channels": [one for one in by_channel if one[1]],
        "more": letters.count() - len(lines),
    }
    return framed(request, HERE, "administration/channel_dead.html", context)


@page(*DEAD)
@require_POST
def deal(request: HttpRequest, key: str) -> HttpResponse:
    """Send one again, or set it aside with a reason; both are recorded."""
    by, reason = str(actor_of(request)), request.POST.get("reason", "").strip()
    if request.POST.get("what") == "again":
        if letters.resend(key[:32], by):
            messages.success(request, _("已重新排队发送。"))
        else:
            messages.error(request, _("这一条已有人处理，或渠道已停用。请刷新后再看。"))
    elif not reason:
        messages.error(request, _("不再发送要写明理由，如“已电话告知”。"))
    elif letters.set_aside(key[:32], reason, by):
        messages.success(request, _("已记录，不再发送。"))
    else:
        messages.error(request, _("这一条已有人处理。"))
    return HttpResponseRedirect(HERE)


@page(*DEAD)
@require_POST
def again(request: HttpRequest, code: str) -> HttpResponse:
    """Send all of a channel again, once it is mended."""
    done = letters.resend_all(code, str(actor_of(request)))
    if done:
        messages.success(request, _("{n} 条已重新排队发送。").format(n=done))
    else:
        messages.error(request, _("已有人处理，或渠道已停用。请刷新后再看。"))
    return HttpResponseRedirect(HERE)


@page(*DESK, *DUTY, "sysadmin")
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Exactly what would go out, to whom, by which ways in order; nothing is sent. The administrator sees an example."""
    actor, now = actor_of(request), timezone.now()
    no, asked = request.GET.get("no", "").strip(), request.GET.get("kind", "")
    choices = [(f"{kind}|{to}", name, labels.label(PARTIES, to)) for kind, name, to in plan.choices()]
    kind, _bar, to = asked.partition("|")
    context: dict[str, object] = {
        "choices": choices,
        "no": no,
        "asked": asked,
        "example": actor.role == "sysadmin",
    }
    if asked not in [value for value, _name, _to in choices]:
        return framed(request, PREVIEW, "administration/channel_preview.html", context)
    rules = noticing.current()
    if actor.role == "sysadmin":
        texts = [(means, rules.text_for(kind, means)) for means in noticing.MEANS]
        context["texts"] = [
            {"means": means, "text": said, "parts": noticing.parts(said)}
            for means, text in texts
            if text is not None
            for said in [noticing.fill(text.text, {**EXAMPLE, "kind": text.name})]
        ]
        context["rule"] = rules.rule_for(kind, to)
        return framed(request, PREVIEW, "administration/channel_preview.html", context)
    case = queries.get_case(no, actor, policy=current(), now=now) if 0 < len(no) <= 40 else None
    if case is None:
        context["missing"] = True
        return framed(
            request, PREVIEW, "administration/channel_preview.html", context, status=404 if no else 200
        )
    if to.startswith("unit") and not case["lead_unit"]:
        context["no_unit"] = True
        return framed(request, PREVIEW, "administration/channel_preview.html", context)
    recipient = f"unit:{case['lead_unit']}" if to.startswith("unit") else to
    recipient += ":responsible" if to == "unit_responsible" else ""
    planned, begins = plan.preview(kind, recipient, no, now.astimezone(current().zone))
    context |= {
        "planned": [
            {"one": one, "party": party_name(one.recipient), "legs": [(leg, receipts.masked(leg.address)) for leg in one.legs]}
            for one in planned
        ],
        "begins": begins, "later": begins > now, "looked": True,
    }  # fmt: skip
    return framed(request, PREVIEW, "administration/channel_preview.html", context)


PARTIES = {
    "unit": labels.HOLDERS["unit"], "unit_responsible": gettext_lazy("分管负责人"), "desk": labels.HOLDERS["desk"],
    "duty_office": labels.HOLDERS["duty_office"], "police": labels.HOLDERS["police"],
}  # fmt: skip
