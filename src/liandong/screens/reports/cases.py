"""The cases behind a number of a report: the same question, as things stood when the report was drawn up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import evaluation
from liandong.casework.cursor import BadCursor
from liandong.casework.evaluation import snapshots
from liandong.casework.figures import FIGURES, Filters, Window, items, tally
from liandong.engine.reports import meaning
from liandong.engine.reports.context import VIEWER
from liandong.rules import periods
from liandong.rules.periods import BadPeriod, Period
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.listing import SIZE, address
from liandong.screens.common.numbered import by_number
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

from .views import LISTING

_BY = ("unit", "township", "matter", "kind", "holder")
_LONGEST = 14
PARTS = {"denominator": gettext_lazy("全部"), "numerator": gettext_lazy("分子"), "rest": gettext_lazy("其余")}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of lines (case, unit, instant), how many there are, and where the next page begins."""

    lines: list[tuple[str, str, int]]
    number: int
    next: str | None


class NoSuch(Exception):
    """The address asks for nothing that a report has."""


@page(*LISTING)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """One page of the cases of a number."""
    figure = request.GET.get("figure", "")
    if not meaning.is_known(figure):
        return problem(request, 404)
    try:
        found = _counted(request) if meaning.is_count(figure) else _judged(request)
    except BadCursor:
        return HttpResponseRedirect(address(request, after=None))
    except NoSuch:
        return problem(request, 404)
    shown = by_number([no for no, _unit, _at in found.lines], actor_of(request))
    definition = meaning.definition(figure)
    part = request.GET.get("part", "")
    context = {
        "name": meaning.label(figure),
        "definition": definition,
        "number": found.number,
        "lines": [
            {"no": no, "case": shown.get(no), "unit": unit_name(unit) if unit else "", "at": _at(at)}
            for no, unit, at in found.lines
        ],
        "parts": []
        if meaning.is_count(figure)
        else [(code, name, address(request, part=code, after=None)) for code, name in PARTS.items()],
        "part": part,
        "key": _key_name(request),
        "as_of": _at(_ms(request, "at")),
        "next": address(request, after=found.next) if found.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
    }
    return render(request, "reports/cases.html", context)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, ZONE)


def _ms(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not text.isdecimal() or len(text) > _LONGEST or int(text) > 7_000_000_000_000:
        raise NoSuch(name)
    return int(text)


def _key(request: HttpRequest) -> tuple[str, str]:
    by, key = request.GET.get("by", ""), request.GET.get("key", "")[:80]
    if by and by not in _BY:
        raise NoSuch(by)
    return by, key


def _key_name(request: HttpRequest) -> str:
    by, key = _key(request)
    if not by:
        return ""
    policy = current()
    if key == "-":
        return _("不详")
    towns = {town.code: town.name for town in policy.townships.values()}
    names: dict[str, Any] = {
        "matter": policy.matters[key].name if key in policy.matters else key,
        "township": towns.get(key, key),
    }
    return str(names.get(by) or unit_name(key))


def _counted(request: HttpRequest) -> Found:
    """Lines of a plain number (``casework.figures``), with the eyes of the report."""
    code = request.GET["figure"]
    figure = FIGURES.get(code)
    if figure is None:
        raise NoSuch(code)
    part = "right" if request.GET.get("part") == "right" and figure.right else "among"
    now = _ms(request, "at")
    start, end = (_ms(request, "start"), _ms(request, "end"))
    offset = _at(start).utcoffset()
    window = Window(start, end, now, int(offset.total_seconds() * 1000) if offset else 0)
    by, key = _key(request)
    filters = Filters()
    if by == "unit":
        filters = Filters(units=(key,))
    elif by:
        wanted: dict[str, Any] = {by: key}
        filters = Filters(**wanted)
    got = items(VIEWER, figure, window, filters, part=part, after=request.GET.get("after"), limit=SIZE)
    count = tally(VIEWER, (code,), window, filters).get("", {}).get(code)
    number = 0 if count is None else count.right if part == "right" else count.among
    return Found([(one.no, one.unit, one.at_ms) for one in got.items], number, got.next)


def _judged(request: HttpRequest) -> Found:
    """Lines of a metric M1-M25: of the frozen snapshot the report cites, else of the store."""
    code, part = request.GET["figure"], request.GET.get("part", "")
    by, key = _key(request)
    if part not in PARTS or by not in ("", "unit", "township"):
        raise NoSuch(part)
    wanted = (key or None) if by else None
    if request.GET.get("snapshot"):
        return _frozen(request, code, part, by or "unit", wanted)
    now = datetime.fromtimestamp(_ms(request, "at") / 1000, UTC)
    period = _period(request)
    got = evaluation.items(
        VIEWER,
        code,
        part,
        period,
        key=wanted,
        by=by or "unit",
        after=request.GET.get("after"),
        limit=SIZE,
        now=now,
    )
    number = evaluation.how_many(VIEWER, code, part, period, key=wanted, by=by or "unit", now=now)
    return Found([(one.no, one.unit, one.at_ms) for one in got.items], number, got.next)


def _frozen(request: HttpRequest, code: str, part: str, by: str, key: str | None) -> Found:
    snapshot = snapshots.load(request.GET["snapshot"][:80])
    if snapshot is None:
        raise NoSuch("snapshot")
    lines = snapshot.behind(code, part, key=key, by=by)
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > _LONGEST:
        raise BadCursor
    start = int(after)
    shown = lines[start : start + SIZE]
    more = str(start + SIZE) if len(lines) > start + SIZE else None
    return Found([(one.no, one.unit, one.at_ms) for one in shown], len(lines), more)


def _period(request: HttpRequest) -> Period:
    """The period an address names: 2018-06-30 (the day report), 2018W23, 2018-06, 2018Q3, 2018, 2018-06-01..2018-06-30."""
    kind, name = request.GET.get("kind", ""), request.GET.get("period", "")
    zone = current().zone
    try:
        if kind == "daily":
            return periods.on(kind, date.fromisoformat(name), zone)
        if kind == "weekly":
            year, week = name.split("W")
            return periods.on(kind, date.fromisocalendar(int(year), int(week), 1), zone)
        if kind == "monthly":
            return periods.on(kind, date.fromisoformat(f"{name}-01"), zone)
        if kind == "quarterly":
            return periods.quarter(name, zone)
        if kind == "yearly":
            return periods.on(kind, date(int(name), 1, 1), zone)
        if kind == "special":
            first, last = name.split("..")
            return periods.special(date.fromisoformat(first), date.fromisoformat(last), zone)
    except (ValueError, BadPeriod) as error:
        raise NoSuch(name) from error
    raise NoSuch(kind)
