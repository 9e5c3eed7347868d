"""数据: what was received, diverted, kept in time and how callers judged it; for supervisors and leaders (R65, R67).

Nothing follows from a number by itself (R67): the page shows, people decide.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework.figures import NOWHERE, may_list
from liandong.district import drawing
from liandong.rules.policy import Policy
from liandong.screens.common import labels
from liandong.screens.common.access import FIGURES, actor_of, page
from liandong.screens.common.page import render, unit_name
from liandong.screens.common.policy import current

from . import parts, tilemap
from .asked import Asked, group_of, read
from .periods import PERIODS, in_words
from .sheet import sheet
from .words import GROUPS, RANKS, UNKNOWN, WORDS

FEWEST = drawing.Setting("minimum_sample", 10, "default", "考评口径第15项（M15）：样本不少于10件")
"""What counts where the district's pack says nothing."""


@page(*FIGURES)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of a period, everything the address asks for; counted at most a minute ago."""
    actor, policy = actor_of(request), current()
    question = read(request.GET, policy, timezone.now())
    counted = sheet(actor, question)
    asked = counted.asked
    setting = drawing.minimum_sample() or FEWEST
    links = parts.Links(asked, may_list(actor))
    members = [(code, name, _members(policy, code)) for code, name in GROUPS.items()]
    context = {
        "asked": asked,
        "sees_cases": links.open,
        "sees_restricted": actor.role in ("desk_lead", "duty_office"),
        "setting": setting,
        "as_of": asked.period.now,
        "said": in_words(asked.period.window),
        "before": in_words(asked.period.before),
        "trouble": question.period.trouble,
        "evaluation": _evaluation(asked),
        "empty": not counted.total("received").among and not counted.total("closed").among,
        "cards": parts.cards(counted, setting.value, links),
        "trends": parts.trends(counted, setting.value, links),
        "week": parts.week(counted, links),
        "map": tilemap.drawn(counted, drawing.tiles(), policy, setting.value, links),
        "tables": parts.kinds_of(counted, policy, links),
        "police": parts.police(counted, policy, links),
        "holders": parts.holders(counted, links),
        "ages": parts.ages(counted, links),
        "ranking": parts.ranking(counted, members, setting.value, links),
        "ranks": [(code, WORDS[code].name) for code in RANKS],
        **choices(asked, policy),
    }
    return render(request, "figures/page.html", context)


def _evaluation(asked: Asked) -> str:
    """The address of the evaluation of the same days."""
    first, last = asked.period.first, asked.period.last
    name = f"{first.year}Q{(first.month + 2) // 3}" if asked.period.code == "quarter" else f"{first}..{last}"
    return f"/evaluation/?period={name}"


def _members(policy: Policy, group: str) -> tuple[str, ...]:
    return tuple(code for code in policy.units if group_of(policy, code) == group)


def choices(asked: Asked, policy: Policy) -> dict[str, Any]:
    """What the form of filters offers."""
    units = {code: unit.name for code, unit in policy.units.items()}
    towns = {town.code: town.name for town in policy.townships.values()}
    matters: dict[str, list[tuple[str, str]]] = {}
    for code, matter in policy.matters.items():
        matters.setdefault(unit_name(matter.unit), []).append((code, matter.name))
    return {
        "periods": [
            (code, name, asked.address(period=code)) for code, name in PERIODS.items() if code != "custom"
        ],
        "groups": GROUPS,
        "units": {**units, NOWHERE: UNKNOWN["unit"]},
        "townships": {**towns, NOWHERE: UNKNOWN["township"]},
        "matters": {**matters, _("其他"): [(NOWHERE, UNKNOWN["matter"])]},
        "kinds": labels.KINDS,
        "classes": {**labels.CLASSES, NOWHERE: UNKNOWN["class"]},
    }
