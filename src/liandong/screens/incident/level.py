"""等级研判 (R39, R44, norms C7): a few numbers, what the norms propose while one types, and a person who decides.

The page computes nothing itself (``rules.grading`` does) and sets nothing by itself: it sends ``set_level`` with the
reason that the person left or wrote. A unit only raises, the duty office alone lowers: the rules say so (``level_down``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from liandong.casework import history, looks, queries
from liandong.district import grading as tables
from liandong.rules import grading
from liandong.rules.codes import LEVELS, OPEN
from liandong.rules.grading import GradingError, Proposal, Table
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.access import DESK, DUTY, UNIT, actor_of, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import Form, blank, send
from liandong.screens.common.story import who
from liandong.screens.common.times import ZONE

GRADES = (*DESK, *UNIT, *DUTY)
GROUPS = {
    "time": gettext_lazy("敏感时间"),
    "place": gettext_lazy("敏感地点"),
    "persons": gettext_lazy("敏感人员"),
    "minors": gettext_lazy("未成年人"),
    "mass": gettext_lazy("人员聚集"),
    "media": gettext_lazy("媒体和网络"),
    "development": gettext_lazy("发展事态"),
}
BACKS = {"duty": "/duty/major/{no}", "case": "/cases/{no}"}
LONGEST = 18
"""Digits a number may have: more is a slip of the keyboard."""


class Asked(NamedTuple):
    """What was typed into the form: the kind, each number as typed, the factors, and the numbers as the rules take them."""

    kind: str
    typed: dict[str, str]
    factors: list[str]
    numbers: dict[str, int | None]


def day_of(now: datetime) -> Any:
    """The district's calendar day, by which norms are in force."""
    return now.astimezone(ZONE).date()


def read(given: Mapping[str, Any], table: Table) -> Asked:
    """The form's numbers; blank is not known. Raises GradingError at the number that is none."""
    getlist = getattr(given, "getlist", None)
    factors = [str(one) for one in (getlist("factor") if getlist else ())]
    kind = str(given.get("kind") or "")
    kind = kind if kind in table.kinds else next(iter(table.kinds), "")
    asked = table.kinds[kind].measures if kind else ()
    typed = {code: str(given.get(f"n-{code}") or "").strip() for code in asked}
    numbers = {code: _number(code, text, table) for code, text in typed.items()}
    return Asked(kind, typed, factors, numbers)


def _number(code: str, text: str, table: Table) -> int | None:
    if not text:
        return None
    measure = table.measures[code]
    try:
        if len(text) > LONGEST:
            raise InvalidOperation
        value = Decimal(text) * measure.scale
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value != value.to_integral_value():
        says = _("只填数字，可以有小数") if measure.scale > 1 else _("只填整数")
        raise GradingError(f"{measure.name}：{says}（R32）", code)
    return int(value)


@page(*GRADES)
@require_http_methods(["GET", "POST"])
def level(request: HttpRequest, no: str) -> HttpResponse:
    """The form, and its sending: exactly one ``set_level`` with its reason."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "GET":
        form = blank("set_level", case, now)
        return _show(request, case, actor, now, form, given, 200)
    done, refused = send(request, "set_level", case, actor, now)
    if refused is not None:
        return _show(request, case, actor, now, refused, given, refused.status)
    said = labels.label(labels.LEVELS, request.POST.get("level", ""))
    again = done is not None and done.existing
    messages.success(
        request,
        _("此前已经定过，没有重复执行。") if again else _("已定为{level}，理由已入案。").format(level=said),
    )
    return HttpResponseRedirect(back_of(request, no, actor))


def back_of(request: HttpRequest, no: str, actor: Actor) -> str:
    """Where the person came from: the incident's command page or the case."""
    asked = request.POST.get("back") or request.GET.get("back") or "case"
    return BACKS.get(asked, BACKS["case"]).format(no=no)


