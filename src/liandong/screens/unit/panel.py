"""One case beside the list: what was said, what is asked of this unit, its clocks, and what may be done now.

The forms are those of the case page, loaded into the panel; a person signs, contacts and answers without leaving the list.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.casework import looks, queries, sight, workbench
from liandong.district import grades
from liandong.screens.case import actions
from liandong.screens.common.access import UNIT, actor_of, by_htmx, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key

from .lines import NEVER_PRESSING, pressing
from .owed import events_of, tasks
from .people import receiver_of
from .urgency import urgency

OWN_PLACE = ("sign", "acknowledge")
"""Commands that the panel gives by one tap of its own, without a form."""


@page(*UNIT)
@require_safe
def panel(request: HttpRequest, no: str) -> HttpResponse:
    """The panel of one case; without htmx the case's own page."""
    if not by_htmx(request):
        return HttpResponseRedirect(f"/cases/{no}")
    actor, now, policy = actor_of(request), timezone.now(), current()
    case = queries.get_case(no, actor, policy=policy, now=now)
    if case is None:
        return problem(request, 404)
    looks.opened(no, actor, now)
    units, shares = sight.units_of(actor, policy, now), grades.current()
    options = actions.sorted_out(queries.allowed(no, actor, now, policy=policy), case, actor)
    first = [one for one in options["first"] if one.command not in OWN_PLACE]
    rest = [(name, [one for one in some if one.command not in OWN_PLACE]) for name, some in options["rest"]]
    town = policy.townships.get((case.get("place") or {}).get("township") or "")
    matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
    shown: dict[str, Any] = {
        **options,
        "first": first,
        "rest": [(name, some) for name, some in rest if some],
        "case": case,
        "can_sign": case["state"] == "dispatched" and case["holder"]["code"] in units,
        "clocks": [
            (clock, urgency(clock, now, policy, shares))
            for clock in case["clocks"]
            if clock["unit"] in units and not clock["stopped_at"] and clock["kind"] not in NEVER_PRESSING
        ],
        "urgency": urgency(pressing(case, units), now, policy, shares),
        "tasks": tasks(case, events_of(case, actor), units),
        "inside": workbench.assigned([no], actor, policy=policy, now=now).get(no, ""),
        "township": town.name if town else "",
        "matter_name": matter.name if matter else "",
        "receiver": receiver_of(request),
        "key": new_key(),
        "now": now,
    }
    return render(request, "unit/panel.html", shown)
