"""The lines behind a number: one line for each row that was counted, under the same question (drill-down); as a page or
a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework.cursor import BadCursor
from liandong.casework.figures import FIGURES as DEFINED
from liandong.casework.figures import Count, Figure, Item, items, tally
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.screens.common import export, labels
from liandong.screens.common.access import FIGURES, actor_of, page
from liandong.screens.common.listing import SIZE, address
from liandong.screens.common.numbered import by_number
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

from .asked import Asked, instant, read
from .periods import in_words
from .words import AGES, GROUPS, PARTS, UNKNOWN, WEEKDAYS, WORDS, holder_name

READERS = tuple(role for role in FIGURES if role != "government")
"""The government reads figures and sees no case (CONTRACT §1)."""


@page(*READERS)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """One page of the cases of a figure; the number in its head is the number of its lines."""
    actor, policy, now = actor_of(request), current(), timezone.now()
    figure = DEFINED.get(request.GET.get("figure", ""))
    part = request.GET.get("part", "among")
    if figure is None or part not in PARTS:
        return problem(request, 404)
    asked = read(request.GET, policy, instant(request.GET, now), drilled=True)
    window = asked.period.window
    if export.wanted(request):
        return _file(request, actor, figure, part, asked, now)
    try:
        found = items(
            actor, figure, window, asked.filters, part=part, after=request.GET.get("after"), limit=SIZE
        )
    except BadCursor:
        return HttpResponseRedirect(address(request, after=None))
    counted = tally(actor, (figure.code,), window, asked.filters).get("", {}).get(figure.code, Count())
    words = WORDS[figure.code]
    parts = PARTS if figure.right else PARTS[:1]
    numbers = {"among": counted.among, "right": counted.right, "rest": counted.among - counted.right}
    context = {
        "figure": figure,
        "words": words,
        "part": part,
        "part_name": getattr(words, part) or words.name,
        "number": numbers[part if figure.right else "among"],
        "parts": [
            (code, getattr(words, code), numbers[code], asked.cases(figure.code, code)) for code in parts
        ],
        "said": in_words(window) if figure.rows.when else "",
        "left": _left(asked, policy),
        "as_of": asked.period.now,
        "lines": lines(found.items, actor, figure),
        "has_clock": figure.rows.table == "casework_clock k",
        "back": asked.address(holder=None, age=None, hour=None),
        "next": address(request, after=found.next) if found.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
        "now": now,
    }
    return render(request, "figures/cases.html", {**context, **export.links(request)})


def _file(
    request: HttpRequest, actor: Actor, figure: Figure, part: str, asked: Asked, now: datetime
) -> HttpResponse:
    """All lines of a number as a file, at most ``export.MOST``; what is more is said in the last row."""
    rows: list[export.Row] = []
    after: str | None = None
    while True:
        found = items(
            actor, figure, asked.period.window, asked.filters, part=part, after=after, limit=export.PAGE
        )
        rows += [_row(line) for line in lines(found.items, actor, figure)]
        after = found.next
        if after is None or len(rows) >= export.MOST:
            break
    if after is not None:
        rows.append([_("只导出了前 {n} 行，请缩小范围后再导出其余的。").format(n=len(rows))])
    return export.table(request, str(WORDS[figure.code].name), _head(), rows, now)


def _head() -> list[str]:
    return [
        _("案件号"), _("事情"), _("诉求类型"), _("单位"), _("时间"), _("时限"), _("期限"), _("原期限"), _("停止"),
        _("结果"), _("状态"), _("满意度"), _("是否解决"), _("重办次数"),
    ]  # fmt: skip


def _row(line: dict[str, Any]) -> export.Row:
    case, clock = line["case"] or {}, line["clock"] or {}
    named = (("kind", labels.KINDS), ("state", labels.STATES), ("satisfaction", labels.SATISFACTION))
    kind, state, satisfaction = (
        labels.label(table, case[key]) if case.get(key) else "" for key, table in named
    )
    return [
        line["no"],
        case.get("summary") or "",
        kind,
        line["unit"],
        line["at"],
        labels.label(labels.CLOCKS, clock["kind"]) if clock else "",
        clock.get("due_at"),
        clock.get("original_due_at"),
        clock.get("stopped_at"),
        labels.label(labels.OUTCOMES, clock["outcome"]) if clock.get("outcome") else "",
        state,
        satisfaction,
        labels.label(labels.SOLVED, case["solved"]) if case.get("solved") else "",
        case.get("cycle") or 0,
    ]


def lines(found: list[Item], actor: Actor, figure: Figure) -> list[dict[str, Any]]:
    """Counted rows with what their viewer may see of the case."""
    shown = by_number([item.no for item in found], actor)
    return [
        {
            "no": item.no,
            "case": shown.get(item.no),
            "unit": unit_name(item.unit) if item.unit else "",
            "at": _at(item.at_ms) if figure.rows.when else None,
            "clock": _clock(item.clock) if item.clock else None,
        }
        for item in found
    ]


def _at(ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, ZONE) if ms is not None else None


def _clock(clock: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": clock["kind"],
        "started_at": _at(clock["started_ms"]),
        "due_at": _at(clock["due_ms"]),
        "original_due_at": _at(clock["original_due_ms"])
        if clock["original_due_ms"] != clock["due_ms"]
        else None,
        "stopped_at": _at(clock["stopped_ms"]),
        "outcome": clock["outcome"],
    }


def _left(asked: Asked, policy: Policy) -> list[str]:
    """The filters in words."""
    given = asked.given
    towns = {town.code: town.name for town in policy.townships.values()}
    matters = {code: matter.name for code, matter in policy.matters.items()}
    tables: dict[str, Any] = {
        "group": GROUPS, "township": towns, "matter": matters, "kind": labels.KINDS, "class": labels.CLASSES,
    }  # fmt: skip
    said = [
        str(UNKNOWN[key]) if given[key] == "-" else labels.label(table, given[key])
        for key, table in tables.items()
        if key in given
    ]
    if "unit" in given:
        said.append(str(UNKNOWN["unit"]) if given["unit"] == "-" else unit_name(given["unit"]))
    if "holder" in given:
        said.append(_("在{holder}手里").format(holder=holder_name(given["holder"])))
    if asked.filters.age is not None:
        said.append(_("已开 {age}").format(age=AGES[asked.filters.age]))
    if asked.filters.hour is not None:
        day, hour = divmod(asked.filters.hour, 24)
        said.append(_("{day} {hour} 时").format(day=WEEKDAYS[day], hour=hour))
    return said
