"""``doctor`` about the work itself: each finding says what is wrong and what to do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from liandong.cli import doctor_work
from liandong.district import packs, rosters
from liandong.engine import paper_slips, phoning
from liandong.engine.instants import now_ms
from liandong.engine.models import Breaker, Heartbeat
from support.api import District
from support.policy import PACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def district(db: None) -> District:
    packs.load(PACK)
    return District()


def findings(now: Any) -> dict[str, Any]:
    return {one.name: one for one in doctor_work.work(now)}


def test_a_quiet_district_has_nothing_to_report(district: District) -> None:
    found = findings(timezone.now())
    assert {one.level for one in found.values()} == {"ok"}, found


def test_what_is_wrong_is_named_with_what_to_do(district: District) -> None:
    now = timezone.now()
    today = timezone.localdate()
    for day in (
        today,
        today + timedelta(days=1),
    ):  # whatever hour it is, one of them lies within the next day
        for slot in rosters.slots(["CG"], day, day):
            if slot.post == "main":
                rosters.put("CG", [day], "main", slot.starts.time(), slot.ends.time(), "", "", "", "x")
    district.dispatched()
    phoning.follow(now + timedelta(hours=2))
    paper_slips.take_block(date(2018, 6, 1), 2, "x")
    Breaker.objects.create(peer="sms", failures=9, open_until_ms=now_ms() + 600_000)
    Heartbeat.objects.create(worker="fast:1", at_ms=now_ms() + 60_000, started_ms=now_ms(), error="")
    found = findings(now + timedelta(hours=3))
    for name in ("值班表", "电话通知", "通知渠道", "纸质单据", "各机时间"):
        assert found[name].level in ("warn", "bad"), found[name]
        assert "请" in found[name].text
    assert "CG" in found["值班表"].text
