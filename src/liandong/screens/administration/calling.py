"""The list of telephone calls: whom nothing else reached, with the number; on the page, as PDF for the shift, each call recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import queries
from liandong.engine import papers
from liandong.engine.channels import phoning
from liandong.rules.model import Actor
from liandong.screens.common.access import DESK, DUTY, actor_of, page
from liandong.screens.common.download import inline, packaged
from liandong.screens.common.page import render
from liandong.screens.common.parties import party_name
from liandong.screens.common.policy import current

from .channels import instant
from .framing import framed

HERE = "/district/channels/calls"
OFFICIAL = "zh-hans"


def _lines(actor: Actor) -> list[dict[str, Any]]:
    """The calls about cases this viewer may see."""
    found = phoning.to_call()
    visible = {no for no in {row.case_no for row in found} if queries.is_visible(no, actor, policy=current())}
    return [
        {
            "row": row,
            "party": party_name(row.recipient),
            "since": instant(row.created_ms),
            "done": instant(row.dealt_ms),
        }
        for row in found
        if row.case_no in visible
    ]


@page(*DESK, *DUTY)
@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Whom to telephone now, the number, what to say and why by telephone; those called within a day below."""
    return framed(request, HERE, "administration/channel_calls.html", {"lines": _lines(actor_of(request))})


@page(*DESK, *DUTY)
@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    """The list on paper with columns for who answered and when, for a shift without screens."""
    trouble = papers.trouble()
    if trouble is not None:
        return render(request, "administration/channel_no_pdf.html", {"trouble": trouble}, status=503)
    with translation.override(OFFICIAL):
        waiting = [line for line in _lines(actor_of(request)) if line["row"].dealt_ms is None]
        html = render_to_string(
            "administration/channel_calls_paper.html",
            {"lines": waiting, "now": timezone.now(), "by": actor_of(request).name},
        )
    return inline(papers.to_pdf(html, packaged, title="calls"), "calls.pdf")


@page(*DESK, *DUTY)
@require_POST
def called(request: HttpRequest, key: str) -> HttpResponse:
    """Enter one call: who answered, or that nobody did."""
    who, reached = request.POST.get("who", "").strip()[:60], request.POST.get("reached") == "1"
    if reached and not who:
        messages.error(request, _("请写接听人的姓名或职务。"))
    elif phoning.called(key[:32], reached=reached, who=who, by=str(actor_of(request))):
        messages.success(request, _("已记录。"))
    else:
        messages.error(request, _("这个电话已有人打过，请刷新后再看。"))
    return HttpResponseRedirect(HERE)
