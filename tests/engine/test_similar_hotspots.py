"""Hot topics of the district's own cases, and spikes of sensitive matters told once to the duty office."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from liandong.district import packs
from liandong.engine import hotspots, notifications, similar
from liandong.engine.instants import now as present
from liandong.engine.models import FollowCursor, Notification, SensitiveCase, Spike
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
DUTY = flow.DUTY
WATER = "{}号楼停水了，问好久来"


@pytest.fixture
def world(tmp_path: Path, settings: Any) -> Iterator[Policy]:
    """A district in the store; the policy."""
    settings.SIMILAR_INDEX = tmp_path
    packs.load(PACK)
    from liandong.district import policy

    yield policy.current()
    similar._readers.clear()


def call(policy: Policy, ref: str, summary: str, at: datetime, town: str = "古南街道", **more: Any) -> str:
    fields = {key: value for key, value in flow.intake(at, ref).items() if key != "content"}
    fields |= {"summary": summary, "received_at": at.isoformat(), "place": {"township": town}, **more}
    return flow.do("register", None, flow.DESK, at, policy, **fields).no


def watch(at: datetime | None = None) -> None:
    """Until the whole log was watched."""
    while hotspots.watch(at):
        pass


def minutes(count: int) -> datetime:
    return present() - timedelta(minutes=count)


# -- spikes -----------------------------------------------------------------------------------------------------


def test_a_spike_of_a_sensitive_matter_is_told_once_to_the_duty_office(world: Policy) -> None:
    for n in range(3):
        call(world, f"A{n}", WATER.format(n), minutes(60 - n))
        watch()
    assert not Spike.objects.exists(), "three calls are no spike yet"
    fourth = call(world, "A4", WATER.format(4), minutes(50))
    for n in range(5, 9):
        call(world, f"A{n}", WATER.format(n), minutes(50 - n))
        watch()
    spike = Spike.objects.get()
    assert (spike.sensitive, spike.case_no, spike.count) == ("water_out", fourth, 8)
    notice = Notification.objects.get(kind="spike")
    assert (notice.recipient, notice.case_no) == ("duty_office", fourth)
    assert [one["kind"] for one in notifications.inbox(DUTY) if one["kind"] == "spike"] == ["spike"]
    shown = hotspots.spikes(DUTY)[0]
    assert (shown["name"], shown["township"], shown["count"]) == ("大面积停水", "古南街道", 8)


def test_spikes_are_for_the_duty_office_alone(world: Policy) -> None:
    for n in range(5):
        call(world, f"A{n}", WATER.format(n), minutes(60 - n))
    watch()
    assert hotspots.spikes(DUTY)
    for viewer in (flow.DESK, flow.CG, flow.AUDITOR, flow.SYSADMIN, Actor("reader", "r")):
        assert hotspots.spikes(viewer) == []


def test_the_same_calls_from_four_townships_are_no_spike(world: Policy) -> None:
    for n, town in enumerate(("古南街道", "文龙街道", "三江街道", "石角镇")):
        call(world, f"A{n}", WATER.format(n), minutes(60 - n), town)
    watch()
    assert SensitiveCase.objects.count() == 4
    assert not Spike.objects.exists()


def test_what_is_usual_there_is_no_spike(world: Policy) -> None:
    """A township that has four such calls every six hours has no spike when it has four more."""
    begin = present() - timedelta(days=27)
    n = 0
    while (at := begin + timedelta(hours=1.5 * n)) < present() - timedelta(hours=6.5):
        SensitiveCase.objects.create(
            case_no=f"old{n}", sensitive="water_out", township="500110001", at_ms=int(at.timestamp() * 1000)
        )
        n += 1
    for k in range(5):
        call(world, f"A{k}", WATER.format(k), minutes(60 - k))
    watch()
    assert not Spike.objects.exists()


def test_watching_the_same_stretch_again_tells_nothing_twice(world: Policy) -> None:
    for n in range(5):
        call(world, f"A{n}", WATER.format(n), minutes(60 - n))
    watch()
    FollowCursor.objects.update(position=0)
    watch()
    assert SensitiveCase.objects.count() == 5
    assert Spike.objects.count() == Notification.objects.filter(kind="spike").count() == 1


def test_an_old_log_is_watched_without_raising_old_alarms(world: Policy) -> None:
    for n in range(6):
        call(world, f"A{n}", WATER.format(n), present() - timedelta(days=10, minutes=n))
    watch()
    assert SensitiveCase.objects.count() == 6
    assert not Spike.objects.exists()


def test_after_a_quiet_day_a_new_spike_is_told_again(world: Policy) -> None:
    start = present() - timedelta(days=3)
    for day in (0, 2):
        for n in range(5):
            at = start + timedelta(days=day, minutes=n)
            call(world, f"D{day}A{n}", WATER.format(n), at)
        watch(start + timedelta(days=day, minutes=9))
    assert Spike.objects.count() == Notification.objects.filter(kind="spike").count() == 2


def test_a_sensitive_case_leaves_no_text(world: Policy) -> None:
    call(world, "A", WATER.format(1), minutes(5))
    watch()
    values = SensitiveCase.objects.values().get()
    assert set(values) == {"case_no", "sensitive", "township", "at_ms"}


def test_the_chance_of_a_count_is_poissons() -> None:
    assert hotspots.chance_of(0, 2.0) == 1.0
    assert hotspots.chance_of(1, 2.0) == pytest.approx(1 - 0.1353, abs=1e-3)
    assert hotspots.chance_of(4, 0.3) == pytest.approx(0.000266, abs=1e-5)
    assert hotspots.chance_of(500, 0.3) >= 0.0


# -- hot topics -------------------------------------------------------------------------------------------------


def test_what_many_call_about_is_the_hottest_topic(world: Policy) -> None:
    for n in range(6):
        phone = f"1380000{n:04d}"
        call(
            world, f"A{n}", f"红星国际小区旁边搅拌站噪音扰民，第{n}天了", minutes(600 - n), "文龙街道",
            caller={"name": "张三", "phone": phone},
        )  # fmt: skip
        call(
            world,
            f"B{n}",
            ("路灯不亮", "水管漏水", "电梯停运", "井盖破损", "狗叫", "快递丢失")[n],
            minutes(590 - n),
        )
    first = hotspots.hot(DUTY)[0]
    assert (first.messages, first.people) == (6, 6)
    assert "红星国际" in first.place
    assert "文龙街道" in first.place


def test_a_hot_topic_is_made_of_what_the_viewer_may_see(world: Policy) -> None:
    every = {call(world, ref, "搅拌站噪音扰民", minutes(60)) for ref in "ABCD"}
    seen = set(sorted(every)[:2])
    for no in seen:
        flow.dispatch(no, present(), world)
    assert {no for topic in hotspots.hot(DUTY) for no in topic.ids} == every
    assert {no for topic in hotspots.hot(flow.CG) for no in topic.ids} == seen
    for viewer in (flow.HB, flow.AUDITOR, flow.SYSADMIN):
        assert hotspots.hot(viewer) == []


def test_a_restricted_case_makes_no_topic_for_the_desk(world: Policy) -> None:
    for ref in "AB":
        no = call(world, ref, "派出所民警骂人", minutes(60))
        flow.dispatch(no, present(), world, unit="GA", matter="GA-07")
    assert hotspots.hot(flow.DESK) == []
    assert hotspots.hot(flow.LEAD)


def test_only_the_window_counts(world: Policy) -> None:
    for ref in "AB":
        call(world, ref, "搅拌站噪音扰民", present() - timedelta(days=40))
    assert hotspots.hot(DUTY) == []
    assert hotspots.hot(DUTY, days=60)