@page(*GRADES)
@require_POST
def proposal(request: HttpRequest, no: str) -> HttpResponse:
    """What the numbers typed so far propose: the part of the form that htmx asks for while one types."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return problem(request, 404)
    return render(request, "incident/level_fields.html", _context(request, case, actor, now, request.POST))


def _context(
    request: HttpRequest, case: dict[str, Any], actor: Actor, now: datetime, given: Mapping[str, Any]
) -> dict[str, Any]:
    table = tables.table(day_of(now))
    wrong: GradingError | None = None
    found: Proposal | None = None
    try:
        asked = read(given, table)
        if asked.kind:
            found = grading.propose(table, asked.kind, asked.numbers, asked.factors, day_of(now))
    except GradingError as error:
        wrong = error
        asked = read({"kind": given.get("kind")}, table)
        typed = {code: str(given.get(f"n-{code}") or "") for code in asked.typed}
        getlist = getattr(given, "getlist", None)
        asked = asked._replace(typed=typed, factors=getlist("factor") if getlist else [])
    kind = table.kinds.get(asked.kind)
    choices = _levels(case, actor)
    why = found.why if found is not None else ""
    proposed = found.level if found is not None else None
    previous = str(given.get("auto") or "").strip()
    typed_reason = str(given.get("reason") or "").strip()
    mine = bool(typed_reason) and typed_reason != previous
    chosen = str(given.get("level") or "")
    if not given.get(
        "level_mine"
    ):  # a lower level is never chosen beforehand: lowering is a decision of its own
        higher = proposed is not None and LEVELS.index(proposed) > LEVELS.index(case["level"])
        chosen = str(proposed) if higher else ""
    return {
        "case": case,
        "table": table,
        "kinds": list(table.kinds.values()),
        "kind": kind,
        "measures": [
            {
                "measure": table.measures[code],
                "typed": asked.typed.get(code, ""),
                "unit": ("万" if table.measures[code].scale > 1 else "") + table.measures[code].unit,
                "wrong": str(wrong) if wrong is not None and wrong.field == code else "",
            }
            for code in (kind.measures if kind else ())
        ],
        "factor_groups": [
            (name, [one for one in table.factors.values() if one.group == group])
            for group, name in GROUPS.items()
        ],
        "factors": asked.factors,
        "found": found,
        "proposed_name": labels.label(labels.LEVELS, proposed) if proposed else "",
        "event_name": labels.label(labels.LEVELS, found.event_level) if found and found.event_level else "",
        "below": found is not None
        and proposed is not None
        and LEVELS.index(proposed) < LEVELS.index(case["level"]),
        "wrong": wrong,
        "levels": choices,
        "chosen": chosen,
        "level_mine": bool(given.get("level_mine")),
        "reason": typed_reason if mine else why,
        "auto": why,
        "now": now,
        "may_lower": actor.role in DUTY,
    }


def _levels(case: dict[str, Any], actor: Actor) -> list[tuple[str, str]]:
    """Levels this person may give: only higher ones, but for the duty office."""
    at = LEVELS.index(case["level"])
    return [
        (code, labels.label(labels.LEVELS, code))
        for n, code in enumerate(LEVELS)
        if code != "none" and n != at and (n > at or actor.role in DUTY)
    ]


def _show(
    request: HttpRequest,
    case: dict[str, Any],
    actor: Actor,
    now: datetime,
    form: Form,
    given: Mapping[str, Any],
    status: int,
) -> HttpResponse:
    context = _context(request, case, actor, now, given)
    back = request.POST.get("back") or request.GET.get("back") or "case"
    return render(
        request,
        "incident/level.html",
        {
            **context,
            "form": form,
            "open": case["state"] in OPEN,
            "history": level_history(case["no"], actor, now),
            "back": back if back in BACKS else "case",
            "back_to": back_of(request, case["no"], actor),
        },
        status=status,
    )


def level_history(no: str, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Every level the case had: when, who, which, why (R39 keeps it; R44 says who lowered it)."""
    events = history.events_of(no, actor, policy=current(), now=now) or []
    found, before = [], "none"
    for event in events:
        given = (event.get("fields") or {}).get("level")
        if event["type"] not in ("register", "registered", "set_level") or not given:
            continue
        if given == before:
            continue
        found.append(
            {
                "at": event["at"],
                "by": who(event["by"]),
                "level": given,
                "down": LEVELS.index(given) < LEVELS.index(before),
                "reason": event["fields"].get("reason", ""),
            }
        )
        before = given
    return list(reversed(found))
