"""Rendering: what every page is given (who, where, now), and the pages that say no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from liandong.casework import history
from liandong.district import training
from liandong.engine.stream_entries import EVENT as ENTRY
from liandong.engine.stream_http import ROLES as STREAMED
from liandong.registers import sides
from liandong.rules.register import Register

from . import fragments
from .access import (
    BOARD,
    CASES,
    DESK,
    DISTRICT,
    DUTY,
    EVALUATION,
    FIGURES,
    HOTSPOTS,
    REGISTERS,
    REPORTS,
    ROUTING,
    SHIFTS,
    UNIT,
    View,
    actor_of,
    home,
)
from .labels import EVENTS, ROLES, label
from .policy import current

STREAM_URL = "/api/v1/stream"
STREAM_EVENTS = " ".join((*EVENTS, ENTRY))
"""Names of events that make a list look again: every command may, and every step of a register."""
NOTICE_URL = "/district/shift/notice"
"""What the first page of those who work in shifts asks for after it stands: hand-overs, gaps, reviews (R24)."""
THEMES = ("light", "dark")
PLACES = 6
"""So many places stand in the bar; the others are one step further, behind «more»."""
PHONE_PLACES = 4
"""And on a phone so many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    url: str
    name: Any
    icon: str
    roles: tuple[str, ...]


NAVIGATION = (
    Entry("/desk/", _("分流台"), "list-task", DESK),
    Entry("/unit/", _("收件箱"), "inbox", UNIT),
    Entry("/duty/", _("值班室"), "bank", DUTY),
    Entry("/duty/major", _("重大警情"), "exclamation-octagon-fill", (*DUTY, *DESK)),
    Entry("/duty/units", _("各单位"), "building", DUTY),
    Entry("/cases/instructions", _("批示"), "pin-angle", (*DUTY, *UNIT)),
    Entry("/registers/", _("台账"), "journal-text", REGISTERS),
    Entry("/figures/", _("数据"), "bar-chart", FIGURES),
    Entry("/evaluation/", _("考评"), "trophy", EVALUATION),
    Entry("/evaluation/mine", _("考评"), "trophy", UNIT),
    Entry("/reports/", _("报告"), "file-earmark-text", REPORTS),
    Entry("/duty/board", _("大屏"), "display", BOARD),
    Entry("/duty/hotspots", _("热点"), "megaphone", HOTSPOTS),
    Entry("/duty/routing", _("分流质量"), "speedometer2", ROUTING),
    Entry("/desk/paper", _("纸单补录"), "pencil-square", DESK),
    Entry("/cases/", _("案件查询"), "search", CASES),
    Entry("/cases/looks", _("查看记录"), "eye", ("auditor",)),
    Entry("/incidents/means", _("应急资源"), "collection", UNIT),
    Entry("/district/shift", _("交接班"), "arrow-left-right", SHIFTS),
    Entry("/district/knowledge", _("知识库"), "book", (*CASES, "sysadmin")),
    Entry("/district/", _("片区管理"), "gear", DISTRICT),
)


def _places(role: str, here: str) -> dict[str, Any]:
    """The navigation of a role: what stands in the bar, and what is behind «more» (on a phone more of it is)."""
    entries = [entry for entry in NAVIGATION if role in entry.roles]
    bar = len(entries) if len(entries) <= PLACES + 1 else PLACES
    return {
        "navigation": entries[:bar],
        "navigation_more": [(entry, at < bar) for at, entry in enumerate(entries) if at >= PHONE_PLACES]
        if len(entries) > PHONE_PLACES + 1
        else [],
        "all_in_bar": bar == len(entries),
        "here_more": any(entry.url == here for entry in entries[bar:]),
    }


def unit_name(code: str | None) -> str:
    """A unit's name; its code where the district does not know it."""
    if not code:
        return "—"
    unit = current().units.get(code)
    return unit.name if unit else code


def render(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page with its frame: actor, navigation, theme, the instant it was made."""
    known: dict[str, Any] = {"now": timezone.now(), "theme": request.COOKIES.get("liandong_theme", "")}
    known["live_part"] = fragments.asked(request)
    if known["theme"] not in THEMES:
        known["theme"] = ""
    if request.user.is_authenticated:
        actor = actor_of(request)
        ready = training.ready(request.user)
        known |= {
            "actor": actor,
            "role_name": label(ROLES, actor.role),
            "unit_name": unit_name(actor.unit) if actor.unit else "",
            **_places(actor.role if ready else "", request.path),
            "finds": ready and actor.role in CASES,
            "here": request.path,
            "home": home(actor),
            "stream_url": STREAM_URL if ready and actor.role in STREAMED else "",
            "ready": ready,
            "notice_url": NOTICE_URL if actor.role in SHIFTS and request.path == home(actor) else "",
            "stream_events": STREAM_EVENTS,
            "stream_cursor": history.cursor_at(history.tail_position()) if not known["live_part"] else "",
        }
    return django_render(request, template, known | (context or {}), status=status)


def kept_elsewhere(request: HttpRequest, register: Register) -> HttpResponse | None:
    """The page that says on which of two sides this register is kept; None where it is kept here (decision 060)."""
    refusal = sides.refusal(register)
    if refusal is None:
        return None
    return render(request, "common/problem.html", {"status": 403, "side": refusal.detail}, status=403)


def kept(register: Register) -> Callable[[View], View]:
    """A page of this register: there only on the side that keeps it."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return kept_elsewhere(request, register) or view(request, *args, **kwargs)

        return guarded

    return wrap


def problem(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """A page that says no: 403 (your role may not), 404 (no such case that you may see), 500."""
    return render(request, "common/problem.html", {"status": status, "detail": detail}, status=status)
