"""Dead letters: messages that failed by every way they had. A person sees why, and sends again or sets aside; both recorded."""

from __future__ import annotations

import uuid

from django.db import transaction

from liandong.engine import breaker
from liandong.engine.instants import now_ms
from liandong.engine.models import Channel, ChannelChange, Message


def listed(limit: int = 200) -> list[Message]:
    """Those nobody has dealt with, the newest first."""
    return list(Message.objects.filter(state="failed", dealt_ms=None).order_by("-failed_ms")[:limit])


def count(**wanted: str) -> int:
    """How many wait for a person."""
    return Message.objects.filter(state="failed", dealt_ms=None, **wanted).count()


def resend_all(channel: str, by: str) -> int:
    """Send again all that a channel did not bring; how many."""
    waiting = Message.objects.filter(state="failed", dealt_ms=None, channel=channel)
    done = sum(
        bool(resend(one, by)) for one in list(waiting.order_by("failed_ms").values_list("id", flat=True))
    )
    if done:
        breaker.probe_now(channel)
    return done


def resend(message_id: str, by: str) -> str | None:
    """Send again as a new message with an id of its own: the peer shall not take it for a repetition. None: not possible."""
    instant = now_ms()
    with transaction.atomic():
        row = Message.objects.filter(id=message_id, state="failed", dealt_ms=None).first()
        if row is None or not Channel.objects.filter(code=row.channel, active=True).exists():
            return None
        if not Message.objects.filter(id=row.id, dealt_ms=None).update(dealt_ms=instant, dealt_by=by):
            return None
        turn = 1 + max(
            Message.objects.filter(
                position=row.position, n=row.n, person=row.person, step=row.step
            ).values_list("turn", flat=True)
        )
        made = uuid.uuid4().hex
        Message.objects.create(
            id=made, position=row.position, n=row.n, person=row.person, step=row.step, turn=turn, case_no=row.case_no,
            kind=row.kind, recipient=row.recipient, name=row.name, means=row.means, channel=row.channel,
            address=row.address, text=row.text, parts=row.parts, urgent=row.urgent, route=row.route,
            created_ms=instant, next_ms=instant, until_ms=instant + max(600_000, row.until_ms - row.next_ms),
        )  # fmt: skip
        ChannelChange.objects.create(
            channel=row.channel,
            at_ms=instant,
            by=by,
            what="resent",
            detail=f"{row.case_no} {row.id} → {made}",
        )
    return made


def set_aside(message_id: str, reason: str, by: str) -> bool:
    """Nothing more is to be done, for a reason that is kept. False where it was dealt with before."""
    instant = now_ms()
    with transaction.atomic():
        rows = Message.objects.filter(id=message_id, state="failed")
        done = rows.filter(dealt_ms=None).update(dealt_ms=instant, dealt_by=by)
        if done:
            row = rows.get()
            detail = f"{row.case_no} {row.id} {reason}"[:400]
            ChannelChange.objects.create(
                channel=row.channel, at_ms=instant, by=by, what="set_aside", detail=detail
            )
    return bool(done)
