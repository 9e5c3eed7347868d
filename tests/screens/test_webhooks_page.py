"""The page of webhooks: who cannot be reached, what did not arrive, one or all sent again or set aside, on record."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from liandong.district import accounts
from liandong.engine import breaker, webhooks
from liandong.engine.instants import now_ms
from liandong.engine.models import Breaker, Channel, ChannelChange, Message, Webhook, WebhookDelivery
from liandong.rules.model import Actor
from support.api import District
from support.messages import a_message

pytestmark = pytest.mark.django_db
HERE = "/district/webhooks"


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(
        accounts.Account.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def hook(district: None) -> Webhook:
    """A receiver of the desk's that is left alone, with three dead letters."""
    made = District()
    hook, _ = webhooks.create(Actor("desk", "desk"), "https://8.8.8.8/in?key=geheim")
    for _ in range(3):
        made.registered()
    webhooks.enqueue()
    hook.deliveries.update(state="dead", error="HTTP 500", attempts=12)
    for _ in range(breaker.FAILURES):
        breaker.failed(webhooks.peer(hook.id), "HTTP 500", now_ms())
    return hook


def act(hook: Webhook, who: str = "sysadmin", **typed: Any) -> int:
    return signed_in(who).post(f"{HERE}/of/{hook.id}/deal", typed).status_code


def test_the_administrator_sees_who_is_not_reached_and_why(hook: Webhook) -> None:
    page = signed_in("sysadmin").get(HERE).content.decode()
    assert "https://8.8.8.8/in" in page
    assert "geheim" not in page
    assert "未送达 3 条" in page
    assert "不通" in page
    home = signed_in("sysadmin").get("/district/").content.decode()
    assert "3 次回调推送没有送达" in home
    one = signed_in("auditor").get(f"{HERE}/of/{hook.id}").content.decode()
    assert one.count("HTTP 500") >= 4
    assert "全部重新发送" not in one


def test_one_and_then_all_are_sent_again_at_once_and_it_is_on_record(hook: Webhook) -> None:
    letter = str(hook.deliveries.values_list("id", flat=True)[0])
    assert act(hook, what="again", letter=letter) == 302
    assert WebhookDelivery.objects.get(state="pending").id == letter
    assert breaker.allowed(webhooks.peer(hook.id), now_ms()) == 1
    act(hook, what="again")
    assert hook.deliveries.filter(state="pending").count() == 3
    assert list(ChannelChange.objects.values_list("what", "by")) == [("resent", "sysadmin:sysadmin")] * 2
    assert "重新发送" in signed_in("auditor").get(HERE).content.decode()


def test_setting_aside_needs_a_reason(hook: Webhook) -> None:
    act(hook, what="aside", reason=" ")
    assert hook.deliveries.filter(dealt_ms=None).count() == 3
    act(hook, what="aside", reason="对方已从 feed 补取")
    assert hook.deliveries.filter(dealt_ms=None).count() == 0
    assert "对方已从 feed 补取" in signed_in("auditor").get(f"{HERE}/of/{hook.id}").content.decode()
    assert "没有未送达的推送" in signed_in("sysadmin").get(f"{HERE}/of/{hook.id}").content.decode()


def test_a_mended_receiver_is_tried_at_once(hook: Webhook) -> None:
    act(hook, what="try")
    assert breaker.allowed(webhooks.peer(hook.id), now_ms()) is None


def test_others_look_or_stay_out(hook: Webhook) -> None:
    assert act(hook, "auditor", what="again") == 403
    assert act(hook, "secadmin", what="again") == 403
    assert signed_in("desk").get(HERE).status_code == 403
    assert signed_in("sysadmin").get(f"{HERE}/of/{'0' * 32}").status_code == 404
    assert act(hook, what="nothing") == 404


def test_an_ended_webhook_says_that_nothing_can_be_sent_again(hook: Webhook) -> None:
    webhooks.end(hook.id, "对方答复 410")
    client = signed_in("sysadmin")
    page = client.post(f"{HERE}/of/{hook.id}/deal", {"what": "again"}, follow=True).content.decode()
    assert "GET /feed" in page
    assert hook.deliveries.filter(state="dead").count() == 3


def test_all_of_a_mended_channel_are_sent_again_with_one_press(district: None) -> None:
    District()
    Channel.objects.create(code="gw", kind="sms_http", name="短信", active=True)
    for _ in range(3):
        a_message("gw", state="failed", failed_ms=1, error="网关答 HTTP 500")
    Breaker.objects.create(peer="gw", failures=9, open_until_ms=now_ms() + 600_000)
    client = signed_in("sysadmin")
    assert "短信：3 条全部重新发送" in client.get("/district/channels/dead").content.decode()
    client.post("/district/channels/dead/all/gw")
    assert Message.objects.filter(state="queued", channel="gw").count() == 3
    assert ChannelChange.objects.filter(channel="gw", what="resent").count() == 3
    assert breaker.allowed("gw", now_ms()) == 1
