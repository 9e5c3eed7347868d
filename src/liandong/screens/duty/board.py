"""The board on the wall: numbers, units, townships, names of matters and clocks; no person, no word anybody said.

Everything shown comes from codes of the district's own tables; a township or matter the district does not know is not
shown at all, because it may be what somebody typed.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.casework import commanding, overview, queries
from liandong.casework.commanding import Incident
from liandong.district.policy import current_pack
from liandong.screens.common.access import BOARD, DUTY, actor_of, page
from liandong.screens.common.page import render, unit_name
from liandong.screens.common.policy import current

from .tiles import SILENT, tiles
from .views import spikes

HOT_DAYS = 7
MOST_UNITS = 30


@page(*BOARD)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Today in large type; the page fetches itself again when something happens, and says when it cannot."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    shown, _clocks = tiles(actor, now)
    busy = [tile for tile in shown if tile.held.held]
    unsigned = sorted(
        (tile for tile in shown if tile.unsigned_since is not None),
        key=lambda tile: tile.unsigned_since or now,
    )
    late = sorted((tile for tile in busy if tile.held.overdue), key=lambda tile: -tile.held.overdue)
    context = {
        "day": overview.today(actor, policy=policy, now=now),
        "open": queries.counts(actor, now, policy=policy)["open"],
        "overdue": sum(tile.held.overdue for tile in shown),
        "silent": sum(tile.standing == SILENT for tile in shown),
        "unsigned": unsigned[:MOST_UNITS],
        "late": late[:MOST_UNITS],
        "majors": [_row(one) for one in commanding.incidents(actor, policy=policy, now=now)],
        "spikes": spikes(actor) if actor.role in DUTY else [],
        "hot": [
            {"matter": _matter(one.matter), "township": _town(one.township), "count": one.cases}
            for one in overview.hot_matters(actor, days=HOT_DAYS, policy=policy, now=now)
            if _matter(one.matter)
        ],
        "days": HOT_DAYS,
        "district": current_pack().name,
        "theme": "light" if request.GET.get("theme") == "light" else "dark",
        "zone": str(policy.zone),
        "refresh": request.get_full_path(),
        "now": now,
    }
    return render(request, "duty/board.html", context)


def _row(one: Incident) -> dict[str, Any]:
    """An incident on the wall: level, matter, township, the end of its number, its two clocks."""
    return {
        "level": one.case["level"],
        "tail": tail(one.case["no"]),
        "matter": _matter((one.case.get("matter") or {}).get("code") or ""),
        "township": _town((one.case.get("place") or {}).get("township") or ""),
        "unit": unit_name(one.case["lead_unit"]) if one.case["lead_unit"] else "",
        "clocks": [clock for clock in (one.phone, one.written) if clock is not None],
        "acks": sum(
            not clock["stopped_at"] for instruction in one.instructions for clock in instruction.acks.values()
        ),
    }


def tail(no: str) -> str:
    """The end of a case's number: the day's serial and its check digit."""
    return "-".join(no.split("-")[-2:])


def _matter(code: str) -> str:
    matter = current().matters.get(code)
    return matter.name if matter else ""


def _town(given: str) -> str:
    town = current().townships.get(given)
    return town.name if town else ""
