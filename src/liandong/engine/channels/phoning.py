"""Telephone calls by a person: the last way, where nothing else reached somebody. A list for the shift, each call recorded.

A module that keeps tasks of the desk takes calls over by ``take_over(handler)``: it is called once for each, outside of the
transaction that made it, again if it fails.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from liandong.district import noticing
from liandong.engine.instants import now, now_ms, to_ms
from liandong.engine.models import ChannelChange, Message

from .book import Book

log = logging.getLogger("liandong.channels")

LISTED_MS = 24 * 3600 * 1000
"""So long a call that was made stays on the list."""


class Call(NamedTuple):
    """What a handler is given: whom to call about which notice, and why by telephone."""

    id: str
    case_no: str
    recipient: str
    kind: str
    name: str
    phone: str
    text: str
    why: str


Handler = Callable[[Call], None]
_handlers: list[Handler] = []


def take_over(handler: Handler) -> None:
    """Have calls handed to another module as well (a register of telephone tasks)."""
    if handler not in _handlers:
        _handlers.append(handler)


def needs_phone(case: str, recipient: str, kind: str, why: str, at: datetime | None = None) -> str:
    """Somebody must telephone this party about this case; the call's id. A call still open for the same is not doubled."""
    when, rules = at or now(), noticing.current()
    with transaction.atomic():
        open_ = Message.objects.filter(
            means=noticing.CALL, case_no=case, recipient=recipient, kind=kind, dealt_ms=None
        ).first()
        if open_ is not None:
            return open_.id
        people = Book({recipient}, when).people(recipient, ("duty", "duty_phone"))
        name, phone = (people[0].name, people[0].phone) if people else ("", "")
        words = rules.text_for(kind, noticing.CALL)
        text = noticing.fill(words.text, {"no": case, "kind": words.name}) if words else f"请联系工单 {case}"
        made = uuid.uuid4().hex
        instant = to_ms(when)
        Message.objects.create(
            id=made, position=-instant, n=0, person=made[:20], case_no=case, kind=kind, recipient=recipient, name=name,
            means=noticing.CALL, channel="", address=phone, text=text[:400], urgent=True, created_ms=instant,
            next_ms=instant, until_ms=instant, error=why[:200],
        )  # fmt: skip
    return made


def hand_over(limit: int = 50) -> int:
    """Hand new calls to whoever took them over; how many. One that fails is logged and tried again."""
    if not _handlers:
        return 0
    rows = Message.objects.filter(means=noticing.CALL, handed_ms=None, dealt_ms=None, state="queued")
    done = 0
    for row in rows.order_by("created_ms")[:limit]:
        try:
            for handler in _handlers:
                handler(
                    Call(
                        row.id,
                        row.case_no,
                        row.recipient,
                        row.kind,
                        row.name,
                        row.address,
                        row.text,
                        row.error,
                    )
                )
        except Exception:
            log.exception("call %s could not be handed over", row.id)
            continue
        done += Message.objects.filter(id=row.id, handed_ms=None).update(handed_ms=now_ms())
    return done


def to_call(limit: int = 200) -> list[Message]:
    """The calls to make, urgent and oldest first, then those made within a day."""
    rows = Message.objects.filter(means=noticing.CALL)
    waiting = list(rows.filter(dealt_ms=None, state="queued").order_by("-urgent", "created_ms")[:limit])
    made = rows.filter(dealt_ms__gte=now_ms() - LISTED_MS).order_by("-dealt_ms")[: limit - len(waiting)]
    return waiting + list(made)


def called(message_id: str, *, reached: bool, who: str, by: str) -> bool:
    """Record a call: whether somebody answered, and who. False where it was recorded before."""
    instant = now_ms()
    with transaction.atomic():
        rows = Message.objects.filter(id=message_id, means=noticing.CALL, state="queued", dealt_ms=None)
        if reached:
            done = rows.update(state="received", sent_ms=instant, received_ms=instant, dealt_ms=instant, dealt_by=by,
                               error=f"接听人：{who}"[:200])  # fmt: skip
        else:  # it stays on the list: nobody has been told yet
            done = rows.update(
                attempts=1 + _attempts(message_id), error=f"未接通：{who}"[:200] if who else "未接通"
            )
        if done:
            detail = f"{'接通' if reached else '未接通'} {who}".strip()
            ChannelChange.objects.create(
                channel=message_id, at_ms=instant, by=by, what="called", detail=detail[:400]
            )
    return bool(done)


def _attempts(message_id: str) -> int:
    return Message.objects.filter(id=message_id).values_list("attempts", flat=True).first() or 0
