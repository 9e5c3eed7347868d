"""Snapshots: frozen evaluations with their own cases; freezing, revising, excluding; and the clues."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import evaluation
from liandong.casework.cursor import BadCursor
from liandong.casework.evaluation import LISTING, METRICS, PARTS, Result, Table, exclusions, snapshots
from liandong.casework.evaluation.snapshots import Snapshot
from liandong.casework.execute import Refused
from liandong.engine import evaluating
from liandong.rules.model import Actor
from liandong.rules.periods import BadPeriod, before
from liandong.rules.signs import SIGNS
from liandong.screens.common import export
from liandong.screens.common.access import EVALUATION, UNIT, actor_of, page
from liandong.screens.common.listing import SIZE, address
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE

from . import showing
from .asked import HOME, instant, names, period_of, read
from .lines import head, lines, row
from .views import PART_NAMES, frame, stored_items
from .words import named

CLUES = evaluation.detectors.READ


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, ZONE)


@page(*EVALUATION, *UNIT)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """All snapshots, the newest period first."""
    actor = actor_of(request)
    asked = read({}, current(), timezone.now())
    found = snapshots.every()
    context = {
        **frame(asked, actor),
        "snapshots": [{"one": one, "at": _at(one.at_ms), "label": _label(one)} for one in found],
        "excluded": exclusions.excluded() if actor.role in LISTING else [],
        "may_exclude": actor.role in exclusions.DECIDE,
    }
    return render(request, "evaluation/snapshots.html", context)


def _label(one: Snapshot) -> str:
    try:
        return period_of(one.name, current()).label
    except BadPeriod:
        return one.name


@page(*EVALUATION, *UNIT)
@require_safe
def snapshot(request: HttpRequest, id_: str) -> HttpResponse:
    """One snapshot as it was published, compared with the period before; its proof comes a moment later."""
    actor, policy = actor_of(request), current()
    one = snapshots.load(id_)
    if one is None:
        return problem(request, 404)
    asked = read({"period": one.name, "rank": request.GET.get("rank", "")}, policy, timezone.now())
    table = one.table("unit")
    if actor.role == "unit":
        own = evaluation.units_of(actor, asked.now)
        table = {key: found for key, found in table.items() if key in own}
    link = _linker(one, actor)
    try:
        earlier = snapshots.latest(before(asked.period))
    except BadPeriod:
        earlier = None
    context = {
        **frame(asked, actor),
        "one": one,
        "at": _at(one.at_ms),
        "earlier": earlier,
        "changes": _changes(table, earlier.table("unit")) if earlier and actor.role != "unit" else [],
        "groups": showing.groups(table, asked.period, policy, asked.rank, link, together=one.table("unit")),
        "heads": [METRICS[code] for code in showing.UNIT_METRICS],
        "whole": showing.whole(table, link) if actor.role != "unit" else [],
        "ranks": names(),
        "chosen": METRICS[asked.rank],
        "fewest": one.measuring.fewest,
        "settings": named(one.measuring.settings.values()),
        "definitions_changed": one.definitions != snapshots.definitions(),
        "upheld": evaluating.upheld(id_) if actor.role in exclusions.DECIDE else [],
        "may_revise": actor.role in exclusions.DECIDE,
        "newest": snapshots.latest(asked.period),
        "ranked": actor.role != "unit",
    }
    return render(request, "evaluation/snapshot.html", context)


@page(*EVALUATION, *UNIT)
@require_safe
def proof(request: HttpRequest, id_: str) -> HttpResponse:
    """Whether the snapshot's seal is whole and its own lists still give its numbers: seconds for a large quarter, so the
    page stands before it."""
    if snapshots.load(id_) is None:
        return problem(request, 404)
    return render(request, "evaluation/proof.html", {"faults": snapshots.verify(id_)})


def _linker(one: Snapshot, actor: Actor) -> showing.Linker | None:
    if actor.role not in (*LISTING, "unit"):
        return None

    def link(code: str, part: str, key: str | None, by: str) -> str:
        where = f"&key={key}&by={by}" if key else ""
        return f"{HOME}snapshots/{one.id}/cases?metric={code}&part={part}{where}"

    return link


def _changes(now: Table, earlier: Table) -> list[dict[str, Any]]:
    """The whole district against the snapshot before, metric by metric."""
    made = []
    for code, metric in METRICS.items():
        one, old = now[""].get(code, Result()), earlier.get("", {}).get(code, Result())
        if one.value is None and old.value is None:
            continue
        change = ""
        if one.value is not None and old.value is not None:
            step = one.value - old.value
            points = step * 100 if metric.unit == "rate" else step
            change = f"{points:+.1f}" + (_(" 个百分点") if metric.unit == "rate" else "")
        made.append(
            {
                "metric": metric,
                "now": showing.said(metric, one),
                "before": showing.said(metric, old),
                "change": change,
            }
        )
    return made


@page(*(role for role in EVALUATION if role != "government"), *UNIT)
@require_safe
def snapshot_cases(request: HttpRequest, id_: str) -> HttpResponse:
    """The exact cases behind a number of a snapshot, whatever became of them since."""
    actor, now = actor_of(request), timezone.now()
    one = snapshots.load(id_)
    code, part = request.GET.get("metric", ""), request.GET.get("part", "denominator")
    key, by = request.GET.get("key") or None, request.GET.get("by", "unit")
    if one is None or code not in METRICS or part not in PARTS or by not in snapshots.GROUPED:
        return problem(request, 404)
    found = one.behind(code, part, key=key, by=by)
    if actor.role == "unit":
        own = evaluation.units_of(actor, now)
        found = [entry for entry in found if entry.unit in own]
    items = stored_items(found)
    if export.wanted(request):
        rows: list[export.Row] = [row(line) for line in lines(items[: export.MOST], actor)]
        return export.table(request, f"{one.id}{METRICS[code].name}", head(), rows, now)
    after = request.GET.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 10 else 0
    asked = read({"period": one.name}, current(), now)
    context = {
        **frame(asked, actor),
        "metric": METRICS[code],
        "part": part,
        "part_name": PART_NAMES[part],
        "of": unit_name(key) if key and by == "unit" else "",
        "twice": True,
        "number": len(items),
        "parts": [],
        "lines": lines(items[start : start + SIZE], actor),
        "back": f"{HOME}snapshots/{one.id}",
        "snapshot": one,
        "next": address(request, after=str(start + SIZE)) if start + SIZE < len(items) else "",
        "first": address(request, after=None) if start else "",
        "as_of": _at(one.at_ms),
    }
    return render(request, "evaluation/cases.html", {**context, **export.links(request)})


@page(*EVALUATION)
@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    """Freeze the period in the form."""
    actor, now = actor_of(request), timezone.now()
    try:
        period = period_of(request.POST.get("period", "")[:40], current())
        one = evaluating.freeze(period, actor, now)
    except BadPeriod as error:
        messages.warning(request, str(error))
        return HttpResponseRedirect(HOME)
    except Refused as error:
        messages.warning(request, f"{error.refusal.detail}（{error.refusal.rule}）")
        return HttpResponseRedirect(f"{HOME}?period={period.name}")
    messages.success(request, _("已冻结为 {id}").format(id=one.id))
    return HttpResponseRedirect(f"{HOME}snapshots/{one.id}")


@page(*EVALUATION)
@require_POST
def revise(request: HttpRequest, id_: str) -> HttpResponse:
    """Carry out what was upheld or excluded, as a revision of this snapshot."""
    if snapshots.load(id_) is None:
        raise Http404
    try:
        one = evaluating.carry_out(id_, actor_of(request), timezone.now())
    except Refused as error:
        messages.warning(request, f"{error.refusal.detail}（{error.refusal.rule}）")
        return HttpResponseRedirect(f"{HOME}snapshots/{id_}")
    messages.success(request, _("已形成修订版 {id}；原快照不变").format(id=one.id))
    return HttpResponseRedirect(f"{HOME}snapshots/{one.id}")


@page(*EVALUATION)
@require_POST
def exclude(request: HttpRequest) -> HttpResponse:
    """Leave a case out of evaluation."""
    no = request.POST.get("case", "").strip().upper()[:40]
    unit = request.POST.get("unit", "").strip()[:40]
    try:
        exclusions.exclude(no, unit, request.POST.get("reason", ""), actor_of(request), timezone.now())
    except Refused as error:
        messages.warning(request, f"{error.refusal.detail}（{error.refusal.rule}）")
    else:
        messages.success(request, _("{no} 已从考评中剔除；已冻结的快照须修订才改变").format(no=no))
    return HttpResponseRedirect(f"{HOME}snapshots#exclusions")


@page(*CLUES)
@require_safe
def signs(request: HttpRequest) -> HttpResponse:
    """Clues that somebody has to look into; never a verdict (R67)."""
    actor = actor_of(request)
    asked = read(request.GET, current(), timezone.now())
    found = evaluation.detectors.find(actor, asked.period, now=asked.now)
    measures = evaluation.measures()
    at = int(asked.now.timestamp() * 1000)
    made = []
    for code, sign in SIGNS.items():
        rows = [
            {
                "clue": clue,
                "unit": unit_name(clue.unit) if clue.unit != "-" else _("未派单位"),
                "url": asked.address(f"{HOME}signs/cases", sign=code, unit=clue.unit, at=at, rank=None),
            }
            for clue in found.get(code, [])
        ]
        shown = [one for one in rows if one["clue"].shown]  # type: ignore[attr-defined]
        settings = named(measures.settings[key] for key in sign.settings)
        made.append({"sign": sign, "shown": shown, "below": len(rows) - len(shown), "settings": settings})
    return render(request, "evaluation/signs.html", {**frame(asked, actor), "signs": made})


@page(*CLUES)
@require_safe
def sign_cases(request: HttpRequest) -> HttpResponse:
    """The cases of one clue."""
    actor, now = actor_of(request), timezone.now()
    asked = read(request.GET, current(), instant(request.GET, now))
    code, unit = request.GET.get("sign", ""), request.GET.get("unit") or None
    sign = SIGNS.get(code)
    if sign is None:
        return problem(request, 404)
    try:
        found = evaluation.detectors.items(
            actor, code, asked.period, unit=unit, after=request.GET.get("after"), limit=SIZE, now=asked.now
        )
    except BadCursor:
        return HttpResponseRedirect(address(request, after=None))
    if export.wanted(request):
        rows: list[export.Row] = []
        after: str | None = None
        while True:
            part = evaluation.detectors.items(
                actor, code, asked.period, unit=unit, after=after, limit=export.PAGE, now=asked.now
            )
            rows += [row(line) for line in lines(part.items, actor)]
            after = part.next
            if after is None or len(rows) >= export.MOST:
                break
        return export.table(request, str(sign.name), head(), rows, now)
    clues = evaluation.detectors.find(actor, asked.period, now=asked.now).get(code, [])
    number = sum(clue.cases for clue in clues if unit in (None, clue.unit))
    context = {
        **frame(asked, actor),
        "sign": sign,
        "of": unit_name(unit) if unit and unit != "-" else "",
        "number": number,
        "lines": lines(found.items, actor),
        "back": asked.address(f"{HOME}signs"),
        "next": address(request, after=found.next) if found.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
        "as_of": asked.now,
        "parts": [],
    }
    return render(request, "evaluation/cases.html", {**context, **export.links(request)})
