"""The mark itself, to print: a large number, plate, unit, last day and the QR code a patrol scans (R17). It is no letter.

Only the bureau makes marks, and only of a mark that is good; every making is recorded before it is shown.
"""

from __future__ import annotations

import re
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import looks
from liandong.district import register_settings
from liandong.district.policy import current_pack
from liandong.engine import papers
from liandong.registers import marks, queries
from liandong.rules import plates
from liandong.rules.register import Entry
from liandong.rules.vehicles import standing
from liandong.screens.common.access import UNIT, actor_of, page
from liandong.screens.common.download import inline, packaged
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current

from .entry import address
from .vehicles import is_police

OFFICIAL = "zh-hans"
SIZES = ("a4", "a5")


def _found(request: HttpRequest, no: str) -> Entry | HttpResponse:
    actor = actor_of(request)
    if not is_police(actor):
        return problem(request, 403, _("标识由公安局统一制作，您可以查看档案。"))
    entry = queries.get(actor, marks.MARK, no)
    if entry is None:
        return problem(request, 404)
    if standing(entry, entry.data.get("code", ""), timezone.now(), current()) != "valid":
        return problem(request, 404, _("只有有效的标识才能制作。"))
    return entry


def _sheet(request: HttpRequest, entry: Entry, how: str) -> dict[str, Any]:
    now = timezone.now()
    data = entry.data
    looks.exported(actor_of(request), f"{_('联动车辆标识')} {data['mark_no']}（{how}）", 1, now)
    base = str(register_settings.of(marks.MARK).get("check_address", "")).rstrip("/")
    path = f"/check/mark/{data['code']}"
    link = f"{base}{path}" if base else request.build_absolute_uri(path)
    size = request.GET.get("size", "a4")
    return {
        "qr": segno.make(link, error="q").svg_data_uri(scale=6, border=4, dark="#000", light="#fff"),
        "number": data["mark_no"],
        "plate": plates.shown(data["plate"]),
        "unit": unit_name(entry.unit),
        "until": data["valid_until"],
        "made_by": data["made_by"],
        "district": current_pack().name,
        "typed": re.sub(r"^(?:https?://)", "", link.partition("/check/mark/")[0]) + "/check/mark",
        "size": size if size in SIZES else SIZES[0],
        "address": address(marks.MARK, entry.no),
    }


@page(*UNIT)
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """The mark as a page that the browser prints."""
    entry = _found(request, no)
    if isinstance(entry, HttpResponse):
        return entry
    with translation.override(OFFICIAL):
        return render(request, "registers/mark_paper.html", _sheet(request, entry, _("打开打印页")))


@page(*UNIT)
@require_safe
def pdf(request: HttpRequest, no: str) -> HttpResponse:
    """The mark as PDF."""
    entry = _found(request, no)
    if isinstance(entry, HttpResponse):
        return entry
    trouble = papers.trouble()
    if trouble is not None:
        return problem(request, 503, trouble.detail)
    with translation.override(OFFICIAL):
        made = _sheet(request, entry, _("下载 PDF"))
        html = render_to_string("registers/mark_paper.html", {**made, "pdf": True})
    return inline(papers.to_pdf(html, packaged, title=no), f"mark-{re.sub(r'[^0-9A-Za-z-]', '', no)}.pdf")
