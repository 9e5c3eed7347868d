"""考评: every metric of a period by unit, by township and of the district; each number opens its cases (R65, R67)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import evaluation
from liandong.casework.cursor import BadCursor
from liandong.casework.evaluation import LISTING, METRICS, PARTS, Item, is_preliminary, snapshots
from liandong.casework.evaluation.definitions import PASSED
from liandong.casework.execute import Refused
from liandong.district import measuring
from liandong.engine import evaluating
from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.scoring import group_of
from liandong.screens.common import export
from liandong.screens.common.access import EVALUATION, UNIT, actor_of, page
from liandong.screens.common.listing import SIZE, address
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current

from . import drawing, showing
from .asked import HOME, Asked, choices, instant, names, period_of, read
from .lines import head, lines, row
from .words import named

READERS = tuple(role for role in EVALUATION if role != "government")
"""The government reads numbers and sees no case (CONTRACT §1)."""
PART_NAMES = {
    "numerator": "计入分子的",
    "half": "按份额计入的",
    "denominator": "全部",
    "rest": "没有计入分子的",
}


@page(*EVALUATION)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The evaluation of a period."""
    actor, policy = actor_of(request), current()
    asked = read(request.GET, policy, timezone.now())
    link = asked.cases if actor.role in LISTING else None
    table = evaluating.evaluate(actor, asked.period, by="unit", now=asked.now)
    if export.wanted(request):
        return _file(request, table, asked)
    towns = evaluation.evaluate(actor, asked.period, by="township", now=asked.now)
    measures = measuring.current()
    groups = showing.groups(table, asked.period, policy, asked.rank, link)
    shown, running = drawing.drawn(asked.rank), is_preliminary(asked.period, asked.now)
    context = {
        **frame(asked, actor),
        "spans": drawing.intervals(groups, table, shown, policy),
        "course": drawing.course(asked.period, table, shown, policy, measures.fewest, running),
        "empty": not any(one.denominator for code, one in table.get("", {}).items() if METRICS[code].rows),
        "groups": groups,
        "heads": [METRICS[code] for code in showing.UNIT_METRICS],
        "whole": showing.whole(table, link),
        "towns": showing.towns(towns, policy, link),
        "town_heads": [METRICS[code] for code in ("M24", "M20", "M10", "M25", "M2", "M14")],
        "ranks": names(),
        "chosen": METRICS[asked.rank],
        "fewest": measures.fewest,
        "go_live": measures.go_live,
        "frozen": snapshots.latest(asked.period),
        "may_freeze": actor.role in evaluation.exclusions.DECIDE
        and asked.period.kind in snapshots.KINDS
        and not running,
        "sees_cases": link is not None,
    }
    return render(request, "evaluation/board.html", {**context, **export.links(request)})


def frame(asked: Asked, actor: Actor) -> dict[str, Any]:
    """What every page of a period shows: which one, whether it still runs, which others there are."""
    policy = current()
    before = _before(asked.period)
    return {
        "asked": asked,
        "period": asked.period,
        "label": asked.period.label,
        "preliminary": is_preliminary(asked.period, asked.now),
        "future": asked.now < asked.period.start,
        "choices": (offered := choices(policy, asked.now)),
        "offered": any(one.name == asked.period.name for _name, found in offered for one in found),
        "last_day": asked.period.end - timedelta(days=1),
        "before": asked.address(period=before.name) if before else "",
        "places": places(actor, asked),
    }


def places(actor: Actor, asked: Asked) -> list[tuple[str, Any, str]]:
    """The pages of this room that a role may open: address, name, path."""
    if actor.role == "unit":
        made = [
            (f"{HOME}mine", _("本单位")),
            (f"{HOME}snapshots", _("已公布的考评")),
            (f"{HOME}metrics", _("口径")),
        ]
    else:
        made = [(HOME, _("考评"))]
        if actor.role in evaluation.detectors.READ:
            made.append((f"{HOME}signs", _("线索")))
        made += [(f"{HOME}snapshots", _("快照")), (f"{HOME}metrics", _("口径和设置"))]
    of_period = (HOME, f"{HOME}mine", f"{HOME}signs")
    return [
        (asked.address(path, rank=None) if path in of_period else path, name, path) for path, name in made
    ]


def _before(period: Period) -> Period | None:
    from liandong.rules.periods import BadPeriod, before

    try:
        return before(period)
    except BadPeriod:
        return None


def _file(request: HttpRequest, table: evaluation.Table, asked: Asked) -> HttpResponse:
    """Every number as a file: a line for each unit and metric."""
    columns = [
        _("单位代码"), _("单位"), _("指标"), _("名称"), _("分子"), _("分母"), _("值"), _("区间下限"), _("区间上限"),
        _("样本足够"), _("口径"),
    ]  # fmt: skip
    rows: list[export.Row] = []
    for key in sorted(table):
        for code, one in table[key].items():
            metric = METRICS[code]
            if key and metric.of != "unit":
                continue
            name = unit_name(key) if key and key != "-" else _("全区") if not key else _("未派单位")
            rows.append(
                [key, name, code, metric.name, one.numerator, one.denominator, one.value, one.low, one.high,
                 _("是") if one.enough else _("否"), metric.formula]
            )  # fmt: skip
    return export.table(request, f"{_('考评')}{asked.period.name}", columns, rows, asked.now)


