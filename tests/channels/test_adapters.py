"""Each adapter against a real peer on loopback: taken, refused, silent, half an answer."""

from __future__ import annotations

import email
import email.policy
import time

import pytest

from liandong.engine import outcalls
from liandong.engine.channels import http_gateway, mail, modem
from liandong.engine.channels.adapter import Failed, Outgoing, Sent, Way
from liandong.engine.channels.pdu import split, submit
from support.peers import Gateway, Modem, PostOffice

TEXT = "【联动】新工单QJFL-500110-20180601-00001-7（古南街道），请于6月1日17时前签收。"
MESSAGE = Outgoing("a" * 32, "13912345678", TEXT, "联动通知")


def http(gateway: Gateway, **settings: object) -> Way:
    return Way("gw", {
        "url": gateway.url, "form": "json", "fields": {"to": "{to}", "body": {"text": "{text}"}, "id": "{id}", "key": "{secret}"},
        "headers": {"X-Key": "{secret}"}, "ok_path": "code", "ok_values": "0", "refused_values": "21 22",
        "id_path": "id", "timeout": 0.4, **settings,
    }, "s3cret")  # fmt: skip


def test_the_gateway_gets_the_template_filled_and_our_id(gateway: Gateway) -> None:
    assert http_gateway.send(http(gateway), MESSAGE) == Sent("G1")
    headers, _ = gateway.calls[0]
    assert gateway.sent()[0] == {"to": "13912345678", "body": {"text": TEXT}, "id": "a" * 32, "key": "s3cret"}
    assert (headers["x-key"], headers["idempotency-key"]) == ("s3cret", "a" * 32)


def test_a_text_cannot_add_a_field_nor_name_a_secret(gateway: Gateway) -> None:
    nasty = MESSAGE._replace(text='","to":"110","x":"{secret}')
    http_gateway.send(http(gateway), nasty)
    assert gateway.sent()[0]["body"]["text"] == '","to":"110","x":"{secret}'
    assert gateway.sent()[0]["to"] == "13912345678"


@pytest.mark.parametrize(
    ("answer", "again", "peer"),
    [
        ((200, {"code": "21"}), False, False),
        ((200, {"code": "99"}), True, True),
        ((200, b"<html>"), True, True),
        ((200, b"[" * 60_000), True, True),
        ((500, b""), True, True),
        ((401, b""), True, True),
        ((429, b""), True, True),
        ((422, b""), False, False),
        ("hang", True, True),
        ("half", True, True),
    ],
)
def test_what_is_not_a_yes_is_a_failure_of_the_right_kind(
    gateway: Gateway, answer: object, again: bool, peer: bool
) -> None:
    gateway.answers = [answer]
    outcome = http_gateway.send(http(gateway), MESSAGE)
    assert isinstance(outcome, Failed)
    assert (outcome.again, outcome.peer) == (again, peer)
    assert outcome.why


def test_a_gateway_inside_our_network_is_called_only_where_allowed(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "")
    outcome = http_gateway.send(http(gateway), MESSAGE)
    assert isinstance(outcome, Failed)
    assert not outcome.again
    assert gateway.calls == []
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1:1")
    with pytest.raises(outcalls.Forbidden):
        outcalls.check_host("127.0.0.1", gateway.port)


def smtp(post_office: PostOffice, **settings: object) -> Way:
    return Way("post", {
        "host": "127.0.0.1", "port": post_office.port, "security": "none", "user": "", "sender": "liandong@qj.gov.cn",
        "timeout": 0.5, **settings,
    }, "pass")  # fmt: skip


LETTER = Outgoing("b" * 32, "zhiban@qj.gov.cn", TEXT, "联动通知 QJFL-1")


def test_an_e_mail_arrives_with_our_id(post_office: PostOffice) -> None:
    assert mail.send(smtp(post_office, user="liandong"), LETTER) == Sent("b" * 32)
    letter = email.message_from_string(post_office.letters[0], policy=email.policy.default)
    assert letter["Message-ID"] == f"<{'b' * 32}@qj.gov.cn>"
    assert letter.get_body().get_content().strip() == TEXT  # type: ignore[union-attr]
    assert post_office.logins


