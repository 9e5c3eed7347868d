"""A dead receiver is left alone and probed, holds up nobody else, and what it missed is seen, resent or set aside."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest

from liandong.engine import breaker, deliveries, health, outcalls, webhook_letters, webhooks
from liandong.engine.instants import now_ms
from liandong.engine.models import Breaker, ChannelChange, Webhook, WebhookDelivery
from support.api import District
from support.peers import free_port
from support.receiver import Receiver

Make = Callable[..., tuple[Receiver, Webhook]]


@pytest.fixture
def make(district: District, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A receiver on loopback with a webhook of its own."""
    made: list[Receiver] = []
    monkeypatch.setattr(deliveries, "FIRST_PAUSE_SECONDS", 0.001)

    def one(who: str = "desk") -> tuple[Receiver, Webhook]:
        receiver = Receiver()
        made.append(receiver)
        monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", ",".join(f"127.0.0.1:{one.port}" for one in made))
        answer = district[who].post("/webhooks", {"url": receiver.url})
        assert answer.status == 201, answer.body
        return receiver, Webhook.objects.get(id=answer.body["id"])

    yield one
    for receiver in made:
        receiver.close()


def rounds(count: int) -> None:
    for _ in range(count):
        deliveries.webhooks_due()
        time.sleep(0.02)


def probe_due(hook: Webhook) -> None:
    """The pause of the breaker is over, and so are those of what waits."""
    Breaker.objects.filter(peer=webhooks.peer(hook.id)).update(open_until_ms=1)
    hook.deliveries.filter(state="pending").update(next_ms=1)


def broken(receiver: Receiver, hook: Webhook, district: District, events: int = 1) -> None:
    """The receiver failed so often that it is left alone."""
    receiver.answers = [500] * 100
    for _ in range(events):
        district.registered()
    rounds(12)
    assert breaker.allowed(webhooks.peer(hook.id), now_ms()) == 0


def test_a_receiver_that_fails_in_a_row_is_left_alone_then_probed_once_and_comes_back(
    district: District, make: Make
) -> None:
    receiver, hook = make()
    broken(receiver, hook, district)
    assert len(receiver.calls) == breaker.FAILURES
    for _ in range(3):
        district.registered()
    rounds(3)
    assert len(receiver.calls) == breaker.FAILURES, "it was not left alone"
    assert hook.deliveries.count() == 1, "what it misses stays in the log"
    probe_due(hook)
    rounds(3)
    assert len(receiver.calls) == breaker.FAILURES + 1, "more than one probe"
    row = Breaker.objects.get(peer=webhooks.peer(hook.id))
    assert (row.opens, row.open_until_ms - now_ms() > 20_000) == (2, True), (
        "a failed probe did not double the pause"
    )
    assert row.open_until_ms - now_ms() < 40_000, "the pause is the probe's own lease"
    receiver.answers = []
    probe_due(hook)
    rounds(4)
    assert breaker.allowed(webhooks.peer(hook.id), now_ms()) is None
    assert set(hook.deliveries.values_list("state", flat=True)) == {"done"}
    assert hook.deliveries.count() == 4


def test_a_probe_takes_what_was_tried_least_so_that_one_bad_event_keeps_nobody_out(
    district: District, make: Make
) -> None:
    receiver, hook = make()
    broken(receiver, hook, district, events=2)
    probe_due(hook)
    hook.deliveries.filter(id=min(hook.deliveries.values_list("id", flat=True))).update(attempts=9)
    rounds(1)
    assert sorted(hook.deliveries.values_list("attempts", flat=True))[-1] == 9


def test_an_answer_about_the_event_itself_leaves_its_receiver_open(district: District, make: Make) -> None:
    receiver, hook = make()
    receiver.answers = [422] * 50
    district.registered()
    rounds(8)
    assert len(receiver.calls) > breaker.FAILURES
    assert breaker.suspects() == {}
    assert hook.deliveries.get().error == "HTTP 422"


