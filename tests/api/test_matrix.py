"""Every role × every route × own and other's case: the expected status is written down from CONTRACT §1, not computed.

Two rules make the table: what a role may not see is not there (404); what it may see but not do is 403. A role that has
no cases at all is told so by the list routes (403), and by the routes of one case as everybody else: 404.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ACCOUNTS, SAFE, District, a_request, now_text

NOBODY = "nobody"
WHO = (*ACCOUNTS, NOBODY)

# One row a route, one column a group of actors. "own": the case lies with CG, HB assists, `machine` registered it.
# Order of columns: desk, desk_lead, lead unit, assisting unit, other unit, duty office, inspector, police inspectorate,
# auditor, sysadmin+secadmin, government+reader, registering machine, other machine, machine of unit CG, nobody.
COLUMNS: tuple[tuple[str, ...], ...] = (
    ("desk", "desk2"),
    ("desk_lead", "desk_lead2"),
    ("lead",),
    ("assist",),
    ("stranger",),
    ("duty_office",),
    ("inspector",),
    ("police_inspectorate",),
    ("auditor",),
    ("sysadmin", "secadmin"),
    ("government", "reader"),
    ("machine",),
    ("machine2",),
    ("machine_unit",),
    (NOBODY,),
)
EXPECTED: dict[str, tuple[int, ...]] = {
    #                     desk lead  CG   HB   JW  duty insp pol  aud  adm  gov  mach m2   m:CG none
    "list":               (200, 200, 200, 200, 200, 200, 200, 200, 403, 403, 403, 200, 200, 200, 401),
    "case":               (200, 200, 200, 200, 404, 200, 200, 404, 404, 404, 404, 200, 404, 200, 401),
    "events":             (200, 200, 200, 200, 404, 200, 200, 404, 200, 404, 404, 200, 404, 200, 401),
    "reveal":             (200, 200, 200, 422, 404, 200, 200, 404, 404, 404, 404, 403, 404, 200, 401),
    "note":               (200, 200, 200, 200, 404, 200, 200, 404, 404, 404, 404, 200, 404, 200, 401),
    "sign":               (403, 403, 200, 422, 404, 403, 403, 404, 404, 404, 404, 403, 404, 200, 401),
    "recall":             (200, 200, 403, 403, 404, 403, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "urge":               (200, 200, 403, 403, 404, 403, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "supervise":          (403, 403, 403, 403, 404, 200, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "set_level":          (200, 200, 200, 200, 404, 200, 403, 404, 404, 404, 404, 403, 404, 200, 401),
    "to_police":          (200, 200, 200, 200, 404, 200, 403, 404, 404, 404, 404, 403, 404, 200, 401),
    "withdraw":           (200, 200, 403, 403, 404, 403, 403, 404, 404, 404, 404, 200, 404, 403, 401),
    "raise_dispute":      (200, 200, 403, 403, 404, 403, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "designate":          (403, 403, 403, 403, 404, 422, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "void":               (403, 422, 403, 403, 404, 403, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "archive":            (403, 403, 403, 403, 404, 403, 403, 404, 404, 404, 404, 403, 404, 403, 401),
    "attach":             (201, 201, 201, 201, 404, 201, 403, 404, 404, 404, 404, 201, 404, 201, 401),
    "attachment":         (200, 200, 200, 200, 404, 200, 200, 404, 404, 404, 404, 200, 404, 200, 401),
    "register":           (201, 201, 403, 403, 403, 403, 403, 403, 403, 403, 403, 201, 201, 403, 401),
    "route":              (200, 200, 200, 200, 200, 200, 200, 403, 403, 403, 403, 200, 200, 200, 401),
    "feed":               (200, 200, 200, 200, 200, 200, 200, 200, 200, 403, 403, 200, 200, 200, 401),
    "webhooks":           (200, 200, 200, 200, 200, 200, 200, 200, 200, 403, 403, 200, 200, 200, 401),
    "stream_ticket":      (201, 201, 201, 201, 201, 201, 201, 201, 201, 403, 403, 201, 201, 201, 401),
    "healthz":            (200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "track":              (200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    # a complaint about police (GA-07, R19), lying with GA: desk lead, duty office, police inspectorate only
    "police_complaint":   (404, 200, 404, 404, 404, 200, 404, 200, 404, 404, 404, 404, 404, 404, 401),
}  # fmt: skip


def _picture() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (4, 4), (200, 10, 10)).save(out, "JPEG")
    return out.getvalue()


FIELDS: dict[str, dict[str, Any]] = {
    "note": {"text": "一条备注"},
    "sign": {"receiver": "王某"},
    "recall": {"reason": "派错"},
    "urge": {},
    "supervise": {"grade": 1, "requirement": "请速办", "reply_due": now_text(600)},
    "set_level": {"level": "general", "reason": "有媒体关注"},
    "to_police": {"reason": "现场有危险"},
    "withdraw": {"reason": "来电人不再需要"},
    "raise_dispute": {"unit_position": "不属我局", "desk_position": "属该局"},
    "designate": {"unit": "HB", "ruling": "由环保局办理", "basis": "职责"},
    "void": {"reason": "误登记", "second": "desk_lead2"},
    "archive": {},
}


def _ask(district: District, who: str, route: str) -> int:
    """A fresh case for this question, then the question; its status."""
    api = district[None if who == NOBODY else who]
    machine = district["machine"]
    if route == "list":
        return api.get("/cases").status
    if route == "register":
        return api.post("/cases", a_request()).status
    if route == "route":
        return api.post("/route", {"text": "路口垃圾没人清运"}).status
    if route in ("feed", "webhooks", "healthz"):
        return api.get(f"/{route}").status
    if route == "stream_ticket":
        return api.post("/stream-tickets").status
    if route == "police_complaint":
        return api.get(f"/cases/{_about_police(district)}").status
    no = district.dispatched("machine")
    if route == "case":
        return api.get(f"/cases/{no}").status
    if route == "events":
        return api.get(f"/cases/{no}/events").status
    if route == "reveal":
        return api.post(f"/cases/{no}/reveal", {"field": "caller.phone", "reason": "核对"}).status
    if route == "attach":
        return api.upload(no, _picture()).status
    if route == "attachment":
        stored = machine.upload(no, _picture())
        assert stored.status == 201, stored.body
        return api.get(f"/attachments/{stored.body['id']}").status
    if route == "track":
        code = district["desk"].get(f"/cases/{no}").body["tracking_code"]
        return api.get(f"/public/track/{code}").status
    return api.do(no, route, **FIELDS[route]).status


def _about_police(district: District) -> str:
    no = district.registered(
        "desk_lead", kind="complaint", summary="投诉某派出所民警态度恶劣", content="办事态度差"
    )
    # The machine sees a complaint about police (EB7); clearing its flag takes two people (I7, EB-R2).
    assert district["desk_lead2"].do(no, "confirm", command="set_safety").status == 200
    cleared = district["desk_lead"].do(
        no, "set_safety", safety=SAFE, reason="经核实无危险", second="desk_lead2"
    )
    assert cleared.status == 200, cleared.body
    answer = district["desk_lead"].do(
        no, "dispatch", lead_unit="GA", matter="GA-07", basis="涉警投诉", **{"class": "general"}
    )
    assert answer.status == 200, answer.body
    return no


@pytest.mark.parametrize("route", EXPECTED)
def test_who_may_what(district: District, route: str) -> None:
    from django.core.cache import cache

    wrong = []
    for names, expected in zip(COLUMNS, EXPECTED[route], strict=True):
        for who in names:
            cache.clear()
            status = _ask(district, who, route)
            if status != expected:
                wrong.append(f"{who}: {status}, expected {expected}")
    assert not wrong, f"{route}: " + "; ".join(wrong)


def test_the_table_knows_everybody() -> None:
    assert sorted(name for names in COLUMNS for name in names) == sorted(WHO)


def test_every_documented_route_is_in_the_table(district: District) -> None:
    """A new route without a row here is a hole."""
    covered = {
        "/cases", "/cases/{no}", "/cases/{no}/events", "/cases/{no}/reveal", "/cases/{no}/attachments",
        "/attachments/{identity}", "/route", "/feed", "/webhooks", "/stream-tickets", "/healthz",
        "/public/track/{tracking_code}",
    }  # fmt: skip
    elsewhere = {
        "/readyz", "/stream", "/public/track/{tracking_code}/urge", "/webhooks/{identity}",
        "/webhooks/{identity}/deliveries", "/webhooks/{identity}/deliveries/{delivery}/retry",
        "/webhooks/{identity}/rotate", "/cases/{no}/cap", "/channels/{code}/receipts", "/reports", "/reports/{number}",
        "/registers", "/registers/{name}", "/registers/{name}/steps/{step}", "/registers/{name}/{no}",
        "/registers/{name}/{no}/steps", "/registers/{name}/{no}/steps/{step}", "/hotline/tickets", "/hotline/tickets/{no}/replies",
    }  # fmt: skip
    paths = {path.removeprefix("/api/v1") for path in district[None].get("/openapi.json").body["paths"]}
    assert {path for path in paths if "/commands/" not in path} == covered | elsewhere


def test_a_machine_without_the_scope_is_refused(district: District) -> None:
    """Scopes register, append, cancel, police_done (CONTRACT §1): 403 without them, on its own case."""
    own = district.registered("machine2")
    assert district["machine2"].do(own, "note", text="补充").status == 200
    answer = district["machine2"].do(own, "withdraw", reason="撤警")
    assert (answer.status, answer.body["code"]) == (403, "wrong_role")
    assert district["machine_unit"].post("/cases", {}).status in (403, 422)


def test_a_unit_learns_nothing_of_a_report(district: District) -> None:
    """The complainant of a 举报 is never shown to a unit (CONTRACT §1)."""
    no = district.dispatched(kind="report")
    case = district["lead"].get(f"/cases/{no}").body
    assert "13800001234" not in str(case)
    assert "张" not in str(case.get("caller"))
    assert (
        district["lead"].post(f"/cases/{no}/reveal", {"field": "caller.phone", "reason": "想联系"}).status
        == 422
    )


def test_the_auditor_sees_the_log_without_content(district: District) -> None:
    no = district.dispatched()
    events = district["auditor"].get(f"/cases/{no}/events").body["items"]
    assert [event["type"] for event in events] == ["register", "dispatch"]
    assert "fields" not in events[0]
    assert "垃圾" not in str(district["auditor"].get("/feed").body)
