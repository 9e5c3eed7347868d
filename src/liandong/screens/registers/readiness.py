"""What units have ready: one table of units and items, a unit's own page with what to do, the table as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.district import register_settings
from liandong.registers.readiness import GAP, ITEMS, NONE, OK, SOON, Row, Table, table
from liandong.rules.model import Actor
from liandong.screens.administration.kinds import UNIT_KINDS
from liandong.screens.common import export
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.labels import by_name
from liandong.screens.common.listing import address
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

from . import alarms, mending

READERS = alarms.TABLES
STATES: dict[str, tuple[Any, str]] = {
    OK: (gettext_lazy("齐备"), "check-circle"),
    SOON: (gettext_lazy("待办"), "hourglass-split"),
    GAP: (gettext_lazy("缺"), "exclamation-octagon-fill"),
    NONE: (gettext_lazy("不涉及"), "dash-circle"),
}
SUBJECT = "readiness"


@page(*READERS)
@require_safe
def readiness(request: HttpRequest) -> HttpResponse:
    """The table on a day; a unit is shown its own page."""
    actor, now = actor_of(request), timezone.now()
    if actor.role == "unit":
        return unit(request, actor.unit or "")
    day, wrong = _day(request)
    only = request.GET.get("gaps", "")
    kind = request.GET.get("kind", "")
    found = table(actor, day, now, policy=current())
    rows = [row for row in found.rows if (not kind or row.kind == kind) and (not only or _has_gap(row, only))]
    if export.wanted(request):
        return _file(request, found, rows)
    rows.sort(key=lambda row: (row.share if row.share is not None else 2, row.unit))
    return render(
        request,
        "registers/readiness.html",
        {
            **_around(found, day, wrong, actor),
            "rows": [_row(row, actor) for row in rows],
            "count": len(found.rows),
            "whole": found.whole,
            "kinds": {k: UNIT_KINDS[k] for k in UNIT_KINDS if any(row.kind == k for row in found.rows)},
            "kind": kind,
            "only": only,
            **export.links(request),
        },
        status=422 if wrong else 200,
    )


@page(*READERS)
@require_safe
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: every item, what is missing and where it is mended."""
    actor, now = actor_of(request), timezone.now()
    day, wrong = _day(request)
    found = table(actor, day, now, unit=code, policy=current())
    if not found.rows:
        return problem(request, 404)
    (row,) = found.rows
    settings = {one.key: one for one in register_settings.cited(SUBJECT)}
    return render(
        request,
        "registers/readiness_unit.html",
        {
            **_around(found, day, wrong, actor),
            "row": _row(row, actor),
            "cited": {item.code: settings.get(f"{item.code}.weight") for item in found.items},
            "limits": [one for key, one in settings.items() if not key.endswith(".weight")],
            "all_link": address(request, on=request.GET.get("on")) if actor.role != "unit" else "",
        },
        status=422 if wrong else 200,
    )


def _around(found: Table, day: date, wrong: str, actor: Actor) -> dict[str, Any]:
    """What both pages show around the table."""
    today = timezone.now().astimezone(ZONE).date()
    return {
        "items": [
            {
                "item": item,
                "weight": found.weights[item.code],
                "fit": fit,
                "of": of,
                "share": fit / of if of else None,
            }
            for item in found.items
            for fit, of in (found.totals[item.code],)
        ],
        "day": day,
        "today": today,
        "wrong": wrong,
        "states": [(code, words, icon) for code, (words, icon) in STATES.items()],
        **alarms.of(actor, timezone.now()),
        "now": timezone.now(),
    }


def _day(request: HttpRequest) -> tuple[date, str]:
    """The day of the address, and what was wrong with what was typed (then today)."""
    today = timezone.now().astimezone(ZONE).date()
    typed = request.GET.get("on", "").strip()
    if not typed:
        return today, ""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return today, _("“{typed}”不是日期，请写作 2018-07-01；下面是今天的情况。").format(typed=typed[:20])
    if day > today:
        return today, _("截至日期晚于今天，请选今天或以前的日期；下面是今天的情况。")
    if day.year < 1990:
        return today, _("没有这么早的记录，请选 1990 年以后的日期；下面是今天的情况。")
    return day, ""


def _has_gap(row: Row, only: str) -> bool:
    cell = row.cells.get(only)
    return cell.state == GAP if cell is not None else row.ready < row.concerned


def _row(row: Row, actor: Actor) -> dict[str, Any]:
    cells = []
    for code, cell in row.cells.items():
        state, icon = STATES[cell.state]
        cells.append(
            {
                "item": next(item for item in ITEMS if item.code == code),
                "state": cell.state,
                "word": state,
                "icon": icon,
                "says": cell.says,
                "gaps": [
                    {
                        "words": mending.words(gap),
                        "url": mending.place(gap, row.unit, actor),
                        "state": gap.state,
                        "icon": STATES[gap.state][1],
                    }
                    for gap in cell.gaps
                ],
            }
        )
    return {"row": row, "cells": cells, "todo": [c for c in cells if c["gaps"]]}


def _file(request: HttpRequest, found: Table, rows: list[Row]) -> HttpResponse:
    head = [
        _("单位代码"), _("单位"), _("齐备项"), _("涉及项"), _("完备率"), *(f"{by_name(i.label)}（{i.rule}）" for i in found.items),
    ]  # fmt: skip
    body: list[list[Any]] = [
        [
            row.unit,
            row.name,
            row.ready,
            row.concerned,
            f"{row.share:.1%}" if row.share is not None else "",
            *(
                "；".join(mending.words(gap) for gap in cell.gaps)
                or f"{STATES[cell.state][0]} {cell.says}".strip()
                for cell in row.cells.values()
            ),
        ]
        for row in rows
    ]
    totals = [f"{fit}/{of}" for fit, of in (found.totals[item.code] for item in found.items)]
    body.append([_("合计"), _("截至 {day}").format(day=found.day), found.whole, len(found.rows), "", *totals])
    return export.table(request, _("单位准备情况"), head, body, timezone.now())
