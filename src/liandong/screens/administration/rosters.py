"""The duty roster: a month of posts, gaps ahead, entering days, changing shifts (R24)."""

from __future__ import annotations

import calendar
from datetime import date, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from liandong.district import rosters as rules
from liandong.screens.common.access import SHIFTS, actor_of, page
from liandong.screens.common.policy import current

from .framing import framed
from .shifts import place_name

HERE = "/district/rosters"

SEEN_BY = (*SHIFTS, "sysadmin", "inspector")
EVERYWHERE = ("sysadmin", "duty_office", "inspector", "desk", "desk_lead")
"""Who looks at other rosters too: whoever may have to call somebody there (R4: the phone when nothing else reaches)."""
MOST_DAYS = 62
POSTS = {"main": gettext_lazy("主班"), "deputy": gettext_lazy("副班")}
WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


def _place(request: HttpRequest) -> str:
    """The roster that is looked at: the one asked for where this role may, else one's own."""
    actor = actor_of(request)
    own = rules.place_of(actor)
    asked = request.GET.get("place") or request.POST.get("place") or own or rules.DESK
    if asked != own and actor.role not in EVERYWHERE:
        raise Http404(asked)
    if asked not in rules.places():
        raise Http404(asked)
    return asked


@page(*SEEN_BY)
@require_safe
def roster(request: HttpRequest) -> HttpResponse:
    """A month of one roster, who is on duty now, and the gaps of the coming day."""
    actor, now = actor_of(request), timezone.now()
    place = _place(request)
    month = _month(request.GET.get("month", ""))
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    by_day: dict[date, list[rules.Slot]] = {}
    for slot in rules.slots([place], month, last):
        by_day.setdefault(slot.day, []).append(slot)
    cells: list[dict[str, Any] | None] = [None] * month.weekday()
    day = month
    while day <= last:
        cells.append({"day": day, "slots": by_day.get(day, []), "works": current().calendar.is_workday(day)
                      if current().calendar.known_from <= day <= current().calendar.known_until else None})  # fmt: skip
        day += timedelta(days=1)
    cells += [None] * (-len(cells) % 7)
    edits = rules.may_edit(actor, place)
    all_places = actor.role in EVERYWHERE
    context = {
        "place": place, "place_name": place_name(place), "month": month,
        "weeks": [cells[n : n + 7] for n in range(0, len(cells), 7)], "weekdays": WEEKDAYS,
        "before": (month - timedelta(days=1)).strftime("%Y-%m"), "after": (last + timedelta(days=1)).strftime("%Y-%m"),
        "on_duty": rules.on_duty(place, now), "today": timezone.localdate(), "edits": edits, "posts": POSTS.items(),
        "gaps": [(gap, place_name(gap.unit)) for gap in
                 rules.gaps_ahead(rules.places() if all_places else [place], now)],
        "places": [(code, place_name(code)) for code in rules.places()] if all_places else [],
        "choices": _choices(by_day) if edits else [],
    }  # fmt: skip
    return framed(request, HERE, "administration/shift_roster.html", context)


def _choices(by_day: dict[date, list[rules.Slot]]) -> list[tuple[str, str]]:
    """The filled posts from today on, as values for changing shifts."""
    today = timezone.localdate()
    return [
        (f"{slot.day}|{slot.post}|{slot.starts:%H:%M}",
         f"{slot.day:%m-%d} {slot.starts:%H:%M} {POSTS[slot.post]} {slot.person}")
        for day in sorted(by_day) if day >= today for slot in by_day[day] if slot.person
    ]  # fmt: skip


def _month(text: str) -> date:
    """The first day of the month asked for; of this one where the text is no month that has one before and after it."""
    this = timezone.localdate().replace(day=1)
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return this
    return month if date.min.year < month.year < date.max.year else this


@page(*SHIFTS, "sysadmin")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Enter a post for one or several days, take an entry away, or change two shifts."""
    actor = actor_of(request)
    place = _place(request)
    if not rules.may_edit(actor, place):
        raise Http404(place)
    what = request.POST.get("what", "put")
    try:
        if what == "swap":
            rules.swap(
                place, _key(request.POST.get("one", "")), _key(request.POST.get("other", "")), actor.name
            )
            said = _("已换班。")
        elif what == "clear":
            day, post, starts = _key(request.POST.get("one", ""))
            rules.clear(place, day, post, starts)
            said = _("已恢复固定班次。")
        else:
            said = _("已排 {n} 天。").format(n=_put(request, place, actor.name))
    except rules.RosterError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, said)
    month = request.POST.get("month", "")
    return HttpResponseRedirect(f"/district/rosters?place={place}&month={month}")


def _put(request: HttpRequest, place: str, by: str) -> int:
    post = request.POST
    try:
        first, last = (
            date.fromisoformat(post.get("first", "")),
            date.fromisoformat(post.get("last") or post["first"]),
        )
        starts, ends = _clock(post.get("starts", "")), _clock(post.get("ends", ""))
    except (ValueError, KeyError):
        raise rules.RosterError(_("请填起止日期和起止时刻"), "first") from None
    if not 0 <= (last - first).days < MOST_DAYS:
        raise rules.RosterError(_("起日不晚于止日，一次最多 {n} 天").format(n=MOST_DAYS), "last")
    wanted = {n for n in range(7) if str(n) in post.getlist("weekday")} or set(range(7))
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return rules.put(
        place, [day for day in span if day.weekday() in wanted], post.get("post", ""), starts, ends,
        post.get("person", "").strip(), post.get("phone", "").strip(), post.get("note", "").strip(), by,
    )  # fmt: skip


def _clock(text: str) -> time:
    """A time of the district's own day. Raises ValueError, also for one with a zone."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(text)
    return found


def _key(text: str) -> tuple[date, str, time]:
    try:
        day, post, starts = text.split("|")
        return date.fromisoformat(day), post, _clock(starts)
    except ValueError:
        raise rules.RosterError(_("请从列表中选择班次"), "one") from None
