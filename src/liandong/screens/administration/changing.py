"""Every change of the district by the same three steps: fill in, look at what it does, confirm.

The form is one page: what was typed stays in it, below it stands before → after and what would be re-routed. Saving
carries the stamp of the preview (nobody changed anything meanwhile) and a mark of what was previewed (it is what is saved).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from liandong.district import changes, policy
from liandong.district.errors import SettingError
from liandong.district.store import Meanwhile
from liandong.engine import rerouting, routing
from liandong.screens.common import policy as asked
from liandong.screens.common.access import UNIT, actor_of, page
from liandong.screens.common.forms import Input, Raw, raw
from liandong.screens.common.page import problem, render
from liandong.triage.catalogue import CatalogueError
from liandong.triage.pack import RoutingPackError

from . import kinds
from .sections import CHANGES, seen_by

NOT_TYPED = ("csrfmiddlewaretoken", "step", "stamp", "shown", "seen")


@dataclass(slots=True)
class Form:
    """A change as the page shows it."""

    command: str
    inputs: list[Input]
    stamp: str = ""
    shown: str = ""
    refusal: str = ""
    preview: changes.Preview | None = None
    meanwhile: list[Any] = field(default_factory=list)


def mark(posted: Raw) -> str:
    """What was typed, as a short mark: a preview holds for exactly this."""
    typed = {name: posted.getlist(name) for name in sorted(posted) if name not in NOT_TYPED}
    return hashlib.sha256(json.dumps(typed, ensure_ascii=False).encode()).hexdigest()[:24]


@page(*CHANGES)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, kind: str, target: str = "") -> HttpResponse:
    """One kind of change, of one unit or matter (or a new one)."""
    spec = kinds.KINDS.get(kind)
    if spec is None:
        return problem(request, 404)
    return _answer(request, spec, target, request.path, spec.back(target))


@page(*UNIT)
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """A unit keeps its own responsible person, liaison and duty phone (R59)."""
    code = actor_of(request).unit or ""
    return _answer(request, kinds.KINDS["change_people"], code, "/district/own", "/district/own")


def _answer(request: HttpRequest, spec: kinds.Kind, target: str, here: str, back: str) -> HttpResponse:
    pack = policy.current_pack()
    if not spec.known(pack, target):
        return problem(request, 404, _("没有这个单位或事项，请从列表中选择。"))
    status = 200
    if request.method == "POST":
        form, saved = _posted(request, spec, target)
        if saved:
            messages.success(request, saved)
            return HttpResponseRedirect(back)
        status = 422 if form.refusal else 200
    else:
        start = spec.start(pack, target, policy.today()) | request.GET.dict()
        form = Form(spec.kind, spec.inputs(pack, target, raw(start), policy.today()))
    context = {
        "form": form,
        "spec": spec,
        "title": spec.title_for(pack, target, policy.today()),
        "here_action": here,
        "back": back,
        "reroute": f"/district/reroute/{spec.kind}/{target}" if spec.reroutes else "",
        "sections": seen_by(actor_of(request).role, spec.section),
        "own": here == "/district/own",
    }
    return render(request, "administration/change.html", context, status=status)


def _posted(request: HttpRequest, spec: kinds.Kind, target: str) -> tuple[Form, str]:
    """What the person sent: the form again, or the sentence that says what was saved."""
    pack, today = policy.current_pack(), policy.today()
    posted = request.POST
    form = Form(spec.kind, spec.inputs(pack, target, posted, today), shown=mark(posted))
    saving = posted.get("step") == "save"
    try:
        order = spec.order(pack, target, posted)
        if saving and posted.get("shown") == form.shown:
            if posted.get("seen") != "yes":
                raise SettingError(_("请先看过下面的预览，勾选“我已看过”，再保存。"))
            by = actor_of(request)
            changes.save(order, str(by), posted.get("reason", ""), posted.get("stamp", ""))
            routing.forget()
            asked.forget()
            return form, _("已保存：{what}").format(what=order.says(pack))
        form.preview = changes.preview(order)
        form.stamp = form.preview.stamp
        if saving:
            form.refusal = _("预览之后您又改了内容，请按新的预览再确认一次。")
    except Meanwhile as late:
        form.refusal, form.meanwhile = str(late), late.changes
        form.preview = _again(spec, pack, target, posted)
        form.stamp = form.preview.stamp if form.preview else ""
    except SettingError as wrong:
        form.refusal = str(wrong)
        form.preview = _again(spec, pack, target, posted) if saving else None
        form.stamp = posted.get("stamp", "") if form.preview else ""
    return form, ""


def _again(spec: kinds.Kind, pack: Any, target: str, posted: Raw) -> changes.Preview | None:
    """The preview for a form that was refused; none when the order itself is wrong."""
    try:
        return changes.preview(spec.order(policy.current_pack(), target, posted))
    except SettingError:
        return None


@page(*CHANGES)
@require_POST
def reroute(request: HttpRequest, kind: str, target: str = "") -> HttpResponse:
    """What the typed change would re-route: asked by the page after the preview stands, because it tries many texts."""
    spec = kinds.KINDS.get(kind)
    if spec is None or not spec.reroutes:
        return problem(request, 404)
    context: dict[str, Any] = {}
    try:
        order = spec.order(policy.current_pack(), target, request.POST)
        found = changes.preview(order)
        context["found"] = rerouting.preview(found.before, found.after, order.on)
        context["names"] = _names(found.after, order.on)
    except SettingError as wrong:
        context["trouble"] = str(wrong)
    except (RoutingPackError, CatalogueError) as broken:
        context["trouble"] = _("分流数据读不出，试不了：{why}").format(why=broken)
    return render(request, "administration/change_reroute.html", context)


def _names(pack: Any, on: Any) -> dict[str, str]:
    names = {unit.code: unit.name_at(on) for unit in pack.units}
    classes = {"JZ": _("属地街道（镇）"), "YQ": _("所在园区"), "QT": _("目录中没有单位")}
    return {**classes, **names}
