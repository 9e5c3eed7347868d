"""Vehicle marks as pages (R17, R18): the list with what public security has to review, one vehicle's file, beginning a task,
the board of vehicles that are on one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from liandong.casework import inbox
from liandong.casework.cursor import BadCursor
from liandong.district import register_settings
from liandong.registers import lookups, marks, notices, queries
from liandong.registers.queries import Asking
from liandong.rules import plates
from liandong.rules.codes import POLICE_UNIT
from liandong.rules.model import Actor
from liandong.rules.register import Entry
from liandong.rules.registers.vehicle_marks import DEFAULTS, VEHICLE_MARK
from liandong.rules.registers.vehicle_uses import VEHICLE_USE
from liandong.rules.vehicles import LIVE, standing
from liandong.screens.common import export
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.labels import by_name
from liandong.screens.common.listing import Tab, address
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.story import who
from liandong.screens.common.times import ZONE

from . import entry as pages
from .mark_check import STANDINGS

QUEUES: dict[str, tuple[Any, Asking]] = {
    "review": (gettext_lazy("待审核"), Asking(states=("applied", "renewing", "lost"))),
    "returned": (gettext_lazy("退回补正"), Asking(states=("returned",))),
    "live": (gettext_lazy("有效"), Asking(states=LIVE)),
    "soon": (gettext_lazy("即将到期"), Asking(states=LIVE)),
    "over": (gettext_lazy("已失效"), Asking(states=("expired", "revoked", "handed_in"))),
    "all": (gettext_lazy("全部"), Asking()),
}
"""The lists of the register; what waits for a decision of public security comes first."""


USUAL = timedelta(hours=2)
"""How long a task is proposed to last; its author says how long it will."""


def is_police(actor: Actor) -> bool:
    """Whether somebody of the bureau looks, which reviews, makes and patrols (R17)."""
    return actor.role == "unit" and actor.unit == POLICE_UNIT


def may_watch(actor: Actor) -> bool:
    """Who sees all vehicles on a task: the bureau and its 110 desk, the duty office."""
    return is_police(actor) or actor.role in ("desk", "desk_lead", "duty_office")


def _asking(queue: str, now: datetime) -> Asking:
    asking = QUEUES[queue][1]
    if queue != "soon":
        return asking
    days = int(register_settings.of(marks.MARK).get("renew_days", DEFAULTS["renew_days"]))
    return asking._replace(due_before=now + timedelta(days=days))


@page()
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Marks by queue, unit or plate."""
    actor, now = actor_of(request), timezone.now()
    if not queries.may_see(VEHICLE_MARK, actor):
        return problem(request, 403)
    queue = request.GET.get("show") or ("review" if is_police(actor) else "all")
    if queue not in QUEUES:
        return problem(request, 404)
    unit, plate = request.GET.get("unit", "")[:40], request.GET.get("plate", "")[:40].strip()
    asking = _asking(queue, now)._replace(unit=unit)
    try:
        if export.wanted(request):
            return _file(request, asking)
        found = (
            queries.Page(marks.of_plate(actor, plate, current()), None)
            if plate
            else queries.find(actor, marks.MARK, asking, after=request.GET.get("after") or None, now=now)
        )
    except BadCursor:
        return problem(request, 404)
    running = {one.data["file"]: one for one in _running(actor, now)} if may_watch(actor) else {}
    shown: dict[str, Any] = {
        "register": VEHICLE_MARK,
        "tabs": _tabs(request, actor, unit, now),
        "queue": queue,
        "rows": [_row(entry, running, now) for entry in found.items],
        "units": unit_table(now) if actor.role != "unit" or is_police(actor) else {},
        "asked": {"unit": unit, "plate": plate},
        "opens": [step for step, why in queries.options(actor, marks.MARK, None) if why is None],
        "watches": may_watch(actor),
        "next": address(request, after=found.next) if found.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
        "refresh": request.get_full_path(),
        "now": now,
        **export.links(request),
    }
    return render(request, "registers/vehicle_marks.html", shown)


def _tabs(request: HttpRequest, actor: Actor, unit: str, now: datetime) -> list[Tab]:
    made = []
    for code, (name, _asked) in QUEUES.items():
        counted = queries.count(actor, marks.MARK, _asking(code, now)._replace(unit=unit), now=now)
        late = 0
        if code == "review":
            owing = Asking(states=("applied",), unit=unit, overdue=True)
            late = sum(queries.count(actor, marks.MARK, owing, now=now).values())
        made.append(Tab(code, name, address(request, show=code, after=None), sum(counted.values()), late))
    return made


def _row(entry: Entry, running: dict[str, Entry], now: datetime) -> dict[str, Any]:
    how = standing(entry, entry.data.get("code", ""), now, current()) if entry.data.get("mark_no") else ""
    return {
        "entry": entry,
        "plate": plates.shown(entry.data["plate"]),
        "kind": by_name(VEHICLE_MARK.words[entry.data["kind"]]),
        "state": by_name(VEHICLE_MARK.states[entry.state]),
        "standing": STANDINGS.get(how),
        "late": entry.state == "applied" and entry.is_overdue(now),
        "use": running.get(entry.no),
    }


