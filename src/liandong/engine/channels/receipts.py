"""Receipts: what the peer says became of a message, in any order and as often as it likes; and what a case shows of them."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction

from liandong.engine.instants import now_ms
from liandong.engine.models import Channel, Message, Notification
from liandong.rules.model import Actor

from . import sending, store
from .http_gateway import at_path, words

TOLERANCE_SECONDS = 300
SEEN = 200


class Forged(Exception):
    """The signature is none of ours, or the receipt is older than five minutes."""


class Unknown(Exception):
    """No such message or state; the text says which (Chinese)."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1,`` and base64 of HMAC-SHA256 over ``timestamp.body``."""
    digest = hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def verify(channel: Channel, timestamp: str, signed: str, body: bytes) -> None:
    """Raises Forged."""
    fresh = (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) < 12
        and abs(now_ms() / 1000 - int(timestamp)) <= TOLERANCE_SECONDS
    )
    wanted = [signature(secret, timestamp, body) for secret in store.receipt_secrets(channel)]
    if not fresh or not any(hmac.compare_digest(one.encode(), signed.encode()) for one in wanted):
        raise Forged


def heard(channel: Channel, said: Mapping[str, Any]) -> str:
    """Enter one receipt; the message's state afterwards. A repetition or one that came late changes nothing. Raises Unknown."""
    settings = channel.settings
    name = at_path(said, settings.get("receipt_id") or "id")
    code = at_path(said, settings.get("receipt_state") or "status")
    state = next(
        (state for state in ("received", "read", "failed") if code in words(settings, f"receipt_{state}")), ""
    )
    if not name or len(name) > 80:
        raise Unknown("回执里没有消息编号，请核对渠道设置的“回执里消息编号的位置”。")
    if not state:
        raise Unknown(f"不认识的状态 {code[:40]}，请在渠道设置里写明它表示什么。")
    row = (
        Message.objects.filter(channel=channel.code, id=name).first()
        or Message.objects.filter(channel=channel.code, provider_id=name).order_by("-created_ms").first()
    )
    if row is None:
        raise Unknown("没有这个编号的消息。")
    return entered(row, state, code)


def entered(row: Message, state: str, code: str = "") -> str:
    """Move a message to a later state, never back: queued → sent → received → read; failed only before received."""
    instant = now_ms()
    mine = Message.objects.filter(id=row.id)
    with transaction.atomic():
        if state == "failed":
            sending.give_up(row, f"回执：{code}", instant, ("queued", "sent"))
        elif state == "received":
            mine.filter(state__in=("queued", "sent")).update(
                state="received", received_ms=instant, sent_ms=row.sent_ms or instant, claimed_until_ms=0
            )
        else:
            mine.filter(state__in=("queued", "sent", "received")).update(
                state="read", read_ms=instant, received_ms=row.received_ms or instant,
                sent_ms=row.sent_ms or instant, claimed_until_ms=0,
            )  # fmt: skip
    return str(mine.values_list("state", flat=True).get())


class Receipt(NamedTuple):
    """One line on a case's page."""

    at_ms: int
    recipient: str
    kind: str
    means: str
    name: str
    address: str
    state: str
    state_ms: int
    by: str
    why: str


def masked(address: str) -> str:
    """A telephone number or an address as pages show it."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) > 7 else address


def of_case(no: str, viewer: Actor, limit: int = SEEN) -> list[Receipt]:
    """Who was told what of a case and what became of it, the newest first. A unit sees what went to itself.

    The caller has made sure that the viewer may see the case.
    """
    pages, out = Notification.objects.filter(case_no=no), Message.objects.filter(case_no=no)
    if viewer.role == "unit":
        own = (f"unit:{viewer.unit}", f"unit:{viewer.unit}:responsible")
        pages, out = pages.filter(recipient__in=own), out.filter(recipient__in=own)
    found = [
        Receipt(row.at_ms, row.recipient, row.kind, "page", "", "", "read" if row.read_ms else "received",
                row.read_ms or row.delivered_ms, row.read_by, "")
        for row in pages.order_by("-position", "-n")[:limit]
    ]  # fmt: skip
    found += [
        Receipt(row.created_ms, row.recipient, row.kind, row.means, row.name, masked(row.address), row.state,
                row.read_ms or row.received_ms or row.failed_ms or row.sent_ms or row.created_ms, row.dealt_by if row.means == "call" else "", row.error)
        for row in out.order_by("-created_ms", "-step")[:limit]
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.at_ms, reverse=True)[:limit]