@page(*READERS, *UNIT)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """One page of the cases behind a number; the number in its head is the number of its lines."""
    actor, policy, now = actor_of(request), current(), timezone.now()
    asked = read(request.GET, policy, instant(request.GET, now))
    code, part = request.GET.get("metric", ""), request.GET.get("part", "denominator")
    key, by = request.GET.get("key") or None, request.GET.get("by", "unit")
    if code not in METRICS or part not in PARTS or by not in ("unit", "township"):
        return problem(request, 404)
    try:
        if export.wanted(request):
            return _cases_file(request, actor, asked, (code, part, key, by), now)
        found = evaluation.items(
            actor,
            code,
            part,
            asked.period,
            key=key,
            by=by,
            after=request.GET.get("after"),
            limit=SIZE,
            now=asked.now,
        )
        number = evaluation.how_many(actor, code, part, asked.period, key=key, by=by, now=asked.now)
    except BadCursor:
        return HttpResponseRedirect(address(request, after=None))
    except Refused as error:
        return problem(request, 404, error.refusal.detail)
    context = {
        **frame(asked, actor),
        **_said(code, part, key, by),
        "number": number,
        "parts": _parts(actor, asked, code, key, by),
        "part": part,
        "lines": lines(found.items, actor),
        "back": asked.address(f"{HOME}mine" if actor.role == "unit" else HOME),
        "next": address(request, after=found.next) if found.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
        "as_of": asked.now,
    }
    return render(request, "evaluation/cases.html", {**context, **export.links(request)})


def _said(code: str, part: str, key: str | None, by: str) -> dict[str, Any]:
    metric = METRICS[code]
    towns = {town.code: town.name for town in current().townships.values()}
    of = "" if key is None else unit_name(key) if by == "unit" else towns.get(key, _("地点不详"))
    twice = (metric.rows is not None and len(metric.rows.keys) > 1) or (
        part == "numerator" and metric.above is PASSED
    )
    return {"metric": metric, "part_name": PART_NAMES[part], "of": of, "twice": twice}


def _parts(
    actor: Actor, asked: Asked, code: str, key: str | None, by: str
) -> list[tuple[str, str, int, str]]:
    """The parts of a number that can be opened, each with its count."""
    metric = METRICS[code]
    codes = [
        part for part in PARTS if part == "denominator" or ((metric.right or metric.above) and part != "half")
    ]
    if metric.half:
        codes.insert(1, "half")
    return [
        (
            part,
            PART_NAMES[part],
            evaluation.how_many(actor, code, part, asked.period, key=key, by=by, now=asked.now),
            asked.cases(code, part, key, by),
        )
        for part in codes
        if not (part == "rest" and metric.above)
    ]


def _cases_file(
    request: HttpRequest, actor: Actor, asked: Asked, what: tuple[str, str, str | None, str], now: datetime
) -> HttpResponse:
    """All lines of a number as a file, at most ``export.MOST``; what is more is said in the last row."""
    code, part, key, by = what
    rows: list[export.Row] = []
    after: str | None = None
    while True:
        found = evaluation.items(
            actor, code, part, asked.period, key=key, by=by, after=after, limit=export.PAGE, now=asked.now
        )
        rows += [row(line) for line in lines(found.items, actor)]
        after = found.next
        if after is None or len(rows) >= export.MOST:
            break
    if after is not None:
        rows.append([_("只导出了前 {n} 行，请缩小范围后再导出其余的。").format(n=len(rows))])
    return export.table(request, METRICS[code].name, head(), rows, now)


@page(*EVALUATION, *UNIT)
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What every metric means and leaves out, and the settings with their sources."""
    actor, policy = actor_of(request), current()
    asked = read(request.GET, policy, timezone.now())
    measures = measuring.current()
    people = measures.people(asked.now.astimezone(policy.zone).date())
    context = {
        **frame(asked, actor),
        "metrics": list(METRICS.values()),
        "settings": named(measures.settings.values()),
        "fewest": measures.fewest,
        "people": [
            (town.name, people.get(town.code))
            for town in {t.code: t for t in policy.townships.values()}.values()
            if town.ours
        ],
    }
    return render(request, "evaluation/metrics.html", context)


@page(*UNIT)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """A unit's own numbers beside what its rank group has together, and its own cases (never another unit's number)."""
    actor, policy = actor_of(request), current()
    asked = read(request.GET, policy, timezone.now())
    own = evaluating.evaluate(actor, asked.period, by="unit", now=asked.now)
    unit = policy.units.get(actor.unit or "")
    group = group_of(unit.kind) if unit else None
    together = evaluation.group_average(asked.period, group, now=asked.now) if group else {}
    rows = []
    for code in showing.UNIT_METRICS:
        rows.append(
            {
                "metric": METRICS[code],
                "cells": [
                    showing.cell(code, own[key][code], key, "unit", asked.cases) for key in sorted(own)
                ],
                "average": showing.said(METRICS[code], together[code]) if code in together else "—",
            }
        )
    context = {
        **frame(asked, actor),
        "rows": rows,
        "units": [unit_name(key) for key in sorted(own)],
        "group": showing.GROUP_NAMES.get(group or "", ""),
        "ranked": group is not None,
        "fewest": measuring.current().fewest,
        "frozen": snapshots.latest(asked.period),
    }
    return render(request, "evaluation/mine.html", context)


def stored_items(found: list[Any]) -> list[Item]:
    """Rows of a snapshot as items of a list."""
    return [Item(one.no, one.unit, one.at_ms, one.n or None) for one in found]


__all__ = ["board", "cases", "frame", "metrics", "mine", "period_of", "stored_items"]
