"""The desk's queues with their counts; the chosen one by urgency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from liandong.casework import inbox, queries
from liandong.rules.model import Actor
from liandong.screens.common import export
from liandong.screens.common.listing import SIZE, Tab, context
from liandong.screens.common.policy import current

QUEUES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "triage": (_("待分流"), ("registered",)),
    "returns": (_("退回待审"), ("return_review",)),
    "feedback": (_("反馈待审"), ("feedback_review",)),
    "callback": (_("待回访"), ("callback",)),
    "decisions": (_("延期待审"), ()),
    "disputes": (_("争议中"), ("disputed",)),
    "police": (_("转警务"), ("police",)),
    "units": (_("单位办理中"), ("dispatched", "handling", "suspended")),
}
FIRST = "triage"


def found_in(
    queue: str, actor: Actor, now: datetime, after: str | None, size: int = export.PAGE
) -> queries.Page:
    """One page of a queue. Raises BadCursor."""
    return inbox.by_urgency(
        actor,
        states=QUEUES[queue][1],
        decision_by="desk" if queue == "decisions" else None,
        after=after,
        limit=size,
        policy=current(),
        now=now,
    )


def work(request: HttpRequest, actor: Actor, now: datetime, queue: str) -> dict[str, Any]:
    """Context of ``desk/work.html``: tabs with counts, the rows of ``queue``. Raises BadCursor."""
    policy = current()
    found = found_in(queue, actor, now, request.GET.get("after"), SIZE)
    counted = queries.counts(actor, now, policy=policy)
    waiting = inbox.waiting_decisions(actor, "desk", policy=policy, now=now)
    tabs = []
    for code, (name, states) in QUEUES.items():
        count, late = (waiting, 0) if code == "decisions" else inbox.summary_of(counted, *states)
        tabs.append(Tab(code, name, f"/desk/?queue={code}", count, late))
    return {
        "tabs": tabs,
        "queue": queue,
        "queue_name": QUEUES[queue][0],
        "counted": counted,
        **context(request, found, now, "desk" if queue == "decisions" else None),
        "refresh": _address(request, queue),
        "exports": [(kind, f"/desk/?queue={queue}&format={kind}") for kind in export.FORMATS],
    }


def _address(request: HttpRequest, queue: str) -> str:
    """Where a live list looks again: the queue and the page of it, nothing else that the address may say."""
    after = request.GET.get("after")
    return f"/desk/?queue={queue}" + (f"&after={after}" if after else "")
