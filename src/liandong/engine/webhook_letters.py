"""How each receiver of webhooks stands, and its dead letters: a person sends them again or sets them aside; both recorded."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Count, Q

from . import breaker, webhooks
from .instants import now_ms
from .models import Breaker, ChannelChange, Webhook, WebhookDelivery


class Receiver(NamedTuple):
    """One webhook: what waits for it (of what was read from the log), what is dead, and its breaker while that is open."""

    hook: Webhook
    address: str
    waiting: int
    dead: int
    shut: Breaker | None


def address(url: str) -> str:
    """An address as others may see it: what stands behind the path may be a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")


def receivers() -> list[Receiver]:
    """Every webhook, those with something to look after first."""
    hooks = Webhook.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state="pending")),
        dead=Count("deliveries", filter=Q(deliveries__state="dead", deliveries__dealt_ms=None)),
    )
    shut = breaker.shut()
    made = [
        Receiver(one, address(one.url), one.waiting, one.dead, shut.get(webhooks.peer(one.id)))
        for one in hooks.order_by("account", "created_ms")
    ]
    return sorted(made, key=lambda one: not (one.dead or (one.shut and one.hook.active)))


def shut() -> int:
    """How many receivers in use are left alone because they failed."""
    names = [name.removeprefix(webhooks.PEER) for name in breaker.shut()]
    return Webhook.objects.filter(id__in=names, active=True).count()


def listed(hook: Webhook, limit: int = 200) -> list[WebhookDelivery]:
    """The dead letters of a webhook that nobody has dealt with, the newest first; without their bodies."""
    rows = hook.deliveries.filter(state="dead", dealt_ms=None).order_by("-created_ms", "-id")
    return list(rows.defer("body")[:limit])


def resend(hook: Webhook, by: str, delivery_id: str | None = None) -> int:
    """Send a dead letter, or all of them, again from the beginning, under the same ids; how many. None of a webhook that
    has ended: it would wait for ever."""
    rows = hook.deliveries.filter(state="dead")
    rows = rows.filter(id=delivery_id) if delivery_id else rows.filter(dealt_ms=None)
    with transaction.atomic():
        if not Webhook.objects.filter(id=hook.id, active=True).exists():
            return 0
        done = rows.update(
            state="pending",
            attempts=0,
            next_ms=now_ms(),
            claimed_until_ms=0,
            error="",
            dealt_ms=None,
            dealt_by="",
        )
        if done:
            breaker.probe_now(webhooks.peer(hook.id))
        _log(hook, by, "resent", done, delivery_id or "")
    return done


def set_aside(hook: Webhook, by: str, reason: str, delivery_id: str | None = None) -> int:
    """Nothing more is to be done about a dead letter, or all of them, for a reason that is kept; how many."""
    rows = hook.deliveries.filter(state="dead", dealt_ms=None)
    if delivery_id:
        rows = rows.filter(id=delivery_id)
    with transaction.atomic():
        done = rows.update(dealt_ms=now_ms(), dealt_by=by)
        _log(hook, by, "set_aside", done, f"{delivery_id or ''} {reason}".strip())
    return done


def try_now(hook: Webhook, by: str) -> bool:
    """A person has mended the receiver: what waits for it is tried at once. False where it was not left alone."""
    with transaction.atomic():
        done = breaker.closed_by_hand(webhooks.peer(hook.id))
        if done:
            hook.deliveries.filter(state="pending", claimed_until_ms=0).update(next_ms=now_ms())
            _log(hook, by, "retried", 1, "")
    return done


def _log(hook: Webhook, by: str, what: str, count: int, detail: str) -> None:
    if count:
        said = f"{address(hook.url)[:120]} × {count} {detail}".strip()
        ChannelChange.objects.create(
            channel=webhooks.peer(hook.id), at_ms=now_ms(), by=by, what=what, detail=said[:400]
        )
