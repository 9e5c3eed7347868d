"""Notices reach the inbox once; due clocks fire once; a broken case does not stop the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liandong.casework.models import Case, Event, Outbox
from liandong.engine import clock, deliveries, notifications
from liandong.engine.instants import now
from liandong.engine.models import Notification
from liandong.rules.model import Actor
from support.api import District

LEAD, DESK = Actor("unit", "lead", "CG"), Actor("desk", "desk")


def test_a_notice_reaches_its_unit_once_and_the_first_reader_is_the_receipt(district: District) -> None:
    no = district.dispatched()
    deliveries.notify_due()
    deliveries.notify_due()
    assert [one["kind"] for one in notifications.inbox(LEAD) if one["case"] == no] == ["assigned"]
    assert notifications.inbox(Actor("unit", "x", "JW")) == []
    assert notifications.unread_count(LEAD) == 1
    assert notifications.mark_read(LEAD, case=no) == 1
    assert notifications.mark_read(Actor("unit", "later", "CG"), case=no) == 0
    row = notifications.inbox(LEAD)[0]
    assert row["read_by"] == "unit:CG:lead"
    assert notifications.acknowledge(LEAD, row["id"])
    assert not notifications.acknowledge(Actor("unit", "x", "JW"), row["id"])
    assert not Outbox.objects.filter(state="pending").exists()
    assert Outbox.objects.count() == Notification.objects.count()


def test_a_notice_that_was_already_delivered_is_not_doubled(district: District) -> None:
    """Killed between the two writes of an older version, or restored: the inbox row is there, the outbox says pending."""
    district.dispatched()
    deliveries.notify_due()
    Outbox.objects.update(state="pending", delivered_ms=None)
    deliveries.notify_due()
    assert Notification.objects.count() == Outbox.objects.count()


def test_the_triage_clock_fires_once(district: District) -> None:
    no = district.registered()
    assert clock.run_due(now()) == 0
    later = now() + timedelta(minutes=10)
    assert clock.run_due(later) == 1
    assert clock.run_due(later) == 0
    kinds = list(Outbox.objects.filter(case_no=no).values_list("kind", flat=True))
    assert kinds.count("overdue") >= 1
    assert len(kinds) == len(set(Outbox.objects.filter(case_no=no).values_list("kind", "recipient")))


def test_the_order_of_due_clocks_is_by_instant_and_the_limit_holds(district: District) -> None:
    for _ in range(5):
        district.registered()
    later = now() + timedelta(minutes=10)
    assert clock.run_due(later, limit=2) == 2
    assert clock.waiting(later)[0] == 3
    assert clock.run_due(later) == 3
    assert clock.waiting(later) == (0, 0)


def test_a_broken_case_does_not_stop_the_others(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    good, broken = district.registered(), district.registered()
    before = Event.objects.filter(case_no=broken).count()
    Case.objects.filter(no=broken).update(doc="{", wake_ms=1)
    later = now() + timedelta(minutes=10)
    assert clock.run_due(later) == 1
    assert Event.objects.filter(case_no=good, type="run_clock").exists()
    assert Event.objects.filter(case_no=broken).count() == before
    assert broken in clock.failing()
    clock._failed.clear()
