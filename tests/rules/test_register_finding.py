"""R66, R67: a finding is entered by a person, the unit is heard first, another person verifies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Facts, decide
from liandong.rules.registers.finding import FINDING

DUTY, CHIEF, INSPECTOR = Actor("duty_office", "w"), Actor("duty_office", "l"), Actor("inspector", "i")
CG, JT = Actor("unit", "z", "CG"), Actor("unit", "s", "JT")
NO, HIDDEN = "QJFL-500110-20180601-00001-7", "QJFL-500110-20180601-00002-5"
FIELDS = {"unit": "CG", "source": "case", "rule": "late", "text": "超期三天没有说明", "cases": [NO]}


class KnownCase:
    """Enough of a case for ``cases_exist``."""


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def take(policy, now):
    def make(step, entry, fields, actor, *, when=now):
        known = {"cases": {NO: KnownCase(), HIDDEN: KnownCase()}, "restricted": {HIDDEN}}
        facts = Facts(policy, {}, known)
        return decide(FINDING, entry, FINDING.by_name[step], fields, actor, when, facts, no="WT-2018-001")

    return make


@pytest.fixture
def entry(take):
    return take("open", None, FIELDS, DUTY).entry


def test_a_finding_waits_for_the_units_own_words(take, entry, at):
    """Five working days where nobody says otherwise: from Friday 1 June to the end of Friday 8 June."""
    assert (entry.state, entry.unit, entry.period) == ("noted", "CG", "2018Q2")
    assert entry.due_at == at("2018-06-09T00:00")
    refused = take("order", entry, {"demand": "限期整改", "due": "2018-06-20T18:00:00+08:00"}, DUTY)
    assert (refused.code, refused.rule) == ("before_due", "R67")
    assert take("propose", entry, {"proposed_for": "屡次超期"}, DUTY).code == "before_due"


def test_silence_counts_once_its_time_is_over(take, entry, at):
    done = take("order", entry, {"demand": "限期整改", "due": "2018-06-20T18:00:00+08:00"}, DUTY, when=at("2018-06-11T09:00"))  # fmt: skip
    assert done.entry.state == "rectifying"


def test_a_finding_rests_on_evidence(take):
    bare = {name: value for name, value in FIELDS.items() if name != "cases"}
    refused = take("open", None, bare, DUTY)
    assert (refused.code, refused.rule, refused.field) == ("missing_field", "R66", "cases")
    assert take("open", None, {**bare, "source": "test_call", "source_no": "AF-2018-001"}, INSPECTOR).entry.state == "noted"  # fmt: skip
    assert take("open", None, {**FIELDS, "cases": ["QJFL-500110-20180601-00009-9"]}, DUTY).code == "not_found"
    assert take("open", None, {**FIELDS, "unit": "NOBODY"}, DUTY).code == "unknown_unit"
    assert take("open", None, FIELDS, CG).code == "wrong_role"


def test_a_hidden_case_hides_its_finding(take):
    """R19: the entry is filed under the police's own case, so that only those who see that see this."""
    assert take("open", None, {**FIELDS, "cases": [NO, HIDDEN]}, DUTY).entry.case == HIDDEN


def test_only_the_unit_states_and_rectifies(take, entry):
    assert take("state", entry, {"statement": "当时暴雨"}, JT).code == "not_your_entry"
    stated = take("state", entry, {"statement": "当时暴雨"}, CG).entry
    assert stated.owed["CG"].done_at is not None
    ordered = take("order", stated, {"demand": "建台账", "due": "2018-06-20T18:00:00+08:00"}, DUTY).entry
    assert ordered.owed["CG"].done_at is None
    assert take("report", ordered, {"done": "已建"}, JT).code == "not_your_entry"
    assert take("report", ordered, {"done": "已建"}, CG).entry.state == "rectified"


def rectified(take, entry):
    stated = take("state", entry, {"statement": "当时暴雨"}, CG).entry
    ordered = take("order", stated, {"demand": "建台账", "due": "2018-06-20T18:00:00+08:00"}, DUTY).entry
    return take("report", ordered, {"done": "已建"}, CG).entry


def test_another_person_verifies(take, entry):
    """I7: who entered the finding or ordered the rectification does not say that all is well."""
    done = rectified(take, entry)
    assert take("verify", done, {"seen": "现场看过"}, DUTY).code == "own_request"
    assert take("verify", done, {"seen": "现场看过"}, CHIEF).entry.state == "closed"
    back = take("send_back", done, {"missing": "缺照片", "due": "2018-06-25T18:00:00+08:00"}, DUTY).entry
    assert (back.state, back.owed["CG"].done_at) == ("rectifying", None)


def test_more_time_is_asked_for_before_the_limit_and_decided_by_others(take, entry, at):
    stated = take("state", entry, {"statement": "当时暴雨"}, CG).entry
    ordered = take("order", stated, {"demand": "建台账", "due": "2018-06-20T18:00:00+08:00"}, DUTY).entry
    ask = {"until": "2018-06-30T18:00:00+08:00", "why_more": "等设备"}
    assert take("ask_extension", ordered, ask, CG, when=at("2018-06-21T09:00")).code == "after_due"
    assert take("ask_extension", ordered, {**ask, "until": "2018-06-19T18:00:00+08:00"}, CG).field == "until"
    asked = take("ask_extension", ordered, ask, CG).entry
    assert take("decide_extension", asked, {"granted": True, "decided_for": "可"}, CG).code == "wrong_role"
    granted = take("decide_extension", asked, {"granted": True, "decided_for": "可"}, DUTY).entry
    assert granted.due_at == at("2018-06-30T18:00")
    refused = take("decide_extension", asked, {"granted": False, "decided_for": "不可"}, DUTY).entry
    assert (refused.state, refused.due_at) == ("rectifying", at("2018-06-20T18:00"))


GIVEN = {
    "state": ({"statement": "有原因"}, CG, ("noted",)),
    "dismiss": ({"reason": "查无此事"}, DUTY, ("noted", "stated")),
    "order": ({"demand": "改", "due": "2018-07-20T18:00:00+08:00"}, DUTY, ("noted", "stated")),
    "ask_extension": ({"until": "2018-08-30T18:00:00+08:00", "why_more": "等"}, CG, ("rectifying",)),
    "decide_extension": ({"granted": False, "decided_for": "否"}, DUTY, ("extension_asked",)),
    "report": ({"done": "已改"}, CG, ("rectifying", "extension_asked")),
    "send_back": ({"missing": "缺", "due": "2018-07-20T18:00:00+08:00"}, DUTY, ("rectified",)),
    "verify": ({"seen": "看过"}, CHIEF, ("rectified",)),
    "propose": ({"proposed_for": "屡犯"}, DUTY, ("stated", "noted", "rectifying", "rectified")),
}  # fmt: skip


@pytest.mark.parametrize("state", [*FINDING.states])
@pytest.mark.parametrize("step", [*GIVEN])
def test_every_step_from_every_state(take, entry, now, step, state):
    fields, actor, allowed = GIVEN[step]
    due = now + timedelta(days=20 if step == "ask_extension" else -1)
    found = take(step, replace(entry, state=state, due_at=due, closed_at=None), fields, actor)
    assert isinstance(found, Refusal) is (state not in allowed), found
    if isinstance(found, Refusal):
        assert found.code == "wrong_state"