@pytest.mark.parametrize("status", [401, 404, 302, 408, 425, 429, 503])
def test_an_answer_that_every_event_would_get_counts(district: District, make: Make, status: int) -> None:
    receiver, hook = make()
    receiver.answers = [status]
    district.registered()
    rounds(1)
    assert breaker.suspects()[webhooks.peer(hook.id)].failures == 1


def test_gone_ends_it_and_its_letters_are_not_sent_again(district: District, make: Make) -> None:
    receiver, hook = make()
    receiver.answers = [410]
    district.registered()
    rounds(1)
    assert deliveries.given_up() == 1
    assert webhook_letters.resend(hook, "sysadmin") == 0
    letter = hook.deliveries.get().id
    answer = district["desk"].post(f"/webhooks/{hook.id}/deliveries/{letter}/retry")
    assert (answer.status, "重新登记" in answer.body["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("status", "asked", "least", "most"),
    [
        (429, "120", 120_000, 120_000), (503, "7", 7_000, 7_000), (503, "999999999", 3_600_000, 3_600_000),
        (500, "120", 0, 0), (429, "soon", 0, 0), (429, "-5", 0, 0), (429, "", 0, 0), (503, "９", 0, 0),
        (503, formatdate(1_000_060, usegmt=True), 60_000, 60_000), (503, formatdate(5, usegmt=True), 0, 0),
    ],
)  # fmt: skip
def test_retry_after_is_read_and_bounded(status: int, asked: str, least: int, most: int) -> None:
    assert least <= outcalls.wait_ms(status, {"Retry-After": asked}, 1_000_000) <= most


class Talker:
    """A peer that says exactly these bytes to every call, ``slowly`` one by one; on any loopback address."""

    def __init__(self, words: bytes, host: str = "127.0.0.1", port: int = 0, pause: float = 0.0) -> None:
        outer = self
        self.calls = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.calls += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    for at in range(len(words)):
                        self.wfile.write(words[at : at + 1])
                        time.sleep(pause)
                except OSError:  # the caller hung up
                    pass

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.port = port or free_port()
        self.server = http.server.ThreadingHTTPServer((host, self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_receiver_that_asks_for_rest_gets_it(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Talker(b"HTTP/1.0 429 Too Many Requests\r\nRetry-After: 90\r\n\r\n")
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    district["desk"].post("/webhooks", {"url": f"http://127.0.0.1:{peer.port}/"})
    district.registered()
    rounds(3)
    peer.close()
    row = WebhookDelivery.objects.get()
    assert (peer.calls, row.attempts, row.state) == (1, 1, "pending")
    until = Breaker.objects.get(peer=webhooks.peer(row.webhook_id)).open_until_ms
    assert abs(until - row.next_ms) < 10_000  # two writes of one answer
    assert 60_000 < until - now_ms() <= 90_000
    assert breaker.allowed(webhooks.peer(row.webhook_id), until - 1) == 0
    assert breaker.allowed(webhooks.peer(row.webhook_id), until) == 1


def test_a_head_that_drips_is_cut_off_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Talker(b"HTTP/1.0 200 OK\r\nX: " + b"a" * 500, pause=0.1)
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    begun = time.monotonic()
    with outcalls.client(0.3) as client, pytest.raises(outcalls.Unreachable):
        outcalls.request(client, "POST", f"http://127.0.0.1:{peer.port}/", b"x", {}, 0.3)
    peer.close()
    assert time.monotonic() - begun < 10  # it would have dripped for fifty seconds


def test_one_dead_receiver_takes_no_slot_of_another(
    district: District, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "CALL_SECONDS", 0.3)
    dead, hook = make()
    good, _ = make()
    dead.answers = ["hang"] * 100
    for _ in range(6):
        district.registered()
    rounds(3)
    before = len(dead.calls)
    for _ in range(6):
        district.registered()
    rounds(3)
    assert (len(good.calls), len(dead.calls)) == (12, before)
    assert health.report()["checks"]["deliveries"]["shut"] == 1
    assert hook.deliveries.filter(state="done").count() == 0


def dead_letters(district: District, make: Make, count: int) -> tuple[Receiver, Webhook]:
    receiver, hook = make()
    for _ in range(count):
        district.registered()
    webhooks.enqueue()
    hook.deliveries.update(state="dead", error="HTTP 500", attempts=12)
    return receiver, hook


def test_a_person_sends_all_of_a_receiver_again_and_it_is_on_record(district: District, make: Make) -> None:
    receiver, hook = dead_letters(district, make, 3)
    ids = set(hook.deliveries.values_list("id", flat=True))
    check = health.report()["checks"]["deliveries"]
    assert (check["dead"], check["warn"], "/district/webhooks" in check["detail"]) == (3, True, True)
    assert webhook_letters.resend(hook, "sysadmin:wu") == 3
    rounds(2)
    assert {headers["webhook-id"] for headers, _ in receiver.calls} == ids, (
        "a receiver knows them by their ids"
    )
    change = ChannelChange.objects.get(channel=webhooks.peer(hook.id))
    assert (change.what, change.by) == ("resent", "sysadmin:wu")
    assert health.report()["checks"]["deliveries"]["dead"] == 0


def test_a_letter_that_is_set_aside_needs_nobody_any_more(district: District, make: Make) -> None:
    _, hook = dead_letters(district, make, 2)
    one = webhook_letters.listed(hook)[0]
    assert webhook_letters.set_aside(hook, "sysadmin:wu", "已电话告知", one.id) == 1
    assert webhook_letters.set_aside(hook, "sysadmin:wu", "已电话告知", one.id) == 0
    assert deliveries.given_up() == 1
    assert "已电话告知" in ChannelChange.objects.get(what="set_aside").detail


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::10.0.0.1", "fec0::1", "fe80::1%eth0", "fd00::1", "ff02::1",
        "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "127.1.2.3", "169.254.169.254", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "::", "::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_the_worlds_are_not_called(address: str) -> None:
    assert not outcalls.public(address)


def test_the_call_goes_to_the_address_that_was_checked_though_the_name_answers_another_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name answers another address from its second look-up on: a victim on the same port hears nothing."""
    checked = Talker(b"HTTP/1.0 204 No Content\r\n\r\n")
    victim = Talker(b"HTTP/1.0 204 No Content\r\n\r\n", host="127.0.0.2", port=checked.port)
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "moving.example")
    asked: list[str] = []
    real = socket.getaddrinfo

    def answers(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host != "moving.example":
            return real(host, port, *rest, **named)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with outcalls.client(2) as client:
        url = f"http://moving.example:{checked.port}/"
        assert outcalls.request(client, "POST", url, b"x", {}).status == 204
    checked.close()
    victim.close()
    assert (checked.calls, victim.calls, len(asked)) == (1, 0, 1)


def test_a_name_that_turns_to_our_own_network_is_not_called(
    district: District, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, _ = make()
    real, turned = socket.getaddrinfo, [False]

    def answers(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host != "hook.example":
            return real(host, port, *rest, **named)
        return real("127.0.0.1" if turned[0] else "8.8.8.8", port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    url = f"https://hook.example:{receiver.port}/"
    assert district["desk"].post("/webhooks", {"url": url}).status == 201
    turned[0] = True
    district.registered()
    rounds(1)
    assert "内网" in WebhookDelivery.objects.get(webhook__url=url).error


def test_a_redirect_leads_nowhere(make: Make, district: District) -> None:
    receiver, hook = make()
    receiver.answers = [302]
    district.registered()
    rounds(1)
    assert len(receiver.calls) == 1
    assert hook.deliveries.get().error == "HTTP 302"