@pytest.mark.parametrize(
    ("change", "again", "peer"),
    [
        ({"refuse": "550 nobody"}, False, False),
        ({"refuse": "451 later"}, True, False),
        ({"after_data": ""}, True, True),
        ({"after_data": "554 spam"}, False, False),
        ({"greeting": "554 go away"}, True, True),
        ({"greeting": ""}, True, True),
    ],
)
def test_a_post_office_that_says_no_or_nothing(
    post_office: PostOffice, change: dict[str, str], again: bool, peer: bool
) -> None:
    for name, value in change.items():
        setattr(post_office, name, value)
    outcome = mail.send(smtp(post_office), LETTER)
    assert isinstance(outcome, Failed)
    assert (outcome.again, outcome.peer) == (again, peer)


def test_encryption_that_is_not_offered_is_not_done_without(post_office: PostOffice) -> None:
    outcome = mail.send(smtp(post_office, security="starttls"), LETTER)
    assert isinstance(outcome, Failed)
    assert post_office.letters == []


def line(modem_: Modem, **settings: object) -> Way:
    return Way("cat", {"device": modem_.device, "baud": "115200", "mode": "pdu", "timeout": 0.6, **settings})


def test_a_modem_sends_chinese_in_one_pdu(modem: Modem) -> None:
    assert send_by(modem, MESSAGE) == Sent("1")
    body = modem.bodies[0]
    # 00 (own service centre) 21 SMS-SUBMIT that wants a report, 00 0B 81 number swapped 00 08 length text
    assert body.startswith("0021000B813119325476F80008")
    length = int(body[26:28], 16)
    assert bytes.fromhex(body[28:]).decode("utf-16-be") == TEXT
    assert length == len(bytes.fromhex(body[28:]))
    assert f"AT+CMGS={len(body) // 2 - 1}" in modem.said


def send_by(peer: Modem, message: Outgoing, **settings: object) -> Sent | Failed:
    return modem_send(line(peer, **settings), message)


modem_send = modem.send


def test_a_long_text_goes_in_joined_parts_of_the_same_reference(modem: Modem) -> None:
    long = "长" * 150
    assert send_by(modem, MESSAGE._replace(text=long)) == Sent("1 2 3")
    heads = [bytes.fromhex(body[28:40]) for body in modem.bodies]
    assert [(head[:3], head[4], head[5]) for head in heads] == [(b"\x05\x00\x03", 3, at) for at in (1, 2, 3)]
    assert len({head[3] for head in heads}) == 1
    text = "".join(bytes.fromhex(body[40:]).decode("utf-16-be") for body in modem.bodies)
    assert text == long


def test_text_mode_numbers_its_parts(modem: Modem) -> None:
    outcome = send_by(modem, MESSAGE._replace(text="长" * 100), mode="text")
    assert outcome == Sent("1 2")
    assert 'AT+CSCS="UCS2"' in modem.said
    said = [bytes.fromhex(body).decode("utf-16-be") for body in modem.bodies]
    assert [one[:5] for one in said] == ["(1/2)", "(2/2)"]
    assert max(map(len, said)) <= 70


def test_a_modem_that_refuses_a_number_a_network_or_says_nothing(modem: Modem) -> None:
    modem.errors = ["+CMS ERROR: 28", "+CMS ERROR: 331", "silent"]
    said = [send_by(modem, MESSAGE) for _ in range(3)]
    assert [(one.again, one.peer) for one in said if isinstance(one, Failed)] == [
        (False, False), (True, True), (True, True),
    ]  # fmt: skip
    time.sleep(0.1)
    assert send_by(modem, MESSAGE) == Sent("1")  # and is not left inside a half-written message


def test_a_modem_that_is_not_there_or_a_number_that_is_none(modem: Modem) -> None:
    gone = modem_send(line(modem, device="/dev/ttyLIANDONG9"), MESSAGE)
    assert isinstance(gone, Failed)
    assert gone.peer
    bad = send_by(modem, MESSAGE._replace(to="139;AT+CMGD=1"))
    assert bad == Failed("不是电话号码，请更正登记的号码", again=False, peer=False)
    assert modem.said == []


def test_no_character_is_torn_between_parts() -> None:
    text = "长" * 66 + "𠮷" * 10
    parts = split(text)
    assert "".join(parts) == text
    assert all(len(part.encode("utf-16-be")) // 2 <= 67 for part in parts)
    assert all(len(body) // 2 <= 1 + 140 + 20 for _, body in submit("+8613912345678", text, 7))
