"""点验 as pages: opening a roll call, its running board, one unit's answer in one tap, results by unit (R50, R24)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.casework import sight
from liandong.casework.execute import Refused
from liandong.district import register_settings, rosters
from liandong.registers import drills, notices, queries
from liandong.registers.store import act
from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.drills import DRILL, RESULTS
from liandong.screens.common.access import DUTY, UNIT, actor_of, page
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.times import limit_in_words
from liandong.screens.common.whole import whole
from liandong.screens.templatetags.registers import tr

from . import entry as pages
from .inputs import CHOICES, HELP

WATCH = (*DUTY, "inspector")
HELP["drill", "limit"] = lambda: _("不填就是{limit}（设置）。").format(
    limit=limit_in_words(str(register_settings.of("drill")["answer"]))
)
CHOICES["drill", "field"] = CHOICES["drill_plan", "field"] = drills.fields


@page(*DUTY)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, step: str) -> HttpResponse:
    """Open a 点验; the plan it belongs to ends with it, and a roll call leads to its board."""
    if step not in DRILL.by_name or not DRILL.by_name[step].opens:
        return problem(request, 404)

    done = pages.take(request, DRILL, DRILL.by_name[step], None)
    onward = str(getattr(done, "url", ""))
    if onward.startswith("/registers/drill/") and onward != "/registers/drill/":
        return HttpResponseRedirect(f"{onward}/board")
    return done


@page()
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """One 点验: for its unit the answer, for the duty office the way to the board, log and receipts below."""
    actor, now = actor_of(request), timezone.now()
    if not queries.may_see(DRILL, actor):
        return problem(request, 403)
    entry = queries.get(actor, "drill", no)
    if entry is None:
        return problem(request, 404)
    notices.mark_read(actor, no)
    known = pages.context(request, DRILL, entry)
    if actor.role == "unit":
        known |= {"owed": [], "mine": _mine(entry, actor, now), "calls": _calls(actor, now, only=no)}
        known["may"] = [step for step in known["may"] if step.name != "answer"]
    return render(request, "registers/drill.html", known | {"key": new_key()})


@page(*WATCH)
@require_safe
def board(request: HttpRequest, no: str) -> HttpResponse:
    """The running board: who answered after how many seconds, who has not, who is late."""
    return _board(request, no)


def _board(request: HttpRequest, no: str, refusal: Refusal | None = None) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    entry = queries.get(actor, "drill", no)
    if entry is None:
        return problem(request, 404)
    options = queries.options(actor, "drill", entry, now=now)
    may = {step.name for step, why in options if why is None}
    shown_ = {
        "register": DRILL,
        "entry": entry,
        "board": drills.board(entry, now),
        "field": drills.fields().get(str(entry.data.get("field")), entry.data.get("field")),
        "method": DRILL.words.get(str(entry.data.get("method"))),
        "state": tr(DRILL.states[entry.state]),
        "calls": entry.data.get("method") == "roll_call",
        "may": may,
        "results": RESULTS,
        "key": new_key(),
        "typed": request.POST,
        "chosen": request.POST.getlist("units"),
        "refusal": refusal,
        "address": pages.address("drill", no),
        "now": now,
    }
    status = STATUS.get(refusal.code, 422) if refusal else 200
    return render(request, "registers/drill_board.html", shown_, status=status)


@page(*DUTY)
@require_POST
def judge(request: HttpRequest, no: str) -> HttpResponse:
    """Pass or fail for the units that were chosen; a person's word, never the clock's."""
    given = {"units": request.POST.getlist("units"), "result": request.POST.get("result") or None}
    if request.POST.get("reason", "").strip():
        given["reason"] = request.POST["reason"].strip()
    try:
        act("drill", "judge", given, actor_of(request), no=no, key=_key(request))
    except Refused as refused:
        return _board(request, no, refused.refusal)
    messages.success(request, _("已评定 {n} 个单位。").format(n=len(given["units"] or ())))
    return HttpResponseRedirect(f"{pages.address('drill', no)}/board")


@page(*UNIT)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The banner on every page of a unit: roll calls it has not answered. Showing it is the receipt."""
    actor = actor_of(request)
    calls = _calls(actor, timezone.now())
    for call in calls:
        notices.mark_read(actor, call["entry"].no)
    return render(request, "registers/roll_calls.html", {"calls": calls})


@page(*UNIT)
@require_POST
def answer(request: HttpRequest, no: str) -> HttpResponse:
    """One tap: the unit is there. The time is the server's."""
    actor = actor_of(request)
    given: dict[str, Any] = {
        name: text for name in ("person", "position", "words") if (text := request.POST.get(name, "").strip())
    }
    if not given.get("person") and (chosen := request.POST.get("chosen", "").strip()):
        given["person"] = chosen
    count = request.POST.get("equipment", "").strip()
    if count:
        number = whole(count)
        given["equipment"] = count if number is None else number
    refusal, said = None, None
    try:
        said = _said(act("drill", "answer", given, actor, no=no, key=_key(request)), actor)
    except Refused as refused:
        refusal = refused.refusal
    if not request.headers.get("HX-Request"):
        if said:
            messages.success(request, said)
        elif refusal:
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(pages.address("drill", no))
    calls = _calls(actor, timezone.now())
    known = {"calls": calls, "said": said, "refusal": refusal, "typed": request.POST if refusal else {}}
    return render(request, "registers/roll_calls.html", known, status=422 if refusal else 200)


def _key(request: HttpRequest) -> str:
    return f"page-{request.POST.get('key', '')[:100] or new_key()}"


def _said(entry: Entry, actor: Actor) -> str:
    """The answer just given (the last one, where a unit stands for several), and whom it counts for beside the unit."""
    lines = _mine(entry, actor, timezone.now())
    latest = max(one.seconds for one in lines if one.seconds is not None)
    now_given = [one for one in lines if one.seconds == latest]
    late = any(one.how == drills.LATE for one in now_given)
    text = (
        _("已应答 {no}，用时 {seconds} 秒。")
        if not late
        else _("已应答 {no}，用时 {seconds} 秒，已超过时限。")
    )
    said = text.format(no=entry.no, seconds=latest)
    others = [unit_name(one.unit) for one in now_given if one.answered_by]
    return said + _("同时计入{units}。").format(units="、".join(others)) if others else said


def _mine(entry: Entry, actor: Actor, now: Any) -> list[drills.Line]:
    """What this unit gave and how it was judged."""
    units = sight.units_of(actor, current(), now)
    return [line for line in drills.board(entry, now).lines if line.unit in units]


def _calls(actor: Actor, now: Any, only: str = "") -> list[dict[str, Any]]:
    """Roll calls still to be answered, each with the people of the roster and a fresh key."""
    found = drills.owed_by(actor, policy=current(), now=now)
    people: list[rosters.OnDuty] = []
    if found:
        units = sorted(sight.units_of(actor, current(), now))
        by_unit = rosters.on_duty_of(units, now)
        people = [one for unit in units for one in by_unit.get(unit, ())]
    return [
        {
            "entry": entry,
            "late": entry.state == "closed" or entry.is_overdue(now),
            "elapsed": int((now - entry.opened_at).total_seconds()),
            "people": people,
            "key": new_key(),
            "address": pages.address("drill", entry.no),
            "for_others": "、".join(
                unit_name(unit)
                for unit in sorted(sight.units_of(actor, current(), now) - {actor.unit})
                if unit in entry.owed and entry.owed[unit].done_at is None
            ),
        }
        for entry in found
        if only in ("", entry.no)
    ]
