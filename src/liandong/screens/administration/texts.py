"""Templates of texts: who may write which, from which day a wording counts, what its placeholders become."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.district import placeholders
from liandong.district import texts as base
from liandong.district.library import NOTICE
from liandong.district.models import TextTemplate
from liandong.screens.common import labels
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.page import unit_name

from .framing import framed

HERE = "/district/texts"

READERS = (*CASES, "sysadmin")
KEEPERS = ("sysadmin", "unit")
NOTICE_NAME = gettext_lazy("告知来电人")
EXAMPLE = {
    "no": "QJFL-500110-20180601-00001-7", "summary": "路灯不亮", "place": "古南街道天桥路口",
    "received_at": "2018年6月1日9时5分", "unit": "区城市管理局", "matter": "市政公用设施",
    "due_at": "2018年6月5日24时", "promised_at": "2018年6月8日24时", "hotline": "12345", "today": "2018年6月1日",
}  # fmt: skip
"""An invented case: what a template looks like when it is filled."""


def use_name(command: str) -> str:
    """What a template is for, in words."""
    return str(NOTICE_NAME) if command == NOTICE else labels.label(labels.COMMANDS, command)


@page(*READERS)
@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """The wordings of today and those to come, by what they are for; a unit sees its own and those for all."""
    actor, today = actor_of(request), timezone.localdate()
    use, unit = request.GET.get("use", ""), request.GET.get("unit", "")
    found = [row for row in TextTemplate.objects.order_by("command", "unit", "code", "valid_from")
             if row.valid_to is None or row.valid_to > today]  # fmt: skip
    if actor.role == "unit":
        found = [row for row in found if row.unit in ("", actor.unit)]
    kept = [row for row in found if (not use or row.command == use) and (not unit or row.unit == unit)]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in kept:
        line = {"row": row, "unit": unit_name(row.unit) if row.unit else "", "later": row.valid_from > today,
                "keeps": base.may_keep(actor, row.unit)}  # fmt: skip
        groups.setdefault(use_name(row.command), []).append(line)
    context = {
        "groups": groups.items(), "use": use, "unit": unit, "count": len(kept),
        "uses": [(code, use_name(code)) for code in dict.fromkeys(row.command for row in found)],
        "units": [(code, unit_name(code)) for code in sorted({row.unit for row in found if row.unit})],
        "may_write": actor.role in KEEPERS,
    }  # fmt: skip
    return framed(request, HERE, "administration/texts.html", context)


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Write a template, or a new wording of one from a day on; the preview shows an invented case."""
    actor = actor_of(request)
    row = TextTemplate.objects.filter(code=code).order_by("-valid_from").first() if code else None
    if code and (row is None or not base.may_keep(actor, row.unit)):
        raise Http404(code)
    typed = _typed(request) if request.method == "POST" else _stored(row, actor.unit or "")
    wrong: base.TextError | None = None
    if request.method == "POST" and request.POST.get("preview") != "1":
        if actor.role == "unit":
            typed["unit"] = typed["owner"] = actor.unit or ""
        try:
            made = TextTemplate(
                code=code or typed["code"], name=typed["name"][:60], command=typed["command"], unit=typed["unit"],
                owner=typed["owner"], text=typed["text"], valid_from=_day(typed["valid_from"]), source="本区编写",
            )  # fmt: skip
            base.save(made, actor.name)
        except base.TextError as error:
            wrong = error
        else:
            messages.success(request, _("已保存，自 {day} 起使用。").format(day=made.valid_from.isoformat()))
            return HttpResponseRedirect("/district/texts")
    context = {
        "code": code, "typed": typed, "wrong": wrong, "preview": placeholders.fill(typed["text"], EXAMPLE),
        "stray": placeholders.unknown(typed["text"]), "known": [(name, _(placeholders.KNOWN[name])) for name in placeholders.KNOWN],
        "uses": [(name, use_name(name)) for name in base.uses()], "units": unit_table(timezone.now()).items(),
        "own_unit": unit_name(actor.unit) if actor.role == "unit" else "",
        "wordings": TextTemplate.objects.filter(code=code).order_by("-valid_from") if code else [],
    }  # fmt: skip
    return framed(request, HERE, "administration/text_edit.html", context, status=422 if wrong else 200)


def _stored(row: TextTemplate | None, unit: str) -> dict[str, str]:
    today = timezone.localdate().isoformat()
    if row is None:
        return dict.fromkeys(("code", "name", "command", "text"), "") | {
            "unit": unit, "owner": unit, "valid_from": today,
        }  # fmt: skip
    values = {name: getattr(row, name) for name in ("code", "name", "command", "unit", "owner", "text")}
    return values | {"valid_from": today}


def _typed(request: HttpRequest) -> dict[str, str]:
    names = ("code", "name", "command", "unit", "owner", "text", "valid_from")
    return {name: request.POST.get(name, "").strip() for name in names}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise base.TextError(_("请选生效日"), "valid_from") from None


@page(*KEEPERS)
@require_POST
def end(request: HttpRequest, code: str) -> HttpResponse:
    """A template is offered no more from tomorrow on."""
    row = TextTemplate.objects.filter(code=code).order_by("-valid_from").first()
    if row is None or not base.may_keep(actor_of(request), row.unit):
        raise Http404(code)
    base.end(code, actor_of(request).name)
    messages.success(request, _("从明天起不再提供这个模板。"))
    return HttpResponseRedirect("/district/texts")
