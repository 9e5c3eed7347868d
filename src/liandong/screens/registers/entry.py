"""One entry: what it says, what may be done and why the rest may not, its log, who was told; and a step's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from liandong.casework.execute import Refused
from liandong.registers import beside, notices, queries
from liandong.rules.model import Refusal
from liandong.rules.register import Entry, Register, Step
from liandong.rules.registers import registers
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.forms import Input, Raw, raw
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import kept_elsewhere, problem, render, unit_name
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.titles import title
from liandong.screens.common.whole import version_of

from . import uploads, words
from .inputs import inputs, raw_of, values_of


class StepForm(NamedTuple):
    """A step's form as templates show it (``common/fields.html``, ``common/refusal.html``)."""

    command: str
    step: Step
    action: str
    inputs: list[Input]
    key: str
    version: int | None
    refusal: Refusal | None = None
    stale: bool = False
    reused: bool = False
    meanwhile: tuple[Any, ...] = ()


def address(register: str, no: str) -> str:
    """Where an entry stands."""
    return f"/registers/{register}/{quote(no, safe='')}"


@page()
@require_safe
def shown(request: HttpRequest, name: str, no: str) -> HttpResponse:
    """The entry; opening it is the receipt of what its reader was told of it."""
    found = _found(request, name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    notices.mark_read(actor_of(request), entry.no)
    return render(request, "registers/entry.html", context(request, register, entry))


def context(request: HttpRequest, register: Register, entry: Entry) -> dict[str, Any]:
    """What ``registers/entry.html`` shows; pages of single registers add to it."""
    actor, now = actor_of(request), timezone.now()
    options = queries.options(actor, register.name, entry, now=now)
    waits = bool(entry.case) and beside.waiting(register.name, entry.case)
    return {
        "register": register,
        "entry": entry,
        "title": title(register, entry),
        "state": by_name(register.states[entry.state]),
        "late": entry.is_overdue(now),
        "rows": words.rows(register, entry.data),
        "owed": [
            {"unit": unit_name(unit), "one": one, "late": one.is_late(now)}
            for unit, one in sorted(entry.owed.items())
        ],
        "may": [] if waits else [step for step, refusal in options if refusal is None],
        "waits": waits,
        "not_now": [(step, refusal) for step, refusal in options if refusal is not None],
        "log": list(reversed(words.lines(register, queries.log(actor, register.name, entry.no)))),
        "receipts": words.receipts(register, notices.of_entry(entry.no)) if actor.role != "unit" else [],
        "address": address(register.name, entry.no),
        "files": uploads.shown(register.name, entry.no),
        "refresh": request.get_full_path(),
        "now": now,
    }


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, name: str, step: str) -> HttpResponse:
    """The form of a step that opens an entry; fields may be given in the address."""
    register = registers().get(name)
    if register is None or step not in register.by_name or not register.by_name[step].opens:
        return problem(request, 404)
    return kept_elsewhere(request, register) or take(request, register, register.by_name[step], None)


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def do(request: HttpRequest, name: str, no: str, step: str) -> HttpResponse:
    """The form of a step in an entry."""
    found = _found(request, name, no)
    if isinstance(found, HttpResponse):
        return found
    register, entry = found
    if step not in register.by_name or register.by_name[step].opens:
        return problem(request, 404)
    return take(request, register, register.by_name[step], entry)


def _found(request: HttpRequest, name: str, no: str) -> tuple[Register, Entry] | HttpResponse:
    register = registers().get(name)
    actor = actor_of(request)
    if register is None:
        return problem(request, 404)
    if not queries.may_see(register, actor):
        return kept_elsewhere(request, register) or problem(request, 403)
    entry = queries.get(actor, name, no)
    return problem(request, 404) if entry is None else (register, entry)


def take(
    request: HttpRequest, register: Register, step: Step, entry: Entry | None,
    *, template: str = "registers/step.html", more: Mapping[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    """A step's form and what becomes of it. ``template`` and ``more``: a form that shows something beside its fields."""
    around = (template, more or {})
    actor, now = actor_of(request), timezone.now()
    if not any(one.name == step.name for one, _why in queries.options(actor, register.name, entry, now=now)):
        return problem(request, 403)
    if request.method != "POST":
        given: dict[str, Any] = {
            **(raw_of(step, entry.data) if entry else {}),
            **{key: request.GET.getlist(key) for key in request.GET},
        }
        return _page(request, register, entry, _form(register, step, entry, raw(given), now), *around)
    version = version_of(request.POST.get("version", ""))
    try:
        done = uploads.take(
            request,
            register,
            step,
            values_of(step, request.POST),
            entry,
            version,
            f"page-{request.POST.get('key', '')[:100] or new_key()}",
        )
    except Refused as refused:
        fresh = queries.get(actor, register.name, entry.no) if entry else None
        form = _form(register, step, fresh, request.POST, now, refused.refusal)
        return _page(request, register, fresh, form, *around, status=STATUS.get(refused.refusal.code, 422))
    said = _("{step}：{no} 已记录。")
    if done.case and beside.waiting(register.name, done.case):
        said = _("{step}：{no} 已送对侧执行，等待回执；对侧执行后自动记入。")
    messages.success(request, said.format(step=by_name(step.label), no=done.no))
    back = request.POST.get("back", "")
    visible = queries.get(actor, register.name, done.no) is not None
    onward = address(register.name, done.no) if visible else f"/registers/{register.name}/"
    safe = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return HttpResponseRedirect(back if safe else onward)


def _form(
    register: Register,
    step: Step,
    entry: Entry | None,
    values: Raw,
    now: datetime,
    refusal: Refusal | None = None,
) -> StepForm:
    action = (
        f"{address(register.name, entry.no)}/do/{step.name}"
        if entry
        else f"/registers/{register.name}/new/{step.name}"
    )
    wrong = refusal.field if refusal else None
    made = inputs(register, step, values, now, wrong=wrong, detail=refusal.detail if refusal else "")
    code = refusal.code if refusal else ""
    return StepForm(
        step.name,
        step,
        action,
        made,
        new_key(),
        entry.version if entry else None,
        refusal,
        code == "stale_version",
        code == "key_reused",
    )


def _page(
    request: HttpRequest, register: Register, entry: Entry | None, form: StepForm, template: str,
    more: Mapping[str, Any], *, status: int = 200,
) -> HttpResponse:  # fmt: skip
    back = request.GET.get("back") or request.POST.get("back") or ""
    return render(
        request,
        template,
        {
            **more,
            "register": register,
            "entry": entry,
            "title": title(register, entry) if entry else "",
            "rows": words.rows(register, entry.data) if entry else [],
            "form": form,
            "back": back,
            "leave": address(register.name, entry.no) if entry else f"/registers/{register.name}/",
            "now": timezone.now(),
        },
        status=status,
    )
