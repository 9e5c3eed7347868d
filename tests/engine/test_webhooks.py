"""Webhooks against a real HTTP receiver on loopback: signed, retried, at least once, never into our own network."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator

import pytest

from liandong.engine import deliveries, joint, outcalls
from liandong.engine.models import Webhook, WebhookDelivery
from liandong.rules.model import Actor
from support.api import District
from support.receiver import Receiver


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", f"127.0.0.1:{made.port}")
    monkeypatch.setattr(deliveries, "FIRST_PAUSE_SECONDS", 0.01)
    yield made
    made.close()


def hook(district: District, who: str, receiver: Receiver) -> str:
    """Enter a webhook; its secret."""
    answer = district[who].post("/webhooks", {"url": receiver.url})
    assert answer.status == 201, answer.body
    return str(answer.body["secret"])


def deliver(rounds: int = 1) -> None:
    """A few rounds of the delivery loop, long enough apart for a retry."""
    for _ in range(rounds):
        deliveries.webhooks_due()
        time.sleep(0.05)


def test_an_event_arrives_signed_and_once(district: District, receiver: Receiver) -> None:
    secret = hook(district, "desk", receiver)
    no = district.registered()
    deliver(3)
    assert len(receiver.calls) == 1
    headers, body = receiver.calls[0]
    timestamp = headers["webhook-timestamp"]
    expected = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256")
    assert headers["webhook-signature"].split()[0] == "v1," + base64.b64encode(expected).decode()
    assert headers["liandong-signature"] == "v1," + base64.b64encode(expected).decode()
    assert abs(int(timestamp) - time.time()) < 30
    event = json.loads(body)
    assert (event["case"], event["type"]) == (no, "register")
    assert "13800001234" not in body.decode()
    assert "垃圾" not in body.decode()


def test_failure_is_retried_under_the_same_id_until_it_goes(district: District, receiver: Receiver) -> None:
    hook(district, "desk", receiver)
    receiver.answers = [500, 302, 200]
    district.registered()
    deliver(6)
    assert len(receiver.calls) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.status) == ("done", 3, 200)


def test_a_receiver_that_hangs_is_given_up_for_now(
    district: District, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "CALL_SECONDS", 0.2)
    hook(district, "desk", receiver)
    receiver.answers = ["hang"]
    district.registered()
    deliver()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == ("pending", 1)
    assert "Timeout" in row.error
    deliver(2)
    assert WebhookDelivery.objects.get().state == "done"


def test_after_the_last_attempt_it_is_dead_and_visible_and_can_be_tried_again(
    district: District, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS", 3)
    hook(district, "desk", receiver)
    receiver.answers = [500] * 3
    district.registered()
    deliver(6)
    assert len(receiver.calls) == 3
    identity = district["desk"].get("/webhooks").body["items"][0]["id"]
    shown = district["desk"].get(f"/webhooks/{identity}/deliveries").body["items"]
    assert [(one["state"], one["attempts"], one["error"]) for one in shown] == [("dead", 3, "HTTP 500")]
    assert district["desk2"].get(f"/webhooks/{identity}/deliveries").status == 404
    again = district["desk"].post(f"/webhooks/{identity}/deliveries/{shown[0]['id']}/retry")
    assert again.status == 200
    deliver(2)
    assert WebhookDelivery.objects.get().state == "done"


def test_a_worker_that_dies_after_the_claim_loses_nothing(district: District, receiver: Receiver) -> None:
    hook(district, "desk", receiver)
    district.registered()
    from liandong.engine import webhooks
    from liandong.engine.instants import now_ms

    webhooks.enqueue()
    peer = deliveries.waiting(now_ms())[0]
    assert len(deliveries.claim(peer, now_ms(), 10)) == 1  # and here the worker is killed
    deliver(2)
    assert receiver.calls == [], "somebody else's claim was not respected"
    WebhookDelivery.objects.update(claimed_until_ms=now_ms() - 1)  # the claim runs out
    deliver(1)
    assert len(receiver.calls) == 1
    assert WebhookDelivery.objects.get().state == "done"


def test_a_webhook_gets_only_what_its_owner_may_see(district: District, receiver: Receiver) -> None:
    hook(district, "stranger", receiver)
    hook(district, "lead", receiver)
    no = district.dispatched()
    deliver(2)
    assert {json.loads(body)["case"] for _, body in receiver.calls} == {no}
    assert len(receiver.calls) == 2  # register and dispatch, for the lead unit alone
    row = WebhookDelivery.objects.select_related("webhook").first()
    assert row is not None
    assert row.webhook.account == "lead"


def test_a_closed_account_gets_nothing_more(district: District, receiver: Receiver) -> None:
    from liandong.district.accounts import Account

    hook(district, "desk2", receiver)
    Account.objects.filter(username="desk2").update(is_active=False)
    district.registered()
    deliver(2)
    assert receiver.calls == []
    assert not Webhook.objects.get().active


def test_the_secret_is_not_readable_in_the_store(district: District, receiver: Receiver) -> None:
    secret = hook(district, "desk", receiver)
    assert secret.encode() not in bytes(Webhook.objects.get().secret)
    assert "secret" not in district["desk"].get("/webhooks").body["items"][0]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.0.0.8/x",
        "https://192.168.1.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://0.0.0.0/x",
        "https://100.64.0.1/x",
        "https://2130706433/x",
        "https://user:pw@8.8.8.8/x",
        "ftp://8.8.8.8/x",
        "https:///x",
        "https://8.8.8.8:99999/x",
        "https://8.8.8.8/a b",
        "javascript:alert(1)",
        "网址",
        "",
    ],
)
def test_no_way_into_our_own_network(district: District, url: str) -> None:
    answer = district["desk"].post("/webhooks", {"url": url})
    assert (answer.status, answer.body["code"]) == (422, "bad_value"), url
    assert Webhook.objects.count() == 0


def test_an_address_that_turns_private_later_is_not_called(
    district: District, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check is made at every call, not only when the webhook is entered."""
    hook(district, "desk", receiver)
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "")
    district.registered()
    deliver()
    assert receiver.calls == []
    assert WebhookDelivery.objects.get().state == "pending"


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_addresses_may_be_called(address: str) -> None:
    assert outcalls.public(address)


def test_in_a_joint_disposal_one_units_failing_channel_holds_nobody_up(
    district: District, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EB-R6: HB's own system is down; CG's is told at once, and HB's order stands in its inbox all the same."""
    broken = Receiver()
    broken.answers = [503] * 50
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", f"127.0.0.1:{receiver.port},127.0.0.1:{broken.port}")
    assert district["assist"].post("/webhooks", {"url": broken.url}).status == 201
    hook(district, "lead", receiver)
    no = district.registered()
    order = joint.Joint("燃气泄漏", ["HB", "CG"], "larger", "可能影响公共安全")
    joint.dispose(no, order, Actor("desk", "desk"), key="one")
    deliver(3)
    broken.close()
    told = [json.loads(body) for _, body in receiver.calls]
    assert "to_police" in [event["type"] for event in told if event["case"] == no]  # calls go side by side
    assert broken.calls
    owed = [
        clock for clock in district["assist"].get(f"/cases/{no}").body["clocks"] if clock["kind"] == "ack"
    ]
    assert {"HB", "CG"} <= {clock["unit"] for clock in owed}
