"""催办: overdue cases of all units in one list, how often each was urged and by whom, and urging many at once (R65, T27).

CONTRACT §3: ``urge`` is the desk's and the caller's; the duty office urges by an instruction, which asks the unit for an
acknowledgement (R8, R11). Both are events of the case, so no register is kept beside them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.casework import commanding, inbox, queries, several
from liandong.casework.execute import NoSuchCase, Refused, execute
from liandong.district import texts
from liandong.rules.model import Actor, Command
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.listing import lines
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key
from liandong.screens.common.story import who
from liandong.screens.common.whole import version_of

MOST = 100
"""Overdue cases one page offers, the most pressing ones."""
WORDING = "{no} 已超过办理期限，请立即办理，十分钟内确认本指令，并反馈进展。"
"""What the form opens with; ``{no}`` and the other placeholders of the district's texts are filled for each case."""
URGES = ("urge", "instruct")


class Urged(NamedTuple):
    """How often a case was urged (desk, caller) and its unit instructed, and the last time: when and by whom."""

    urges: int
    orders: int
    at: str
    by: str


class Result(NamedTuple):
    """What became of one case: urged, or why not."""

    no: str
    unit: str
    ok: bool
    words: str


@page(*DUTY)
@require_http_methods(["GET", "HEAD", "POST"])
def urging(request: HttpRequest) -> HttpResponse:
    """Overdue cases held by units; sending gives one result line for each chosen case."""
    actor, now = actor_of(request), timezone.now()
    text = request.POST.get("text", WORDING).strip()
    results: list[Result] = []
    wrong = ""
    if request.method == "POST":
        chosen = [one.rpartition(":") for one in request.POST.getlist("no")[:MOST]]
        if not chosen:
            wrong = _("请先选中至少一件。")
        elif not text:
            wrong = _("请写明催办的话。")
        else:
            results = _urge(actor, chosen, text, request.POST.get("key", "")[:60] or new_key(), now)
            done = sum(one.ok for one in results)
            messages.success(request, _("已催办 {n} 件，{m} 件没有催成。").format(n=done, m=len(results) - done))  # fmt: skip
    try:
        found = inbox.by_urgency(
            actor, overdue=True, after=request.GET.get("after"), limit=MOST, policy=current(), now=now
        )
    except queries.BadCursor:
        return problem(request, 404)
    held = [one for one in lines(found, now) if one.case["holder"]["type"] == "unit"]
    urged = _urged(actor, [one.case["no"] for one in held], now)
    shown: dict[str, Any] = {
        "rows": [(one, unit_name(one.case["holder"]["code"]), urged.get(one.case["no"])) for one in held],
        "more": found.next,
        "results": results,
        "wrong": wrong,
        "text": text,
        "templates": texts.for_command("instruct", None),
        "key": new_key(),
        "now": now,
    }
    return render(request, "duty/urging.html", shown, status=422 if wrong else 200)


def _urged(actor: Actor, numbers: list[str], now: datetime) -> dict[str, Urged]:
    told = commanding.told(actor, numbers, URGES, policy=current(), now=now)
    return {
        no: Urged(
            sum(one["type"] == "urge" for one in events),
            sum(one["type"] == "instruct" for one in events),
            events[-1]["at"],
            who(events[-1]["by"]),
        )
        for no, events in told.items()
    }


def _urge(
    actor: Actor, chosen: list[tuple[str, str, str]], text: str, key: str, now: datetime
) -> list[Result]:
    known = several.by_number(actor, [no for no, _colon, _version in chosen], policy=current(), now=now)
    template = texts.Template("", "", "instruct", "", text)
    made = []
    for no, _colon, version in chosen:
        case = known.get(no)
        if case is None or case["holder"]["type"] != "unit":
            made.append(Result(no, "", False, _("现在不由单位办理，没有催办。")))
            continue
        unit = str(case["holder"]["code"])
        order = Command("instruct", no, {"units": [unit], "text": texts.fill(template, case)}, version_of(version))  # fmt: skip
        try:
            done = execute(order, actor, key=f"page-{key}-{no}")
        except NoSuchCase:
            made.append(Result(no, unit_name(unit), False, _("没有这个案件，请核对编号。")))
        except Refused as refused:
            detail = f"{refused.refusal.detail}（{refused.refusal.rule}）"
            made.append(Result(no, unit_name(unit), False, detail))
        else:
            words = _("此前已催办，没有重复。") if done.existing else _("已催办，等单位确认。")
            if done.forwarded:
                words = _("已送对侧执行，等待回执；结果显示在工单页上。")
            made.append(Result(no, unit_name(unit), True, words))
    return made
