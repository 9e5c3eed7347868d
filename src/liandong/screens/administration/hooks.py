"""Webhooks of other systems: how each receiver stands, what did not arrive; sent again or set aside, all on record."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liandong.engine import webhook_letters as letters
from liandong.engine import webhooks
from liandong.engine.models import Webhook
from liandong.screens.common.access import DISTRICT, actor_of, page

from .channels import change_log, instant
from .framing import framed
from .sections import CHANGES

HERE = "/district/webhooks"


@page(*DISTRICT)
@require_safe
def hooks(request: HttpRequest) -> HttpResponse:
    """Every receiver, those with something to look after first; nothing of any case."""
    lines = [
        {"one": one, "since": instant(one.shut.since_ms if one.shut else None)} for one in letters.receivers()
    ]
    context = {"lines": lines, "log": change_log(channel__startswith=webhooks.PEER)}
    return framed(request, HERE, "administration/hooks.html", context)


@page(*DISTRICT)
@require_safe
def hook(request: HttpRequest, key: str) -> HttpResponse:
    """One receiver with its dead letters: event and number, why and how often; not what was sent."""
    one = next((one for one in letters.receivers() if one.hook.id == key), None)
    if one is None:
        raise Http404(key)
    context = {
        "one": one,
        "since": instant(one.shut.since_ms if one.shut else None),
        "until": instant(one.shut.open_until_ms if one.shut else None),
        "lines": [{"row": row, "at": instant(row.created_ms)} for row in letters.listed(one.hook)],
        "changes": actor_of(request).role in CHANGES,
        "log": change_log(channel=webhooks.peer(key)),
    }
    return framed(request, HERE, "administration/hook.html", context)


@page(*CHANGES)
@require_POST
def deal(request: HttpRequest, key: str) -> HttpResponse:
    """Send one dead letter or all again, set them aside with a reason, or try a receiver at once."""
    found = Webhook.objects.filter(id=key).first()
    if found is None:
        raise Http404(key)
    by, what = str(actor_of(request)), request.POST.get("what")
    one, reason = request.POST.get("letter", "")[:32] or None, request.POST.get("reason", "").strip()[:200]
    if what == "try":
        letters.try_now(found, by)
        messages.success(request, _("马上再试。"))
    elif what == "again" and not found.active:
        messages.error(request, _("这个回调已停用，不能重发。请对方重新登记，用 GET /feed 补取。"))
    elif what == "aside" and not reason:
        messages.error(request, _("不再发送要写明理由，如“已电话告知”。"))
    elif what in ("again", "aside"):
        again = what == "again"
        done = letters.resend(found, by, one) if again else letters.set_aside(found, by, reason, one)
        if done:
            says = _("{n} 条已重新排队发送。") if again else _("{n} 条已记录，不再发送。")
            messages.success(request, says.format(n=done))
        else:
            messages.error(request, _("已有人处理。请刷新后再看。"))
    else:
        raise Http404(what)
    return HttpResponseRedirect(f"{HERE}/of/{key}")
