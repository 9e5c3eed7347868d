"""R11, R65: the 督办单 step by step — who, from where, and that it never says what its case does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Facts, decide
from liandong.rules.registers.supervision import SLIP, Standing

DUTY, CG, JT, DESK = (
    Actor("duty_office", "wang"), Actor("unit", "z", "CG"), Actor("unit", "s", "JT"), Actor("desk", "d"),
)  # fmt: skip
NO = "QJFL-500110-20180601-00001-7"


class KnownCase:
    """Enough of a case for ``cases_exist``."""


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def running(now):
    return Standing(
        True,
        lead_unit="CG",
        n=1,
        grade=2,
        unit="CG",
        at=now,
        requirement="今日清运",
        reply_due=now + timedelta(days=1),
    )


@pytest.fixture
def take(policy, now):
    def make(step, entry, fields, actor, standing, *, slipped=(), open_slip=False, **settings):
        known = {"cases": {NO: KnownCase()}, "standing": standing, "slipped": slipped, "open_slip": open_slip}
        facts = Facts(policy, {"voice_2": "区政府应急办", **settings}, known)
        return decide(SLIP, entry, SLIP.by_name[step], fields, actor, now, facts, no="綦警分督〔2018〕1号")

    return make


def entry_in(state, take, running):
    made = take("issue", None, {"case": NO}, DUTY, running).entry
    return replace(made, state=state)


def test_a_slip_takes_grade_requirement_and_limit_from_its_case(take, running, now):
    done = take("issue", None, {"case": NO}, DUTY, running)
    assert (done.entry.state, done.entry.unit, done.entry.due_at) == ("issued", "CG", now + timedelta(days=1))
    assert done.entry.data["requirement"] == "今日清运"
    assert done.entry.data["words_of"] == "区政府应急办"
    assert done.entry.owed["CG"].due_at == now + timedelta(days=1)
    assert ("unit:CG", "slip_issued") in done.notices
    assert ("unit:CG:responsible", "slip_issued") in done.notices


def test_grade_three_says_whose_words_it_carries(take, running):
    """C4.7: 三级 is a district leader's word."""
    grave = running._replace(grade=3)
    refused = take("issue", None, {"case": NO}, DUTY, grave)
    assert (refused.code, refused.field) == ("missing_field", "words_of")
    assert (
        take("issue", None, {"case": NO, "words_of": "王副区长6月1日批示"}, DUTY, grave).entry.state
        == "issued"
    )


@pytest.mark.parametrize(
    ("standing", "more", "code"),
    [
        (Standing(True, lead_unit="CG"), {}, "none_pending"),
        (Standing(True, lead_unit="CG", n=1, grade=1, lifted_at=1), {}, "none_pending"),
        (Standing(True, lead_unit="CG", n=2, grade=1), {"slipped": {2}}, "already_done"),
        (Standing(False, lead_unit="CG"), {}, "wrong_state"),
        (Standing(False, proposed=True, lead_unit="CG"), {"open_slip": True}, "already_done"),
        (Standing(False, proposed=True, lead_unit="CG"), {}, "missing_field"),
    ],
)
def test_no_slip_without_a_supervision_behind_it(take, standing, more, code):
    found = take("issue", None, {"case": NO}, DUTY, standing, **more)
    assert isinstance(found, Refusal)
    assert (found.code, found.rule) == (code, "R65")


def test_an_ended_case_that_the_rules_propose_gets_a_slip_of_its_own(take, now):
    """R33: after two reworks the case is closed; the slip carries everything itself."""
    fields = {
        "case": NO, "grade": 2, "requirement": "说明为何两次重办仍未解决", "reply_due": (now + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    done = take("issue", None, fields, DUTY, Standing(False, proposed=True, lead_unit="CG"))
    assert (done.entry.state, done.entry.unit, done.entry.data["n"]) == ("issued", "CG", 0)


def test_only_the_duty_office_issues_and_lifts_and_only_its_unit_answers(take, running, now):
    assert take("issue", None, {"case": NO}, DESK, running).code == "wrong_role"
    entry = entry_in("issued", take, running)
    answered = running._replace(answered_at=now)
    assert take("answer", entry, {"answer": "已办"}, JT, answered).code == "not_your_entry"
    assert take("answer", entry, {"answer": "已办"}, DUTY, answered).code == "wrong_role"
    assert take("lift", entry, {"lifted_for": "好"}, CG, running._replace(lifted_at=now)).code == "wrong_role"
    done = take("answer", entry, {"answer": "已办"}, CG, answered)
    assert done.entry.state == "answered"
    assert done.entry.owed["CG"].done_at == now


STEPS = {
    "answer": ({"answer": "已办"}, CG, ("issued", "returned")),
    "accept": ({}, DUTY, ("answered",)),
    "return_for_more": (
        {"reason": "补照片", "reply_due": "2018-06-05T18:00:00+08:00"},
        DUTY,
        ("answered", "accepted"),
    ),
    "lift": ({"lifted_for": "已落实"}, DUTY, ("issued", "answered", "accepted", "returned")),
}


@pytest.mark.parametrize("state", [*SLIP.states])
@pytest.mark.parametrize("step", [*STEPS])
def test_every_step_from_every_state(take, running, now, step, state):
    fields, actor, allowed = STEPS[step]
    agreeing = {
        "answer": running._replace(answered_at=now),
        "lift": running._replace(lifted_at=now),
        "return_for_more": running._replace(n=2),
        "accept": running,
    }[step]
    found = take(step, entry_in(state, take, running), fields, actor, agreeing)
    if state in allowed:
        assert not isinstance(found, Refusal), found
    else:
        assert found.code == "wrong_state"


@pytest.mark.parametrize("step", ["answer", "lift", "return_for_more"])
def test_a_step_alone_is_refused_while_the_case_says_otherwise(take, running, step):
    """Slip and case move in one transaction, or not at all."""
    state = "answered" if step == "return_for_more" else "issued"
    fields, actor, _ = STEPS[step]
    found = take(step, entry_in(state, take, running), fields, actor, running)
    assert isinstance(found, Refusal)
    assert found.code == "wrong_state"


def test_returned_for_more_begins_another_round_with_a_new_limit(take, running, at):
    entry = entry_in("answered", take, running)
    done = take("return_for_more", entry, STEPS["return_for_more"][0], DUTY, running._replace(n=2))
    assert (done.entry.data["rounds"], done.entry.data["n"]) == (2, 2)
    assert done.entry.due_at == at("2018-06-05T18:00")
    assert done.entry.owed["CG"].done_at is None