def _running(actor: Actor, now: datetime) -> list[Entry]:
    return queries.find(actor, marks.USE, Asking(states=("active",)), limit=200, now=now).items


def _file(request: HttpRequest, asking: Asking) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    found: list[Entry] = []
    after = None
    while len(found) < export.MOST:
        part = queries.find(actor, marks.MARK, asking, after=after, limit=export.PAGE, now=now)
        found += part.items
        after = part.next
        if after is None:
            break
    head = [
        _("档案编号"), _("标识编号"), _("车牌号"), _("车辆类型"), _("单位"), _("状态"), _("有效期起"), _("有效期止"), _("制作单位"), _("申请时间"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            one.no, one.data.get("mark_no", ""), one.data["plate"], by_name(VEHICLE_MARK.words[one.data["kind"]]), unit_name(one.unit),
            by_name(VEHICLE_MARK.states[one.state]), one.data.get("valid_from", ""), one.data.get("valid_until", ""),
            one.data.get("made_by", ""), one.opened_at,
        ]
        for one in found[: export.MOST]
    ]  # fmt: skip
    if after is not None:
        rows.append([_("只导出了前 {n} 件，请缩小范围后再导出其余的。").format(n=export.MOST)])
    return export.table(request, VEHICLE_MARK.label, head, rows, now)


@page()
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """One vehicle's file: how its mark stands, what it was used for, who looked it up (for the bureau)."""
    actor, now = actor_of(request), timezone.now()
    if not queries.may_see(VEHICLE_MARK, actor):
        return problem(request, 403)
    entry = queries.get(actor, marks.MARK, no)
    if entry is None:
        return problem(request, 404)
    notices.mark_read(actor, no)
    known = pages.context(request, VEHICLE_MARK, entry)
    how = standing(entry, entry.data.get("code", ""), now, current()) if entry.data.get("mark_no") else ""
    known |= {
        "title": plates.shown(entry.data["plate"]),
        "mark": entry.data if entry.data.get("mark_no") else None,
        "standing": STANDINGS.get(how),
        "uses": marks.uses_of(actor, no, current()),
        "use_states": VEHICLE_USE.states,
        "prints": is_police(actor) and how == "valid",
        "begins": actor.role == "unit" and how == "valid" and entry.unit == actor.unit,
        "looks": [_look(one) for one in lookups.of_file(no, current())] if is_police(actor) else None,
    }
    return render(request, "registers/vehicle_mark.html", known)


def _look(one: lookups.Lookup) -> dict[str, Any]:
    name, code = one.account, one.answer
    return {
        "one": one,
        "by": who(name) if name else _("未登录"),
        "word": STANDINGS[code][2] if code in STANDINGS else _("查不到"),
    }


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Begin an urgent task: the unit's own good marks and open cases stand beside the form, one click each."""
    actor, now = actor_of(request), timezone.now()
    more: dict[str, Any] = {}
    if request.method != "POST" and not request.GET.get("until"):
        given = request.GET.copy()
        given["until"] = f"{now.astimezone(ZONE) + USUAL:%Y-%m-%dT%H:%M}"
        request.GET = given  # type: ignore[assignment]
    if actor.role == "unit":
        own = queries.find(actor, marks.MARK, Asking(states=LIVE), limit=50, now=now).items
        good = [one for one in own if standing(one, one.data["code"], now, current()) == "valid"]
        own_codes = {entry.data["file"] for entry in _running(actor, now)}
        more["marks"] = [
            {"no": one.data["mark_no"], "plate": plates.shown(one.data["plate"]), "busy": one.no in own_codes}
            for one in good
            if one.unit == actor.unit
        ]
        more["cases"] = inbox.by_urgency(actor, limit=10, policy=current(), now=now).items
        more["asked"] = {"mark": request.GET.get("mark", ""), "case": request.GET.get("case", "")}
    return pages.take(
        request,
        VEHICLE_USE,
        VEHICLE_USE.by_name["begin"],
        None,
        template="registers/vehicle_use_begin.html",
        more=more,
    )


@page()
@require_safe
def patrol(request: HttpRequest) -> HttpResponse:
    """Vehicles on an urgent task now, for 交巡警, the desk and the duty office."""
    actor, now = actor_of(request), timezone.now()
    if not may_watch(actor):
        return problem(request, 403)
    rows = [
        {"use": one, "plate": plates.shown(one.data["plate"]), "late": one.is_overdue(now)}
        for one in _running(actor, now)
    ]
    lapsed = queries.find(actor, marks.USE, Asking(states=("lapsed",)), limit=50, now=now).items
    none = [_look(one) for one in lookups.of_file("", current(), 20)] if is_police(actor) else []
    found = {
        "rows": rows,
        "lapsed": lapsed,
        "unknown": none,
        "refresh": request.get_full_path(),
        "now": now,
    }
    return render(request, "registers/vehicle_patrol.html", found)
