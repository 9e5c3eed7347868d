"""Drawing up a report now: of a kind and a day, or a special one of days of one's own (R47)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from liandong.engine import reports
from liandong.engine.reports import archive
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.policy import current

from .views import listing

LONGEST_TITLE = 100
FIELDS = ("kind", "on", "from", "to", "title", "addressee")


@page(*archive.MAKERS)
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Draw up, keep, and open it; what cannot be drawn up is said above the form."""
    typed: dict[str, Any] = {key: request.POST.get(key, "").strip()[:200] for key in FIELDS}
    actor = actor_of(request)
    try:
        report = _drawn(typed)
        number = archive.draw_up(report, str(actor))
    except reports.CannotReport as error:
        return listing(request, {**typed, "refusal": str(error)}, status=422)
    return HttpResponseRedirect(f"/reports/{number}")


def _drawn(typed: dict[str, Any]) -> reports.Report:
    policy = current()
    if typed["kind"] != "special":
        return reports.draw(reports.period_of(typed["kind"], _day(typed["on"], _("日期")), policy))
    period = reports.own_period(_day(typed["from"], _("起始日期")), _day(typed["to"], _("结束日期")), policy)
    setting = reports.setting_of("special")
    if typed["addressee"]:
        setting = replace(
            setting,
            to=tuple(word for word in typed["addressee"].replace(",", "，").split("，") if word.strip()),
        )
    if not setting.to:
        raise reports.CannotReport(_("没有收件人，请先填写主送。"))
    return reports.draw(period, title=typed["title"][:LONGEST_TITLE], setting=setting)


def _day(text: str, name: str) -> date:
    """A day of the form. Raises CannotReport."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise reports.CannotReport(_("请填写{name}，如 2018-06-30。").format(name=name)) from error
