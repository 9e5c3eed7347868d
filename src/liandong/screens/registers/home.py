"""All registers a person may see, with how many entries wait in each, and what it was told."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from liandong.casework import sight
from liandong.registers import notices, queries
from liandong.registers.queries import Asking
from liandong.rules.model import Actor
from liandong.rules.register import Register
from liandong.rules.registers import registers
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import render
from liandong.screens.common.policy import current

from . import alarms, words

GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        gettext_lazy("重大事件"),
        ("incident_report", "incident_review", "deployment", "resource_status", "partner_message"),
    ),
    (gettext_lazy("督办与抽查"), ("supervision_slip", "urging", "sampling", "test_call", "finding")),
    (gettext_lazy("点验"), ("drill_plan", "drill")),
    (gettext_lazy("会议与举措"), ("meeting", "consultation", "task", "measure", "campaign")),
    (gettext_lazy("单位准备"), ("unit_document", "connection_test", "equipment")),
    (gettext_lazy("考评与处理"), ("appeal", "sanction", "referral")),
    (
        gettext_lazy("接入与值守"),
        ("quarantine", "intake_task", "hotline_transfer", "phone_task", "paper_slip", "duty_alarm"),
    ),
    (gettext_lazy("联动车辆"), ("vehicle_mark", "vehicle_use")),
)


@page()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Registers by subject; those of no group come last."""
    actor, now = actor_of(request), timezone.now()
    seen = {name: register for name, register in registers().items() if queries.may_see(register, actor)}
    groups = []
    for heading, names in GROUPS:
        found = [_card(seen.pop(name), actor) for name in names if name in seen]
        if found:
            groups.append((heading, found))
    if seen:
        groups.append((_("其他"), [_card(register, actor) for register in seen.values()]))
    told = [
        {
            "one": one,
            "register": registers()[one.register],
            "words": words.receipts(registers()[one.register], [one])[0],
        }
        for one in notices.inbox(actor, unread=True, limit=30)
        if one.register in registers()
    ]
    return render(
        request, "registers/home.html", {"groups": groups, "told": told, "now": now, **alarms.of(actor, now)}
    )


def _card(register: Register, actor: Actor) -> dict[str, Any]:
    counts = queries.count(actor, register.name)
    waiting = sum(number for state, number in counts.items() if state not in register.ended)
    owing = 0
    if mine := tuple(sorted(sight.units_of(actor, current(), timezone.now()))):
        owing = sum(queries.count(actor, register.name, Asking(owing=mine)).values())
    late = sum(queries.count(actor, register.name, Asking(overdue=True)).values())
    return {
        "register": register,
        "all": sum(counts.values()),
        "waiting": waiting,
        "late": late,
        "owing": owing,
        "opens": [step for step, refusal in queries.options(actor, register.name, None) if refusal is None],
    }
