"""Status reports of a modem: asked for, fetched by a real conversation, counted part by part; others leave a trace."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from liandong.engine.channels import lanes, reports
from liandong.engine.channels.pdu import Report, report
from liandong.engine.models import Channel, Message
from support.messages import a_message
from support.peers import Modem

pytestmark = pytest.mark.django_db
Enter = Callable[..., Channel]
DELIVER = "00040B813119325476F800081110117195514002597D"
"""Somebody wrote to the modem's own number."""


def status(reference: int, code: int = 0, to: str = "0B813119325476F8") -> str:
    """SMS-STATUS-REPORT to 13912345678, as 23.040 §9.2.2.3 lays it out."""
    return f"0006{reference:02X}{to}1110117195514011101171957140{code:02X}"


@pytest.fixture(params=["stored", "held"])
def cat(request: pytest.FixtureRequest, modem: Modem, enter: Enter) -> Modem:
    """A modem that keeps reports in its memory, and one that says them as lines."""
    modem.memory = request.param == "stored"
    enter("cat", "sms_modem", device=modem.device)
    return modem


def comes(modem: Modem, *pdus: str) -> None:
    """These reach the modem; then the worker looks again."""
    if modem.memory:
        modem.store |= {max(modem.store, default=0) + at: pdu for at, pdu in enumerate(pdus, 1)}
    else:
        modem.held += pdus
    reports._asked.clear()
    lanes.run_due()


def sent(modem: Modem, text: str = "长" * 150) -> Message:
    """A text of three parts that the modem took as 1, 2 and 3."""
    row = a_message("cat", text=text)
    lanes.run_due()
    row.refresh_from_db()
    assert row.state == "sent", row.error
    return row


def test_a_published_report_is_read() -> None:
    assert report("0006D60B911326880736F4111011719551401110117195714000") == Report(214, "+31628870634", 0)
    assert report("07918613800001F0" + status(9, 0x46)[2:]) == Report(9, "13912345678", 0x46)
    assert report(DELIVER) is None
    for bad in ("", "00", "0006", status(1)[:-2], "0006D60B91132688AA36F4" + "11" * 15, "zz"):
        with pytest.raises(ValueError, match=r"cut short|no number|hexadecimal"):
            report(bad)


def test_every_part_asks_for_a_report(cat: Modem) -> None:
    assert sent(cat).provider_id == "1 2 3"
    assert all(int(body[2:4], 16) & 0x20 for body in cat.bodies)


def test_a_text_is_received_when_all_of_its_parts_are(cat: Modem) -> None:
    row = sent(cat)
    comes(cat, status(2), status(1, to="0D91683119325476F8"))
    row.refresh_from_db()
    assert (row.state, row.provider_id) == ("sent", "1+ 2+ 3")
    comes(cat, status(2))  # once more
    comes(cat, status(3, 0x30))  # the centre still tries
    row.refresh_from_db()
    assert row.state == "sent"
    comes(cat, status(3))
    row.refresh_from_db()
    assert (row.state, row.provider_id) == ("received", "1+ 2+ 3+")
    assert row.received_ms
    assert not cat.store
    assert not cat.held


def test_a_part_that_is_lost_fails_the_text_and_the_next_way_begins(cat: Modem) -> None:
    row = sent(cat)
    Message.objects.update(route={"legs": [["call", "", "000-1", "请签收", 1]], "within_ms": 60_000})
    comes(cat, status(1), status(2, 0x46), status(2, 0x46), status(3))
    row.refresh_from_db()
    assert (row.state, "0x46" in row.error) == ("failed", True)
    assert Message.objects.filter(means="call").count() == 1


def test_reports_about_nothing_of_ours_leave_a_trace_and_no_change(
    cat: Modem, caplog: pytest.LogCaptureFixture
) -> None:
    row = sent(cat)
    caplog.set_level(logging.INFO, "liandong.channels")
    comes(cat, status(77), status(1, to="0B813119325476F9"), "0006D6", DELIVER, status(1, 0x90))
    row.refresh_from_db()
    assert (row.state, row.provider_id) == ("sent", "1 2 3")
    said = caplog.text
    assert "status report 77 about no text under way" in said
    assert "unreadable" in said
    assert "1391234" not in said
    if cat.memory:  # what is no report stays for whoever reads texts; so does what nobody can read
        assert set(cat.store.values()) == {DELIVER, "0006D6"}


def test_a_modem_is_asked_only_while_a_text_is_under_way_and_not_all_the_time(cat: Modem) -> None:
    sent(cat, "短")
    asked = cat.said.count("AT+CMGF=0")
    lanes.run_due()
    assert cat.said.count("AT+CMGF=0") == asked
    comes(cat, status(1))
    assert reports.due(10**14) == []


def test_whoever_wants_no_reports_asks_for_none(modem: Modem, enter: Enter) -> None:
    enter("cat", "sms_modem", device=modem.device, reports="no")
    a_message("cat", text="短")
    lanes.run_due()
    assert modem.bodies[0].startswith("0001")
    assert not any("CNMI" in said for said in modem.said)


def test_a_modem_that_was_unplugged_meanwhile_is_no_failure_of_a_text(
    cat: Modem, caplog: pytest.LogCaptureFixture
) -> None:
    row = sent(cat)
    Channel.objects.update(settings={**Channel.objects.get().settings, "device": "/dev/ttyLIANDONG9"})
    comes(cat)
    row.refresh_from_db()
    assert row.state == "sent"
    assert "no status reports" in caplog.text
