"""Receipts of the gateway: signed, in any order, as often as it likes; a forged or stale one changes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from liandong.engine.channels import receipts, sending, store
from liandong.engine.models import Channel, ChannelChange, Message
from support.api import Answer, Api, District
from support.messages import a_message

pytestmark = pytest.mark.django_db
Enter = Callable[..., Channel]


def tell(secret: str, said: Any, *, at: int = 0, code: str = "gw", signed: str = "") -> Answer:
    """One receipt as the gateway sends it."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    stamp = str(at or int(time.time()))
    headers = {
        "receipt-timestamp": stamp,
        "receipt-signature": signed or receipts.signature(secret, stamp, body),
    }
    return Api(None).send("POST", f"/channels/{code}/receipts", raw=body, headers=headers)


@pytest.fixture
def secret(enter: Enter) -> str:
    enter("gw", "sms_http", url="https://sms.example.com/send")
    return store.renew_receipt_secret("gw", "sysadmin")


@pytest.fixture
def sent(secret: str) -> Message:
    return a_message("gw", state="sent", provider_id="G7", sent_ms=1)


def test_a_receipt_finds_its_message_by_the_gateways_id_or_ours(secret: str, sent: Message) -> None:
    assert tell(secret, {"id": "G7", "status": "DELIVRD"}).body == {"state": "received"}
    assert tell(secret, {"id": sent.id, "status": "READ"}).body == {"state": "read"}
    sent.refresh_from_db()
    assert sent.received_ms
    assert sent.read_ms


def test_repetitions_and_late_receipts_never_set_a_message_back(secret: str, sent: Message) -> None:
    for said in ("READ", "DELIVRD", "DELIVRD", "UNDELIV", "READ"):
        assert tell(secret, {"id": "G7", "status": said}).body == {"state": "read"}
    sent.refresh_from_db()
    first = sent.read_ms
    tell(secret, {"id": "G7", "status": "READ"})
    sent.refresh_from_db()
    assert sent.read_ms == first


def test_a_receipt_may_come_before_our_own_record(secret: str) -> None:
    message = a_message("gw")
    assert tell(secret, {"id": message.id, "status": "DELIVRD"}).body == {"state": "received"}
    from liandong.engine.channels.adapter import Failed, Sent

    channel = Channel.objects.get(code="gw")
    sending.record(channel, [message], [Sent("G9")])
    sending.record(channel, [message], [Failed("late", again=False)])
    message.refresh_from_db()
    assert message.state == "received"


def test_a_receipt_that_says_failed_begins_the_next_way_once(secret: str) -> None:
    message = a_message(
        "gw",
        state="sent",
        provider_id="G8",
        route={"legs": [["call", "", "000-1", "请签收", 1]], "within_ms": 1},
    )
    for _ in range(3):
        assert tell(secret, {"id": "G8", "status": "UNDELIV"}).body == {"state": "failed"}
    assert Message.objects.filter(position=message.position, means="call").count() == 1


@pytest.mark.parametrize(
    ("said", "how", "status"),
    [
        ({"id": "G7", "status": "DELIVRD"}, {"signed": "v1,AAAA"}, 401),
        ({"id": "G7", "status": "DELIVRD"}, {"signed": "签名"}, 401),
        ({"id": "G7", "status": "DELIVRD"}, {"at": 1_500_000_000}, 401),
        ({"id": "G7", "status": "DELIVRD"}, {"code": "nobody"}, 404),
        ({"id": "G99", "status": "DELIVRD"}, {}, 422),
        ({"id": "G7", "status": "WHAT"}, {}, 422),
        ({"status": "DELIVRD"}, {}, 422),
        ({"id": {"a": 1}, "status": "DELIVRD"}, {}, 422),
        (b"{", {}, 400),
        (b'{"id": "\xff"}', {}, 400),
        (b"[" * 5000, {}, 400),
        (b" " * 70_000, {}, 413),
    ],
)
def test_what_is_forged_stale_broken_or_unknown_changes_nothing(
    secret: str, sent: Message, said: Any, how: dict[str, Any], status: int
) -> None:
    if how.get("signed") == "签名":
        how = {"signed": "v1,é"}
    assert tell(secret, said, **how).status == status
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_a_replaced_secret_counts_for_a_day_more(secret: str, sent: Message) -> None:
    new = store.renew_receipt_secret("gw", "secadmin")
    assert tell(secret, {"id": "G7", "status": "DELIVRD"}).status == 200
    assert tell(new, {"id": "G7", "status": "DELIVRD"}).status == 200
    Channel.objects.update(before_until_ms=1)
    assert tell(secret, {"id": "G7", "status": "DELIVRD"}).status == 401
    assert tell(new, {"id": "G7", "status": "DELIVRD"}).status == 200


def test_secrets_lie_sealed_and_never_in_the_log_of_changes(secret: str) -> None:
    store.set_secret("gw", "pass-w0rd", "sysadmin")
    row = Channel.objects.get(code="gw")
    assert b"pass-w0rd" not in bytes(row.secret)
    assert store.way(row).secret == "pass-w0rd"
    log = " ".join(f"{one.what} {one.detail}" for one in ChannelChange.objects.all())
    assert "pass-w0rd" not in log
    assert secret not in log


def test_a_channel_without_a_receipt_secret_takes_no_receipts(enter: Enter, district: District) -> None:
    enter("mute", "sms_http", url="https://sms.example.com/send")
    assert tell("", {"id": "x", "status": "DELIVRD"}, code="mute").status == 404
