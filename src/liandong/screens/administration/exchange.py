"""How the exchange with the other network stands: what waits, what is missing, the last receipt, what was set aside."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from liandong.casework import sides
from liandong.engine.exchange import standing
from liandong.screens.common.access import DISTRICT, page

from .framing import framed

HERE = "/district/exchange"


def _instant(ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None


@page(*DISTRICT)
@require_safe
def exchange(request: HttpRequest) -> HttpResponse:
    """Figures and reasons only: nothing of any case is shown here."""
    found = standing.standing()
    context = {
        "standing": found,
        "side": sides.NAMES.get(found.side, "") if found else "",
        "oldest": _instant(found.oldest_ms) if found else None,
        "applied_at": _instant(found.applied_ms) if found else None,
        "receipt_at": _instant(found.receipt_ms) if found else None,
        "quarantined": [
            {"name": row.name, "detail": row.detail, "what": standing.remedy(row.reason), "times": row.times,
             "at": _instant(row.at_ms)}
            for row in (standing.quarantined() if found and not found.fault else ())
        ],
    }  # fmt: skip
    return framed(request, HERE, "administration/exchange.html", context)
