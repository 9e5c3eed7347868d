"""Claim, call, record: retries under one id, breakers, rates, fallbacks, dead letters; one bad peer delays nobody else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from liandong.engine import breaker
from liandong.engine.channels import dead, lanes, phoning, sending, store
from liandong.engine.instants import now_ms
from liandong.engine.models import Breaker, Channel, ChannelChange, Message
from support.api import District
from support.messages import a_message
from support.peers import Gateway, PostOffice
from support.stores import Stores

pytestmark = pytest.mark.django_db
Enter = Callable[..., Channel]


def rounds(count: int) -> None:
    for _ in range(count):
        lanes.run_due()
        time.sleep(0.02)


def test_a_failure_is_tried_again_under_the_same_id(gateway: Gateway, enter: Enter) -> None:
    enter("gw", "sms_http", url=gateway.url)
    message = a_message("gw")
    gateway.answers = [(500, b""), "half"]
    rounds(5)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.provider_id) == ("sent", 3, "G3")
    assert {sent["ext"] for sent in gateway.sent()} == {message.id}


def test_what_is_refused_for_good_is_not_tried_again_and_stands_among_the_dead(
    gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url, refused_values="21")
    a_message("gw")
    gateway.answers = [(200, {"code": "21"})]
    rounds(4)
    assert len(gateway.calls) == 1
    letter = dead.listed()[0]
    assert (letter.state, letter.error) == ("failed", "网关拒收：21")
    assert Breaker.objects.filter(failures__gt=0).count() == 0


def test_a_person_sends_a_dead_letter_again_under_a_new_id_and_it_is_on_record(
    gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url, refused_values="21")
    old = a_message("gw")
    gateway.answers = [(200, {"code": "21"})]
    rounds(1)
    made = dead.resend(old.id, "sysadmin:wu")
    assert made
    assert dead.resend(old.id, "sysadmin:wu") is None
    rounds(1)
    assert Message.objects.get(id=made).state == "sent"
    assert [sent["ext"] for sent in gateway.sent()] == [old.id, made]
    assert ChannelChange.objects.get(what="resent").by == "sysadmin:wu"
    assert dead.count() == 0


def test_when_a_way_fails_the_next_begins_and_at_last_a_person_telephones(
    gateway: Gateway, post_office: PostOffice, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url, refused_values="21")
    enter(
        "post", "email", host="127.0.0.1", port=str(post_office.port), security="none", sender="a@qj.gov.cn"
    )
    legs = [["email", "post", "cg@qj.gov.cn", "请签收", 1], ["call", "", "000-1", "请签收", 1]]
    a_message("gw", route={"legs": legs, "within_ms": 60_000})
    gateway.answers = [(200, {"code": "21"})]
    post_office.refuse = "550 nobody"
    rounds(3)
    ways = Message.objects.order_by("step").values_list("means", "state", "error")
    assert list(ways) == [
        ("sms", "failed", "网关拒收：21"), ("email", "failed", "收件人被拒（550）"), ("call", "queued", "收件人被拒（550）"),
    ]  # fmt: skip
    assert dead.count() == 0  # nobody has to look at what found another way
    call = phoning.to_call()[0]
    assert phoning.called(call.id, reached=False, who="", by="desk:li")
    assert phoning.to_call()[0].state == "queued"
    assert phoning.called(call.id, reached=True, who="王某", by="desk:li")
    assert not phoning.called(call.id, reached=True, who="王某", by="desk:li")
    assert phoning.to_call()[0].state == "received"


def test_the_breaker_opens_after_failures_and_a_probe_closes_it(gateway: Gateway, enter: Enter) -> None:
    enter("gw", "sms_http", url=gateway.url, at_once="1", most_attempts="50")
    gateway.answers = [(500, b"")] * breaker.FAILURES
    for _ in range(8):
        a_message("gw")
    rounds(20)
    assert len(gateway.calls) == breaker.FAILURES
    assert breaker.allowed("gw", now_ms()) == 0
    Breaker.objects.update(open_until_ms=now_ms() - 1)
    Message.objects.update(next_ms=0)
    assert breaker.allowed("gw", now_ms()) == 1
    assert sending.run("gw") == 1
    assert breaker.allowed("gw", now_ms()) is None
    rounds(10)
    assert Message.objects.filter(state="sent").count() == 8


def test_a_probe_that_fails_keeps_it_closed_off_for_longer(gateway: Gateway, enter: Enter) -> None:
    enter("gw", "sms_http", url=gateway.url, at_once="1", most_attempts="50")
    instant = now_ms()
    for _ in range(breaker.FAILURES):
        breaker.failed("gw", "x", instant)
    first = Breaker.objects.get(peer="gw").open_until_ms - instant
    later = instant + first + 1
    breaker.failed("gw", "x", later)
    assert Breaker.objects.get(peer="gw").open_until_ms - later > first * 1.1
    assert Breaker.objects.get(peer="gw").opens == 2


def test_messages_whose_time_runs_out_behind_a_breaker_go_the_next_way(
    gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    for _ in range(breaker.FAILURES):
        breaker.failed("gw", "x", now_ms())
    a_message(
        "gw", until_ms=now_ms() - 1, route={"legs": [["call", "", "000-1", "请签收", 1]], "within_ms": 60_000}
    )
    rounds(1)
    assert gateway.calls == []
    assert [call.error for call in phoning.to_call()] == [sending.EXPIRED]


def test_a_channel_keeps_to_its_rate(gateway: Gateway, enter: Enter) -> None:
    enter("gw", "sms_http", url=gateway.url, per_minute="30")  # one in two seconds, five after a rest
    for _ in range(12):
        a_message("gw")
    rounds(5)
    assert len(gateway.calls) == 5


def test_two_workers_never_send_the_same_message(gateway: Gateway, enter: Enter) -> None:
    channel = enter("gw", "sms_http", url=gateway.url)
    a_message("gw")
    first = sending.claim(channel, now_ms())
    assert len(first) == 1
    assert sending.claim(channel, now_ms()) == []


def test_a_call_is_handed_to_whoever_took_calls_over_and_again_where_that_failed(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[phoning.Call] = []
    faults = [RuntimeError("not now")]

    def handler(call: phoning.Call) -> None:
        if faults:
            raise faults.pop()
        taken.append(call)

    monkeypatch.setattr(phoning, "_handlers", [])
    phoning.take_over(handler)
    no = district.dispatched()
    made = phoning.needs_phone(no, "unit:CG", "assigned", "半数时限内没有签收")
    assert phoning.needs_phone(no, "unit:CG", "assigned", "又一次") == made
    assert (phoning.hand_over(), phoning.hand_over(), phoning.hand_over()) == (0, 1, 0)
    assert (taken[0].case_no, taken[0].why) == (no, "半数时限内没有签收")
    assert taken[0].phone


KILL = Path(__file__).with_name("kill_sending.py")


def program(stores: Stores) -> Callable[..., int]:
    """Runs kill_sending.py on one fresh store; its exit code."""
    environment = stores.environment(stores.fresh())

    def run(*arguments: str) -> int:
        done = subprocess.run(
            [sys.executable, str(KILL), *arguments],
            env=environment,
            cwd=stores.home,
            timeout=120,
            check=False,
        )
        return done.returncode

    return run


def test_killed_between_the_call_and_its_record_it_goes_again_under_the_same_id(
    stores: Stores, gateway: Gateway
) -> None:
    """kill -9 in the worst instant; the claim runs out; the gateway tells the repetition by the id."""
    run = program(stores)
    assert run("enter", gateway.url) == 0
    assert run("die") == -signal.SIGKILL
    assert len(gateway.calls) == 1
    assert run("go on") == 0
    sent = gateway.sent()
    assert len(sent) == 2
    assert sent[0]["ext"] == sent[1]["ext"]
    assert {headers["idempotency-key"] for headers, _ in gateway.calls} == {sent[0]["ext"]}


def test_a_hanging_peer_delays_only_its_own_messages(stores: Stores, gateway: Gateway) -> None:
    slow = Gateway()
    try:
        slow.patience, slow.answers = 4.0, ["hang"]
        assert program(stores)("lanes", slow.url, gateway.url) == 0
        assert len(gateway.calls) == 8
    finally:
        slow.close()


def test_pauses_grow_and_are_spread() -> None:
    first = {sending.pause_ms(1) for _ in range(50)}
    assert max(first) <= sending.FIRST_PAUSE_MS
    assert sending.pause_ms(30) <= sending.LONGEST_PAUSE_MS


def test_a_gateway_that_does_not_know_the_new_key_yet_is_shown_the_old_one_for_a_day(
    gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    store.set_secret("gw", "old-key", "sysadmin")
    store.set_secret("gw", "new-key", "sysadmin")
    kept = Channel.objects.get(code="gw")
    assert b"key" not in bytes(kept.secret) + bytes(kept.secret_before)
    gateway.answers = [(401, b"")]
    message = a_message("gw")
    rounds(1)
    message.refresh_from_db()
    assert [sent["key"] for sent in gateway.sent()] == ["new-key", "old-key"]
    assert (message.state, message.attempts) == ("sent", 1)
    Channel.objects.update(secret_before_until_ms=1)  # the day is over
    gateway.answers = [(401, b"")]
    a_message("gw")
    rounds(1)
    assert [sent["key"] for sent in gateway.sent()][2:] == ["new-key"]
