"""A quarter for its meeting: was it held, what became of resolutions, measures and who misses, rulings, drills, sanctions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import reported
from liandong.casework.figures.query import Window
from liandong.casework.jsontext import to_ms
from liandong.registers import drill_results, measures, meetings, queries, reading
from liandong.registers.queries import Asking
from liandong.rules.model import Actor
from liandong.rules.periods import BadPeriod, Period, before, on, quarter
from liandong.rules.registers import registers
from liandong.screens.common.access import DUTY, UNIT, actor_of, page
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current

from . import alarms


@page(*alarms.TABLES)
@require_safe
def shown(request: HttpRequest, name: str = "") -> HttpResponse:
    """One quarter; without a name the one that runs."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    try:
        period = (
            quarter(name, policy.zone)
            if name
            else on("quarterly", now.astimezone(policy.zone).date(), policy.zone)
        )
    except BadPeriod as bad:
        return problem(request, 422, str(bad))
    if period.start > now:
        return problem(request, 422, _("这个季度还没有开始。"))
    from .meeting import resolution

    held = meetings.of_quarter(actor, period, policy)
    found = meetings.resolutions(actor, period, policy)
    earlier = meetings.resolutions(actor, before(period), policy)
    standing = measures.standing(actor, period, policy)
    after = on("quarterly", period.end.date(), policy.zone)
    return render(
        request,
        "registers/quarter.html",
        {
            "period": period,
            "before": before(period),
            "after": after if after.start <= now else None,
            "meetings": [
                {"entry": one, "state": by_name(queries.table_of("meeting").states[one.state])}
                for one in held
            ],
            "was_held": meetings.was_held(held),
            "over": period.end <= now,
            "resolutions": [resolution(one) for one in found],
            "earlier": [resolution(one) for one in earlier],
            "standing": standing,
            "filed": _filed(standing),
            "missing": [{"code": code, "name": unit_name(code)} for code in standing.missing],
            "free": [
                {"name": unit_name(c), "why": by_name(measures.REASONS[r])}
                for c, r in standing.not_owed.items()
            ],
            "rulings": _rulings(actor, period, now),
            "drills": drill_results.drills_of(actor, period, now) if _sees(actor, "drill") else None,
            "sanctions": _counted(actor, "sanction", period),
            "consultations": reading.every(
                actor, "consultation", Asking(since=period.start, until=period.end)
            )
            if _sees(actor, "consultation")
            else [],
            "organises": actor.role in DUTY,
            "files": actor.role in (*DUTY, *UNIT),
            "now": now,
        },
    )


def _sees(actor: Actor, register: str) -> bool:
    return register in registers() and queries.may_see(registers()[register], actor)


def _filed(standing: measures.Standing) -> list[dict[str, Any]]:
    table = queries.table_of("measure")
    return [
        {
            "unit": unit_name(unit),
            "entry": one,
            "title": one.data["title"],
            "state": by_name(table.states[one.state]),
        }
        for unit, many in sorted(standing.filed.items())
        for one in many
    ]


def _counted(actor: Actor, register: str, period: Period) -> list[tuple[str, int]]:
    if not _sees(actor, register):
        return []
    table = registers()[register]
    counts = queries.count(actor, register, Asking(since=period.start, until=period.end))
    return [(by_name(table.states[state]), n) for state, n in counts.items()]


def _rulings(actor: Actor, period: Period, now: datetime) -> list[dict[str, Any]]:
    """Disputes of the quarter by matter and unit: several of one kind, and those nobody's duty covers, are proposed as
    lines of the catalogue (R30, AMB19)."""
    if actor.role not in (*DUTY, "inspector"):
        return []
    zone_offset = int((period.start.utcoffset() or now - now).total_seconds() * 1000)
    window = Window(to_ms(period.start), to_ms(period.end), to_ms(now), zone_offset)
    matters = current().matters
    return [
        {
            "matter": f"{one.matter} {matters[one.matter].name}"
            if one.matter in matters
            else one.matter or _("（无事项）"),
            "unit": unit_name(one.unit) if one.unit else "—",
            "number": one.number,
            "decided": one.decided,
            "gaps": one.gaps,
            "propose": one.gaps > 0 or one.decided >= 2,
        }
        for one in reported.ruled(actor, window)
    ]


def proposed_agenda(actor: Actor, period: Period, now: datetime) -> list[tuple[str, str]]:
    """What the quarter suggests to talk about: (kind, sentence). Proposals only; who convenes strikes or adds."""
    policy = current()
    made = [("stage", f"通报{before(period).label}工作，部署{period.label}工作")]
    open_tasks = meetings.status(meetings.resolutions(actor, before(period), policy), now)
    unfinished = open_tasks["open"] + open_tasks["late"] + open_tasks["claimed"]
    if unfinished:
        made.append(("stage", f"上次例会议定事项尚有{unfinished}项未完成，逐项汇报"))
    missing = len(measures.standing(actor, period, policy).missing)
    made.append(
        ("measure", "研究推出服务社会新举措" + (f"（本季度尚有{missing}个单位未登记）" if missing else ""))
    )
    ruled = [one for one in _rulings(actor, before(period), now) if one["propose"]]
    gaps = sum(one["gaps"] for one in ruled)
    if gaps:
        made.append(("gap", f"上季度职责目录没有对应事项的{gaps}件，研究列入目录"))
    if any(one["decided"] >= 2 for one in ruled):
        made.append(("dispute", "多次裁定的同类争议，研究明确职责"))
    return made
