"""What papers tell beside the figures: each list begins with its period or with what is open, and R19 holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from liandong.casework import reported
from liandong.casework.figures import Window
from liandong.district import packs
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def window(at: Any) -> Window:
    def ms(text: str) -> int:
        return int(at(text).timestamp() * 1000)

    return Window(ms("2018-06-01T00:00"), ms("2018-07-01T00:00"), ms("2018-06-20T00:00"), 8 * 3_600_000)


@pytest.fixture
def town(at: Any, policy: Any) -> Any:
    """A grave event, a ruled dispute because the catalogue names nobody, a suspended case, one about the police."""
    packs.load(PACK)
    now = at("2018-06-04T09:00")
    grave = flow.register(now, policy, "grave")
    flow.do("set_level", grave, flow.LEAD, now, policy, level="major", reason="多人受影响")
    gap = flow.register(now, policy, "gap")
    flow.do("raise_dispute", gap, flow.DESK, now, policy, unit_position="no_catalogue_item", desk_position="没有目录项")  # fmt: skip
    no = flow.register(now, policy, "suspended")
    flow.dispatch(no, now, policy)
    flow.do("sign", no, flow.CG, now, policy, receiver="张工")
    flow.do("request_suspension", no, flow.CG, now, policy, reason="funding", explanation="等资金", review_on="2018-06-20")  # fmt: skip
    flow.do("decide_suspension", no, flow.DUTY, now + HOUR, policy, approve=True, reason="同意")
    police = flow.register(now, policy, "police", flow.LEAD, kind="complaint")
    flow.dispatch(police, now, policy, unit="GA", matter="GA-07")
    flow.do("set_level", police, flow.LEAD, now, policy, level="larger", reason="影响大")
    return now


def test_each_list_tells_what_happened(town: Any, window: Window) -> None:
    (one,) = reported.grave(flow.INSPECTOR, window)
    assert (one.level, one.phone, one.written) == ("major", "", "")
    (dispute,) = reported.ruled(flow.INSPECTOR, window)
    assert (dispute.number, dispute.decided, dispute.gaps) == (1, 0, 1)
    (held,) = reported.suspended(flow.INSPECTOR)
    assert (held.unit, held.matter) == ("CG", "CG-02")
    assert held.review_ms is not None
    assert reported.first_received(flow.INSPECTOR) is not None


def test_complaints_about_police_are_told_to_who_may_know(town: Any, window: Window) -> None:
    assert len(reported.grave(flow.DUTY, window)) == 2
    assert len(reported.grave(flow.INSPECTOR, window)) == 1
    for nobody in (flow.DESK, flow.CG, flow.AUDITOR):
        assert reported.grave(nobody, window) == []
        assert reported.suspended(nobody) == []
        assert reported.ruled(nobody, window) == []
        assert reported.statutory(nobody, window) == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL plans by what is in the tables")
def test_no_list_goes_through_the_clocks_or_cases_of_all_time(town: Any, window: Window) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        reported.grave(flow.INSPECTOR, window)
        reported.ruled(flow.INSPECTOR, window)
        reported.suspended(flow.INSPECTOR)
        reported.statutory(flow.INSPECTOR, window)
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            steps = [row[3] for row in cursor.fetchall()]
            assert not [step for step in steps if step.startswith("SCAN") and "USING INDEX" not in step], (
                sql,
                steps,
            )
