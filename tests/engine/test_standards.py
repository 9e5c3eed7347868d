"""Webhooks in the form of Standard Webhooks, and the feed as CloudEvents 1.0; the texts of both as the oracle."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from liandong.engine import deliveries, signing, webhooks
from liandong.engine.models import Webhook, WebhookDelivery
from support import schemas
from support.api import District
from support.receiver import Receiver

BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", f"127.0.0.1:{made.port}")
    monkeypatch.setattr(deliveries, "FIRST_PAUSE_SECONDS", 0.01)
    yield made
    made.close()


def deliver(rounds: int) -> None:
    for _ in range(rounds):
        deliveries.webhooks_due()
        time.sleep(0.05)


def hook(district: District, url: str, who: str = "desk", **fields: Any) -> dict[str, Any]:
    answer = district[who].post("/webhooks", {"url": url, **fields})
    assert answer.status == 201, answer.body
    return dict(answer.body)


def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As the specification says it: the key is what stands behind whsec_, base64-decoded; signed is id.timestamp.payload;
    any one of the listed v1 signatures is enough."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return any(
        version == "v1" and hmac.compare_digest(given, expected)
        for version, _, given in (one.partition(",") for one in headers["webhook-signature"].split(" "))
    )


def test_the_published_vector_of_standard_webhooks() -> None:
    """The same key, id, instant and body are signed by every library of the standard's repository to the same text."""
    secret, message, at, body = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}',
    )  # fmt: skip
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signing.standard(secret, message, at, body) == wanted
    headers = signing.headers([signing.new_secret(), secret], message, at, body)
    assert wanted in headers["webhook-signature"].split(" ")
    assert verifies(secret, {**headers, "webhook-signature": f"v1,AAAA v2,{wanted[3:]} {wanted}"}, body)


def test_a_call_verifies_by_the_standard(district: District, receiver: Receiver) -> None:
    secret = hook(district, receiver.url)["secret"]
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64
    district.registered()
    deliver(2)
    headers, body = receiver.calls[0]
    assert verifies(secret, headers, body)
    assert not verifies(secret, headers, body + b" ")
    assert not verifies(secret, {**headers, "webhook-id": "another"}, body)
    assert not verifies(secret, {**headers, "webhook-timestamp": "1"}, body)
    assert "." not in headers["webhook-id"]


def test_while_a_secret_is_rotated_both_verify_and_then_only_the_new_one(
    district: District, receiver: Receiver
) -> None:
    made = hook(district, receiver.url)
    rotated = district["desk"].post(f"/webhooks/{made['id']}/rotate", {"overlap_hours": 1})
    assert rotated.status == 200, rotated.body
    assert rotated.body["old_secret_until"]
    district.registered()
    deliver(2)
    headers, body = receiver.calls[-1]
    assert verifies(made["secret"], headers, body)
    assert verifies(rotated.body["secret"], headers, body)
    Webhook.objects.update(previous_until_ms=1)  # the overlap is over
    district.registered()
    deliver(2)
    headers, body = receiver.calls[-1]
    assert not verifies(made["secret"], headers, body)
    assert verifies(rotated.body["secret"], headers, body)


def test_a_secret_that_was_given_away_signs_nothing_more(district: District, receiver: Receiver) -> None:
    made = hook(district, receiver.url)
    district.registered()
    webhooks.enqueue()  # waits, unsigned as yet: a call is signed when it is made
    rotated = district["desk"].post(f"/webhooks/{made['id']}/rotate", {"overlap_hours": 0}).body
    assert rotated["old_secret_until"] is None
    deliver(2)
    headers, body = receiver.calls[-1]
    assert not verifies(made["secret"], headers, body)
    assert verifies(rotated["secret"], headers, body)
    kept = Webhook.objects.get()
    assert rotated["secret"].encode() not in bytes(kept.secret) + bytes(kept.previous_secret)


def test_an_overlap_that_is_none_is_refused(district: District, receiver: Receiver) -> None:
    made = hook(district, receiver.url)
    for hours in (-1, 169, "1", 1.5, True, None):
        answer = district["desk"].post(f"/webhooks/{made['id']}/rotate", {"overlap_hours": hours})
        assert (answer.status, answer.body["field"]) == (422, "overlap_hours"), hours
    assert district["desk2"].post(f"/webhooks/{made['id']}/rotate").status == 404


def test_gone_ends_a_webhook(district: District, receiver: Receiver) -> None:
    hook(district, receiver.url)
    receiver.answers = [410]
    district.registered()
    district.registered()
    deliver(4)
    assert len(receiver.calls) <= 2  # the second may have been under way already
    assert not Webhook.objects.get().active
    assert "410" in district["desk"].get("/webhooks").body["items"][0]["reason"]
    assert not WebhookDelivery.objects.filter(state="pending").exists()
    before = len(receiver.calls)
    district.registered()
    deliver(2)
    assert len(receiver.calls) == before


def is_cloud_event(event: dict[str, Any]) -> None:
    """CloudEvents 1.0 by its schema; and what ours always bear beyond what is required."""
    schemas.cloud_event().validate(event)
    assert {"subject", "time", "datacontenttype", "cursor", "data"} <= set(event)


def test_the_feed_as_a_batch_says_what_the_feed_says_and_no_more(district: District) -> None:
    district.handling()
    district.registered(kind="report")
    for who in ("desk", "lead", "stranger", "inspector", "auditor", "machine"):
        plain = district[who].get("/feed").body["items"]
        batch = district[who].get("/feed", headers={"Accept": BATCH})
        assert batch.headers["Content-Type"].startswith(BATCH)
        assert [event["data"] for event in batch.body] == plain
        for event in batch.body:
            is_cloud_event(event)
            assert event["type"] == f"cn.liandong.case.{event['data']['type']}.v1"
            assert event["subject"] == event["data"]["case"]
        keys = [(event["source"], event["id"]) for event in batch.body]
        assert len(set(keys)) == len(keys)


def test_the_batch_goes_on_where_it_ended(district: District) -> None:
    district.handling()
    got: list[str] = []
    path = "/feed?limit=2"
    for _ in range(5):
        answer = district["desk"].get(path, headers={"Accept": BATCH})
        if not answer.body:
            break
        got += [event["data"]["id"] for event in answer.body]
        path = answer.headers["Link"].split(">")[0].removeprefix("</api/v1")
    assert got == [item["id"] for item in district["desk"].get("/feed").body["items"]]


def test_whoever_does_not_ask_for_a_batch_gets_the_feed(district: District) -> None:
    for accept in ("application/json", "*/*", "", f"{BATCH};q=0.1, application/json", "a/b"):
        answer = district["desk"].get("/feed", headers={"Accept": accept})
        assert (answer.status, set(answer.body)) == (200, {"items", "next"}), accept


def test_a_webhook_may_be_told_in_cloud_events(district: District, receiver: Receiver) -> None:
    made = hook(district, receiver.url, form="cloudevents")
    assert made["form"] == "cloudevents"
    no = district.registered()
    deliver(2)
    headers, body = receiver.calls[0]
    assert headers["content-type"].startswith("application/cloudevents+json")
    event = json.loads(body)
    is_cloud_event(event)
    assert (event["subject"], event["data"]["type"]) == (no, "register")
    assert event["data"] == district["desk"].get("/feed").body["items"][0]
    assert verifies(made["secret"], headers, body)
    assert district["desk"].post("/webhooks", {"url": receiver.url, "form": "xml"}).status == 422
