"""Webhooks: an account's own address is told of every event that account may see (CONTRACT §6).

Events are read through the account's own feed, so that nothing reaches a webhook that its owner may not read.
How a call is signed stands in ``signing.py``. At least once; ``webhook-id`` stays the same over all attempts.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q

from liandong.casework import history
from liandong.district import policy
from liandong.district.accounts import Account, ApiToken
from liandong.rules.model import Actor

from . import breaker, cloudevents, outcalls, signing
from .instants import iso, now_ms
from .models import Breaker, Webhook, WebhookDelivery
from .secretbox import seal, unseal

MOST_PER_ACCOUNT = 10
PURPOSE = "webhook"
PEER = "webhook:"
FORMS = {"plain": "application/json", "cloudevents": f"{cloudevents.MEDIA_TYPE}; charset=UTF-8"}
"""In what form an event is sent: as the feed gives it, or as a CloudEvent in structured mode; with its media type."""
OVERLAP_HOURS, MOST_OVERLAP_HOURS = 24, 168
"""For how long the old secret goes on signing beside a new one: as usual, and at most."""


def peer(hook_id: str) -> str:
    """How the breakers and the record of changes name a webhook."""
    return PEER + hook_id


class TooMany(Exception):
    """The account has its share of webhooks already."""


def create(owner: Actor, url: str, form: str = "plain") -> tuple[Webhook, str]:
    """Enter a webhook; it starts at the present end of the log. The secret is shown here and never again.

    Raises outcalls.Forbidden, outcalls.Unreachable (name unknown), TooMany.
    """
    outcalls.check(url)
    if Webhook.objects.filter(account=owner.name).count() >= MOST_PER_ACCOUNT:
        raise TooMany
    secret = signing.new_secret()
    hook_id = uuid.uuid4().hex
    hook = Webhook.objects.create(
        id=hook_id,
        account=owner.name,
        role=owner.role,
        unit=owner.unit or "",
        scopes=" ".join(sorted(owner.scopes)),
        url=url,
        secret=seal(PURPOSE, secret.encode(), hook_id),
        created_ms=now_ms(),
        cursor=history.cursor_at(history.tail_position()),
        form=form,
    )
    return hook, secret


def rotate(hook: Webhook, overlap_hours: int = OVERLAP_HOURS) -> str:
    """A new secret, shown here and never again. Until the overlap ends every call is signed with both; a rotation
    within a rotation ends the oldest at once. 0 hours: the old secret is known to a stranger and signs nothing more."""
    secret = signing.new_secret()
    with transaction.atomic():
        rows = Webhook.objects.filter(id=hook.id)
        held = (rows.select_for_update() if connection.features.has_select_for_update else rows).get()
        held.previous_secret = bytes(held.secret) if overlap_hours else b""
        held.previous_until_ms = now_ms() + overlap_hours * 3_600_000 if overlap_hours else 0
        held.secret = seal(PURPOSE, secret.encode(), hook.id)
        held.save(update_fields=["secret", "previous_secret", "previous_until_ms"])
    hook.refresh_from_db()
    return secret


def end(hook_id: str, reason: str) -> None:
    """Nothing more goes to this webhook; its owner reads why. What waited is dead and can be seen."""
    Webhook.objects.filter(id=hook_id).update(active=False, reason=reason)
    WebhookDelivery.objects.filter(webhook_id=hook_id, state="pending").update(
        state="dead", error=reason, claimed_until_ms=0
    )


def listed(owner: Actor) -> list[dict[str, Any]]:
    """The owner's webhooks with their backlog."""
    hooks = Webhook.objects.filter(account=owner.name).annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state="pending")),
        dead=Count("deliveries", filter=Q(deliveries__state="dead", deliveries__dealt_ms=None)),
    )
    return [
        {**described(hook), "waiting": hook.waiting, "dead": hook.dead}
        for hook in hooks.order_by("created_ms")
    ]


def described(hook: Webhook) -> dict[str, Any]:
    """One webhook as its owner sees it (never its secret)."""
    return {
        "id": hook.id,
        "url": hook.url,
        "created_at": iso(hook.created_ms),
        "active": hook.active,
        "reason": hook.reason,
        "form": hook.form,
        "old_secret_until": iso(hook.previous_until_ms) if hook.previous_until_ms > now_ms() else None,
    }


