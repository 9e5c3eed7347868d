"""Channels out of the house: how each stands, its settings, its secrets, the offices' mailboxes; every change on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.engine import breaker
from liandong.engine.channels import book, dead, kinds, store
from liandong.engine.instants import now_ms
from liandong.engine.models import Channel, ChannelBox, ChannelChange, Message
from liandong.screens.common.access import DISTRICT, actor_of, page

from .framing import framed
from .sections import CHANGES

HERE = "/district/channels"
SECRETS = ("sysadmin", "secadmin")
NUMBERS = ("per_minute", "at_once", "most_attempts", "rank")
LOG = 30


def instant(ms: int | None) -> datetime | None:
    """Milliseconds as an instant; None where there is none."""
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None


def change_log(**wanted: Any) -> list[dict[str, Any]]:
    """The latest changes of channels, addresses and letters that are wanted."""
    rows = ChannelChange.objects.filter(**wanted).order_by("-id")[:LOG]
    return [{"row": row, "at": instant(row.at_ms)} for row in rows]


@page(*DISTRICT)
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel with what waits and whether its peer answers; nothing of any case."""
    actor, now = actor_of(request), now_ms()
    broken = breaker.shut()
    lines = []
    for row in Channel.objects.order_by("rank", "code"):
        shut = broken.get(row.code)
        lines.append(
            {
                "row": row, "kind": kinds.KINDS[row.kind].name if row.kind in kinds.KINDS else row.kind,
                "waiting": Message.objects.filter(channel=row.code, state="queued", next_ms__lte=now).count(),
                "shut": shut, "since": instant(shut.since_ms) if shut else None,
                "until": instant(shut.open_until_ms) if shut else None,
            }
        )  # fmt: skip
    context = {
        "lines": lines, "dead": dead.count(), "kinds": kinds.KINDS.values(), "changes": actor.role in CHANGES,
        "boxes": ChannelBox.objects.count(), "log": change_log(),
    }  # fmt: skip
    return framed(request, HERE, "administration/channels.html", context)


def _stored(row: Channel | None, kind: str) -> dict[str, str]:
    if row is None:
        start = {field.key: field.start for field in kinds.KINDS[kind].fields}
        return {**start, "name": kinds.KINDS[kind].name, "code": "", "per_minute": "60", "at_once": "4",
                "most_attempts": "8", "rank": "10", "active": "1"}  # fmt: skip
    kept = {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
        for key, value in row.settings.items()
    }
    numbers = {key: str(getattr(row, key)) for key in NUMBERS}
    return {**kept, **numbers, "name": row.name, "code": row.code, "active": "1" if row.active else ""}


@page(*DISTRICT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Enter or change a channel; its secrets have forms of their own."""
    actor = actor_of(request)
    row = Channel.objects.filter(code=code).first() if code else None
    kind = row.kind if row else str(request.POST.get("kind") or request.GET.get("kind") or "sms_http")
    if (code and row is None) or kind not in kinds.KINDS or (row is None and actor.role not in CHANGES):
        raise Http404(code)
    if request.method == "POST" and actor.role not in CHANGES:
        raise Http404(code)
    typed, wrong = _stored(row, kind), {}
    if request.method == "POST":
        typed = {key: value for key, value in request.POST.items() if isinstance(value, str)}
        try:
            made = store.save(code or typed.get("code", ""), kind, typed, str(actor))
        except store.Wrong as error:
            wrong = error.fields
        else:
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect(f"{HERE}/of/{made.code}")
    return _show(request, row, kind, typed, wrong)


def _show(
    request: HttpRequest, row: Channel | None, kind: str, typed: dict[str, str], wrong: dict[str, str], *, secret: str = ""
) -> HttpResponse:  # fmt: skip
    actor = actor_of(request)
    fields = [
        {"field": field, "value": typed.get(field.key, ""), "wrong": wrong.get(field.key, "")}
        for field in kinds.KINDS[kind].fields
    ]
    context = {
        "row": row, "kind": kinds.KINDS[kind], "fields": fields, "typed": typed, "wrong": wrong, "new_secret": secret,
        "changes": actor.role in CHANGES, "secrets": actor.role in SECRETS, "log": change_log(channel=row.code) if row else [],
        "shut": bool(row and row.code in breaker.shut()),
        "overlap": instant(row.before_until_ms) if row and row.before_until_ms > now_ms() else None,
        "address": request.build_absolute_uri(f"/api/v1/channels/{row.code}/receipts") if row else "",
    }  # fmt: skip
    return framed(request, HERE, "administration/channel.html", context, status=422 if wrong else 200)


@page(*SECRETS)
@require_POST
def act(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Replace a secret, renew the one for receipts, or try a channel again at once."""
    actor, row = actor_of(request), Channel.objects.filter(code=code).first()
    if row is None:
        raise Http404(code)
    if what == "secret":
        try:
            store.set_secret(code, request.POST.get("secret", ""), str(actor))
        except store.Wrong as error:
            return _show(request, row, row.kind, _stored(row, row.kind), error.fields)
        messages.success(request, _("密钥已更换，以后不再显示。旧密钥再用一天：对方还不认新密钥时用旧的。"))
    elif what == "receipts" and kinds.KINDS[row.kind].receipts:
        made = store.renew_receipt_secret(code, str(actor))
        row.refresh_from_db()
        return _show(request, row, row.kind, _stored(row, row.kind), {}, secret=made)
    elif what == "retry":
        store.close_breaker(code, str(actor))
        messages.success(request, _("马上再试。"))
    else:
        raise Http404(what)
    return HttpResponseRedirect(f"{HERE}/of/{code}")


@page("sysadmin")
@require_http_methods(["GET", "POST"])
def boxes(request: HttpRequest) -> HttpResponse:
    """The e-mail addresses of offices: of units, the desk, the duty office; never of a person."""
    known, wrong = book.parties(), ""
    typed = request.POST.get("address", "").strip()
    if request.method == "POST":
        party = request.POST.get("party", "")
        if party not in known:
            raise Http404(party)
        try:
            store.set_box(party, typed, str(actor_of(request)))
        except store.Wrong as error:
            wrong = error.fields["address"]
        else:
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect(f"{HERE}/boxes")
    kept = dict(ChannelBox.objects.values_list("recipient", "address"))
    lines = [(party, party.removeprefix("unit:"), kept.get(party, "")) for party in known]
    context = {
        "lines": lines,
        "wrong": wrong,
        "typed": typed,
        "party": request.POST.get("party", ""),
        "now": timezone.now(),
    }
    return framed(request, HERE, "administration/channel_boxes.html", context, status=422 if wrong else 200)
