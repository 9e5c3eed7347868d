"""The knowledge base: finding an answer, confirming and correcting one's own entries, reviews that are due (R28)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.district import knowledge as base
from liandong.district import policy
from liandong.district.models import KnowledgeEntry, KnowledgeVersion
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.page import unit_name

from .framing import framed

HERE = "/district/knowledge"

READERS = (*CASES, "sysadmin")
KEEPERS = ("unit", "desk_lead", "duty_office", "sysadmin")
SIZE = 30
SUGGESTED = 5
STANDINGS = {
    "confirmed": gettext_lazy("已确认"),
    "draft": gettext_lazy("待确认"),
    "retired": gettext_lazy("停用"),
}


@page(*READERS)
@require_safe
def knowledge(request: HttpRequest) -> HttpResponse:
    """Search by words (what a caller says finds it too), matter, owner; those to be reviewed; filters in the address."""
    words, matter, owner, standing = (
        request.GET.get(name, "").strip()[:100] for name in ("q", "matter", "owner", "standing")
    )
    overdue = request.GET.get("overdue") == "1"
    found = base.search(words=words, matter=matter, owner=owner, standing=standing, overdue=overdue)
    shown = Paginator(found, SIZE).get_page(request.GET.get("page"))
    near = []
    if words and not (matter or owner or standing or overdue):
        listed = {row.ref for row in shown}
        near = [entry for entry in base.suggest(words, limit=SUGGESTED) if entry.ref not in listed]
    late = base.overdue_by_owner()
    actor = actor_of(request)
    keeps = _owner_of(actor.role, actor.unit)
    context = {
        "shown": shown, "near": near, "q": words, "matter": matter, "owner": owner, "standing": standing,
        "overdue": overdue, "standings": STANDINGS.items(), "late": sum(late.values()), "mine": keeps,
        "mine_late": late.get(keeps, 0) if keeps else 0, "today": timezone.localdate(),
        "mine_drafts": base.search(owner=keeps, standing="draft").count() if keeps else 0,
        "owners": _owners(), "may_write": actor.role in KEEPERS,
        "late_units": sorted(((n, code, unit_name(code)) for code, n in late.items()), reverse=True)
        if actor.role == "sysadmin" else [],
    }  # fmt: skip
    return framed(request, HERE, "administration/knowledge.html", context)


def _owner_of(role: str, unit: str | None) -> str:
    """The unit whose entries this person answers for; "" for nobody's."""
    return {"unit": unit or "", "desk_lead": "GA", "duty_office": "YJ"}.get(role, "")


def _owners() -> list[tuple[str, str]]:
    codes = KnowledgeEntry.objects.values_list("owner", flat=True).distinct().order_by("owner")
    return [(code, unit_name(code)) for code in codes]


@page(*READERS)
@require_safe
def entry(request: HttpRequest, ref: str) -> HttpResponse:
    """One answer with its basis, owner, review day and history."""
    row = get_object_or_404(KnowledgeEntry, ref=ref)
    matters = policy.current_pack().matter_by_code
    context = {
        "entry": row,
        "matters": [(code, matters[code].name) for code in row.matters if code in matters],
        "keeps": base.may_keep(actor_of(request), row),
        "versions": KnowledgeVersion.objects.filter(ref=ref).order_by("-version")[:SIZE],
        "today": timezone.localdate(),
        "standing": STANDINGS[row.standing],
        "again": timezone.localdate() + timedelta(days=base.house_days("knowledge_again")),
        "contact": policy.current_pack().contact(row.owner, timezone.localdate()),
    }
    return framed(request, HERE, "administration/knowledge_entry.html", context)


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, ref: str = "") -> HttpResponse:
    """Write a new entry or correct one; who writes stands for it, so it counts as confirmed."""
    actor = actor_of(request)
    fresh = not ref
    if fresh:
        row = KnowledgeEntry(ref=base.next_ref(), owner=_owner_of(actor.role, actor.unit))
    else:
        row = get_object_or_404(KnowledgeEntry, ref=ref)
    if not fresh and not base.may_keep(actor, row):
        raise Http404(ref)
    again = timezone.localdate() + timedelta(days=base.house_days("knowledge_again"))
    typed = _typed(request) if request.method == "POST" else _stored(row, again)
    wrong: base.KnowledgeError | None = None
    if request.method == "POST":
        if actor.role != "sysadmin":
            typed["owner"] = row.owner  # a unit keeps its own entries and hands none to others
        try:
            base.save(row, _values(typed), actor.name, _day(typed["review_on"]))
        except base.KnowledgeError as error:
            wrong = error
        else:
            messages.success(
                request, _("已保存并确认。下次复核：{day}。").format(day=row.review_on.isoformat())
            )
            return HttpResponseRedirect(f"/district/knowledge/{row.ref}")
    context = {
        "ref": row.ref, "fresh": fresh, "typed": typed, "wrong": wrong, "units": unit_table(timezone.now()).items(),
        "free_owner": actor.role == "sysadmin", "owner_name": unit_name(row.owner),
        "hotlines": [(line.number, line.name) for line in policy.current_pack().hotlines],
    }  # fmt: skip
    return framed(request, HERE, "administration/knowledge_edit.html", context, status=422 if wrong else 200)


def _stored(row: KnowledgeEntry, again: date) -> dict[str, Any]:
    return {
        "title": row.title, "text": row.text, "basis": row.basis, "words": "，".join(row.words),
        "matters": "，".join(row.matters), "unit": row.unit, "hotline": row.hotline, "owner": row.owner,
        "public": row.public, "review_on": again.isoformat(),
    }  # fmt: skip


def _typed(request: HttpRequest) -> dict[str, Any]:
    names = ("title", "text", "basis", "words", "matters", "unit", "hotline", "owner", "review_on")
    return {name: request.POST.get(name, "").strip() for name in names} | {"public": "public" in request.POST}


def _values(typed: dict[str, Any]) -> dict[str, Any]:
    return {name: typed[name] for name in ("title", "text", "unit", "hotline", "owner", "public")} | {
        "basis": typed["basis"][:300], "words": _list(typed["words"]), "matters": _list(typed["matters"].upper()),
    }  # fmt: skip


def _list(text: str) -> list[str]:
    """Words separated by any comma, semicolon, blank or line."""
    for mark in "，、；;\n\t ":
        text = text.replace(mark, ",")
    return [word.strip()[:40] for word in text.split(",") if word.strip()][:40]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise base.KnowledgeError(_("请选下次复核日"), "review_on") from None


@page(*KEEPERS)
@require_POST
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """The owner has read the entry and stands for it until the next review; or retires it."""
    row = get_object_or_404(KnowledgeEntry, ref=ref)
    actor = actor_of(request)
    if not base.may_keep(actor, row):
        raise Http404(ref)
    if request.POST.get("what") == "retire":
        base.retire(ref, actor.name)
        messages.success(request, _("已停用，不再推荐给接警员。"))
    else:
        try:
            day = _day(request.POST.get("review_on", ""))
            base.confirm(ref, actor.name, day)
        except base.KnowledgeError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("已确认。下次复核：{day}。").format(day=day.isoformat()))
    return HttpResponseRedirect(f"/district/knowledge/{ref}")
