"""Supervision in the store: one act for case and slip, gap-free numbers, catching up, frames, owed lists, M23."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from liandong.casework import commanding, supervised
from liandong.casework.execute import Refused, execute
from liandong.casework.queries import load_case
from liandong.district import packs
from liandong.engine import supervising
from liandong.registers import figures, frames, owing, queries
from liandong.registers.check import violations
from liandong.registers.known.test_call import units_in_force
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules import periods, sampling
from liandong.rules.model import Actor, Command
from support.policy import PACK

pytestmark = pytest.mark.django_db
DUTY, CHIEF, DESK = Actor("duty_office", "wang"), Actor("duty_office", "li"), Actor("desk", "d")
INSPECTOR, CG, JT = Actor("inspector", "i"), Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT")
SAFE = dict.fromkeys(("life", "property", "public"), "no")


@pytest.fixture(autouse=True)
def _pack(db):
    packs.load(PACK)


@pytest.fixture
def now(at):
    return at("2018-06-04T10:00")


@pytest.fixture
def a_case(now):
    def make(n=1, unit="CG", when=None):
        moment = when or now
        fields = {
            "kind": "complaint", "summary": f"垃圾没有清运（{n}）", "content": "垃圾没有清运", "safety": SAFE,
            "received_at": moment.isoformat(), "source": {"channel": "110", "ref": f"sup-{n}"},
        }  # fmt: skip
        no = execute(Command("register", None, fields), DESK, now=moment).no
        given = {"lead_unit": unit, "class": "general", "matter": f"{unit}-02", "basis": "职责条款"}
        execute(Command("dispatch", no, given), DESK, now=moment)
        return no

    return make


def asked(now, **more):
    return {
        "grade": 2,
        "requirement": "今日清运完毕",
        "reply_due": (now + timedelta(days=1)).isoformat(),
        **more,
    }


def awaiting(policy, now):
    running = commanding.supervisions(DUTY, policy=policy, now=now)
    return supervising.awaiting(DUTY, running, supervising.running_slips(DUTY), policy=policy, now=now)


def supervision(no):
    return load_case(no).state["_supervision"]


def test_case_and_slip_begin_together_with_gap_free_numbers(a_case, now):
    """D4: 綦警分督〔2018〕n号; what is refused takes no number."""
    first, second = a_case(1), a_case(2)
    _done, one = supervising.supervise(first, asked(now), DUTY, now=now)
    with pytest.raises(Refused):
        supervising.supervise(second, asked(now, grade=3), DUTY, now=now)  # no leader is named
    assert supervision(second) == []
    with pytest.raises(Refused):
        supervising.supervise(
            second, asked(now, reply_due=(now - timedelta(days=1)).isoformat()), DUTY, now=now
        )
    _done, two = supervising.supervise(
        second, asked(now, grade=3), DUTY, words_of="王副区长6月4日批示", now=now
    )
    assert [one.no, two.no] == ["綦警分督〔2018〕1号", "綦警分督〔2018〕2号"]
    assert (one.unit, one.data["requirement"], one.data["words_of"]) == ("CG", "今日清运完毕", "区政府应急办（区政府值班室）")  # fmt: skip
    assert one.due_at == now + timedelta(days=1)
    assert list(violations()) == []


def test_a_double_click_begins_one_supervision(a_case, now):
    no = a_case()
    _done, one = supervising.supervise(no, asked(now), DUTY, key="k1", now=now)
    _done, again = supervising.supervise(no, asked(now), DUTY, key="k1", now=now)
    assert one.no == again.no
    assert len(supervision(no)) == 1
    with pytest.raises(Refused) as found:
        supervising.supervise(no, asked(now), DUTY, key="k2", now=now)
    assert found.value.refusal.code == "supervision_open"


def test_a_running_slip_is_replaced_only_by_name(a_case, now):
    no = a_case()
    _done, one = supervising.supervise(no, asked(now), DUTY, now=now)
    _done, two = supervising.supervise(no, asked(now, grade=1), DUTY, replacing=one.no, now=now)
    assert queries.get(DUTY, "supervision_slip", one.no).state == "lifted"
    assert (two.state, two.data["grade"]) == ("issued", 1)
    assert [s["lifted_at"] is None for s in supervision(no)] == [False, True]


def test_answer_return_answer_accept_lift_move_case_and_slip_alike(a_case, now):
    no = a_case()
    _done, slip = supervising.supervise(no, asked(now), DUTY, now=now)
    slip = supervising.answer(slip, "已清运，电话13812341234", CG, now=now)
    assert (slip.state, supervision(no)[-1]["answered_at"]) == ("answered", now)
    later = (now + timedelta(days=2)).isoformat()
    slip = supervising.return_for_more(slip, {"reason": "请附照片", "reply_due": later}, DUTY, now=now)
    assert (slip.state, slip.data["rounds"]) == ("returned", 2)
    clocks = [c for c in load_case(no).state["clocks"].values() if c["kind"] == "supervision"]
    assert clocks[-1]["due_at"] == now + timedelta(days=2)
    assert clocks[-1]["stopped_at"] is None
    slip = supervising.answer(slip, "照片已附", CG, now=now)
    slip = supervising.take("supervision_slip", "accept", {}, DUTY, no=slip.no)
    slip = supervising.lift(slip, "已落实", DUTY, now=now)
    assert slip.state == "lifted"
    assert all(s["lifted_at"] is not None for s in supervision(no))
    assert list(violations()) == []


def test_a_refused_half_leaves_nothing_of_the_other(a_case, now):
    """One transaction: another unit's answer neither stops the case's clock nor moves the slip."""
    no = a_case()
    _done, slip = supervising.supervise(no, asked(now), DUTY, now=now)
    with pytest.raises(Refused):
        supervising.answer(slip, "不是我的", JT, now=now)
    assert supervision(no)[-1]["answered_at"] is None
    assert queries.get(DUTY, "supervision_slip", slip.no).state == "issued"


def test_the_unit_s_page_command_moves_the_slip(a_case, now):
    no = a_case()
    supervising.supervise(no, asked(datetime.now(UTC)), DUTY)
    supervising.perform(Command("answer_supervision", no, {"text": "已办"}), CG, key="p1")
    supervising.perform(Command("answer_supervision", no, {"text": "已办"}), CG, key="p1")
    slip = supervising.slip_of(DUTY, no)
    assert (slip.state, slip.data["answer"], slip.by["answer"]) == ("answered", "已办", str(CG))
    supervising.perform(Command("lift_supervision", no, {"reason": "好"}), DUTY, key="p2")
    assert supervising.slip_of(DUTY, no) is None


def test_what_another_door_began_waits_for_its_slip(a_case, now, policy):
    no = a_case()
    execute(Command("supervise", no, asked(now)), DUTY, now=now)
    waiting = awaiting(policy, now)
    assert [(one.case["no"], one.running.grade) for one in waiting] == [(no, 2)]
    act("supervision_slip", "issue", {"case": no}, DUTY, now=now)
    assert awaiting(policy, now) == []
    with pytest.raises(Refused):
        act("supervision_slip", "issue", {"case": no}, DUTY, now=now)


def test_slips_catch_up_with_other_doors(a_case, now):
    """The API answers and lifts without a slip; the worker moves the slip, with the words, once."""
    no = a_case()
    supervising.supervise(no, asked(now), DUTY, now=now)
    assert supervising.follow(now) == 0
    execute(Command("answer_supervision", no, {"text": "已在系统答复"}), CG, now=now)
    assert (supervising.follow(now), supervising.follow(now)) == (1, 0)
    slip = supervising.slip_of(DUTY, no)
    assert (slip.state, slip.data["answer"]) == ("answered", "已在系统答复")
    execute(Command("lift_supervision", no, {"reason": "好"}), DUTY, now=now)
    assert supervising.follow(now) == 1
    assert queries.get(DUTY, "supervision_slip", slip.no).state == "lifted"


def test_the_rules_propose_a_supervision_after_two_reworks(a_case, now, policy):
    """R33: the third time unsolved and dissatisfied the case closes; it stands among those that want a slip."""
    no = a_case()
    for n in range(3):
        moment = now + timedelta(hours=n)
        if n == 0:
            execute(Command("sign", no, {"receiver": "李四"}), CG, now=moment)
        execute(Command("feedback", no, {"result": "resolved", "text": "已清运完毕，现场干净", "contacted_caller": False}), CG, now=moment)  # fmt: skip
        execute(Command("accept_feedback", no, {}), DESK, now=moment)
        execute(Command("call_back", no, {"reached": True, "solved": "no", "satisfaction": "dissatisfied"}), DESK, now=moment)  # fmt: skip
    later = now + timedelta(hours=5)
    assert supervised.of_case(no, policy, later).proposed
    waiting = awaiting(policy, later)
    assert [(one.case["no"], one.running) for one in waiting] == [(no, None)]
    slip = act("supervision_slip", "issue", {"case": no, **asked(later)}, DUTY, now=later)
    assert awaiting(policy, later) == []
    slip = supervising.answer(slip, "已约来电人", CG, now=later)
    assert supervising.lift(slip, "来电人认可", DUTY, now=later).state == "lifted"


def test_a_unit_sees_its_own_slips_and_nobody_else_s(a_case, now):
    _done, slip = supervising.supervise(a_case(), asked(now), DUTY, copies=("HB",), now=now)
    assert queries.get(CG, "supervision_slip", slip.no) is not None
    assert queries.get(Actor("unit", "h", "HB"), "supervision_slip", slip.no) is not None
    assert queries.get(JT, "supervision_slip", slip.no) is None


def test_what_a_unit_owes_in_all_registers_stands_in_one_list(a_case, now, policy):
    no = a_case()
    supervising.supervise(no, asked(now), DUTY, copies=("HB",), now=now)
    finding = {"unit": "CG", "source": "case", "rule": "late", "text": "超期三天", "cases": [no]}
    act("finding", "open", finding, INSPECTOR, now=now)
    mine = owing.owed(CG, policy=policy, now=now)
    assert [one.register.name for one in mine] == ["supervision_slip", "finding"]  # the sooner first
    assert not any(one.late for one in mine)
    assert all(one.late for one in owing.owed(CG, policy=policy, now=now + timedelta(days=9)))
    assert (
        owing.owed(Actor("unit", "h", "HB"), policy=policy, now=now) == []
    )  # a copy is to be read, not answered
    assert owing.owed(DUTY, policy=policy, now=now) == []


# -- sampling --------------------------------------------------------------------------------------------------------


def closed(no, now):
    execute(Command("sign", no, {"receiver": "李四"}), CG, now=now)
    execute(Command("feedback", no, {"result": "resolved", "text": "已清运完毕，现场干净", "contacted_caller": False}), CG, now=now)  # fmt: skip
    execute(Command("accept_feedback", no, {}), DESK, now=now)
    execute(
        Command("call_back", no, {"reached": True, "solved": "yes", "satisfaction": "satisfied"}),
        DESK,
        now=now,
    )


def test_a_sampling_draws_ended_cases_and_can_be_repeated_from_what_is_kept(a_case, now, policy):
    ended = [a_case(n) for n in range(1, 8)]
    for no in ended:
        closed(no, now)
    running = a_case(99)
    entry = act("sampling", "draw", {"period": "2018Q2", "size": 3, "unit": "CG"}, INSPECTOR, now=now)
    frame = frames.get(entry.data["frame"])
    assert set(frame) == set(ended)
    assert running not in frame
    assert tuple(entry.data["sample"]) == sampling.draw(entry.data["seed"], frame, 3)
    other = act("sampling", "draw", {"period": "2018-06", "size": 3}, DUTY, now=now)
    assert other.data["frame"] == entry.data["frame"]  # the same cases are kept once
    assert other.data["seed"] != entry.data["seed"]
    with pytest.raises(Refused) as found:
        act("sampling", "draw", {"period": "2018Q2", "size": 8}, DUTY, now=now)
    assert "只有 7 件" in found.value.refusal.detail
    with pytest.raises(Refused) as found:
        act("sampling", "draw", {"period": "2017Q2", "size": 1}, DUTY, now=now)
    assert found.value.refusal.code == "no_data"
    with pytest.raises(Refused) as found:
        act("sampling", "draw", {"period": "去年", "size": 1}, DUTY, now=now)
    assert found.value.refusal.field == "period"
    assert list(violations()) == []


def test_an_announced_frame_stays_what_it_was(a_case, now):
    """Cases that end between announcement and draw are not drawn: the frame was frozen."""
    first = a_case(1)
    closed(first, now)
    entry = act(
        "sampling", "announce", {"period": "2018Q2", "size": 1, "announced": "2018075期"}, DUTY, now=now
    )
    second = a_case(2)
    closed(second, now)
    drawn = act("sampling", "draw_announced", {"seed": "7"}, DUTY, no=entry.no, now=now)
    assert drawn.data["sample"] == [first]


def test_a_changed_frame_is_found_out(a_case, now):
    closed(a_case(1), now)
    entry = act("sampling", "draw", {"period": "2018Q2", "size": 1}, DUTY, now=now)
    import zlib

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registers_frame SET body = %s", [zlib.compress(b"QJFL-500110-20180601-00009-9\n")]
        )
    with pytest.raises(ValueError, match="changed"):
        frames.get(entry.data["frame"])


def test_a_frame_leaves_the_police_s_own_cases_out(now, a_case, policy):
    no = a_case(1)
    closed(no, now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET restricted = %s", [True])
    assert frames.find(DUTY, {"period": "2018Q2"}, policy, now) == {}


# -- test calls ------------------------------------------------------------------------------------------------------


def test_test_calls_feed_m23_by_unit(now, policy):
    frame = dict.fromkeys(units_in_force(policy, now), "")
    unit = sampling.draw("s", frame, 1)[0]
    window = {"begin": now.isoformat(), "until": (now + timedelta(hours=2)).isoformat()}
    plan = {"unit": unit, "size": 1, "seed": "s", "script": "测试", **window}
    planned = [act("test_call", "plan", plan, DUTY, now=now) for _ in range(4)]
    owner = Actor("unit", "x", unit)
    assert queries.find(owner, "test_call").items == []
    at = (now + timedelta(minutes=5)).isoformat()
    later = now + timedelta(minutes=10)
    for entry, seconds in zip(planned, (6, 20), strict=False):
        fields = {"called_at": at, "number": "023-48600000", "answered": True, "seconds": seconds, "who": "李四",
                  "questions": [{"question": "带班领导", "correct": seconds == 6}]}  # fmt: skip
        act("test_call", "record", fields, DUTY, no=entry.no, now=later)
    act("test_call", "record", {"called_at": at, "number": "023-48600000", "answered": False}, DUTY, no=planned[2].no, now=later)  # fmt: skip
    quarter = periods.quarter("2018Q2", policy.zone)
    found = figures.test_calls(quarter)
    assert set(found) == {unit}
    calls = found[unit]
    assert (calls.made, calls.answered, calls.median_seconds, calls.asked, calls.correct) == (
        3,
        2,
        13.0,
        2,
        1,
    )
    assert calls.entries == tuple(entry.no for entry in planned[:3])
    assert figures.test_calls(periods.quarter("2018Q3", policy.zone)) == {}
    assert figures.test_calls(quarter, until=now) == {}
    seen = queries.find(owner, "test_call").items
    assert {entry.no for entry in seen} == {entry.no for entry in planned[:3]}  # the fourth was not made
    assert seen[0].data["number"] != "023-48600000"  # masked


def test_a_finding_of_a_sampling_is_found_by_its_source(a_case, now):
    no = a_case(1)
    closed(no, now)
    drawn = act("sampling", "draw", {"period": "2018Q2", "size": 1}, DUTY, now=now)
    fields = {"unit": "CG", "source": "sampling", "source_no": drawn.no, "rule": "perfunctory", "text": "答复敷衍", "cases": [no]}  # fmt: skip
    entry = act("finding", "open", fields, DUTY, now=now)
    assert entry.case == no
    assert queries.find(CG, "finding", Asking(owing=("CG",))).items[0].no == entry.no


def test_a_unit_is_heard_about_the_police_complaint_it_handles_and_no_other_unit_learns_of_it(
    a_case, now, policy
):
    """R19 hides such cases; R67 wants the unit that handles one to be heard about it."""
    no = a_case(7)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET restricted = %s WHERE no = %s", [True, no])
    given = {"unit": "CG", "source": "case", "rule": "late", "text": "超期", "cases": [no]}
    entry = act("finding", "open", given, DUTY, now=now)
    assert queries.get(CG, "finding", entry.no) is not None
    assert [one.entry.no for one in owing.owed(CG, policy=policy, now=now)] == [entry.no]
    for other in (JT, INSPECTOR):
        assert queries.get(other, "finding", entry.no) is None


def test_a_consultation_names_no_police_complaint_beside_another_case(a_case, now):
    """R19: its readers see its numbers."""
    case, hidden = a_case(8), a_case(9)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET restricted = %s WHERE no = %s", [True, hidden])
    given = {
        "case": case, "related": [hidden], "title": "会商", "at": (now + timedelta(hours=1)).isoformat(), "place": "值班室",
        "units": ["CG"], "question": "由谁牵头",
    }  # fmt: skip
    with pytest.raises(Refused) as found:
        act("consultation", "convene", given, DUTY, now=now)
    assert (found.value.refusal.rule, found.value.refusal.field) == ("R19", "related")
    assert act("consultation", "convene", {**given, "case": hidden}, DUTY, now=now).case == hidden
