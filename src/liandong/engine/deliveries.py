"""Deliveries: the outbox becomes in-page notices, events become webhook calls.

A notice and its "sent" are written in one transaction: exactly once. A call to somebody else is claimed and
committed, made outside any transaction, then recorded: at least once, told apart by its id. A worker that dies in
between leaves the claim to run out, and the call is made again.
"""

from __future__ import annotations

import logging
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
from django.db import connection, transaction
from django.db.models import F

from liandong.casework.models import Outbox

from . import outcalls, webhooks
from .instants import now as present
from .instants import now_ms, to_ms
from .models import Notification, WebhookDelivery

log = logging.getLogger("liandong.deliveries")

MOST_ATTEMPTS = int(os.environ.get("LIANDONG_WEBHOOK_ATTEMPTS", "12"))
FIRST_PAUSE_SECONDS = float(os.environ.get("LIANDONG_WEBHOOK_FIRST_PAUSE", "5"))
LONGEST_PAUSE_SECONDS = 3600.0
CLAIM_SECONDS = 180.0
"""Longer than one round of calls may take; after it another worker may try."""
CALL_SECONDS = outcalls.TIMEOUT_SECONDS
"""Patience with one receiver."""
CALLS_AT_ONCE = 8
CALLS_A_ROUND = 4 * CALLS_AT_ONCE


def deliver_due(now: datetime | None = None, limit: int = 500) -> int:
    """Deliver what is due: notices, then webhook calls; how many went."""
    return notify_due(now, limit) + webhooks_due(now)


def notify_due(now: datetime | None = None, limit: int = 500) -> int:
    """Move pending notices from the outbox into the inboxes; each exactly once."""
    instant = to_ms(now or present())
    pending = Outbox.objects.filter(state="pending", next_attempt_ms__lte=instant)
    if not pending.exists():
        return 0
    with transaction.atomic():
        rows = pending.order_by("next_attempt_ms", "position", "n")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(skip_locked=True)
        taken = list(rows[:limit])
        Notification.objects.bulk_create(
            [
                Notification(
                    position=row.position,
                    n=row.n,
                    case_no=row.case_no,
                    at_ms=row.at_ms,
                    delivered_ms=instant,
                    recipient=row.recipient,
                    kind=row.kind,
                )
                for row in taken
            ],
            ignore_conflicts=True,
        )
        by_position: dict[int, list[int]] = {}
        for row in taken:
            by_position.setdefault(row.n, []).append(row.position)
        for n, positions in by_position.items():
            Outbox.objects.filter(n=n, position__in=positions).update(
                state="sent", delivered_ms=instant, attempts=F("attempts") + 1
            )
    return len(taken)


def webhooks_due(now: datetime | None = None, limit: int = CALLS_A_ROUND) -> int:
    """Enter new events for every webhook and make the calls that are due; how many calls succeeded."""
    webhooks.enqueue()
    claimed = claim(to_ms(now or present()), limit)
    if not claimed:
        return 0
    with (
        outcalls.client(CALL_SECONDS) as client,
        ThreadPoolExecutor(min(CALLS_AT_ONCE, len(claimed))) as pool,
    ):
        outcomes = list(pool.map(lambda row: _call(client, row), claimed))
    delivered = 0
    for row, (status, error) in zip(claimed, outcomes, strict=True):
        delivered += record(row, status, error)
    return delivered


def claim(instant: int, limit: int) -> list[WebhookDelivery]:
    """Take due deliveries for this worker, committed before anything is called."""
    due = WebhookDelivery.objects.filter(
        state="pending", next_ms__lte=instant, claimed_until_ms__lte=instant, webhook__active=True
    )
    if not due.exists():
        return []
    with transaction.atomic():
        rows = due.order_by("next_ms", "created_ms")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        taken = list(rows[:limit].values_list("id", flat=True))
        until = instant + int(CLAIM_SECONDS * 1000)
        WebhookDelivery.objects.filter(id__in=taken).update(
            claimed_until_ms=until, attempts=F("attempts") + 1
        )
    return list(WebhookDelivery.objects.filter(id__in=taken).select_related("webhook").order_by("created_ms"))


def _call(client: httpx.Client, row: WebhookDelivery) -> tuple[int | None, str]:
    """One attempt; runs in a thread without a database connection. (status, "") or (status or None, why not)."""
    try:
        body = bytes(row.body)
        status = outcalls.post(
            client, row.webhook.url, body, webhooks.headers(row.webhook, row.id, body, int(time.time()))
        )
    except (outcalls.Forbidden, outcalls.Unreachable) as error:
        return None, str(error)
    return status, "" if 200 <= status < 300 else f"HTTP {status}"


def record(row: WebhookDelivery, status: int | None, error: str) -> int:
    """Write what became of one attempt: 1 delivered, 0 not (tried again later, or dead)."""
    instant = now_ms()
    mine = WebhookDelivery.objects.filter(id=row.id, state="pending")
    if not error:
        mine.update(state="done", status=status, error="", done_ms=instant, claimed_until_ms=0)
        return 1
    if status == 410:  # Gone: the receiver wants nothing more
        webhooks.end(row.webhook_id, "对方答复 410（不再接收），已停用；需要时请重新登记")
    dead = row.attempts >= MOST_ATTEMPTS or status == 410
    mine.update(
        state="dead" if dead else "pending",
        status=status,
        error=error[:200],
        next_ms=instant + pause_ms(row.attempts),
        claimed_until_ms=0,
    )
    if dead:
        log.warning(
            "webhook %s: delivery %s is dead after %d attempts: %s",
            row.webhook_id,
            row.id,
            row.attempts,
            error,
        )
    return 0


def pause_ms(attempts: int) -> int:
    """Milliseconds before the next attempt: doubling, at most an hour, with jitter so that calls spread out."""
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, attempts - 1))
    return int(pause * random.uniform(0.5, 1.0) * 1000)


def backlog(now: datetime | None = None) -> dict[str, int]:
    """What waits: notices and calls due, milliseconds the oldest notice is late, calls given up."""
    instant = to_ms(now or present())
    notices = Outbox.objects.filter(state="pending", next_attempt_ms__lte=instant)
    oldest = notices.order_by("next_attempt_ms").values_list("next_attempt_ms", flat=True).first()
    calls = WebhookDelivery.objects.filter(state="pending", next_ms__lte=instant)
    return {
        "notices": notices.count(),
        "late_ms": 0 if oldest is None else instant - oldest,
        "calls": calls.count(),
        "dead": WebhookDelivery.objects.filter(state="dead").count(),
    }
