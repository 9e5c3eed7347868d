"""Handing over: the outgoing shift freezes the unfinished list, the incoming one reads it and takes over (R24)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.casework import handover
from liandong.district import knowledge, rosters
from liandong.district import shifts as rules
from liandong.district.models import Handover
from liandong.registers import handing, queries
from liandong.rules.model import Actor
from liandong.rules.registers import registers
from liandong.screens.common import labels
from liandong.screens.common.access import SHIFTS, actor_of, page
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import standing

from .framing import framed

HERE = "/district/shift"

SIZE = 20


def place_name(place: str) -> str:
    """The desk, the duty office, or a unit's name."""
    return str(labels.HOLDERS[place]) if place in (rosters.DESK, rosters.DUTY_OFFICE) else unit_name(place)


def _lines(items: list[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    """The frozen items beside how the cases stand now; a case the reader may not see (R19) is not there at all."""
    now = timezone.now()
    known = handover.as_they_stand([item["no"] for item in items], actor, policy=current(), now=now)
    lines = []
    for item in items:
        if item.get("register"):
            lines += _entry_line(item, actor, now)
            continue
        case = known.get(item["no"])
        if case is None:
            continue
        clock = {"kind": item["kind"], "due_at": item["due"], "started_at": None} if item["due"] else None
        lines.append(
            {
                "item": item, "case": case, "changed": case["state"] != item["state"],
                "standing": standing(clock, now) if clock else None,
                "also": [labels.label(labels.CLOCKS, kind) for kind in item.get("also", ())],
            }
        )  # fmt: skip
    return lines


def _entry_line(item: dict[str, Any], actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """A register's entry as it was left and as it stands; nothing where the reader does not see it."""
    register = registers().get(item["register"])
    entry = queries.get(actor, item["register"], item["no"]) if register else None
    if register is None or entry is None:
        return []
    clock = {"kind": "", "due_at": item["due"], "started_at": None} if item["due"] else None
    return [
        {
            "item": item, "entry": entry, "register": by_name(register.label),
            "was": by_name(register.states.get(item["state"], item["state"])),
            "is": by_name(register.states[entry.state]), "changed": entry.state != item["state"],
            "standing": standing(clock, now) if clock else None,
            "unit": unit_name(entry.unit) if entry.unit else "",
        }
    ]  # fmt: skip


def _entries(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """What waits in the registers, as it is stored."""
    return [
        {"no": one.no, "register": one.register, "state": one.state, "kind": "", "late": one.late, "also": [],
         "due": one.due_at.isoformat() if one.due_at else None}
        for one in handing.left(actor, policy=current(), now=now)
    ]  # fmt: skip


def _frozen(left: handover.Unfinished) -> list[dict[str, Any]]:
    """What is stored: numbers, states, clocks; not a word of a caller."""
    return [
        {"no": i.no, "state": i.state, "kind": i.kind, "due": i.due_at.isoformat() if i.due_at else None,
         "late": i.late, "also": list(i.also)}
        for i in left.items
    ]  # fmt: skip


@page(*SHIFTS)
@require_safe
def shift(request: HttpRequest) -> HttpResponse:
    """Who is on duty, what waits to be taken over, what is unfinished now, and the latest hand-overs."""
    actor, now = actor_of(request), timezone.now()
    place = rosters.place_of(actor)
    left = handover.unfinished(actor, place, policy=current(), now=now)
    entries = _entries(actor, now)
    before = rules.last_taken(place, actor.name)
    waiting = rules.waiting(place)
    context = {
        "place": place_name(place),
        "on_duty": rosters.on_duty(place, now),
        "gaps": rosters.gaps_ahead([place], now),
        "waiting": waiting,
        "mine": waiting is not None and waiting.given_by == actor.name,
        "late": waiting is not None and waiting.read_by < now,
        "lines": _lines(entries + _frozen(left), actor),
        "more": left.more,
        "late_count": sum(item.late for item in left.items) + sum(bool(item["late"]) for item in entries),
        "remark": before.remark if before else "",
        "history": rules.history(place)[:SIZE],
        "others": [(row, place_name(row.place)) for row in rules.unread(now)]
        if actor.role == "duty_office"
        else [],
    }
    return framed(request, HERE, "administration/shift.html", context)


@page(*SHIFTS)
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Freeze what is unfinished at this instant and leave a remark for whoever comes."""
    actor, now = actor_of(request), timezone.now()
    left = handover.unfinished(actor, rosters.place_of(actor), policy=current(), now=now)
    try:
        row = rules.give(actor, _entries(actor, now) + _frozen(left), request.POST.get("remark", ""), now)
    except rules.HandoverError as error:
        messages.warning(request, str(error))
        return HttpResponseRedirect("/district/shift")
    messages.success(request, _("已交班：{n} 件未办结。请接班的人打开这一页确认。").format(n=len(row.items)))
    return HttpResponseRedirect(f"/district/shift/{row.pk}")


@page(*SHIFTS)
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One hand-over: read item by item, tick each, take over; afterwards who left and who took over."""
    actor, now = actor_of(request), timezone.now()
    row = get_object_or_404(Handover, pk=key)
    if row.place != rosters.place_of(actor):
        raise Http404(str(key))
    read = set(request.POST.getlist("read"))
    lines = _lines(row.items, actor)
    shown = {line["item"]["no"] for line in lines}
    hidden = {item["no"] for item in row.items} - shown
    wrong = ""
    if request.method == "POST":
        try:
            rules.take(key, actor, read | hidden, now)
        except rules.HandoverError as error:
            wrong = str(error)
        else:
            messages.success(request, _("已接班。现在起由您负责。"))
            return HttpResponseRedirect("/district/shift")
    context = {
        "row": row, "place": place_name(row.place), "lines": lines, "read": read, "wrong": wrong,
        "may_take": row.taken_at is None and row.replaced_at is None and row.given_by != actor.name,
        "late": row.taken_at is None and row.replaced_at is None and row.read_by < now,
    }  # fmt: skip
    return framed(request, HERE, "administration/shift_one.html", context, status=422 if wrong else 200)


@page(*SHIFTS)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """All hand-overs of this place."""
    place = rosters.place_of(actor_of(request))
    shown = Paginator(rules.history(place), SIZE).get_page(request.GET.get("page"))
    return framed(
        request, HERE, "administration/shift_history.html", {"shown": shown, "place": place_name(place)}
    )


@page(*SHIFTS)
@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    """What a home page says of shifts: a hand-over to read or left unread, posts without anybody, reviews due."""
    actor, now = actor_of(request), timezone.now()
    place = rosters.place_of(actor)
    waiting = rules.waiting(place)
    unread = {"desk_lead": [rosters.DESK], "duty_office": None}.get(actor.role, [])
    late = [row for row in rules.unread(now, unread) if row.given_by != actor.name] if unread != [] else []
    everywhere = rosters.places() if actor.role == "duty_office" else [place]
    gaps = rosters.gaps_ahead(everywhere, now) if actor.role != "desk" else []
    owner = {"unit": place, "desk_lead": "GA", "duty_office": "YJ"}.get(actor.role, "")
    context = {
        "waiting": waiting if waiting is not None and waiting.given_by != actor.name else None,
        "late": [(row, place_name(row.place)) for row in late],
        "gaps": [(gap, place_name(gap.unit)) for gap in gaps[:3]],
        "gap_count": len(gaps),
        "reviews": knowledge.search(owner=owner, overdue=True).count() if owner else 0,
        "now": now,
    }
    return render(request, "administration/shift_notice.html", context)
