"""Deliveries: the outbox becomes in-page notices, events become webhook calls.

A notice and its "sent" are written in one transaction: exactly once. A call to somebody else is claimed and
committed, made outside any transaction, then recorded: at least once, told apart by its id. A worker that dies in
between leaves the claim to run out, and the call is made again. Each receiver has a lane and a breaker of its own.
"""

from __future__ import annotations

import logging
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

import httpx
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from liandong.casework.models import Outbox

from . import breaker, lanes, outcalls, webhooks
from .instants import now as present
from .instants import now_ms, to_ms
from .models import Notification, Webhook, WebhookDelivery
from .secretbox import Unreadable

log = logging.getLogger("liandong.deliveries")

MOST_ATTEMPTS = int(os.environ.get("LIANDONG_WEBHOOK_ATTEMPTS", "12"))
FIRST_PAUSE_SECONDS = float(os.environ.get("LIANDONG_WEBHOOK_FIRST_PAUSE", "5"))
LONGEST_PAUSE_SECONDS = 3600.0
CLAIM_SECONDS = 180.0
"""Longer than one round of calls may take; after it another worker may try."""
CALL_SECONDS = outcalls.TIMEOUT_SECONDS
"""Patience with one receiver."""
CALLS_AT_ONCE = 8
"""To one receiver."""
OF_THE_EVENT = frozenset({400, 413, 415, 422})
"""Answers about this one event: the receiver lives and reads, and its breaker counts nothing (decision 070)."""


def deliver_due(now: datetime | None = None, limit: int = 500) -> int:
    """Deliver what is due in this thread: notices, then webhook calls (``liandong tick``); how many went."""
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


def webhooks_due(now: datetime | None = None) -> int:
    """Enter new events for every webhook and make a round of the calls that are due, in this thread; how many were made."""
    webhooks.enqueue()
    instant = to_ms(now or present())
    return sum(run(peer, instant) for peer in waiting(instant))


class Lanes(lanes.Lanes):
    """The webhooks' lanes of one worker."""

    def __init__(self) -> None:
        super().__init__(waiting, run)

    def step(self) -> int:
        """One look: how much was entered or finished."""
        return webhooks.enqueue() + super().step()


def due(instant: int) -> Q:
    """The deliveries that may be tried now, their receivers apart."""
    return Q(state="pending", next_ms__lte=instant, claimed_until_ms__lte=instant)


def waiting(instant: int) -> list[str]:
    """The receivers that have something due and are not left alone just now, as the breakers name them."""
    some = WebhookDelivery.objects.filter(due(instant), webhook=OuterRef("id"))
    hooks = (
        Webhook.objects.filter(Exists(some), active=True).order_by("created_ms").values_list("id", flat=True)
    )
    blocked = set(breaker.blocked(instant))
    return [peer for hook in hooks if (peer := webhooks.peer(hook)) not in blocked]


def run(peer: str, now: int | None = None) -> int:
    """One round of one receiver: claim, call, record; how many calls were made."""
    instant = now or now_ms()
    most = breaker.allowed(peer, instant)
    if most == 0:
        return 0
    claimed = claim(peer, instant, most or CALLS_AT_ONCE)
    if not claimed:
        return 0
    with outcalls.client(CALL_SECONDS) as client, ThreadPoolExecutor(len(claimed)) as pool:
        outcomes = list(pool.map(lambda row: _call(client, row), claimed))
    for row, outcome in zip(claimed, outcomes, strict=True):
        record(row, outcome)
    bad = [(one.error, one.wait_ms) for one in outcomes if one.error and one.status not in OF_THE_EVENT]
    breaker.of_round(peer, len(bad) < len(outcomes), bad, now_ms(), probe=most == 1)
    return len(claimed)


