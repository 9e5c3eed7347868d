"""热点: what many call about in a window of days, and sensitive matters beyond their usual level. No person is shown:
titles come without numbers and names, and lists of cases mask whoever called.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import queries, sight
from liandong.casework.queries import Page
from liandong.engine import hotspots as engine
from liandong.engine import notifications, similar
from liandong.engine.instants import iso
from liandong.engine.models import Notification
from liandong.rules.masking import GAP, mask_names
from liandong.rules.model import Actor
from liandong.screens.common.access import DUTY, HOTSPOTS, actor_of, page
from liandong.screens.common.listing import SIZE, address, lines
from liandong.screens.common.numbered import by_number
from liandong.screens.common.page import problem, render
from liandong.screens.common.story import who
from liandong.screens.common.times import ZONE
from liandong.triage.topics import Topic

DAYS = {7: gettext_lazy("近7天"), 30: gettext_lazy("近30天"), 90: gettext_lazy("近90天")}
DEFAULT_DAYS = 30
TOP = 20
KEPT_SECONDS = 60.0
"""So long a list of topics is shown to others of the same role: working it out reads up to thousands of cases."""
TITLES = 40
"""Cases of a topic, from its first on, that a title may come from (``triage.topics``)."""

_kept: dict[tuple[str, int], tuple[float, list[Topic]]] = {}
_lock = threading.Lock()


def forget() -> None:
    """Work topics out anew at the next question (tests)."""
    _kept.clear()


def topics(viewer: Actor, days: int) -> list[Topic]:
    """The hottest topics of a window; what a role may see does not depend on the person in it."""
    with _lock:
        known = _kept.get((viewer.role, days))
        if known is None or time.monotonic() - known[0] > KEPT_SECONDS:
            found = _without_callers(engine.hot(viewer, days=days, top=TOP))
            known = _kept[(viewer.role, days)] = (time.monotonic(), found)
        return known[1]


def _without_callers(found: list[Topic]) -> list[Topic]:
    """The topics without the names of who called: a title is one case's summary, and a summary may name its caller."""
    made = []
    for topic in found:
        stored = queries.load_cases(topic.ids[:TITLES]).values()
        callers = [
            caller
            for one in stored
            for caller in (one.private.get("caller"), *(one.private.get("callers") or ()))
        ]
        title = mask_names(topic.title, sight.names_of({"callers": callers})) or ""
        made.append(topic._replace(title=title.replace(GAP, "＊")))
    return made


@page(*HOTSPOTS)
@require_safe
def hotspots(request: HttpRequest) -> HttpResponse:
    """Hot topics of the window in the address; with ``topic`` (the number of one of its cases) that topic's cases."""
    asked = request.GET.get("days", str(DEFAULT_DAYS))
    days = next((one for one in DAYS if str(one) == asked), None)
    if days is None:
        return problem(request, 404)
    actor = actor_of(request)
    context: dict[str, Any] = {
        "days": days,
        "windows": [(one, name, f"/duty/hotspots?days={one}") for one, name in DAYS.items()],
        "most": engine.MOST_CASES,
        "sees_spikes": actor.role in engine.SEE_SPIKES,
        "may_note": actor.role in DUTY,
    }
    trouble = similar.trouble()
    if trouble is not None:
        return render(request, "duty/hotspots.html", context | {"trouble": trouble})
    found = topics(actor, days)
    wanted = request.GET.get("topic")
    if wanted:
        topic = next((one for one in found if wanted in one.ids), None)
        if topic is not None:
            return render(request, "duty/topic.html", context | _cases_of(request, topic, actor))
        context["gone"] = True
    context |= {"topics": _rows(found, days), "spikes": _spikes(actor)}
    return render(request, "duty/hotspots.html", context)


def _rows(found: Sequence[Topic], days: int) -> list[dict[str, Any]]:
    """Topics in the contest's form, with the way to their cases."""
    hottest = max((topic.heat for topic in found), default=0.0)
    rows = []
    for topic in found:
        form = topic.row(ZONE)
        rows.append(
            {
                "number": form["问题ID"],
                "heat": form["热度指数"],
                "share": round(100 * topic.heat / hottest) if hottest else 0,
                "span": form["时间范围"].replace("至", _("至")),
                "where": form["地点/人群"] if topic.place or topic.crowd else _("未指明"),
                "title": form["问题描述"] or _("（没有标题）"),
                "cases": topic.messages,
                "people": topic.people,
                "url": f"/duty/hotspots?days={days}&topic={topic.ids[-1]}",
            }
        )
    return rows


def _cases_of(request: HttpRequest, topic: Topic, actor: Actor) -> dict[str, Any]:
    """One page of a topic's cases, the newest first."""
    numbers = list(reversed(topic.ids))
    after = request.GET.get("after")
    start = numbers.index(after) + 1 if after in numbers else 0
    chosen = numbers[start : start + SIZE]
    now = timezone.now()
    shown = list(by_number(chosen, actor).values())
    more = start + SIZE < len(numbers)
    return {
        "topic": _rows([topic], 0)[0],
        "lines": lines(Page(shown, None), now),
        "next": address(request, after=chosen[-1]) if more else "",
        "first": address(request, after=None) if start else "",
        "now": now,
    }


def _spikes(actor: Actor) -> list[dict[str, Any]]:
    """Spikes as the engine tells them, each with its notice: who of the duty office has noted it, and when."""
    found = engine.spikes(actor)
    notices: dict[tuple[str, str | None], list[Notification]] = {}
    rows = Notification.objects.filter(
        kind=engine.NOTICE, recipient="duty_office", case_no__in=[one["case"] for one in found]
    )
    for row in rows:
        notices.setdefault((row.case_no, iso(row.at_ms)), []).append(row)
    made = []
    for one in found:
        own = notices.get((one["case"], one["raised_at"]), [])
        open_ = [row for row in own if row.acknowledged_ms is None]
        noted = own[0] if own and not open_ else None
        made.append(
            {
                **one,
                "notices": [f"{row.position}-{row.n}" for row in open_],
                "noted_at": iso(noted.acknowledged_ms) if noted else None,
                "noted_by": who(noted.acknowledged_by) if noted else "",
            }
        )
    return made


@page(*DUTY)
@require_POST
def noted(request: HttpRequest) -> HttpResponse:
    """The duty office confirms having taken note of a spike; the first one's name stands."""
    given = request.POST.getlist("notice")[:10]
    done = [notifications.acknowledge(actor_of(request), identity) for identity in given]
    if not given or not all(done):
        return problem(request, 404)
    messages.success(request, _("已记下：您知道了这次突增。"))
    return HttpResponseRedirect("/duty/hotspots")
