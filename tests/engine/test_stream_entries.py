"""Steps of registers on the live stream: who is told, without content, and that a late commit is not passed over."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.db import connection

from liandong.district import packs
from liandong.district import policy as district_policy
from liandong.engine import stream_entries
from liandong.engine.stream_entries import Entries
from liandong.registers import drills, queries
from liandong.registers.store import act
from liandong.rules.model import Actor
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
DUTY = Actor("duty_office", "wang")
CG, JT, MZ = Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT"), Actor("unit", "mi", "MZ")
GA = Actor("unit", "zhou", "GA")
ROLES = (DUTY, Actor("inspector", "du"), CG, JT, MZ, Actor("desk", "li"), Actor("auditor", "a"))


@pytest.fixture
def entries(db):
    packs.load(PACK)
    made = Entries()
    made.begin()
    return made


@pytest.fixture
def call(entries):
    return drills.begin("call", {"title": "汛前点名", "field": "FX", "units": ["CG", "JT"]}, DUTY)


def told(news, viewer):
    policy = district_policy.current()
    return [news.told_to(each, policy, datetime.now(UTC)) for each in viewer]


def test_a_roll_call_is_told_to_its_units_and_to_those_who_see_all(entries, call):
    (news,) = entries.fresh()
    assert told(news, ROLES) == ["call", "call", "roll_call", "roll_call", None, None, None]
    data = news.frame("roll_call").decode()
    assert data.startswith("event: entry\n")
    assert "id:" not in data
    item = json.loads(data.split("data: ", 1)[1])
    assert item == {"type": "entry", "register": "drill", "no": call.no, "kind": "roll_call"}


def test_an_answer_is_told_to_the_board_and_to_the_answering_unit_alone(entries, call):
    entries.fresh()
    act("drill", "answer", {"person": "张三"}, CG, no=call.no)
    (news,) = entries.fresh()
    assert told(news, ROLES) == ["answer", "answer", "answer", None, None, None, None]


def test_a_sanction_is_not_even_hinted_at_to_others(entries, call):
    entries.fresh()
    given = {"unit": "CG", "kind": "talk", "violation": "duty", "facts": "无人应答", "findings": [call.no]}
    no = act("sanction", "propose", given, DUTY).no
    (proposed,) = entries.fresh()
    assert told(proposed, (DUTY, CG, JT, Actor("inspector", "du"))) == ["propose", None, None, None]
    act("sanction", "ask", {}, DUTY, no=no)
    (asked,) = entries.fresh()
    assert told(asked, (DUTY, CG, JT, Actor("government", "g"))) == ["ask", "sanction_statement", None, None]


def test_a_unit_hears_of_entries_about_the_police_complaint_it_handles_and_no_other_unit_does(
    entries, policy
):
    """R19 as the lists have it: all of the police's own complaints are hidden but from the unit that has to answer one."""
    now = datetime.now(UTC)
    no = flow.register(now, policy, "police", summary="民警态度不好", content="民警态度不好")
    given = {"lead_unit": "GA", "class": "general", "matter": "GA-07", "basis": "第七条"}
    flow.do("dispatch", no, flow.LEAD, now, policy, **given)
    fields = {"unit": "GA", "source": "case", "rule": "late", "text": "超期", "cases": [no]}
    finding = act("finding", "open", fields, DUTY)
    (news,) = entries.fresh()
    viewers = (DUTY, GA, CG, Actor("inspector", "du"))
    assert [queries.get(each, "finding", finding.no) is not None for each in viewers] == [
        True,
        True,
        False,
        False,
    ]
    heard = told(news, viewers)
    assert [kind is not None for kind in heard] == [True, True, False, False]


def test_a_roll_call_that_is_cancelled_leaves_the_screens_of_its_units(entries, call):
    entries.fresh()
    act("drill", "cancel", {"cancelled_for": "误发"}, DUTY, no=call.no)
    (news,) = entries.fresh()
    assert told(news, ROLES) == ["cancel", "cancel", "cancel", "cancel", None, None, None]


def test_a_step_is_told_once(entries, call):
    assert len(entries.fresh()) == 1
    assert entries.fresh() == []


def test_a_number_that_is_committed_late_is_told_when_it_comes(entries, call):
    """PostgreSQL hands out numbers before the commit: what is missing is waited for, what came after it is told once."""
    entries.begin()
    one = _copy(entries._floor + 2)
    assert [news.id for news in entries.fresh()] == [one]
    assert entries.fresh() == []
    late = _copy(entries._floor + 1)
    assert [news.id for news in entries.fresh()] == [late]
    assert entries._floor == one


def test_a_number_that_never_comes_is_not_waited_for_longer_than_it_may_take(entries, call, monkeypatch):
    entries.begin()
    one = _copy(entries._floor + 5)
    entries.fresh()
    monkeypatch.setattr(stream_entries, "LATE_SECONDS", -1.0)
    entries.fresh()
    assert entries._floor == one
    assert entries.fresh() == []


def test_looking_for_news_is_one_statement_by_number(entries, call, django_assert_num_queries):
    entries.fresh()
    with django_assert_num_queries(1):
        assert entries.fresh() == []


def _copy(identity: int) -> int:
    """A further step with a number of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(seq) + 1 FROM registers_step")
        seq = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO registers_step (id, entry_id, seq, step, at_ms, by, policy, body, sealed, key, request, prev, hash, algo) "
            "SELECT %s, entry_id, %s, step, at_ms, by, policy, body, sealed, '', '', prev, hash, algo FROM registers_step "
            "ORDER BY id LIMIT 1",
            [identity, seq],
        )
    return identity
