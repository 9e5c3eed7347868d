"""Leaders' written instructions 领导批示: entered with the form of ``instruct``, shown on the case, listed, replied to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import instructions, queries
from liandong.casework.instructions import Instruction
from liandong.rules import written
from liandong.rules.model import Actor, Refusal
from liandong.screens.common.access import DESK, DUTY, UNIT, actor_of, page
from liandong.screens.common.forms import Raw
from liandong.screens.common.listing import address
from liandong.screens.common.page import render
from liandong.screens.common.policy import current
from liandong.screens.common.story import who
from liandong.screens.common.times import to_instant
from liandong.screens.common.whole import whole

SEES_LIST = (*DUTY, *UNIT, *DESK, "inspector")
INPUTS = ("leader", "day", "reply_by")
"""What the form of ``instruct`` asks beside the command's own fields."""
MOST_IN_A_CASE = 10_000
"""No case has so many instructions."""


def typed(command: str, values: Raw, now: datetime) -> tuple[dict[str, Any], Refusal | None]:
    """The command's text put together from the form's further inputs; or what is wrong with them (R32).

    A dispatching order without any of them stays as it was typed; so does a note that answers no instruction.
    """
    given = {name: written.one_line(values.get(name, "") or "") for name in INPUTS}
    text = (values.get("text", "") or "").strip()
    if command == "instruct" and any(given.values()) and text:
        return _instruction(given, text, now)
    number = _replied(values)
    if command == "note" and number is not None and text:
        return {"text": written.compose_reply(number, text)}, None
    return {}, None


def _instruction(given: Mapping[str, str], text: str, now: datetime) -> tuple[dict[str, Any], Refusal | None]:
    if not given["leader"] or not given["day"]:
        name = "leader" if not given["leader"] else "day"
        detail = _("领导批示要写明是哪位领导、哪一天批示的；如果只是值班室的调度指令，请把这几栏都清空")
        return {}, Refusal("missing_field", "R32", detail, name)
    try:
        day = date.fromisoformat(given["day"])
        until = to_instant(given["reply_by"])
        whole = written.compose(written.Written(given["leader"], day, until, text))
    except ValueError:
        detail = _("请核对：领导姓名和职务最多 80 个字，批示日期和回复期限要是真实的日期")
        return {}, Refusal("bad_value", "R32", detail, "leader")
    if day > (to_instant(now) or now).date():
        return {}, Refusal("bad_value", "R32", _("批示日期在今天之后，请核对后再提交"), "day")
    if until is not None and until <= now:
        return {}, Refusal("bad_value", "R32", _("回复期限已经过去，请写一个将来的时间，或留空"), "reply_by")
    return {"text": whole}, None


def form_extras(request: HttpRequest, command: str, refusal: Refusal | None) -> dict[str, Any]:
    """What the forms of ``instruct`` and ``note`` show beside the command's own inputs."""
    asked = request.POST if request.method == "POST" else request.GET
    if command == "instruct":
        values = {name: asked.get(name, "") for name in INPUTS}
        wrong = {refusal.field: refusal.detail} if refusal and refusal.field in INPUTS else {}
        return {
            "written": {
                "open": bool(asked.get("written")) or any(values.values()),
                "values": values,
                "wrong": wrong,
                "today": f"{to_instant(timezone.now()):%Y-%m-%d}",
            }
        }
    number = _replied(asked)
    return {"reply": number} if command == "note" and number is not None else {}


def _replied(values: Raw) -> int | None:
    """The number of the instruction that a note answers; None for a note that answers none."""
    number = whole(values.get("reply"))
    return number if number is not None and number < MOST_IN_A_CASE else None


def card(
    one: Instruction, actor: Actor, now: datetime, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One instruction as a card: who wrote it, how it stands in words, who acknowledged, who replied, what I may do."""
    heard = {reply.unit for reply in one.replies}
    return {
        "one": one,
        "by": who(one.by, names),
        "words": one.written.text if one.written else one.text,
        "late": one.is_overdue(now),
        "units": [
            {
                "ack": ack,
                "late": ack.is_late(now),
                "replied": ack.unit in heard,
            }
            for ack in one.acknowledgements
        ],
        "replies": [{"reply": reply, "by": who(reply.by, names)} for reply in one.replies],
        "mine": any(ack.unit == actor.unit for ack in one.acknowledgements),
        "owe_ack": any(ack.unit == actor.unit for ack in one.unacknowledged),
        "owe_reply": not one.ended and actor.unit in one.silent,
    }


def cards(
    case: Mapping[str, Any],
    events: list[dict[str, Any]],
    actor: Actor,
    now: datetime,
    names: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """All instructions of a case, the newest first, leaders' before the duty office's own."""
    made = instructions.of_events(events, case, current())
    made.sort(key=lambda one: (one.written is None, -one.n))
    return [card(one, actor, now, names) for one in made]


@page(*SEES_LIST)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Open instructions: of all units, or for a unit its own; what is late stands first on its page."""
    actor, now = actor_of(request), timezone.now()
    everything = request.GET.get("kind") == "all"
    try:
        found = instructions.open_ones(
            actor, now, only_written=not everything, after=request.GET.get("after"), policy=current()
        )
    except queries.BadCursor:
        return HttpResponseRedirect("/cases/instructions")
    shown = [{**card(item["instruction"], actor, now), "case": item["case"]} for item in found.items]
    shown.sort(key=lambda item: (item["one"].is_done, not item["late"]))
    return render(
        request,
        "case/instructions.html",
        {
            "items": shown,
            "everything": everything,
            "refresh": request.get_full_path(),
            "next": address(request, after=found.next) if found.next else "",
            "first": address(request, after=None) if request.GET.get("after") else "",
            "now": now,
        },
    )
