"""Routing, feed, the caller's own door, health (CONTRACT §6)."""

from __future__ import annotations

import json

import pytest

from liandong.engine import deliveries, health
from liandong.engine.instants import now_ms
from liandong.engine.models import Heartbeat
from support.api import District, a_request


def test_route_suggests_and_finds_the_duplicate(district: District) -> None:
    text = "古南街道天桥路口垃圾堆了三天没人清运，味道很大"
    no = district.registered(summary=text)
    answer = district["desk"].post("/route", {"text": text, "place": {"text": "古南街道天桥路口"}}).body
    assert set(answer) == {
        "emergency", "never_divert", "suggestions", "assist", "place", "duplicates", "confidence", "auto",
        "matters", "ask", "model",
    }  # fmt: skip
    assert [one["no"] for one in answer["duplicates"]] == [no]
    assert len(answer["suggestions"]) >= 3
    assert "CG" in {one["unit"] for one in answer["suggestions"]}
    assert answer["place"]["township"] == "古南街道"


def test_duplicates_show_nothing_invisible(district: District) -> None:
    text = "古南街道天桥路口垃圾堆了三天没人清运，味道很大"
    district.registered(summary=text)
    assert district["stranger"].post("/route", {"text": text}).body["duplicates"] == []


def test_route_sees_an_emergency(district: District) -> None:
    answer = district["desk"].post("/route", {"text": "家里着火了有人被困，快来救命"}).body
    assert answer["emergency"]["flag"] is True
    assert answer["auto"] is False


def test_feed_in_commit_order_and_only_what_is_visible(district: District) -> None:
    mine, other = district.dispatched(), district.registered()
    whole, cursor = [], None
    for _ in range(20):
        page = district["desk"].get("/feed?limit=1" + (f"&after={cursor}" if cursor else "")).body
        if not page["items"]:
            break
        whole += page["items"]
        cursor = page["next"]
    assert [(event["case"], event["type"]) for event in whole] == [
        (mine, "register"), (mine, "dispatch"), (other, "register"),
    ]  # fmt: skip
    seen = district["lead"].get("/feed").body["items"]
    assert {event["case"] for event in seen} == {mine}
    assert "13800001234" not in json.dumps(whole)


def test_the_caller_follows_the_case_without_personal_data(district: District) -> None:
    no = district.handling()
    code = district["desk"].get(f"/cases/{no}").body["tracking_code"]
    assert len(code) >= 22
    found = district[None].get(f"/public/track/{code}")
    assert found.status == 200
    text = json.dumps(found.body, ensure_ascii=False)
    assert found.body["state"] == "handling"
    assert "13800001234" not in text
    assert "张" not in text
    assert "垃圾" not in text


def test_the_caller_urges_at_most_three_times_an_hour(district: District) -> None:
    no = district.handling()
    code = district["desk"].get(f"/cases/{no}").body["tracking_code"]
    statuses = [district[None].post(f"/public/track/{code}/urge").status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = district[None].post(f"/public/track/{code}/urge")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.headers["Content-Type"] == "application/problem+json"
    types = [event["type"] for event in district["desk"].get(f"/cases/{no}/events").body["items"]]
    assert types.count("urge") == 3


def test_looking_up_codes_is_limited_by_address_whatever_the_header_says(district: District) -> None:
    statuses = [
        district[None].get(f"/public/track/{n:032x}", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status
        for n in range(61)
    ]
    assert statuses[:60] == [404] * 60
    assert statuses[60] == 429


def test_health(district: District) -> None:
    assert district[None].get("/healthz").body == {"status": "ok"}
    waiting = district[None].get("/readyz")
    assert waiting.status == 503
    assert waiting.body["checks"]["worker"]["ok"] is False
    Heartbeat.objects.create(worker="here:1", at_ms=now_ms(), started_ms=now_ms())
    ready = district[None].get("/readyz")
    assert (ready.status, ready.body["status"]) == (200, "ready")


@pytest.mark.parametrize("lag", ["clock", "deliveries"])
def test_ready_no_more_when_something_lags(district: District, lag: str) -> None:
    from datetime import timedelta

    from liandong.engine.instants import now

    Heartbeat.objects.create(worker="here:1", at_ms=now_ms() + 3_600_000, started_ms=now_ms())
    district.registered()
    if lag == "clock":
        deliveries.notify_due(now() + timedelta(days=1))
    else:
        district.dispatched()
    later = health.report(now() + timedelta(minutes=20))
    assert later["checks"][lag]["ok"] is False
    assert later["status"] == "unready"


def test_a_signed_in_page_may_read_but_not_write_with_its_cookie(district: District) -> None:
    from django.test import Client

    from liandong.district.accounts import Account

    client = Client()
    client.force_login(
        Account.objects.get(username="desk"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/api/v1/cases").status_code == 200
    written = client.post("/api/v1/cases", a_request(), content_type="application/json")
    assert written.status_code == 401
