"""R66–R68 in the store: who sees a sanction, what its evidence leads to, its letters, referrals."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import connection
from docx import Document

from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.engine import sanction_papers
from liandong.engine.official import to_docx
from liandong.registers import drills, evidence, queries
from liandong.registers.check import violations
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules import periods
from liandong.rules.model import Actor
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
DUTY, GOVERNMENT = Actor("duty_office", "wang"), Actor("government", "gov")
CG, JT, INSPECTOR = Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT"), Actor("inspector", "du")


@pytest.fixture(autouse=True)
def _district(db):
    packs.load(PACK)


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def drill(now):
    return drills.begin("call", {"title": "点名", "field": "FX", "units": ["CG"]}, DUTY, now=now)


@pytest.fixture
def proposed(now, drill):
    given = {
        "unit": "CG", "kind": "talk", "violation": "duty", "facts": "点名无人应答，电话13812341234无人接",
        "post": "值班长", "person": "赵值班", "findings": [drill.no],
    }  # fmt: skip
    return act("sanction", "propose", given, DUTY, now=now)


def onward(no, *steps, at):
    for n, (who, step, fields) in enumerate(steps):
        last = act("sanction", step, fields, who, no=no, now=at + timedelta(hours=n + 1))
    return last


ASK = (DUTY, "ask", {})
STATE = (CG, "state", {"statement": "当晚停电"})
REVIEW = (DUTY, "review", {"uphold": True, "opinion": "停电不影响手机应答"})
SUBMIT = (DUTY, "submit", {})
DECIDE = (GOVERNMENT, "decide", {"decision": "approve", "decided_by": "李区长", "decided_on": "2018-06-01"})


def sees(who, no):
    return queries.get(who, "sanction", no) is not None


def test_a_sanction_shows_to_nobody_else_and_to_the_government_only_when_submitted(proposed, now):
    no = proposed.no
    assert [sees(who, no) for who in (DUTY, CG, JT, GOVERNMENT, INSPECTOR)] == [
        True,
        False,
        False,
        False,
        False,
    ]
    onward(no, ASK, at=now)
    assert [sees(who, no) for who in (DUTY, CG, JT, GOVERNMENT)] == [True, True, False, False]
    onward(no, STATE, REVIEW, SUBMIT, at=now + timedelta(hours=2))
    assert [sees(who, no) for who in (DUTY, CG, JT, GOVERNMENT, INSPECTOR)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    for other in (JT, INSPECTOR):
        assert queries.find(other, "sanction").items == []
        assert queries.count(other, "sanction") == {}
        assert queries.log(other, "sanction", no) == []


def test_the_person_lies_sealed_and_the_unit_reads_it_masked(proposed, now, policy):
    onward(proposed.no, ASK, at=now)
    assert queries.get(CG, "sanction", proposed.no).data["person"] == "赵**"
    assert queries.get(DUTY, "sanction", proposed.no).data["person"] == "赵值班"
    with connection.cursor() as cursor:
        cursor.execute("SELECT doc FROM registers_entry UNION ALL SELECT body FROM registers_step")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert "赵值班" not in stored
    assert "无人应答" not in stored
    assert list(violations(policy)) == []


def test_evidence_leads_to_its_records_and_a_case_must_be_the_units(proposed, now, policy):
    assert [(piece.kind, piece.open) for piece in evidence.of(DUTY, proposed)] == [("drill", True)]
    assert [(piece.kind, piece.open) for piece in evidence.of(GOVERNMENT, proposed)] == [("drill", False)]
    case = flow.register(now, policy, "other")
    with pytest.raises(Refused) as caught:
        act("sanction", "add_evidence", {"cases": [case]}, DUTY, no=proposed.no, now=now)
    assert caught.value.refusal.code == "wrong_evidence"
    with pytest.raises(Refused) as caught:
        act("sanction", "add_evidence", {"figures": ["2018Q1-9"]}, DUTY, no=proposed.no, now=now)
    assert caught.value.refusal.code == "not_found"


def test_records_about_a_unit_are_shown_beside_and_nothing_is_copied(proposed):
    assert "drill" not in evidence.about(
        DUTY, "CG"
    )  # a drill is of many units: it stands with the unit's drills
    assert evidence.about(JT, "CG") == {}


def test_letters_say_what_the_entry_says(proposed, now):
    entry = onward(proposed.no, ASK, STATE, REVIEW, SUBMIT, DECIDE, at=now)
    for kind, needed in (("statement", "陈述"), ("request", "当晚停电"), ("decision", "约谈")):
        paper = sanction_papers.paper(kind, entry, lambda code: f"单位{code}", now.date())
        body = to_docx(paper)
        document = Document(io.BytesIO(body))
        words = "\n".join(p.text for p in document.paragraphs) + "".join(
            c.text for t in document.tables for c in t._cells
        )
        assert needed in words
        assert proposed.data["findings"][0] in words
        assert "单位CG" in words
        assert "赵值班" not in words  # the letter names the post, not the person


def test_figures_of_a_period_by_kind_and_state(proposed, now, policy):
    quarter = periods.on("quarterly", now.date(), policy.zone)

    def counted(viewer):
        asked = Asking(since=quarter.start, until=quarter.end)
        return [(one.data["kind"], one.state) for one in queries.find(viewer, "sanction", asked).items]

    assert counted(DUTY) == [("talk", "proposed")]
    assert counted(GOVERNMENT) == []


def test_a_referral_is_for_the_duty_office_and_the_government_alone(proposed, now):
    given = {"unit": "CG", "to": "discipline", "matter": "造成严重后果", "sanction": proposed.no}
    entry = act("referral", "refer", given, DUTY, now=now)
    assert [queries.get(who, "referral", entry.no) is not None for who in (DUTY, GOVERNMENT, CG, INSPECTOR)] == [
        True, True, False, False
    ]  # fmt: skip
