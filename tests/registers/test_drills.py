"""R50 in the store: plan and drill together, what a unit sees, gaps, the clock, figures for reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.district.models import RosterDay
from liandong.engine import register_clock
from liandong.registers import drill_results, drills, notices, owing, queries
from liandong.registers.check import violations
from liandong.registers.store import act
from liandong.rules import periods
from liandong.rules.model import Actor
from support.policy import PACK

pytestmark = pytest.mark.django_db
DUTY, INSPECTOR = Actor("duty_office", "wang"), Actor("inspector", "du")
CG, JT, MZ = Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT"), Actor("unit", "mi", "MZ")


@pytest.fixture(autouse=True)
def _district(db):
    packs.load(PACK)


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def call(now):
    def make(at=None, **more):
        fields = {"title": "汛前点名", "field": "FX", "units": ["CG", "JT", "MZ"], "limit": 180, **more}
        return drills.begin("call", fields, DUTY, now=at or now)

    return make


def answer(entry, who, seconds, **given):
    return act("drill", "answer", given, who, no=entry.no, now=entry.opened_at + timedelta(seconds=seconds))


def test_a_roll_call_is_one_entry_with_a_limit_and_a_notice_for_each_unit(call, now):
    entry = call()
    assert entry.no == "綦点验〔2018〕1号"
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM registers_party WHERE done_ms IS NULL")
        assert cursor.fetchone()[0] == 3
    assert sorted(told.to for told in notices.of_entry(entry.no)) == ["unit:CG", "unit:JT", "unit:MZ"]
    assert [one.no for one in drills.owed_by(CG, now=now)] == [entry.no]


def test_a_unit_sees_its_own_answer_and_nobody_elses(call, policy):
    entry = call()
    answer(entry, CG, 12, person="张三", position="指挥中心")
    answer(entry, JT, 20, person="李四", position="大厅")
    seen = queries.get(CG, "drill", entry.no)
    assert (seen.data["person:CG"], seen.data["position:CG"]) == ("张三", "指挥中心")
    assert not [key for key in seen.data if key.endswith(":JT")]
    assert queries.get(INSPECTOR, "drill", entry.no).data["person:CG"] == "张*"
    assert queries.get(DUTY, "drill", entry.no).data["person:JT"] == "李四"
    assert drills.owed_by(CG, now=entry.opened_at) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT doc FROM registers_entry UNION ALL SELECT body FROM registers_step")
        stored = " ".join(row[0] for row in cursor.fetchall())
    for hidden in ("张三", "李四", "指挥中心", "大厅"):
        assert hidden not in stored
    assert list(violations(policy)) == []


def test_an_answers_step_repeats_nothing_of_the_others(call):
    """200 units: the log grows with the answers, not with their square."""
    entry = call()
    answer(entry, CG, 5)
    answer(entry, JT, 6)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM registers_step WHERE step = 'answer' ORDER BY seq")
        last = cursor.fetchall()[-1][0]
    assert '"JT"' in last
    assert '"CG"' not in last


def test_the_roster_of_the_answering_unit_counts(call, now, at):
    RosterDay.objects.create(
        unit="CG", day=now.date(), post="main", starts="08:00", ends="20:00", person="陈值班", phone=""
    )
    entry = call()
    done = answer(entry, CG, 9, person="陈值班")
    assert (done.data["roster:CG"].split("、")[0], done.data["as_rostered:CG"]) == ("陈值班", True)


def test_the_board_shows_who_is_silent_late_and_answered(call):
    entry = call()
    answer(entry, CG, 12.5)
    act(
        "drill",
        "expire",
        {},
        Actor("system", "clock"),
        no=entry.no,
        now=entry.opened_at + timedelta(seconds=181),
    )
    answer(entry, JT, 200)
    found = queries.get(DUTY, "drill", entry.no)
    board = drills.board(found, entry.opened_at + timedelta(seconds=300))
    assert [(line.unit, line.how, line.seconds) for line in board.lines] == [
        ("MZ", "silent", None), ("JT", "late", 200.0), ("CG", "answered", 12.5)
    ]  # fmt: skip
    assert (board.answered, board.median) == (2, 106.2)


def test_closed_early_silence_says_nothing(call):
    entry = call()
    act(
        "drill",
        "close",
        {"closed_for": "演练取消"},
        DUTY,
        no=entry.no,
        now=entry.opened_at + timedelta(seconds=60),
    )
    board = drills.board(queries.get(DUTY, "drill", entry.no), entry.opened_at + timedelta(hours=1))
    assert {line.how for line in board.lines} == {"waiting"}


def test_the_clock_closes_what_is_due_and_alarms_a_forgotten_plan(call, now):
    entry = call()
    plan = act(
        "drill_plan", "plan", {"title": "a", "field": "RQ", "units": ["CG"], "method": "exercise", "at": "2018-06-02T09:00:00+08:00"},
        DUTY, now=now,
    )  # fmt: skip
    assert register_clock.run_due() == 2  # both limits of 2018 are long over by the machine's clock
    assert queries.get(DUTY, "drill", entry.no).state == "closed"
    assert queries.get(DUTY, "drill_plan", plan.no).state == "overdue"
    assert {told.kind for told in notices.inbox(DUTY)} == {"roll_call_over", "drill_overdue"}
    assert register_clock.run_due() == 0


def test_a_plan_ends_with_its_drill_or_neither_is_there(call, now):
    plan = act(
        "drill_plan", "plan", {"title": "a", "field": "FX", "units": ["CG"], "method": "roll_call", "at": "2018-06-02T09:00:00+08:00"},
        DUTY, now=now,
    )  # fmt: skip
    with pytest.raises(Refused):
        call(plan=plan.no, field="RQ")
    assert queries.get(DUTY, "drill_plan", plan.no).state == "planned"
    assert queries.count(DUTY, "drill") == {}
    entry = call(plan=plan.no)
    ended = queries.get(DUTY, "drill_plan", plan.no)
    assert (ended.state, ended.data["drill"]) == ("done", entry.no)
    assert queries.get(CG, "drill_plan", plan.no) is None


def test_the_same_key_calls_once(now):
    fields = {"title": "汛前点名", "field": "FX", "units": ["CG"]}
    first, again = (drills.begin("call", fields, DUTY, key="k", now=now) for _ in range(2))
    assert first.no == again.no
    assert queries.count(DUTY, "drill") == {"calling": 1}


def test_a_field_without_a_plan_is_a_gap(now, policy):
    quarter = periods.on("quarterly", now.date(), policy.zone)
    assert all(one.gap for one in drills.plans_of(DUTY, quarter))
    plan = {
        "title": "a",
        "field": "FX",
        "units": ["CG"],
        "method": "exercise",
        "at": "2018-06-20T09:00:00+08:00",
    }
    made = act("drill_plan", "plan", plan, DUTY, now=now)
    open_ = {one.code for one in drills.plans_of(DUTY, quarter) if one.gap}
    assert open_ == set(drills.fields()) - {"FX"}
    act("drill_plan", "cancel", {"reason": "重复"}, DUTY, no=made.no, now=now)
    assert all(one.gap for one in drills.plans_of(DUTY, quarter))
    assert drills.plans_of(CG, quarter)[0].plans == ()


def test_figures_count_real_drills_alone(call, now, policy):
    quarter = periods.on("quarterly", now.date(), policy.zone)
    assert drill_results.drills_of(DUTY, quarter, now).pass_rate is None
    entry = call()
    answer(entry, CG, 10)
    act(
        "drill",
        "expire",
        {},
        Actor("system", "clock"),
        no=entry.no,
        now=entry.opened_at + timedelta(seconds=181),
    )
    answer(entry, JT, 200)
    later = entry.opened_at + timedelta(hours=1)
    act("drill", "judge", {"units": ["CG"], "result": "pass"}, DUTY, no=entry.no, now=later)
    act(
        "drill",
        "judge",
        {"units": ["JT", "MZ"], "result": "fail", "reason": "超时"},
        DUTY,
        no=entry.no,
        now=later,
    )
    act("drill", "finish", {}, DUTY, no=entry.no, now=later)
    trial = call(test=True)
    answer(trial, CG, 1)
    void = call()
    act("drill", "cancel", {"cancelled_for": "误发"}, DUTY, no=void.no, now=now)
    found = drill_results.drills_of(DUTY, quarter, later)
    assert (found.held, found.called, found.answered, found.in_time, found.silent) == (1, 3, 2, 1, 1)
    assert (found.passed, found.failed, found.median_seconds) == (1, 2, 105.0)
    assert found.pass_rate == pytest.approx(1 / 3)
    assert found.units["MZ"].silent == 1
    assert found.entries == (entry.no,)
    again = call(at=later, again_of=entry.no, units=["JT", "MZ"])
    assert queries.get(DUTY, "drill", again.no).data["again_of"] == entry.no


def test_what_a_dissolved_unit_owes_is_there_once_for_its_heir_and_gone_with_one_answer(call, now, policy):
    """R22: the list of the workbench, the banner, the board and the figures say the same."""
    entry = call()
    gone = {
        code: replace(policy.units[code], valid_to=now.date(), successors=("CG",)) for code in ("JT", "MZ")
    }
    merged = replace(policy, units={**policy.units, **gone})
    assert [one.entry.no for one in owing.owed(CG, policy=merged, now=now)] == [entry.no]
    assert [one.no for one in drills.owed_by(CG, policy=merged, now=now)] == [entry.no]
    later = entry.opened_at + timedelta(seconds=200)
    act("drill", "answer", {"person": "张三"}, CG, no=entry.no, now=later, policy=merged)
    assert owing.owed(CG, policy=merged, now=later) == []
    assert drills.owed_by(CG, policy=merged, now=later) == []
    lines = drills.board(queries.get(DUTY, "drill", entry.no), later).lines
    assert [(line.unit, line.how, line.seconds, line.answered_by) for line in lines] == [
        ("CG", "late", 200.0, ""), ("JT", "late", 200.0, "CG"), ("MZ", "late", 200.0, "CG"),
    ]  # fmt: skip
    quarter = periods.on("quarterly", now.date(), policy.zone)
    found = drill_results.drills_of(DUTY, quarter, later)
    assert (found.called, found.answered, found.in_time, found.silent) == (3, 3, 0, 0)
    assert list(violations(merged)) == []
