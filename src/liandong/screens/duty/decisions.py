"""Requests that wait for the duty office: later extensions and suspensions, each with its reasons and one form (R37, D5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.casework import commanding, inbox, queries
from liandong.screens.common import labels
from liandong.screens.common.access import DUTY, actor_of, page
from liandong.screens.common.listing import SIZE, address, lines
from liandong.screens.common.page import render
from liandong.screens.common.policy import current
from liandong.screens.common.send import new_key
from liandong.screens.common.story import story, words

ASKED = {"extension": "request_extension", "suspension": "request_suspension"}


@page(*DUTY)
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Every pending request with what the unit says, by the decision's due instant."""
    actor, now, policy = actor_of(request), timezone.now(), current()
    try:
        found = inbox.by_urgency(
            actor,
            decision_by="duty_office",
            after=request.GET.get("after"),
            limit=SIZE,
            policy=policy,
            now=now,
        )
    except queries.BadCursor:
        return HttpResponseRedirect("/duty/decisions")
    numbers = [case["no"] for case in found.items]
    said = commanding.told(actor, numbers, tuple(ASKED.values()), policy=policy, now=now)
    rows = []
    for line in lines(found, now, "duty_office"):
        rows += [_row(line, request_, said.get(line.case["no"], [])) for request_ in line.case["pending"]]
    return render(
        request,
        "duty/decisions.html",
        {
            "rows": [row for row in rows if row is not None],
            "refresh": request.get_full_path(),
            "next": address(request, after=found.next) if found.next else "",
            "now": now,
        },
    )


def _row(line: Any, pending: dict[str, Any], told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """One request: its reasons in words, how often the same was asked before, the running limit, a key for its form."""
    kind = pending["kind"]
    if kind not in ASKED:
        return None
    same = [event for event in told if event["type"] == ASKED[kind]]
    handle = [c for c in line.case["clocks"] if c["kind"] == "handle" and not c["stopped_at"]]
    return {
        "line": line,
        "kind": kind,
        "command": f"decide_{kind}",
        "name": labels.label(labels.PENDING, kind),
        "asked_at": pending["asked_at"],
        "promised": words("promised_at", pending["value"]) if kind == "extension" else "",
        "steps": story(same[-1:]),
        "before": max(0, len(same) - 1),
        "handle": handle[-1] if handle else None,
        "key": new_key(),
    }
