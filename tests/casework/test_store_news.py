"""The log for many readers at once says to each the same as the reader's own feed (contract §1, §6; R19)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import history, news
from liandong.rules.model import Actor
from support import flow

pytestmark = pytest.mark.django_db
VIEWERS = (
    flow.DESK,
    flow.LEAD,
    flow.DUTY,
    flow.INSPECTOR,
    flow.INSPECTORATE,
    flow.AUDITOR,
    flow.SYSADMIN,
    flow.CG,
    flow.HB,
    flow.GA,
)


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def district(now, policy):
    """Ordinary cases at the desk and at two units, and a complaint about the police."""
    flow.register(now, policy, "plain")
    for unit, matter in (("CG", "CG-02"), ("HB", "HB-01")):
        flow.dispatch(flow.register(now, policy, unit), now, policy, unit, matter)
    flow.dispatch(flow.register(now, policy, "police"), now, policy, "GA", "GA-07")


def told(viewer: Actor, policy, now) -> list[dict]:
    found, _ = news.stretch(0, policy=policy)
    items = [news.told_to(viewer, one, policy, now) for one in found]
    return [dict(item) for item in items if item is not None]


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
def test_everybody_is_told_what_his_feed_says(district, policy, now, viewer):
    assert told(viewer, policy, now) == history.feed(viewer, policy=policy, now=now).items


def test_the_position_is_where_the_log_ends(district, policy):
    found, position = news.stretch(0, policy=policy)
    assert position == history.tail_position() == len(found)
    assert news.stretch(position, policy=policy) == ([], position)


def test_a_long_log_comes_in_stretches_without_a_gap(district, policy, monkeypatch):
    whole, end = news.stretch(0, policy=policy)
    monkeypatch.setattr(news, "MOST", 2)
    pieces, position = [], 0
    while position < end:
        found, position = news.stretch(position, policy=policy)
        pieces += found
    assert [one.item["id"] for one in pieces] == [one.item["id"] for one in whole]


def test_statements_do_not_grow_with_events_or_viewers(now, policy):
    """One look at the log costs the same however many screens stand behind it."""

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found, _ = news.stretch(0, policy=policy)
            for viewer in VIEWERS:
                for one in found:
                    news.told_to(viewer, one, policy, now)
        return len(asked)

    flow.register(now, policy, "first")
    before = cost()
    for n in range(20):
        flow.dispatch(flow.register(now, policy, f"more-{n}"), now, policy)
    assert cost() == before


def test_who_loses_sight_of_a_case_is_made_to_look_again(now, policy):
    """R19: a case that becomes a complaint about the police leaves the desk's lists; nothing of it is told, only "look again"."""
    flow.dispatch(flow.register(now, policy, "turns"), now, policy, "GA", "GA-07")
    found, _ = news.stretch(0, policy=policy)
    last = found[-1]
    assert news.lost_to(flow.DESK, last, policy, now)
    assert news.told_to(flow.DESK, last, policy, now) is None
    assert not news.lost_to(flow.LEAD, last, policy, now)  # still sees it
    assert not news.lost_to(flow.CG, last, policy, now)  # never saw it
    flow.dispatch(flow.register(now, policy, "plain"), now, policy)
    assert not any(news.lost_to(flow.DESK, one, policy, now) for one in news.stretch(0, policy=policy)[0][3:])
