"""12345 at the API: it fetches what is for it and nothing else, and what it answers moves the entry once."""

from __future__ import annotations

import pytest

from liandong.district import accounts
from liandong.registers import queries
from liandong.registers.store import act
from support import flow
from support.api import Api, a_request, now_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotline(district):
    account = accounts.create_account("line12345", "integration")
    return Api(accounts.issue_token(account, scopes=["hotline"]))


@pytest.fixture
def entry(district):
    no = district["desk"].post("/cases", a_request()).body["no"]
    asked = {
        "direction": "110_to_12345", "kind": "ticket", "will": "agreed", "asked_at": now_text(-1), "platform": "区12345", "case": no,
    }  # fmt: skip
    made = act("hotline_transfer", "ask", asked, flow.DESK)
    return act("hotline_transfer", "transfer", {"transferred_at": now_text(-1)}, flow.DESK, no=made.no)


def standing(entry):
    return queries.get(flow.LEAD, "hotline_transfer", entry.no)


def reply(hotline, entry, **said):
    return hotline.post(
        f"/hotline/tickets/{entry.no}/replies", {"message": "m1", "do": "accepted", "ticket": "W-1", **said}
    )


def test_what_is_fetched_is_recorded_and_comes_again_until_it_is_answered(hotline, entry):
    first = hotline.get("/hotline/tickets").body["items"]
    assert first[0]["ticket"]["our_ref"] == entry.no
    assert first[0]["ticket"]["phone"] == "13800001234"
    assert (standing(entry).state, standing(entry).data["way"]) == ("sent", "api")
    assert hotline.get("/hotline/tickets").body["items"] == first
    version = standing(entry).version
    assert reply(hotline, entry).body["outcome"] == "recorded"
    assert reply(hotline, entry).body["outcome"] == "repeated"
    assert standing(entry).version == version + 1
    assert hotline.get("/hotline/tickets").body == {"items": [], "next": None}
    assert reply(hotline, entry, message="m2", do="result", text="已修好").status == 200
    assert (standing(entry).state, standing(entry).data["ticket"]) == ("done", "W-1")


def test_pages_go_on_where_the_last_ended(hotline, entry):
    other = act("hotline_transfer", "ask", {"direction": "110_to_12345", "kind": "ticket", "will": "agreed",
                "asked_at": now_text(-1), "platform": "p", "about": "咨询"}, flow.DESK)  # fmt: skip
    act("hotline_transfer", "transfer", {"transferred_at": now_text(-1)}, flow.DESK, no=other.no)
    first = hotline.get("/hotline/tickets?limit=1").body
    second = hotline.get(f"/hotline/tickets?limit=1&after={first['next']}").body
    assert [one["no"] for one in (*first["items"], *second["items"])] == [other.no, entry.no]
    assert second["next"] is None
    assert hotline.get("/hotline/tickets?after=nonsense").status == 400


def test_nobody_else_fetches_or_answers(hotline, entry, district):
    for name in ("machine", "desk", "desk_lead", "lead", "sysadmin", "auditor"):
        assert district[name].get("/hotline/tickets").status == 403, name
        assert reply(district[name], entry).status == 403, name
    assert Api(None).get("/hotline/tickets").status == 401
    assert standing(entry).state == "to_send"
    assert hotline.get(f"/cases/{entry.case}").status in (403, 404)
    assert hotline.get("/registers/hotline_transfer").status == 403


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"do": "create"}, 422, "bad_value"),
        ({"do": "progress"}, 422, "bad_value"),
        ({"at": "明天"}, 422, "bad_value"),
        ({"at": "2999-01-01T00:00:00+08:00"}, 422, "bad_value"),
        ({"ticket": ""}, 422, "bad_value"),
        ({"ticket": "x" * 201}, 422, "bad_value"),
        ({"ticket": ["W"]}, 422, "bad_value"),
        ({"phone": "一三八"}, 422, "unknown_field"),
        ({"text": "长" * 1901}, 422, "bad_value"),
        ({"text": "坏\x00"}, 400, "malformed"),
        ({"message": "x" * 121}, 422, "bad_value"),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason_and_changes_nothing(said, status, code, hotline, entry):
    before = standing(entry)
    answer = reply(hotline, entry, **said)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.body["detail"]
    assert standing(entry) == before


def test_bytes_that_are_no_json_are_refused(hotline, entry):
    path = f"/hotline/tickets/{entry.no}/replies"
    assert hotline.post(path, raw='{"message":"坏"}'.encode("gb18030")).status == 400
    assert hotline.post(path, raw=b"{" * 1000).status == 400
    assert hotline.post(path, raw=b'{"text":"' + b"a" * 70_000 + b'"}').status == 413
    assert hotline.post(path, raw=b"<a/>", kind="application/xml").status == 415


def test_a_number_used_twice_and_a_ticket_nobody_knows(hotline, entry):
    assert reply(hotline, entry).status == 200
    assert reply(hotline, entry, text="别的").body["code"] == "key_reused"
    assert (
        hotline.post(
            "/hotline/tickets/DJ-1999-00001/replies", {"message": "m9", "do": "accepted", "ticket": "W"}
        ).status
        == 404
    )


def test_a_token_without_named_scopes_does_not_fetch_persons():
    assert "hotline" not in accounts.USUAL_SCOPES
