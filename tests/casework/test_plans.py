"""Lists begin with what is open: no statement goes through the clocks or the events of all time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from liandong.casework import handover, instructions
from support import flow

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL plans by what is in the tables"
)


@pytest.fixture
def plans(db: None) -> Callable[[Callable[[], Any]], list[str]]:
    """The steps of SQLite's plans for every statement that a call runs."""

    def of(call: Callable[[], Any]) -> list[str]:
        asked: list[tuple[str, Any]] = []

        def listen(execute, sql, params, many, context):
            asked.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            call()
        steps = []
        with connection.cursor() as cursor:
            for sql, params in asked:
                if sql.startswith("SELECT"):
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                    steps += [row[3] for row in cursor.fetchall()]
        return steps

    return of


def test_a_hand_over_and_the_open_instructions_begin_with_open_cases(plans, policy):
    now = timezone.now()
    flow.life(now, policy, "done")
    no = flow.register(now, policy, "open")
    flow.dispatch(no, now, policy)
    flow.do("instruct", no, flow.DUTY, now, policy, units=["CG"], text="立即办理")
    for call in (
        lambda: handover.unfinished(flow.DESK, "desk", policy=policy, now=now),
        lambda: handover.unfinished(flow.CG, "CG", policy=policy, now=now),
        lambda: instructions.open_ones(flow.DUTY, now, only_written=False, policy=policy),
        lambda: instructions.open_ones(flow.CG, now, policy=policy),
    ):
        steps = plans(call)
        assert steps
        assert not [step for step in steps if step.startswith(("SCAN k", "SCAN e"))]
