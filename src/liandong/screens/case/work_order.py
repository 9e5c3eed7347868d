"""The work order 工单 of a case: one sheet to sign, stamp and file, as a page to print and as a PDF (D2, R31–R33).

Every opening is recorded before anything is shown: paper leaves the house. The caller stands in full only for who sees
the caller in full on the page, too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework import history, instructions, queries
from liandong.casework.reveal import printed
from liandong.district.policy import current_pack
from liandong.engine import papers
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.download import inline, packaged
from liandong.screens.common.moves import end_of
from liandong.screens.common.page import problem, render, unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.story import dated, who, words
from liandong.screens.common.times import ZONE

from . import people

OFFICIAL = "zh-hans"
"""A paper of the government is in Chinese, whatever language its reader chose for the pages."""
SENT = ("dispatch", "designate")
ANSWERED = ("feedback", "answer_now")


def _last(events: list[dict[str, Any]], kinds: tuple[str, ...], after: int = 0) -> dict[str, Any] | None:
    """The last event of one of these kinds that came after a place in the history."""
    found = [event for event in events if event["type"] in kinds and event["seq"] > after]
    return found[-1] if found else None


def _party(event: dict[str, Any] | None, names: dict[str, str]) -> dict[str, Any]:
    """Who did something and when, and its fields; blanks to be filled by hand where nothing has happened yet."""
    if event is None:
        return {"by": "", "at": "", "fields": {}}
    return {"by": who(event["by"], names), "at": dated(event["at"]), "fields": event["fields"]}


def _limit(case: dict[str, Any], kind: str) -> dict[str, str]:
    """The end of the lead unit's last clock of a kind, its first end where that was moved, and where it comes from."""
    clocks = [c for c in case["clocks"] if c["kind"] == kind and c["unit"] == case["lead_unit"]]
    if not clocks or not clocks[-1]["due_at"]:
        return {}
    clock = clocks[-1]
    moved = clock["original_due_at"] and clock["original_due_at"] != clock["due_at"]
    return {
        "due": end_of(clock["due_at"]),
        "original": end_of(clock["original_due_at"]) if moved else "",
        "source": labels.label(labels.CLOCK_SOURCES, clock["source"]),
    }


def sheet(case: dict[str, Any], actor: Actor, now: datetime, address: str) -> dict[str, Any]:
    """Everything on the sheet, as this viewer may read it. ``address`` is what the QR code says."""
    policy, pack = current(), current_pack()
    events = history.events_of(case["no"], actor, policy=policy, now=now, clocks=True) or []
    names = people.names([*(event["by"] for event in events), str(actor)])
    sent = _last(events, SENT)
    since = sent["seq"] if sent else 0
    called = _last(events, ("call_back",), since)
    answered = _last(events, ANSWERED, since)
    matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
    entry = next(
        (
            e
            for m in pack.matters
            if matter and m.code == matter.code
            for e in pack.entries
            if e.no == m.entry_no
        ),
        None,
    )
    town = policy.townships.get((case.get("place") or {}).get("township") or "")
    code = segno.make(address, error="m")
    return {
        "case": case,
        "title": _("{district}非紧急求助警情分流工单").format(district=pack.name),
        "qr": code.svg_data_uri(scale=3, border=1, dark="#000"),
        "address": address,
        "town": town.name if town else "",
        "matter": f"{matter.code} {matter.name}" if matter else "",
        "clause": entry.clause if entry else "",
        "duty": entry.text if entry else "",
        "safety": words("safety", case.get("safety") or {}),
        "lead": unit_name(case["lead_unit"]) if case["lead_unit"] else "",
        "assist": "、".join(unit_name(unit) for unit in case["assist_units"]),
        "joint": "、".join(unit_name(unit) for unit in case["joint_units"]),
        "sent": _party(sent, names),
        "signed": _party(_last(events, ("sign",), since), names),
        "contacted": _party(_last(events, ("contact",), since), names),
        "answered": _party(answered, names),
        "result": labels.label(labels.RESULTS, case["result"] or "") if case["result"] else "",
        "called": _party(called, names),
        "call": {
            "reached": words("reached", called["fields"].get("reached")) if called else "",
            "satisfaction": labels.label(labels.SATISFACTION, case["satisfaction"])
            if case["satisfaction"]
            else "",
            "solved": labels.label(labels.SOLVED, case["solved"]) if case["solved"] else "",
        },
        "limits": {kind: _limit(case, kind) for kind in ("sign", "handle", "contact")},
        "written": [one for one in instructions.of_events(events, case, policy) if one.written],
        "printed_by": who(str(actor), names),
        "printed_at": f"{now.astimezone(ZONE):%Y-%m-%d %H:%M}",
        "masked": _is_masked(case),
    }


def _is_masked(case: dict[str, Any]) -> bool:
    caller = case.get("caller") or {}
    return not caller or "*" in f"{caller.get('name') or ''}{caller.get('phone') or ''}"


def _prepare(request: HttpRequest, no: str, form: str) -> dict[str, Any] | None:
    """The sheet of a visible case, after its opening was recorded; None where there is no such case."""
    actor, now = actor_of(request), timezone.now()
    case = queries.get_case(no, actor, policy=current(), now=now)
    if case is None:
        return None
    how = _("来电人已遮盖") if _is_masked(case) else _("来电人完整显示")
    printed(no, actor, f"{form}（{how}）", now)
    return sheet(case, actor, now, request.build_absolute_uri(f"/cases/{no}"))


@page(*CASES)
@require_safe
def shown(request: HttpRequest, no: str) -> HttpResponse:
    """The sheet as a page that the browser prints."""
    with translation.override(OFFICIAL):
        made = _prepare(request, no, _("打开打印页"))
        if made is not None:
            return render(request, "case/work_order.html", made)
    return problem(request, 404)


@page(*CASES)
@require_safe
def pdf(request: HttpRequest, no: str) -> HttpResponse:
    """The sheet as PDF; on a machine that cannot make one, a page that says what to install."""
    actor = actor_of(request)
    if not queries.is_visible(no, actor, policy=current()):
        return problem(request, 404)
    trouble = papers.trouble()
    if trouble is not None:
        return render(request, "case/no_pdf.html", {"no": no, "trouble": trouble}, status=503)
    with translation.override(OFFICIAL):
        made = _prepare(request, no, _("下载 PDF"))
        html = render_to_string("case/work_order.html", {**made, "pdf": True}) if made else ""
    if made is None:
        return problem(request, 404)
    return inline(papers.to_pdf(html, packaged, title=no), f"work-order-{no}.pdf")
