"""A unit's workbench: what stands in which group, in which order, narrowed how, at what cost (R25, R33, R48)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import workbench
from liandong.casework.queries import BadCursor
from liandong.casework.workbench import NOBODY, Filters
from liandong.rules.model import Actor
from support import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def groups(policy):
    """``groups(case, viewer, at)``: the groups in which the case stands for that viewer."""

    def find(no, viewer, at):
        return {
            name
            for name in workbench.GROUPS
            if no in numbers(workbench.page(viewer, name, policy=policy, now=at))
        }

    return find


def numbers(page):
    return [item["no"] for item in page.items]


def signed(now, policy, ref):
    no = flow.register(now, policy, ref)
    flow.dispatch(no, now, policy)
    flow.do("sign", no, flow.CG, now, policy, receiver="李四")
    return no


def feedback(no, now, policy):
    flow.do("feedback", no, flow.CG, now, policy, result="resolved", text="已清运", contacted_caller=False)


def test_a_case_moves_through_the_groups_as_it_is_worked_on(policy, now, groups):
    """Unsigned, handled, waiting for the desk, back again when the feedback was not enough."""
    no = flow.register(now, policy, "a")
    assert groups(no, flow.CG, now) == set()
    flow.dispatch(no, now, policy)
    assert groups(no, flow.CG, now) == {"mine", "sign"}
    assert groups(no, flow.HB, now) == set()
    flow.do("sign", no, flow.CG, now, policy, receiver="李四")
    assert groups(no, flow.CG, now) == {"mine", "handling"}
    feedback(no, now, policy)
    assert groups(no, flow.CG, now) == {"waiting"}
    flow.do("reject_feedback", no, flow.DESK, now, policy, reason="没有写明时间")
    assert groups(no, flow.CG, now) == {"mine", "handling", "back"}


def test_a_rejected_return_and_a_rework_stand_under_back(policy, now, groups):
    """R29, R33: what came back is told apart from what never left."""
    no = flow.register(now, policy, "a")
    flow.dispatch(no, now, policy)
    back = {
        "reason_code": "not_our_duty", "explanation": "不是", "why_no_answer_now": "不归我们", "suggested_unit": "HB",
    }  # fmt: skip
    flow.do("return", no, flow.CG, now, policy, **back)
    assert groups(no, flow.CG, now) == {"waiting"}
    flow.do("reject_return", no, flow.DESK, now, policy, reason="属于市容")
    assert "back" in groups(no, flow.CG, now)

    other = flow.register(now, policy, "b")
    flow.dispatch(other, now, policy)
    flow.do("return", other, flow.CG, now, policy, **back)
    flow.dispatch(other, now, policy, unit="HB", matter="HB-01")
    assert groups(other, flow.HB, now) == {"mine", "sign"}, "returned by another unit: new to this one"

    third = signed(now, policy, "c")
    feedback(third, now, policy)
    flow.do("accept_feedback", third, flow.DESK, now, policy)
    flow.do(
        "call_back", third, flow.DESK, now, policy, reached=True, satisfaction="dissatisfied", solved="no"
    )
    assert groups(third, flow.CG, now) == {"mine", "handling", "back"}


def test_orders_supervision_and_assist_stand_with_the_unit_that_owes_them(policy, now, groups):
    """R8, R11, R20: an acknowledgement, an answer, an assist task, each until it is given."""
    no = signed(now, policy, "a")
    flow.do("instruct", no, flow.DUTY, now, policy, units=["HB"], text="到场")
    assert groups(no, flow.HB, now) == {"mine", "orders"}
    flow.do("acknowledge", no, flow.HB, now, policy, instruction="1")
    assert groups(no, flow.HB, now) == set()
    flow.do("add_assist", no, flow.DESK, now, policy, unit="HB", task="查污染源")
    assert groups(no, flow.HB, now) == {"mine", "assist"}
    due = (now + timedelta(hours=3)).isoformat()
    flow.do("supervise", no, flow.DUTY, now, policy, grade=2, requirement="三小时内答复", reply_due=due)
    assert groups(no, flow.CG, now) == {"mine", "handling", "supervision"}
    flow.do("answer_supervision", no, flow.CG, now, policy, text="已派人")
    flow.do("assist_reply", no, flow.HB, now, policy, text="没有污染")
    assert groups(no, flow.CG, now) == {"mine", "handling"}
    assert groups(no, flow.HB, now) == set()


def test_a_request_waits_under_its_own_group_until_it_is_decided(policy, now, groups):
    """R37: asked for, not yet answered; its clock is the decider's."""
    no = signed(now, policy, "a")
    given = {
        "reason": "等材料",
        "told_caller_at": now.isoformat(),
        "told_by": "李四",
        "promised_at": "2018-06-20",
    }
    flow.do("request_extension", no, flow.CG, now, policy, **given)
    assert groups(no, flow.CG, now) == {"mine", "handling", "requests"}
    later = now + timedelta(days=4)
    assert workbench.counts(flow.CG, policy=policy, now=later)["requests"] == (1, 1)
    flow.do("decide_extension", no, flow.DESK, now, policy, approve=True, reason="同意")
    assert groups(no, flow.CG, now) == {"mine", "handling"}


