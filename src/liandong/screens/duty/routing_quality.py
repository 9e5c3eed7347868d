"""分流质量: how far suggestions may be trusted on the district's own ended cases, from which confidence on, and by which
model. The duty office sets the precision it wants; nothing on this page names a case.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.engine import automation, learning, routing
from liandong.engine.instants import iso
from liandong.engine.models import LearnedModel
from liandong.screens.common.access import DUTY, ROUTING, actor_of, page
from liandong.screens.common.page import problem, render
from liandong.screens.common.story import who
from liandong.triage.catalogue import CatalogueError
from liandong.triage.fitting import wilson
from liandong.triage.pack import RoutingPackError
from liandong.triage.router import Router

SETS = DUTY
"""Who sets what is wanted; a system administrator may by ``liandong learn --precision``."""
MOST_MODELS = 30
NEVER = 1.0
"""A threshold above this is never reached."""


class Unusable(ValueError):
    """What was typed is no precision that can be wanted; the text says what is (Chinese)."""


def wanted_of(typed: str) -> float:
    """A precision from what a person typed: ``95``, ``95%`` and ``0.95`` are the same. Raises Unusable."""
    plain = typed.strip().rstrip("%％").strip()
    if not plain:
        raise Unusable(_("请填写要求的准确率，如 95。"))
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Unusable(_("“{typed}”不是数。请填写百分数，如 95。").format(typed=typed.strip()[:20]))
    share = round(value / 100 if value > 1 else value, 6)
    if not automation.LOWEST <= share <= automation.HIGHEST:
        limits = {"low": f"{automation.LOWEST:.0%}", "high": f"{automation.HIGHEST:.1%}"}
        raise Unusable(_("要求的准确率须在 {low} 到 {high} 之间。").format(**limits))
    return share


@page(*ROUTING)
@require_http_methods(["GET", "POST"])
def quality(request: HttpRequest) -> HttpResponse:
    """Coverage against precision, the threshold in force, the model that serves and those before it."""
    if request.method == "GET":
        return render(request, "duty/routing.html", _context(request))
    actor = actor_of(request)
    if actor.role not in SETS:
        return problem(request, 403, _("要求的准确率由区政府值班室设定。"))
    typed = request.POST.get("precision", "")
    try:
        share = wanted_of(typed)
        if request.POST.get("confirm") != "yes":
            raise Unusable(_("请先勾选“我已看过这项改动的影响”，再保存。"))
    except Unusable as wrong:
        context = _context(request) | {"typed": typed[:20], "wrong": str(wrong)}
        return render(request, "duty/routing.html", context, status=422)
    row = automation.set_precision(share, str(actor))
    routing.forget()
    messages.success(request, _said(row.precision, row.threshold))
    return HttpResponseRedirect("/duty/routing")


def _said(precision: float, threshold: float | None) -> str:
    """What was set and what follows from it, in one sentence."""
    share = f"{precision * 100:g}%"
    if threshold is None:
        return _("已设为 {share}；本区办结工单还不够，先按模型自带的门槛。").format(share=share)
    if threshold > NEVER:
        return _("已设为 {share}；目前没有门槛能达到，一律由人判断。").format(share=share)
    return _("已设为 {share}；把握达到 {at}% 起可自动建议。").format(share=share, at=f"{threshold * 100:.1f}")


def _context(request: HttpRequest) -> dict[str, Any]:
    row = automation.described()
    found = automation.outcomes()
    clear = int(found.clear.sum())
    context: dict[str, Any] = {
        "may_set": actor_of(request).role in SETS,
        "typed": f"{row['precision'] * 100:g}",
        "lowest": automation.LOWEST,
        "highest": automation.HIGHEST,
        "setting": row,
        "set_by": who(row["changed_by"]) if row["changed_by"] else "",
        "set_at": iso(row["changed_ms"]) if row["changed_by"] else None,
        "outcomes": len(found.confidence),
        "clear": clear,
        "fewest": automation.FEWEST,
        "missing": max(0, automation.FEWEST - clear),
        "history": _history(),
    }
    try:
        router = routing.router()
    except (RoutingPackError, CatalogueError) as error:
        return context | {"trouble": routing.trouble() or str(error), "enough": False}
    at = threshold_in_force(row, router)
    context |= {"at": at, "never": at > NEVER, "model": _model(router), "enough": clear >= automation.FEWEST}
    if context["enough"]:
        points = [
            {**point, "auto": point["confidence"] >= at, "interval": (point["low"], point["high"])}
            for point in automation.curve(found)
        ]
        context |= {
            "points": points,
            "now_auto": _now(found, at),
            "chart": _chart(points, row["precision"], at),
        }
    return context


def threshold_in_force(row: Mapping[str, Any], router: Router) -> float:
    """The confidence from which on suggestions may go by themselves: what was found for the setting, else the model's."""
    if row["threshold"] is not None:
        return float(row["threshold"])
    blend = router.model.meta["blend"] if router.model else None
    return float(blend["auto_at"]) if blend else router.pack.settings.alone.auto_at


