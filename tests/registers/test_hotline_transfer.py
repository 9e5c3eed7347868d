"""110 and 12345: the caller is asked first, who received it is written down, and where the two disagree the first one handles it."""

from __future__ import annotations

import pytest

from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.registers.store import act
from liandong.rules.model import Actor
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
SYSTEM = Actor("system", "test")


@pytest.fixture
def now(at):
    packs.load(PACK)
    return at("2018-06-01T09:30")


def ask(now, actor=flow.DESK, **more):
    fields = {
        "direction": "110_to_12345", "kind": "one_key", "will": "agreed", "asked_at": now.isoformat(), "platform": "区12345", **more,
    }  # fmt: skip
    return act("hotline_transfer", "ask", fields, actor, now=now)


def step(entry, name, now, actor=flow.DESK, **fields):
    return act("hotline_transfer", name, fields, actor, no=entry.no, now=now)


def code(call):
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.refusal.code


def test_a_call_without_a_case_is_passed_on_and_its_receiver_and_number_kept(now):
    entry = ask(now, matter="A03")
    entry = step(entry, "transfer", now, transferred_at=now.isoformat(), receiver="李四")
    entry = step(entry, "accept", now, accepted_at=now.isoformat(), ticket="W-1")
    entry = step(entry, "finish", now, result="已答复来电人")
    assert (entry.state, entry.data["ticket"], entry.case) == ("done", "W-1", "")


def test_nobody_is_passed_on_without_being_asked(now):
    assert code(lambda: ask(now, will="not_told")) == "will_not_asked"
    entry = ask(now, will="declined")
    assert entry.state == "declined"
    assert code(lambda: step(entry, "transfer", now, transferred_at=now.isoformat())) == "wrong_state"


def test_a_ticket_needs_its_number_and_guidance_ends_with_the_telling(now):
    ticket = ask(now, kind="ticket")
    assert code(lambda: step(ticket, "transfer", now, transferred_at=now.isoformat())) == "missing_field"
    guided = step(ask(now, kind="guidance"), "transfer", now, transferred_at=now.isoformat())
    assert (guided.state, guided.is_open) == ("guided", False)


def test_where_the_two_do_not_agree_the_first_platform_handles_it(now, policy):
    entry = step(ask(now, kind="three_way"), "transfer", now, transferred_at=now.isoformat())
    positions = {"our_position": "市容问题", "their_position": "治安问题"}
    assert code(lambda: step(entry, "unsettle", now, **positions)) == "missing_field"
    no = flow.register(now, policy, "h1")
    entry = step(entry, "unsettle", now, case=no, **positions)
    assert (entry.state, entry.case, entry.data["first_platform"]) == ("first_handles", no, "110")


def test_what_the_police_have_in_hand_is_not_passed_on(now, policy):
    no = flow.register(now, policy, "h2")
    flow.do("set_level", no, flow.DESK, now, policy, level="larger", reason="多人受困")
    assert code(lambda: ask(now, case=no)) == "never_divert"


def test_matters_stand_in_the_catalogue_of_their_direction(now):
    assert code(lambda: ask(now, matter="B01")) == "unknown_matter"
    assert ask(now, direction="12345_to_110", matter="B01").state == "asked"


def test_only_the_desk_keeps_it(now):
    assert code(lambda: ask(now, actor=flow.CG)) == "wrong_role"
