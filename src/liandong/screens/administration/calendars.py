"""Holiday tables, a year each: what is known, next year's to be entered, and what that does to dues (R38)."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.casework import provisional
from liandong.district import holidays, policy, store
from liandong.district import values as v
from liandong.district.errors import SettingError
from liandong.district.pack import Pack
from liandong.screens.common import policy as asked
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import problem, render

from .sections import CHANGES, STRUCTURE, seen_by

HERE = "/district/calendars"
SAMPLES = ("2wd", "5wd", "15d")
FIELDS = ("version", "source", "days", "reason")


@dataclass(frozen=True, slots=True)
class Sample:
    """When a limit would end, before and after."""

    start: datetime
    limit: str
    before: datetime
    after: datetime
    guessed: bool


@page(*STRUCTURE)
def calendars(request: HttpRequest) -> HttpResponse:
    """The years that are known."""
    pack, today, role = policy.current_pack(), policy.today(), actor_of(request).role
    years = [
        {
            "row": row,
            "off": sum(not works for works in row.days.values()),
            "work": sum(row.days.values()),
            "current": row.year == today.year,
        }
        for row in sorted(pack.calendars, key=lambda row: row.year, reverse=True)
    ]
    context = {
        "years": years,
        "next": max(row.year for row in pack.calendars) + 1,
        "until": pack.calendar.known_until,
        "left": (pack.calendar.known_until - today).days,
        "provisional": provisional.waiting(),
        "may_change": role in CHANGES,
        "sections": seen_by(role, HERE),
    }
    return render(request, "administration/calendars.html", context)


@page(*STRUCTURE)
@require_http_methods(["GET", "POST"])
def year(request: HttpRequest, number: int) -> HttpResponse:
    """One year: month by month, and its lines to be entered or corrected."""
    pack, role = policy.current_pack(), actor_of(request).role
    known = {row.year: row for row in pack.calendars}
    if number not in known and number not in (min(known) - 1, max(known) + 1):
        return problem(
            request, 404, _("请先装入 {year} 年的日历，年份不能跳过（R38）。").format(year=max(known) + 1)
        )
    row = known.get(number)
    typed = _typed(request, row, number)
    context: dict[str, Any] = {
        "number": number,
        "row": row,
        "typed": typed,
        "months": _months(row) if row else [],
    }
    if request.method == "POST":
        if role not in CHANGES:
            return problem(request, 403)
        answer = _posted(request, pack, number, typed, context)
        if answer is not None:
            return answer
    context |= {"may_change": role in CHANGES, "sections": seen_by(role, HERE)}
    return render(
        request, "administration/calendar.html", context, status=422 if context.get("refusal") else 200
    )


def _typed(request: HttpRequest, row: v.CalendarRow | None, number: int) -> dict[str, str]:
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in FIELDS}
    if row is None:
        return {"version": f"{number}.1", "source": "", "days": "", "reason": ""}
    return {"version": row.version, "source": row.source, "days": holidays.written(row), "reason": ""}


def _posted(
    request: HttpRequest, pack: Pack, number: int, typed: Mapping[str, str], context: dict[str, Any]
) -> HttpResponse | None:
    """Preview, or save what was previewed; None: the page again."""
    try:
        made = holidays.read(number, typed["version"], typed["source"], typed["days"])
        context |= {
            "new": made,
            "months": _months(made),
            "samples": _samples(pack, made),
            "stamp": store.stamp(),
        }
        context["changed"] = _changed(context["row"], made)
        if request.POST.get("step") == "save":
            if not typed["reason"].strip():
                raise SettingError(_("请填写变更理由，如国务院办公厅通知的文号。"))
            if request.POST.get("seen") != "yes" or request.POST.get("shown") != _mark(typed):
                raise SettingError(_("请先看过下面的预览，勾选“我已看过”，再保存。"))
            by = str(actor_of(request))
            store.put_calendar(
                made, by, reason=typed["reason"].strip()[:500], seen=request.POST.get("stamp", "")
            )
            asked.forget()
            count = provisional.recompute()
            says = _("已装入 {year} 年日历，重算暂定期限的案件 {n} 件。").format(year=number, n=count)
            messages.success(request, says)
            return HttpResponseRedirect(f"{HERE}/{number}")
    except SettingError as wrong:
        context["refusal"] = str(wrong)
    context["shown"] = _mark(typed)
    return None


def _mark(typed: Mapping[str, str]) -> str:
    said = "\n".join(typed[name].replace("\r\n", "\n").strip() for name in ("version", "source", "days"))
    return sha256(said.encode()).hexdigest()[:24]


def _changed(old: v.CalendarRow | None, new: v.CalendarRow) -> list[tuple[date, str, str]]:
    """The days that are otherwise than in the table stored so far."""
    words = {None: _("照常"), True: _("上班"), False: _("放假")}
    before = old.days if old else {}
    days = sorted(day for day in {*before, *new.days} if before.get(day) != new.days.get(day))
    return [(day, words[before.get(day)], words[new.days.get(day)]) for day in days]


def _samples(pack: Pack, row: v.CalendarRow) -> list[Sample]:
    """Dues around the year's longest run of days off, with the table stored so far and with the new one."""
    years = {one.year: one for one in pack.calendars} | {row.year: row}
    after = replace(pack, calendars=tuple(years[number] for number in sorted(years))).calendar
    before = pack.calendar
    start = datetime.combine(_longest(row) - timedelta(days=1), time(16, 20), before.zone)
    made = []
    for limit in SAMPLES:
        old, guessed = before.due(start, limit)
        new, _guessed = after.due(start, limit)
        made.append(Sample(start, limit, old, new, guessed))
    return made


def _longest(row: v.CalendarRow) -> date:
    """The first day of the year's longest run of days off."""
    days = [date(row.year, 1, 1) + timedelta(days=n) for n in range(366)]
    best, run, first = (0, date(row.year, 1, 2)), 0, date(row.year, 1, 1)
    for day in days:
        if row.days.get(day, day.weekday() < 5):
            run = 0
            continue
        first = day if run == 0 else first
        run += 1
        if run > best[0] and first > date(row.year, 1, 1):
            best = (run, first)
    return best[1]


def _months(row: v.CalendarRow) -> list[dict[str, Any]]:
    """Twelve months with each day: working, off, and whether the table says so."""
    weeks = months.Calendar()
    return [
        {
            "month": month,
            "weeks": [
                [
                    {
                        "day": day.day,
                        "own": day.month == month,
                        "set": day in row.days,
                        "works": row.days.get(day, day.weekday() < 5),
                        "name": row.names.get(day, ""),
                    }
                    for day in week
                ]
                for week in weeks.monthdatescalendar(row.year, month)
            ],
        }
        for month in range(1, 13)
    ]
