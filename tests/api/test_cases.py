"""The life of a case over HTTP, and the shape of every answer that is no success (CONTRACT §6)."""

from __future__ import annotations

import pytest

from support.api import District, a_request, now_text


def test_a_case_from_call_to_closing(district: District) -> None:
    no = district.handling()
    lead, desk = district["lead"], district["desk"]
    assert lead.do(no, "contact", at=now_text(), method="电话", note="已联系").status == 200
    fed = lead.do(
        no, "feedback", result="resolved", text="已清运", contacted_caller=True, contacted_at=now_text()
    )
    assert fed.status == 200, fed.body
    assert desk.do(no, "accept_feedback").body["state"] == "callback"
    closed = district["desk2"].do(no, "call_back", reached=True, satisfaction="satisfied", solved="yes")
    assert closed.body["state"] == "closed", closed.body
    assert closed.body["holder"]["type"] == "none"
    types = [event["type"] for event in desk.get(f"/cases/{no}/events").body["items"]]
    assert types[:3] == ["register", "dispatch", "sign"]


def test_the_same_source_again_is_the_stored_case(district: District) -> None:
    fields = a_request()
    first = district["desk"].post("/cases", fields)
    again = district["desk"].post("/cases", fields)
    assert (first.status, again.status) == (201, 200)
    assert first.body["no"] == again.body["no"]
    other = district["desk"].post("/cases", {**fields, "content": "又打来电话说还没清"})
    assert (other.status, other.body["no"]) == (200, first.body["no"])
    notes = [
        e
        for e in district["desk"].get(f"/cases/{first.body['no']}/events").body["items"]
        if e["type"] == "note"
    ]
    assert len(notes) == 1


def test_idempotency_key(district: District) -> None:
    fields, key = a_request(), {"Idempotency-Key": "k-1"}
    first = district["desk"].post("/cases", fields, headers=key)
    again = district["desk"].post("/cases", fields, headers=key)
    assert first.status == 201
    assert again.body == first.body
    other = district["desk"].post("/cases", a_request(), headers=key)
    assert (other.status, other.body["code"]) == (422, "key_reused")
    no = first.body["no"]
    note = district["desk"].post(
        f"/cases/{no}/commands/note", {"text": "一"}, headers={"Idempotency-Key": "k-2"}
    )
    assert note.status == 200
    district["desk"].post(f"/cases/{no}/commands/note", {"text": "一"}, headers={"Idempotency-Key": "k-2"})
    events = district["desk"].get(f"/cases/{no}/events").body["items"]
    assert [e["type"] for e in events].count("note") == 1
    assert (
        district["desk"]
        .post("/cases", fields, headers={"Idempotency-Key": "钥匙".encode().decode("latin-1")})
        .status
        == 400
    )


def test_a_stale_version_is_409_and_changes_nothing(district: District) -> None:
    no = district.dispatched()
    seen = district["lead"].get(f"/cases/{no}").body["version"]
    assert district["lead"].do(no, "sign", receiver="王某", version=seen).status == 200
    stale = district["lead"].do(no, "contact", at=now_text(), method="电话", note="无", version=seen)
    assert (stale.status, stale.body["code"], stale.body["rule"]) == (409, "stale_version", "I6")
    assert district["lead"].get(f"/cases/{no}").body["version"] == seen + 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/cases/NONE-1", 404),
        ("GET", "/cases/%00", 404),
        ("PUT", "/cases", 405),
        ("DELETE", "/cases/X", 405),
        ("GET", "/cases?limit=0", 400),
        ("GET", "/cases?limit=201", 400),
        ("GET", "/cases?stat=closed", 400),
        ("GET", "/cases?level=huge", 400),
        ("GET", "/cases?after=%21%21", 400),
        ("GET", "/feed?after=nonsense", 400),
        ("POST", "/cases", 422),
        ("POST", "/cases/NONE-1/commands/note", 404),
        ("POST", "/cases/NONE-1/commands/explode", 404),
    ],
)
def test_every_error_is_a_problem_document(district: District, method: str, path: str, status: int) -> None:
    answer = district["desk"].send(method, path)
    assert answer.status == status, answer.raw
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "rule", "detail"} <= set(answer.body)
    assert answer.body["status"] == status
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.body["detail"])


def test_without_or_with_a_wrong_token(district: District) -> None:
    assert district[None].get("/cases").status == 401
    for header in ("Bearer wrong", "Bearer", "Basic abc", "Bearer " + "x" * 600):
        answer = district[None].get("/cases", headers={"Authorization": header})
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "WWW-Authenticate" in answer.headers


def test_not_visible_and_not_there_look_the_same(district: District) -> None:
    no = district.dispatched()
    hidden, missing = district["stranger"].get(f"/cases/{no}"), district["stranger"].get("/cases/QJFL-NONE")
    assert hidden.status == missing.status == 404
    assert hidden.body == missing.body


def test_paging_shows_every_case_once(district: District) -> None:
    wanted = {district.registered() for _ in range(7)}
    found, after = [], ""
    while True:
        page = district["desk"].get(f"/cases?limit=3{after}").body
        found += [case["no"] for case in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(found) == len(set(found)) == 7
    assert set(found) == wanted


def test_masking_and_reveal(district: District) -> None:
    no = district.dispatched()
    assert district["lead"].get(f"/cases/{no}").body["caller"]["phone"] == "13800001234"
    masked = district["inspector"].get(f"/cases/{no}").body["caller"]
    assert masked["phone"] == "138****1234"
    assert masked["name"] == "张*" or masked["name"].startswith("张*")
    assert district["inspector"].post(f"/cases/{no}/reveal", {"field": "caller.phone"}).status == 422
    shown = district["inspector"].post(f"/cases/{no}/reveal", {"field": "caller.phone", "reason": "抽查核对"})
    assert (shown.status, shown.body["value"]) == (200, "13800001234")


def test_the_machine_screens_what_is_registered(district: District) -> None:
    """EB-R2: three answers of no do not help where the words speak of danger."""
    no = district.registered(summary="楼下着火了，有人被困在屋里", content="浓烟很大，快来救人")
    refused = district["desk"].do(
        no, "dispatch", lead_unit="CG", matter="CG-02", basis="市容", **{"class": "general"}
    )
    assert (refused.status, refused.body["code"]) in {(422, "safety_not_clear"), (422, "never_divert")}


def test_the_openapi_document(district: District) -> None:
    document = district[None].get("/openapi.json").body
    assert document["openapi"].startswith("3.")
    paths = document["paths"]
    for path in ("/cases", "/cases/{no}", "/cases/{no}/events", "/cases/{no}/reveal", "/cases/{no}/attachments",
                 "/cases/{no}/commands/dispatch", "/route", "/feed", "/webhooks", "/stream", "/stream-tickets",
                 "/public/track/{tracking_code}", "/public/track/{tracking_code}/urge", "/healthz", "/readyz"):  # fmt: skip
        assert "/api/v1" + path in paths, path
    body = paths["/api/v1/cases/{no}/commands/sign"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert body["required"] == ["receiver"]
    assert body["additionalProperties"] is False
    assert district[None].get("/docs").status == 404


def test_a_list_costs_the_same_whatever_its_length(district: District, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    """Query counts are tested: nothing is asked once a row."""
    for _ in range(25):
        district.handling()
    for who in ("desk", "lead"):
        with django_assert_max_num_queries(6):
            short = district[who].get("/cases?limit=2")
        with django_assert_max_num_queries(6):
            long = district[who].get("/cases?limit=200")
        assert (len(short.body["items"]), len(long.body["items"])) == (2, 25)