def claim(peer: str, instant: int, limit: int) -> list[WebhookDelivery]:
    """Take due deliveries of one receiver for this worker, committed before anything is called. A single one may be a
    probe: whatever was tried least goes first, so that one bad event neither keeps its receiver closed nor dies of it."""
    hook = peer.removeprefix(webhooks.PEER)
    with transaction.atomic():
        rows = WebhookDelivery.objects.filter(due(instant), webhook=hook, webhook__active=True)
        rows = rows.order_by(*(("attempts",) if limit == 1 else ()), "next_ms", "created_ms")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        taken = list(rows[:limit].values_list("id", flat=True))
        until = instant + int(CLAIM_SECONDS * 1000)
        WebhookDelivery.objects.filter(id__in=taken).update(
            claimed_until_ms=until, attempts=F("attempts") + 1
        )
        if limit == 1 and taken:
            breaker.probing(peer, instant, int(CLAIM_SECONDS * 1000))
    return list(WebhookDelivery.objects.filter(id__in=taken).select_related("webhook").order_by("created_ms"))


class Outcome(NamedTuple):
    """What came of one call: the status if there was one, why it failed ("" delivered), the wait it was asked for."""

    status: int | None
    error: str
    wait_ms: int = 0


def _call(client: httpx.Client, row: WebhookDelivery) -> Outcome:
    """One attempt; runs in a thread without a database connection."""
    try:
        body = bytes(row.body)
        headers = webhooks.headers(row.webhook, row.id, body, int(time.time()))
        answer = outcalls.request(client, "POST", row.webhook.url, body, headers, CALL_SECONDS)
    except (outcalls.Forbidden, outcalls.Unreachable) as error:
        return Outcome(None, str(error))
    except Unreadable:
        return Outcome(None, "本机解不开签名密钥（主密钥换过？），请轮换这个回调的密钥")
    good = 200 <= answer.status < 300
    return Outcome(answer.status, "" if good else f"HTTP {answer.status}", answer.wait_ms)


def record(row: WebhookDelivery, outcome: Outcome) -> None:
    """Write what became of one attempt: delivered, tried again later, or dead."""
    status, error, wait_ms = outcome
    instant = now_ms()
    mine = WebhookDelivery.objects.filter(id=row.id, state="pending")
    if not error:
        mine.update(state="done", status=status, error="", done_ms=instant, claimed_until_ms=0)
        return
    dead = row.attempts >= MOST_ATTEMPTS or status == 410
    mine.update(
        state="dead" if dead else "pending",
        status=status,
        error=error[:200],
        next_ms=instant + max(wait_ms, pause_ms(row.attempts)),
        claimed_until_ms=0,
    )
    if status == 410:  # Gone: the receiver wants nothing more
        webhooks.end(row.webhook_id, "对方答复 410（不再接收），已停用；需要时请重新登记")
    if dead:
        log.warning(
            "webhook %s: delivery %s is dead after %d attempts: %s",
            row.webhook_id,
            row.id,
            row.attempts,
            error,
        )


def pause_ms(attempts: int) -> int:
    """Milliseconds before the next attempt: doubling, at most an hour, with jitter so that calls spread out."""
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, attempts - 1))
    return int(pause * random.uniform(0.5, 1.0) * 1000)


def backlog(now: datetime | None = None) -> dict[str, int]:
    """What waits: notices and calls due, milliseconds the oldest notice is late, calls given up that nobody dealt with."""
    instant = to_ms(now or present())
    notices = Outbox.objects.filter(state="pending", next_attempt_ms__lte=instant)
    oldest = notices.order_by("next_attempt_ms").values_list("next_attempt_ms", flat=True).first()
    calls = WebhookDelivery.objects.filter(state="pending", next_ms__lte=instant)
    return {
        "notices": notices.count(),
        "late_ms": 0 if oldest is None else instant - oldest,
        "calls": calls.count(),
        "dead": given_up(),
    }


def given_up() -> int:
    """How many webhook calls failed for good and wait for a person."""
    return WebhookDelivery.objects.filter(state="dead", dealt_ms=None).count()
