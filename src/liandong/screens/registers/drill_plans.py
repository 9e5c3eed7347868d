"""The calendar of 点验: every field prone to emergencies, what is planned in the period, which have nothing (R50)."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.district import register_settings
from liandong.registers import drills, queries
from liandong.rules import periods
from liandong.rules.registers.drill_plans import PLAN
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.page import render
from liandong.screens.common.policy import current


@page(*DUTY, "inspector")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """One period; a day in the address chooses another one."""
    actor, now, zone = actor_of(request), timezone.now(), current().zone
    kind = drills.frequency()
    today = now.astimezone(zone).date()
    try:
        day = date.fromisoformat(request.GET.get("day", "")[:10])
        period = periods.on(kind, day, zone)
    except ValueError:
        period = periods.on(kind, today, zone)
    fields = drills.plans_of(actor, period)
    cited = {one.key: one for one in register_settings.cited("drill_plan")}
    running = period.holds(now)
    return render(
        request,
        "registers/drill_calendar.html",
        {
            "register": PLAN,
            "period": period,
            "before": (period.start - timedelta(days=1)).astimezone(zone).date().isoformat(),
            "after": period.end.astimezone(zone).date().isoformat(),
            "running": running,
            "fields": [(one, [(plan, plan.is_overdue(now)) for plan in one.plans]) for one in fields],
            "gaps": sum(one.gap for one in fields),
            "overdue": sum(plan.is_overdue(now) for one in fields for plan in one.plans),
            "frequency": kind,
            "cited": cited.get("frequency"),
            "words": PLAN.words,
            "states": PLAN.states,
            "may_plan": any(
                step.name == "plan" for step, why in queries.options(actor, "drill_plan", None) if not why
            ),
            "suggested": min(
                max(today, period.start.astimezone(zone).date()), period.end.astimezone(zone).date()
            ).isoformat(),
            "now": now,
        },
    )
