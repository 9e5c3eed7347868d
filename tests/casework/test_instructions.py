"""Instructions and what became of them: acknowledged, replied, late, done; each unit its own (R8, R11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import instructions, queries
from liandong.casework.history import events_of
from liandong.rules.model import Actor
from liandong.rules.written import Written, compose, compose_reply
from support import flow

pytestmark = pytest.mark.django_db
JT = Actor("unit", "sun", "JT")


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def case(policy, now):
    no = flow.register(now, policy, "told")
    flow.dispatch(no, now, policy)
    return no


@pytest.fixture
def instruct(policy, now):
    """Write a leader's instruction into a case: ``instruct(no, ["CG", "JT"], minutes, reply_by=None)``."""

    def give(no, units, minutes=1, reply_by=None, text="请速办"):
        at = now + timedelta(minutes=minutes)
        whole = compose(Written("李××（副区长）", date(2018, 6, 1), reply_by, text))
        flow.do("instruct", no, flow.DUTY, at, policy, units=units, text=whole)

    return give


@pytest.fixture
def read(policy, now):
    def of(no, viewer=flow.DUTY):
        events = events_of(no, viewer, policy=policy, now=now, clocks=True)
        return instructions.of_events(events, queries.get_case(no, viewer, policy=policy, now=now), policy)

    return of


def test_each_unit_acknowledges_and_replies_for_itself(policy, now, case, instruct, read):
    instruct(case, ["CG", "JT"])
    later = now + timedelta(minutes=5)
    (one,) = read(case)
    assert one.n == 1
    assert one.written.leader == "李××（副区长）"
    assert [ack.unit for ack in one.unacknowledged] == ["CG", "JT"]
    flow.do("acknowledge", case, JT, later, policy, instruction="1")
    flow.do("note", case, JT, later, policy, text=compose_reply(1, "已到现场"))
    flow.do("note", case, flow.CG, later, policy, text="与指令无关的备注")
    (one,) = read(case)
    assert [ack.unit for ack in one.unacknowledged] == ["CG"]
    assert [(reply.unit, reply.text) for reply in one.replies] == [("JT", "已到现场")]
    assert one.silent == ("CG",)
    assert not one.is_done


def test_an_answer_of_the_lead_is_its_reply(policy, now, case, instruct, read):
    """A unit that reports the whole matter done need not say it twice."""
    instruct(case, ["CG"])
    step = timedelta(minutes=1)
    flow.do("sign", case, flow.CG, now + 2 * step, policy, receiver="张工")
    flow.do(
        "feedback", case, flow.CG, now + 3 * step, policy, result="resolved", text="已修好", contacted_caller=False
    )  # fmt: skip
    (one,) = read(case)
    assert one.is_done
    assert one.replies[0].kind == "feedback"


def test_late_is_who_has_not_acknowledged_or_replied_in_time(policy, now, case, instruct, read):
    until = now + timedelta(hours=3)
    instruct(case, ["CG"], reply_by=until)
    (one,) = read(case)
    assert not one.is_overdue(now + timedelta(minutes=11))  # acknowledgement: 10 minutes from 09:01
    assert one.is_overdue(now + timedelta(minutes=12))
    flow.do("acknowledge", case, flow.CG, now + timedelta(minutes=5), policy, instruction="1")
    (one,) = read(case)
    assert not one.is_overdue(until)
    assert one.is_overdue(until + timedelta(seconds=1))


def test_a_case_that_is_over_ends_its_instructions(policy, now, case, instruct, read):
    instruct(case, ["CG"])
    flow.do("withdraw", case, flow.DESK, now + timedelta(minutes=9), policy, reason="来电人撤回")
    (one,) = read(case)
    assert one.is_done
    assert not one.is_overdue(now + timedelta(days=9))


def test_numbers_count_police_notices_too(policy, now, case, instruct, read):
    """CONTRACT §3: ``acknowledge`` names an instruction by its number among all that ask for it."""
    flow.do("to_police", case, flow.DESK, now, policy, reason="有人受伤", joint_units=["CG"])
    instruct(case, ["CG"])
    assert [one.n for one in read(case)] == [2]


def test_the_list_shows_open_ones_each_unit_its_own(policy, now, case, instruct):
    instruct(case, ["CG"])
    flow.do("instruct", case, flow.DUTY, now + timedelta(minutes=2), policy, units=["JT"], text="到场支援")
    later = now + timedelta(minutes=3)

    def listed(viewer, **more):
        page = instructions.open_ones(viewer, later, policy=policy, **more)
        return [item["instruction"].text.split("\n")[0] for item in page.items]

    assert listed(flow.DUTY) == ["【领导批示】"]
    assert listed(flow.DUTY, only_written=False) == ["到场支援", "【领导批示】"]
    assert listed(flow.CG, only_written=False) == ["【领导批示】"]
    assert listed(JT, only_written=False) == ["到场支援"]
    assert listed(flow.HB, only_written=False) == []
    assert listed(Actor("sysadmin", "x"), only_written=False) == []
    flow.do("withdraw", case, flow.DESK, later, policy, reason="来电人撤回")
    assert listed(flow.DUTY, only_written=False) == []


def test_the_list_masks_and_hides(policy, now, instruct):
    """Lists show nobody in full; a complaint about police (R19) is in no list of who may not know of it."""
    no = flow.register(now, policy, "masked")
    flow.dispatch(no, now, policy)
    instruct(no, ["CG"], text="请联系张三13812341234办理")
    page = instructions.open_ones(flow.DUTY, now, policy=policy)
    assert flow.PHONE not in str(page.items)
    assert "张三" not in str(page.items)
    police = flow.register(
        now, policy, "police", kind="complaint", summary="投诉民警", content="投诉民警态度"
    )
    flow.dispatch(police, now, policy, unit="GA", matter="GA-07")
    instruct(police, ["GA"])
    seen = {item["case"]["no"] for item in instructions.open_ones(flow.INSPECTOR, now, policy=policy).items}
    assert seen == {no}


def test_the_list_costs_the_same_at_any_length(policy, now, instruct, monkeypatch):
    """A fixed number of statements; pages follow one another without a gap."""
    monkeypatch.setattr(instructions, "SIZE", 4)
    made = []
    for n in range(9):
        made.append(flow.register(now, policy, f"n{n}"))
        flow.dispatch(made[-1], now, policy)
        instruct(made[-1], ["CG"])
    for viewer in (flow.DUTY, flow.CG):
        seen, after, counted = [], None, set()
        while True:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                page = instructions.open_ones(viewer, now, after=after, policy=policy)
            counted.add(len(asked))
            seen += [item["case"]["no"] for item in page.items]
            after = page.next
            if after is None:
                break
        assert seen == made[::-1]
        assert len(counted) == 1
        assert counted.pop() <= 5
    with pytest.raises(queries.BadCursor):
        instructions.open_ones(flow.DUTY, now, after="nonsense", policy=policy)
