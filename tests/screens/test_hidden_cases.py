"""What somebody may not see is not there: no number, no count on a wall, no name inside another text (CONTRACT §1, R19)."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from liandong.casework import history
from liandong.district.accounts import create_account
from liandong.rules.model import Actor
from support import flow

pytestmark = pytest.mark.usefixtures("district")

NOBODYS = "QJFL-500110-20180601-00001-1"
HTMX = {"HX-Request": "true"}
CALL = {"content": "路灯不亮了", "kind": "help", "life": "no", "property": "no", "public": "no"}


@pytest.fixture
def sign_in():
    """``sign_in("desk")``: a browser of somebody with this role."""

    def make(role, unit=None):
        client = Client()
        client.force_login(create_account(f"{role}-1", role, unit))
        return client

    return make


def about_police(policy, ref="police"):
    """A complaint about an officer that the police bureau handles; its number."""
    now = timezone.now()
    no = flow.register(now, policy, ref, summary="民警态度不好", content="民警态度不好")
    fields = {"lead_unit": "GA", "class": "general", "matter": "GA-07", "basis": "第七条"}
    flow.do("dispatch", no, flow.LEAD, now, policy, **fields)
    return no


def kinds(no):
    return [event["type"] for event in history.events_of(no, flow.LEAD)]


def said(answer):
    return re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())


def test_a_call_is_not_joined_to_a_case_that_the_call_taker_may_not_see(policy, sign_in):
    no, desk = about_police(policy), sign_in("desk")
    own = flow.register(timezone.now(), policy, "own")
    before = kinds(no)
    hidden = desk.post(
        f"/cases/{own}/do/merge", {"target": no, "reason": "同一件事", "key": "a", "version": "1"}
    )
    missing = desk.post(
        f"/cases/{own}/do/merge", {"target": NOBODYS, "reason": "同一件事", "key": "b", "version": "1"}
    )
    assert hidden.status_code == missing.status_code == 422
    assert "没有这个目标警情" in said(hidden)
    assert kinds(no) == before


@pytest.mark.parametrize("outcome", ["note", "merge"])
def test_the_desk_console_writes_nothing_into_a_case_that_is_not_there_for_the_call_taker(
    policy, sign_in, outcome
):
    no, desk = about_police(policy), sign_in("desk")
    before = kinds(no)
    hidden = desk.post("/desk/register", {**CALL, "key": "a", "outcome": f"{outcome}:{no}"})
    missing = desk.post("/desk/register", {**CALL, "key": "b", "outcome": f"{outcome}:{NOBODYS}"})
    assert kinds(no) == before
    assert hidden.status_code == missing.status_code
    assert said(hidden).replace(no, NOBODYS) == said(missing)


@pytest.mark.parametrize(("name", "place"), [("李四", ""), ("欧阳小明", "天桥路口"), ("玛依拉", "天桥路口")])
def test_who_added_to_a_report_is_not_named_to_the_unit(policy, sign_in, name, place):
    now = timezone.now()
    no = flow.register(now, policy, "report", kind="report", summary="有人违建", content="有人违建")
    flow.dispatch(no, now, policy)
    call = {**CALL, "key": "a", "outcome": f"note:{no}", "caller-name": name, "place-text": place}
    assert sign_in("desk").post("/desk/register", call).status_code == 302
    told = [
        event["fields"]["text"]
        for event in history.events_of(no, Actor("desk", "li"))
        if event["type"] == "note"
    ]
    assert name in told[0]
    assert name not in said(sign_in("unit", "CG").get(f"/cases/{no}"))
    assert name not in said(sign_in("inspector").get(f"/cases/{no}"))


def test_signing_another_units_case_is_answered_as_if_there_were_none(policy, sign_in):
    now = timezone.now()
    no = flow.register(now, policy, "lamp")
    flow.dispatch(no, now, policy)
    other = sign_in("unit", "JT")

    def sign(number):
        sent = {"no": f"{number}:2", "receiver": "李四", "key": "a"}
        return said(other.post("/unit/sign", sent, headers=HTMX)).replace(number, "NO")

    assert sign(no) == sign(NOBODYS)


def test_the_wall_does_not_count_complaints_about_police(policy, sign_in):
    for n in range(3):
        about_police(policy, f"police-{n}")
    for role in ("duty_office", "desk_lead", "desk"):
        assert policy.matters["GA-07"].name not in said(sign_in(role).get("/duty/board"))


def test_a_hand_over_shows_each_reader_the_cases_that_are_there_for_it(policy, sign_in):
    now = timezone.now()
    no = about_police(policy)
    flow.do("sign", no, flow.GA, now, policy, receiver="李四")
    flow.do("feedback", no, flow.GA, now, policy, result="resolved", text="已谈话", contacted_caller=False)
    own = flow.register(now, policy, "own")
    given = sign_in("desk_lead").post("/district/shift/give", {"remark": ""})["Location"]
    desk = sign_in("desk")
    page = said(desk.get(given))
    assert own in page
    assert no not in page
    refused = desk.post(given, {"read": []})
    assert refused.status_code == 422
    assert no not in said(refused)
    assert desk.post(given, {"read": [own]}).status_code == 302


def test_a_shared_list_made_before_a_case_was_hidden_is_too_old_for_who_was_told_so(policy, sign_in):
    no = flow.register(timezone.now(), policy, "hidden", summary="民警态度不好", content="民警态度不好")
    desk = sign_in("desk")

    def work():
        cursor = history.cursor_at(history.tail_position())
        return said(desk.get("/desk/", headers={**HTMX, "X-Liandong-Live": cursor, "HX-Target": "work"}))

    assert "民警态度不好" in work()
    fields = {"lead_unit": "GA", "class": "general", "matter": "GA-07", "basis": "第七条"}
    flow.do("dispatch", no, flow.LEAD, timezone.now(), policy, **fields)
    assert "民警态度不好" not in work()


def test_words_that_begin_like_an_instant_are_shown_as_they_were_said(policy, sign_in):
    no = flow.register(timezone.now(), policy, "a")
    for text in ("2018-06-01T09:00 已联系来电人", "2018-99-01T09:00", "0001-01-01T00:00:00+14:00"):
        flow.do("note", no, flow.DESK, timezone.now(), policy, text=text)
    page = said(sign_in("desk").get(f"/cases/{no}"))
    assert "2018-06-01T09:00 已联系来电人" in page
    assert "2018-99-01T09:00" in page


def test_a_form_with_a_version_that_is_none_is_stale(policy, sign_in):
    no, desk = flow.register(timezone.now(), policy, "a"), sign_in("desk")
    for version in ("²", "9" * 5000, "-1"):
        sent = {"summary": "路灯不亮", "reason": "听错了", "key": f"k{version[:3]}", "version": version}
        assert desk.post(f"/cases/{no}/do/amend", sent).status_code == 409