def _now(found: automation.Outcomes, at: float) -> dict[str, Any]:
    """What the threshold in force would have done with the ended cases."""
    chosen = found.clear & (found.confidence >= at)
    count, right = int(chosen.sum()), int(found.right[chosen].sum())
    return {
        "count": count,
        "right": right,
        "coverage": count / len(found.confidence),
        "interval": wilson(right, count),
    }


def _chart(points: list[dict[str, Any]], wanted: float, at: float) -> str:
    """The figures as the chart's script reads them: shares in percent, the wanted precision, the part that goes by itself."""
    auto = [point["coverage"] for point in points if point["auto"]]
    return json.dumps(
        {
            "points": [
                [round(100 * point[key], 2) for key in ("coverage", "precision", "low", "high")]
                for point in points
            ],
            "wanted": round(100 * wanted, 2),
            "auto": round(100 * max(auto), 2) if auto else None,
            "words": {
                "coverage": _("覆盖率"),
                "precision": _("准确率"),
                "interval": _("95%区间"),
                "wanted": _("要求"),
                "auto": _("现在的门槛"),
            },
        },
        ensure_ascii=False,
    )


def unseen_of(measures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A model's figures on texts it had not seen (``meta["measures"]``) as rows: what, how many of how many, interval."""
    rows = (
        (_("首选单位正确"), "top1", "texts"),
        (_("前三个单位里有正确的"), "top3", "texts"),
        (_("险情被标出"), "flagged_rightly", "dangers"),
        (_("险情被标出或追问"), "asked_rightly", "dangers"),
        (_("标出的确是险情"), "flagged_rightly", "flagged"),
    )
    return [
        {
            "name": name,
            "right": int(measures[right]),
            "count": int(measures[count]),
            "interval": wilson(int(measures[right]), int(measures[count])),
        }
        for name, right, count in rows
        if right in measures and count in measures
    ]


def _model(router: Router) -> dict[str, Any] | None:
    """The model that serves; None while the rules speak alone."""
    if router.model is None:
        return None
    row = learning.active()
    meta = router.model.meta
    return {
        "version": router.model.version,
        "learned": row if row is not None and row.version == router.model.version else None,
        "made_at": iso(row.made_ms) if row is not None else None,
        "by": who(row.by) if row is not None else "",
        "examples": meta.get("examples"),
        "unseen": unseen_of(meta.get("measures") or {}),
    }


def _history() -> list[dict[str, Any]]:
    """Models trained here, the newest first, each with what it was compared on."""
    found = LearnedModel.objects.defer("cases").order_by("-made_ms")[:MOST_MODELS]
    return [
        {
            "version": row.version,
            "made_at": iso(row.made_ms),
            "by": who(row.by),
            "cases": row.case_count,
            "state": row.state,
            "reason": row.reason,
            "compared": row.measures.get("held_back"),
        }
        for row in found
    ]