def test_the_earliest_due_stands_first_over_pages_and_counts_say_what_is_late(policy, now):
    """R25: order by the unit's own clock; each page goes on where the last one ended."""
    made = []
    for n in range(5):
        no = flow.register(now, policy, f"n{n}")
        flow.dispatch(no, now + timedelta(minutes=10 * (5 - n)), policy)
        made.append(no)
    later = now + timedelta(minutes=75)
    seen, after = [], None
    while True:
        page = workbench.page(flow.CG, "sign", after=after, limit=2, policy=policy, now=later)
        seen += numbers(page)
        after = page.next
        if after is None:
            break
    assert seen == made[::-1]
    late = [n for n in range(5) if 10 * (5 - n) + 30 < 75]
    assert workbench.counts(flow.CG, policy=policy, now=later)["sign"] == (5, len(late))
    overdue = workbench.page(flow.CG, "sign", Filters(due="overdue"), policy=policy, now=later)
    today = workbench.page(flow.CG, "sign", Filters(due="today"), policy=policy, now=later)
    assert sorted(numbers(overdue) + numbers(today)) == sorted(made)
    assert len(overdue.items) == len(late)
    with pytest.raises(BadCursor):
        workbench.page(flow.CG, "sign", after="nonsense", policy=policy, now=later)
    with pytest.raises(ValueError, match="due"):
        workbench.page(flow.CG, "sign", Filters(due="never"), policy=policy, now=later)
    with pytest.raises(ValueError, match="分组"):
        workbench.page(flow.CG, "everything", policy=policy, now=later)


def test_filters_narrow_by_matter_place_class_and_person(policy, now):
    """R48: whom the unit gave it to; the last one counts, and another unit's inner affairs do not."""
    one, two = signed(now, policy, "a"), signed(now, policy, "b")
    other = flow.register(now, policy, "c")
    flow.dispatch(other, now, policy, matter="CG-03", **{"class": "special"})
    flow.do("sign", other, flow.CG, now, policy, receiver="李四")
    flow.do("assign_inside", one, flow.CG, now, policy, to="环卫所")
    flow.do("assign_inside", one, flow.CG, now, policy, to="市政科")
    flow.do("assign_inside", two, flow.CG, now, policy, to="环卫所")
    flow.do("add_assist", two, flow.DESK, now, policy, unit="HB", task="查")
    flow.do("assign_inside", two, flow.HB, now, policy, to="监测站")

    def found(**filters):
        return set(numbers(workbench.page(flow.CG, "handling", Filters(**filters), policy=policy, now=now)))

    assert found(to="市政科") == {one}
    assert found(to="环卫所") == {two}
    assert found(to=NOBODY) == {other}
    assert found(to="监测站") == set()
    assert found(case_class="special") == found(matter="CG-03") == {other}
    assert found(township="古南街道") == {one, two, other}
    assert found(township="500110002") == set()
    inside = workbench.assigned([one, two, other], flow.CG, policy=policy, now=now)
    assert inside == {one: "市政科", two: "环卫所"}
    assert workbench.assignees(flow.CG, policy=policy, now=now) == ["市政科", "环卫所"]
    assert workbench.assigned([two], flow.HB, policy=policy, now=now) == {two: "监测站"}


def test_who_is_no_unit_has_no_workbench(policy, now):
    """CONTRACT §1: the groups are a unit's; nobody else reads through them."""
    signed(now, policy, "a")
    for viewer in (flow.DESK, flow.DUTY, flow.INSPECTOR, Actor("auditor", "x")):
        assert workbench.page(viewer, "mine", policy=policy, now=now).items == []
        assert set(workbench.counts(viewer, policy=policy, now=now).values()) == {(0, 0)}
        assert workbench.assigned(["QJFL"], viewer, policy=policy, now=now) == {}


def test_persons_are_masked_in_the_list(policy, now):
    """Lists never show a person in full."""
    signed(now, policy, "a")
    page = workbench.page(flow.CG, "mine", policy=policy, now=now)
    assert flow.PHONE not in str(page.items)


def test_the_number_of_statements_does_not_depend_on_the_number_of_cases(policy, now):
    """DESIGN: one statement for the counts, a fixed number for a page."""

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            workbench.counts(flow.CG, policy=policy, now=now)
            page = workbench.page(flow.CG, "mine", policy=policy, now=now)
            workbench.assigned(numbers(page), flow.CG, policy=policy, now=now)
        return len(asked)

    signed(now, policy, "a")
    few = cost()
    for n in range(20):
        signed(now, policy, f"n{n}")
    assert cost() == few <= 4
