"""Units and their people, as they are on any day: today, in the past, or as planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from liandong.casework import recent
from liandong.district import changes, policy, rosters
from liandong.district import values as v
from liandong.district.pack import Pack
from liandong.rules.masking import mask_name, mask_phone
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import problem, render

from .facts import People, people_on
from .kinds import UNIT_KINDS, UNITS
from .sections import CHANGES, STRUCTURE, seen_by


@dataclass(frozen=True, slots=True)
class Line:
    """One unit on one day."""

    unit: v.UnitRow
    name: str
    state: str
    people: People | None
    contact: Mapping[str, str] | None
    heirs: str


def day_in(request: HttpRequest, today: date) -> tuple[date, str]:
    """The chosen day, and what was wrong with what was typed (then today)."""
    typed = request.GET.get("on", "").strip()
    if not typed:
        return today, ""
    try:
        return date.fromisoformat(typed), ""
    except ValueError:
        return today, _("“{typed}”不是日期，请写作 2026-12-01；下面是今天的情况。").format(typed=typed[:20])


def state_on(unit: v.UnitRow, day: date) -> str:
    """``in_force``, ``planned`` (begins later) or ``ended``."""
    return "in_force" if v.in_force(unit, day) else "planned" if day < unit.valid_from else "ended"


def _contact(pack: Pack, code: str, day: date, open_persons: bool) -> dict[str, str] | None:
    row = pack.contact(code, day)
    if row is None:
        return None
    made = {"responsible": row.responsible, "liaison": row.liaison}
    made = {name: value if open_persons else mask_name(value) or "" for name, value in made.items()}
    for name in ("responsible_phone", "liaison_phone", "duty_phone"):
        value = getattr(row, name)
        made[name] = value if open_persons or name == "duty_phone" else mask_phone(value) or ""
    return made


def _line(pack: Pack, unit: v.UnitRow, day: date, open_persons: bool) -> Line:
    state = state_on(unit, day)
    lives = state == "in_force"
    return Line(
        unit,
        unit.name_at(day),
        state,
        people_on(pack, unit.code, day) if lives else None,
        _contact(pack, unit.code, day, open_persons) if lives else None,
        "、".join(pack.name_at(code, day) for code in unit.successors),
    )


@page(*STRUCTURE)
def units(request: HttpRequest) -> HttpResponse:
    """All units by kind on the chosen day; ``gaps``: only those whose people are not complete."""
    pack, today = policy.current_pack(), policy.today()
    day, wrong = day_in(request, today)
    only_gaps = request.GET.get("gaps") == "1"
    role = actor_of(request).role
    open_persons = role in CHANGES
    lines = [_line(pack, unit, day, open_persons) for unit in pack.units]
    if only_gaps:
        inner = {
            row.unit
            for row in pack.subunits
            if v.in_force(row, day) and not (row.responsible and row.liaison)
        }
        lines = [one for one in lines if one.people and (not one.people.whole or one.unit.code in inner)]
    groups = [(says, [one for one in lines if one.unit.kind == kind]) for kind, says in UNIT_KINDS.items()]
    context = {
        "groups": [(says, members) for says, members in groups if members],
        "count": len(lines),
        "day": day,
        "today": today,
        "wrong": wrong,
        "only_gaps": only_gaps,
        "may_change": role in CHANGES,
        "sections": seen_by(role, UNITS),
    }
    return render(request, "administration/units.html", context, status=422 if wrong else 200)


@page(*STRUCTURE)
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: names over time, people, inner units, duties, roster, what was changed."""
    pack, today = policy.current_pack(), policy.today()
    row = pack.unit_by_code.get(code)
    if row is None:
        return problem(request, 404, _("没有代码为 {code} 的单位。").format(code=code[:40]))
    day, wrong = day_in(request, today)
    role = actor_of(request).role
    open_persons = role in CHANGES
    line = _line(pack, row, day, open_persons)
    matters = pack.matters_on(day)
    context: dict[str, Any] = {
        "line": line,
        "row": row,
        "kind": UNIT_KINDS.get(row.kind, row.kind),
        "day": day,
        "today": today,
        "wrong": wrong,
        "contacts": _over_time([one for one in pack.contacts if one.unit == code], open_persons),
        "subunits": [_person(one, open_persons) for one in pack.subunits_of(code, day)],
        "coming_subunits": [
            one
            for one in pack.subunits
            if one.unit == code and one.valid_from > day and v.at([one], one.valid_from)
        ],
        "matters": sorted(
            (m for m in matters.values() if m.unit == code and v.in_force(m, day)), key=lambda m: m.code
        ),
        "coming": sorted(
            (m for m in pack.matters if m.unit == code and m.valid_from > day), key=lambda m: m.valid_from
        ),
        "leaving": {
            m.code: m.valid_to for m in pack.matters if m.unit == code and m.valid_to and m.valid_to > day
        },
        "before": [unit for unit in pack.units if code in unit.successors],
        "roster": rosters.on_duty(code, timezone.now()) if v.in_force(row, today) else [],
        "open": sum(one.cases for one in recent.open_under((), [code])),
        "history": changes.history(code),
        "may_change": role in CHANGES and line.state != "ended",
        "open_persons": open_persons,
        "sections": seen_by(role, UNITS),
    }
    return render(request, "administration/unit.html", context, status=422 if wrong else 200)


def _over_time(rows: list[v.ContactRow], open_persons: bool) -> list[dict[str, Any]]:
    return [_person(row, open_persons) for row in sorted(rows, key=lambda row: row.valid_from, reverse=True)]


def _person(row: Any, open_persons: bool) -> dict[str, Any]:
    shown = {
        name: value if open_persons else mask(value) or ""
        for name, mask in (
            ("responsible", mask_name),
            ("responsible_phone", mask_phone),
            ("liaison", mask_name),
            ("liaison_phone", mask_phone),
        )
        for value in (getattr(row, name),)
    }
    return {
        "row": row,
        **shown,
        "whole": bool(row.responsible and row.liaison),
        "duty_phone": getattr(row, "duty_phone", ""),
    }
