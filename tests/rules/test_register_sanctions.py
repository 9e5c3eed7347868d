"""R66–R68: a sanction rests on evidence, the unit is heard, another body decides; nothing comes of a number by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liandong.rules.model import SYSTEM, Actor
from liandong.rules.registers.referrals import REFERRAL
from liandong.rules.registers.sanctions import ASKED, SANCTION
from support.drilling import Book

DUTY, CHIEF = Actor("duty_office", "wang"), Actor("duty_office", "li")
GOVERNMENT, GOV2 = Actor("government", "gov"), Actor("government", "gov2")
CG, JT = Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT")
CASE = "QJFL-500110-20180601-00001-7"
PROPOSAL = {"unit": "CG", "kind": "record", "violation": "late", "facts": "三件超期未办", "findings": ["F1"]}
DECIDED = {"decided_by": "李区长", "decided_on": "2018-06-20"}


@pytest.fixture
def book(policy, at):
    made = Book(SANCTION, policy, at("2018-06-01T09:00"), {"statement": "5wd"})
    made.known |= {
        "entries": {"F1": {"CG"}, "F2": {"JT"}},
        "parties": {CASE: {"CG"}},
        "cases": {CASE: object()},
        "snapshots": {"S1"},
    }
    return made


def to(book, state):
    """The way that every proposal goes, up to a state."""
    way = (
        ("proposed", lambda: book.do(DUTY, "propose", **PROPOSAL)),
        ("asked", lambda: book.do(DUTY, "ask")),
        ("heard", lambda: book.do(CG, "state", statement="系统故障所致", after=timedelta(days=1))),
        ("reviewed", lambda: book.do(DUTY, "review", uphold=True, opinion="理由不成立")),
        ("submitted", lambda: book.do(DUTY, "submit", document="綦应急〔2018〕9号")),
        (
            "approved",
            lambda: book.do(GOVERNMENT, "decide", decision="approve", **DECIDED, after=timedelta(days=30)),
        ),
        (
            "carried_out",
            lambda: book.do(DUTY, "carry_out", carried_on="2018-07-01", notice_no="綦府办〔2018〕1号"),
        ),
    )
    for reached, take in way:
        assert take() == ""
        assert book.state == reached
        if reached == state:
            return book
    raise AssertionError(state)


def test_a_proposal_without_evidence_is_refused(book):
    assert book.do(DUTY, "propose", **{**PROPOSAL, "findings": []}) == "missing_field"
    assert book.refusal.rule == "R66"


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ({"findings": ["F2"]}, "wrong_evidence"), ({"findings": ["没有"]}, "not_found"),
        ({"cases": ["QJFL-500110-20180601-00002-5"]}, "not_found"), ({"figures": ["没有"]}, "not_found"),
        ({"cases": [CASE]}, ""), ({"figures": ["S1"]}, ""), ({"findings": ["F1"]}, ""),
    ],
)  # fmt: skip
def test_evidence_exists_and_is_about_this_unit(book, evidence, code):
    assert (
        book.do(DUTY, "propose", **{k: v for k, v in PROPOSAL.items() if k != "findings"}, **evidence) == code
    )


def test_a_case_of_another_unit_is_no_evidence(book):
    book.known["parties"] = {CASE: {"JT"}}
    assert book.do(DUTY, "propose", **{**PROPOSAL, "cases": [CASE]}) == "wrong_evidence"


@pytest.mark.parametrize("who", [SYSTEM, CG, GOVERNMENT, Actor("inspector", "du"), Actor("desk", "li")])
def test_only_the_duty_office_proposes_and_never_a_machine(book, who):
    assert book.do(who, "propose", **PROPOSAL) == "wrong_role"


def test_the_unit_is_asked_with_a_date_and_its_responsible_person_is_told(book, at):
    to(book, "asked")
    assert book.told == [("unit:CG:responsible", "sanction_statement")]
    assert book.entry.due_at == at("2018-06-09T00:00")
    assert book.entry.owed["CG"].due_at == book.entry.due_at


def test_the_statement_is_the_units_own(book):
    to(book, "asked")
    assert book.do(JT, "state", statement="不是我们") == "not_your_entry"
    assert book.do(DUTY, "state", statement="代写") == "wrong_role"
    assert book.do(CG, "state", statement="") == "bad_value"
    assert book.do(CG, "state", statement="情况属实") == ""
    assert (book.state, book.entry.data["silent"]) == ("heard", False)


def test_silence_is_recorded_only_after_the_date(book):
    to(book, "asked")
    assert book.do(SYSTEM, "record_silence", after=timedelta(days=2)) == "too_early"
    assert book.do(SYSTEM, "record_silence", after=timedelta(days=9)) == ""
    assert (book.state, book.entry.data["silent"]) == ("heard", True)


def test_nothing_is_submitted_before_the_unit_was_heard_and_the_review_upheld_it(book):
    to(book, "asked")
    assert book.do(DUTY, "submit") == "wrong_state"
    book.do(CG, "state", statement="情况属实")
    assert book.do(DUTY, "review", uphold=False, opinion="情节轻微") == ""
    assert book.do(DUTY, "submit") == "wrong_state"
    assert book.do(DUTY, "review", uphold=True, opinion="再查属实") == ""
    assert book.do(DUTY, "submit") == ""
    assert book.told == [("government", "sanction_submitted")]


def test_the_duty_office_may_not_decide_and_the_government_may_not_propose(book):
    to(book, "submitted")
    assert book.do(DUTY, "decide", decision="approve", **DECIDED) == "wrong_role"
    assert book.do(CHIEF, "decide", decision="approve", **DECIDED) == "wrong_role"


@pytest.mark.parametrize(
    ("given", "code", "state", "kind"),
    [
        ({"decision": "approve"}, "", "approved", "record"),
        ({"decision": "approve", "new_kind": "talk"}, "bad_value", "submitted", "record"),
        ({"decision": "change"}, "missing_field", "submitted", "record"),
        ({"decision": "change", "new_kind": "record"}, "missing_field", "submitted", "record"),
        ({"decision": "change", "new_kind": "talk"}, "missing_field", "submitted", "record"),
        ({"decision": "change", "new_kind": "talk", "decision_reason": "初次"}, "", "approved", "talk"),
        ({"decision": "refuse"}, "missing_field", "submitted", "record"),
        ({"decision": "refuse", "decision_reason": "证据不足"}, "", "refused", "record"),
        ({"decision": "approve", "decided_on": "2019-01-01"}, "in_future", "submitted", "record"),
    ],
)
def test_the_government_approves_changes_or_refuses_with_its_reason(book, given, code, state, kind):
    to(book, "submitted")
    assert book.do(GOVERNMENT, "decide", after=timedelta(days=30), **{**DECIDED, **given}) == code
    assert (book.state, book.entry.data["kind"], book.entry.data["proposed_kind"]) == (state, kind, "record")


def test_a_decision_is_carried_out_with_date_and_number_and_can_be_revoked(book):
    to(book, "carried_out")
    assert book.told == [("unit:CG", "sanction_notice")]
    assert not book.entry.is_open
    assert book.do(DUTY, "revoke", revoked_for="事实有误") == "wrong_role"
    assert book.do(GOVERNMENT, "revoke") == "missing_field"
    assert book.do(GOV2, "revoke", revoked_for="事实有误") == ""
    assert book.told == [("unit:CG", "sanction_revoked"), ("duty_office", "sanction_revoked")]


def test_a_unit_that_was_never_asked_never_learns_of_a_withdrawn_proposal(book):
    to(book, "proposed")
    book.do(DUTY, "withdraw", withdrawn_for="重复")
    assert (book.state, book.told) == ("withdrawn", [])
    assert "withdrawn" not in ASKED


def test_a_unit_that_was_asked_is_told_that_it_is_over(book):
    to(book, "heard")
    book.do(DUTY, "withdraw", withdrawn_for="陈述成立")
    assert (book.state, book.told) == ("dropped", [("unit:CG:responsible", "sanction_dropped")])


def test_who_sees_what():
    assert set(SANCTION.sees) == {"duty_office", "government", "unit"}
    assert not {"proposed", "asked", "heard", "reviewed", "withdrawn"} & set(
        SANCTION.sees["government"].states
    )
    assert not {"proposed", "withdrawn"} & set(SANCTION.sees["unit"].states)
    assert set(REFERRAL.sees) == {"duty_office", "government"}


def test_evidence_is_added_not_replaced(book):
    to(book, "proposed")
    assert book.do(DUTY, "add_evidence") == "missing_field"
    assert book.do(DUTY, "add_evidence", cases=[CASE]) == ""
    assert (book.entry.data["findings"], book.entry.data["cases"]) == (["F1"], [CASE])


def test_a_referral_goes_through_the_government_and_keeps_little(policy, at):
    book = Book(REFERRAL, policy, at("2018-06-01T09:00"))
    book.known["sanctions"] = {"C1": "CG", "C2": "JT"}
    given = {"unit": "CG", "to": "discipline", "matter": "造成严重后果"}
    assert book.do(DUTY, "refer", **given) == "missing_field"
    assert book.do(DUTY, "refer", **given, sanction="没有") == "not_found"
    assert book.do(DUTY, "refer", **given, sanction="C2") == "wrong_evidence"
    assert book.do(DUTY, "refer", **{**given, "to": "other"}, sanction="C1") == "missing_field"
    assert book.do(DUTY, "refer", **given, sanction="C1") == ""
    assert book.do(DUTY, "send", sent_on="2018-06-01", document="x") == "wrong_state"
    assert book.do(DUTY, "approve", approved_by="李区长") == "wrong_role"
    assert book.do(GOVERNMENT, "approve", approved_by="李区长") == ""
    assert book.do(DUTY, "send", sent_on="2019-06-01", document="x") == "in_future"
    assert book.do(DUTY, "send", sent_on="2018-06-01", document="綦移〔2018〕1号") == ""
    assert book.do(DUTY, "answer", outcome="已立案") == ""
    assert not book.entry.is_open


def test_evidence_that_comes_after_the_statement_is_put_to_the_unit_again(book):
    """R67: nothing is held against a unit that it could not answer."""
    to(book, "heard")
    assert book.do(DUTY, "add_evidence", cases=[CASE]) == ""
    assert book.state == "asked"
    assert book.do(DUTY, "review", uphold=True, opinion="不再听取") == "wrong_state"
    assert book.do(CG, "state", statement="这一件已说明") == ""
    assert book.state == "heard"
