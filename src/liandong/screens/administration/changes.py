"""The record of changes: who, when, what, before → after, why; planned ones are taken back here."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.district import changes as record
from liandong.district import policy
from liandong.district.errors import SettingError
from liandong.district.models import PackVersion
from liandong.engine import routing
from liandong.screens.common import policy as asked
from liandong.screens.common.access import DISTRICT, actor_of, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.story import who
from liandong.screens.common.whole import whole

from .sections import CHANGES, seen_by

HERE = "/district/changes"


@page(*DISTRICT)
def changes(request: HttpRequest) -> HttpResponse:
    """All changes, the newest first; ``planned``: those still to come."""
    role, today = actor_of(request).role, policy.today()
    planned = request.GET.get("planned") == "1"
    before = whole(request.GET.get("before"))
    rows = record.planned() if planned else record.history(before=before)
    context = {
        "rows": [_line(row, today, role) for row in rows],
        "planned": planned,
        "waiting": len(record.planned()),
        "next": rows[-1].pk if not planned and len(rows) == record.MOST_SHOWN else None,
        "first": before is not None,
        "sections": seen_by(role, HERE),
    }
    return render(request, "administration/changes.html", context)


def _line(row: PackVersion, today: Any, role: str) -> dict[str, Any]:
    after = {str(what): str(value) for what, value in row.after}
    return {
        "row": row,
        "by": who(row.by),
        "taken_back_by": who(row.taken_back_by) if row.taken_back_by else "",
        "pairs": [(what, value, after.pop(what, "—")) for what, value in row.before]
        + [(w, "—", x) for w, x in after.items()],
        "planned": row.effective_on is not None and row.effective_on > today and row.taken_back_at is None,
        "may_take_back": role in CHANGES and record.can_take_back(row, today),
    }


@page(*CHANGES)
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """Take a planned change back before its day."""
    row = PackVersion.objects.filter(pk=number).first()
    today = policy.today()
    if row is None:
        return problem(request, 404)
    context: dict[str, Any] = {"line": _line(row, today, actor_of(request).role)}
    if request.method == "POST":
        try:
            record.take_back(number, str(actor_of(request)), request.POST.get("reason", ""))
        except SettingError as wrong:
            context["refusal"] = str(wrong)
        else:
            routing.forget()
            asked.forget()
            messages.success(request, _("已撤回：{what}").format(what=row.what))
            return HttpResponseRedirect(HERE)
    midnight = datetime.combine(row.effective_on, time(), policy.current().zone) if row.effective_on else None
    context |= {
        "until": midnight - timedelta(seconds=1) if midnight else None,
        "sections": seen_by(actor_of(request).role, HERE),
    }
    return render(
        request, "administration/changes_back.html", context, status=422 if "refusal" in context else 200
    )