def find(owner: Actor, hook_id: str) -> Webhook | None:
    """The owner's webhook of that id, or None."""
    return Webhook.objects.filter(id=hook_id, account=owner.name).first()


def deliveries(hook: Webhook, limit: int = 50) -> list[dict[str, Any]]:
    """The latest deliveries, newest first: what went, what waits, what is dead and why."""
    rows = hook.deliveries.order_by("-created_ms", "-id")[:limit]
    return [
        {
            "id": row.id,
            "case": row.case_no,
            "type": row.type,
            "state": row.state,
            "attempts": row.attempts,
            "created_at": iso(row.created_ms),
            "next_attempt_at": iso(row.next_ms) if row.state == "pending" else None,
            "delivered_at": iso(row.done_ms),
            "status": row.status,
            "error": row.error,
        }
        for row in rows
    ]


def remove(hook: Webhook) -> None:
    """Nothing of it stays but what the record of changes says."""
    Breaker.objects.filter(peer=peer(hook.id)).delete()
    hook.delete()


def enqueue(limit: int = 200) -> int:
    """Read each webhook's feed on and enter its deliveries; how many were entered.

    Reading on and moving the cursor is one transaction; the unique (webhook, cursor) makes a race harmless. While a
    receiver is left alone its events stay in the log: it catches up from there, and nothing piles up here.
    """
    entered = 0
    end = history.cursor_at(history.tail_position())
    shut = {name.removeprefix(PEER) for name in breaker.shut()}
    for hook in Webhook.objects.filter(active=True).exclude(cursor=end):
        if hook.id in shut and hook.deliveries.filter(state="pending").exists():
            continue
        owner = _owner(hook)
        if owner is None:
            Webhook.objects.filter(id=hook.id).update(active=False, reason="账号已停用或令牌已吊销")
            continue
        entered += _read_on(hook, owner, limit)
    return entered


def _owner(hook: Webhook) -> Actor | None:
    """Who reads for this webhook: the viewer it was made by, as long as that account may still act so."""
    account = Account.objects.filter(username=hook.account, is_active=True).first()
    if account is None:
        return None
    viewer = Actor(hook.role, hook.account, hook.unit or None, frozenset(hook.scopes.split()))
    if account.role == "integration":  # its rights stand on its tokens, not on the account
        needed = set(viewer.scopes) | ({f"unit:{viewer.unit}"} if viewer.unit else set())
        live = ApiToken.objects.filter(account=account, revoked_at=None).values_list("scopes", flat=True)
        return viewer if any(needed <= set(scopes) for scopes in live) else None
    return viewer if (account.role, account.unit) == (viewer.role, viewer.unit or "") else None


def _read_on(hook: Webhook, owner: Actor, limit: int) -> int:
    page = history.feed(owner, hook.cursor or None, limit)
    instant = now_ms()
    rows = [
        WebhookDelivery(
            id=uuid.uuid4().hex,
            webhook=hook,
            cursor=item["id"],
            case_no=item["case"],
            type=item["type"],
            body=_written(hook, item),
            created_ms=instant,
            next_ms=instant,
        )
        for item in page.items
    ]
    try:
        with transaction.atomic():
            moved = Webhook.objects.filter(id=hook.id, cursor=hook.cursor).update(
                cursor=page.next or hook.cursor
            )
            if not moved:  # another worker read this stretch
                return 0
            WebhookDelivery.objects.bulk_create(rows)
    except IntegrityError:  # the webhook was deleted meanwhile
        return 0
    return len(rows)


def _written(hook: Webhook, item: dict[str, Any]) -> bytes:
    shown = cloudevents.event(item, policy.current().district) if hook.form == "cloudevents" else item
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def secrets_of(hook: Webhook, instant: int) -> list[str]:
    """The secrets that sign at that instant (milliseconds), the newest first."""
    sealed = [hook.secret, *([hook.previous_secret] if hook.previous_until_ms > instant else [])]
    return [unseal(PURPOSE, bytes(one), hook.id).decode() for one in sealed]


def headers(hook: Webhook, delivery_id: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The signed headers of one attempt."""
    return {
        "Content-Type": FORMS[hook.form],
        "User-Agent": "liandong-webhook/1",
        **signing.headers(secrets_of(hook, timestamp * 1000), delivery_id, timestamp, body),
    }
