"""R65 随机抽查 as a register: drawn once by a seed, checked case by case, never drawn again until it suits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liandong.rules import sampling
from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Facts, decide
from liandong.rules.registers.sampling import SAMPLING, checks_of

DUTY, INSPECTOR, CG = Actor("duty_office", "w"), Actor("inspector", "i"), Actor("unit", "z", "CG")
CASES = [f"QJFL-500110-20180601-{n:05d}-7" for n in range(1, 41)]
FRAME = {no: "CG" if n % 4 else "JT" for n, no in enumerate(CASES)}


class KnownCase:
    """Enough of a case for ``cases_exist``."""


@pytest.fixture
def take(policy, at):
    def make(step, entry, fields, actor=DUTY, *, frame=FRAME):
        known = {"cases": {}, "frame": frame, "chance": "a" * 32}
        facts = Facts(policy, {}, known)
        return decide(SAMPLING, entry, SAMPLING.by_name[step], fields, actor, at("2018-07-02T09:00"), facts, no="FH-2018-001")  # fmt: skip

    return make


def test_a_draw_keeps_frame_seed_and_sample(take):
    entry = take("draw", None, {"period": "2018Q2", "size": 5}).entry
    assert entry.state == "drawn"
    assert entry.data["frame"] == sampling.digest(sampling.text_of(FRAME))
    assert (entry.data["frame_size"], entry.data["seed_source"]) == (40, "system")
    assert tuple(entry.data["sample"]) == sampling.draw("a" * 32, FRAME, 5)
    assert entry.due_at is not None


def test_more_than_there_is_is_refused_with_how_much_there_is(take):
    refused = take("draw", None, {"period": "2018Q2", "size": 41})
    assert (refused.code, refused.rule) == ("too_many", "R65")
    assert "只有 40 件" in refused.detail


def test_an_empty_period_says_there_is_no_data(take):
    refused = take("draw", None, {"period": "2018Q2", "size": 1}, frame={})
    assert refused.code == "no_data"
    assert "没有数据" in refused.detail


def test_a_public_seed_is_announced_before_it_exists(take):
    entry = take("announce", None, {"period": "2018Q2", "size": 5, "announced": "2018075期开奖号码"}).entry
    assert entry.state == "announced"
    assert "sample" not in entry.data
    drawn = take("draw_announced", entry, {"seed": " 03-07-15-22 "}).entry
    assert (drawn.data["seed"], drawn.data["seed_source"]) == ("03-07-15-22", "public")
    assert tuple(drawn.data["sample"]) == sampling.draw("03-07-15-22", FRAME, 5)
    assert isinstance(take("draw_announced", drawn, {"seed": "1"}), Refusal)  # once is once


def test_units_and_the_desk_draw_nothing(take):
    assert take("draw", None, {"period": "2018Q2", "size": 1}, CG).code == "wrong_role"
    assert take("draw", None, {"period": "2018Q2", "size": 1}, INSPECTOR).entry.state == "drawn"


def test_each_drawn_case_is_checked_and_only_those(take):
    entry = take("draw", None, {"period": "2018Q2", "size": 2}).entry
    first, second = entry.data["sample"]
    other = next(no for no in CASES if no not in (first, second))
    assert take("check", entry, {"case": other, "result": "fine"}).code == "not_found"
    assert take("check", entry, {"case": first, "result": "finding"}).field == "notes"
    entry = take("check", entry, {"case": first, "result": "finding", "notes": "没有联系来电人"}).entry
    assert take("finish", entry, {"conclusion": "一件有问题"}).code == "wrong_state"
    assert "还有 1 件" in take("finish", entry, {"conclusion": "一件有问题"}).detail
    entry = take("check", entry, {"case": second, "result": "fine"}).entry
    assert {no: one["result"] for no, one in checks_of(entry.data).items()} == {
        first: "finding",
        second: "fine",
    }
    assert entry.data[f"notes:{first}"] == "没有联系来电人"
    done = take("finish", entry, {"conclusion": "一件有问题"}).entry
    assert (done.state, done.data["found"]) == ("finished", 1)


@pytest.mark.parametrize("step", ["check", "finish", "abandon", "draw_announced"])
@pytest.mark.parametrize("state", ["finished", "abandoned"])
def test_what_has_ended_stays_as_it_is(take, step, state):
    entry = replace(take("draw", None, {"period": "2018Q2", "size": 1}).entry, state=state)
    fields = {
        "check": {"case": entry.data["sample"][0], "result": "fine"}, "finish": {"conclusion": "好"},
        "abandon": {"reason": "重抽"}, "draw_announced": {"seed": "1"},
    }[step]  # fmt: skip
    assert take(step, entry, fields).code == "wrong_state"
