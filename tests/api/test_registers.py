"""Registers through the API: what a token may list, read and do, with the numbers of the contract for what it may not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from liandong.district import accounts
from liandong.registers.models import RegisterEntry, RegisterStep
from liandong.rules.registers import registers
from support.api import Api, District, a_request
from support.registers import REQUEST

ZONE = timezone(timedelta(hours=8))
VEHICLE = {
    "plate": "渝B12345",
    "kind": "rescue",
    "purpose": "道路抢险",
    "manager": "王小明",
    "manager_phone": "13812341234",
}
ASKED = {"unit": "CG", "text": "请于今日报送", "who": "王小明"}


@pytest.fixture
def police(district: District) -> Api:
    """A token of public security."""
    return Api(accounts.issue_token(accounts.create_account("police", "unit", "GA")))


@pytest.fixture
def request_register():
    """A register whose numbers hold Chinese and brackets."""
    registers()["test_request"] = REQUEST
    yield
    del registers()["test_request"]


def applied(district, who="lead", **more):
    answer = district[who].post("/registers/vehicle_mark/steps/apply", {**VEHICLE, **more})
    assert answer.status == 201, answer.body
    return answer


def step(api, no, name, **fields):
    return api.post(f"/registers/vehicle_mark/{quote(no, safe='')}/steps/{name}", fields)


def counted():
    return RegisterEntry.objects.count(), RegisterStep.objects.count()


def test_a_unit_opens_reads_and_follows_its_entry(district, police):
    made = applied(district)
    no = made.body["no"]
    assert made.headers["Location"] == f"/api/v1/registers/vehicle_mark/{no}"
    assert (made.body["state"], made.body["version"], made.body["unit"]) == ("applied", 1, "CG")
    assert "withdraw" in made.body["steps"]
    issued = step(police, no, "issue", made_by="区公安局", version=1)
    assert (issued.status, issued.body["state"]) == (200, "valid")
    seen = district["lead"].get(f"/registers/vehicle_mark/{no}").body
    assert seen["data"]["mark_no"].startswith("綦联动")
    assert seen["owed"]["GA"]["done_at"].endswith("+08:00")
    log = district["lead"].get(f"/registers/vehicle_mark/{no}/steps").body["items"]
    assert [(one["step"], one["by"]) for one in log] == [
        ("apply", "unit:CG:lead"),
        ("issue", "unit:GA:police"),
    ]


def test_a_machine_of_a_unit_acts_as_that_unit(district):
    assert applied(district, "machine_unit").body["unit"] == "CG"


def test_numbers_with_chinese_and_brackets_stand_in_addresses_percent_encoded(district, request_register):
    made = district["duty_office"].post("/registers/test_request/steps/ask", ASKED)
    no = made.body["no"]
    assert "〔" in no
    assert made.headers["Location"].isascii()
    path = made.headers["Location"].removeprefix("/api/v1")
    assert district["lead"].get(path).body["no"] == no
    answered = district["lead"].post(f"{path}/steps/answer", {"answer": "已报", "version": 1})
    assert answered.body["state"] == "answered"
    assert [one["step"] for one in district["lead"].get(f"{path}/steps").body["items"]] == ["ask", "answer"]


def test_lists_are_filtered_and_paged(district, request_register):
    numbers = [
        district["duty_office"].post("/registers/test_request/steps/ask", {**ASKED, "unit": unit}).body["no"]
        for unit in ("CG", "JT", "CG")
    ]
    office = district["duty_office"]
    first = office.get("/registers/test_request?limit=2").body
    rest = office.get(f"/registers/test_request?limit=2&after={first['next']}").body
    assert [one["no"] for one in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next"] is None
    assert len(office.get("/registers/test_request?unit=CG").body["items"]) == 2
    assert office.get("/registers/test_request?state=closed").body["items"] == []
    assert len(office.get("/registers/test_request?open=true&party=JT").body["items"]) == 1
    assert len(district["lead"].get("/registers/test_request").body["items"]) == 2


def test_persons_are_masked_for_who_need_not_know_them(district):
    no = applied(district).body["no"]
    seen = district["inspector"].get(f"/registers/vehicle_mark/{no}").body["data"]
    assert (seen["manager"], seen["manager_phone"]) == ("王**", "138****1234")


def test_what_one_may_see_is_described_with_its_steps_and_fields(district):
    found = {one["name"]: one for one in district["lead"].get("/registers").body["items"]}
    apply = next(one for one in found["vehicle_mark"]["steps"] if one["name"] == "apply")
    assert apply["opens"] is True
    assert {"name": "plate", "label": "车牌号", "type": "code", "required": True} in apply["fields"]
    assert all(one["name"] != "expire" for one in found["vehicle_mark"]["steps"])
    assert district["reader"].get("/registers").body["items"] == []


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "status", "code", "rule"),
    [
        (None, "GET", "/registers", None, 401, "unauthenticated", ""),
        ("lead", "GET", "/registers/nothing", None, 404, "not_found", ""),
        ("reader", "GET", "/registers/vehicle_mark", None, 403, "wrong_role", "R12"),
        ("auditor", "GET", "/registers/vehicle_mark/{no}", None, 403, "wrong_role", "R12"),
        ("stranger", "GET", "/registers/vehicle_mark/{no}", None, 404, "not_found", ""),
        ("stranger", "GET", "/registers/vehicle_mark/{no}/steps", None, 404, "not_found", ""),
        ("stranger", "POST", "/registers/vehicle_mark/{no}/steps/withdraw", {}, 404, "not_found", ""),
        ("lead", "GET", "/registers/vehicle_mark/LDCB-1", None, 404, "not_found", ""),
        ("lead", "GET", "/registers/vehicle_mark/" + "9" * 300, None, 404, "not_found", ""),
        ("lead", "GET", "/registers/vehicle_mark/%00", None, 404, "not_found", ""),
        ("lead", "GET", "/registers/vehicle_mark?state=nothing", None, 400, "malformed", ""),
        ("lead", "GET", "/registers/vehicle_mark?limit=0", None, 400, "malformed", ""),
        ("lead", "GET", "/registers/vehicle_mark?after=xx", None, 400, "malformed", ""),
        ("lead", "GET", "/registers/vehicle_mark?colour=red", None, 400, "malformed", ""),
        ("lead", "POST", "/registers/vehicle_mark/steps/nothing", {}, 404, "not_found", ""),
        ("lead", "POST", "/registers/vehicle_mark/steps/issue", {}, 404, "not_found", ""),
        ("lead", "POST", "/registers/vehicle_mark/{no}/steps/apply", {}, 404, "not_found", ""),
        ("inspector", "POST", "/registers/vehicle_mark/steps/apply", VEHICLE, 403, "wrong_role", "R12"),
        ("lead", "POST", "/registers/vehicle_mark/{no}/steps/expire", {"because": "day"}, 403, "wrong_role", "R12"),
        ("lead", "POST", "/registers/vehicle_mark/{no}/steps/issue", {"made_by": "x"}, 422, "not_your_entry", "R33"),
        ("lead", "POST", "/registers/vehicle_mark/{no}/steps/withdraw", {"version": 9}, 409, "stale_version", "I6"),
        ("lead", "POST", "/registers/vehicle_mark/{no}/steps/withdraw", {"version": "1"}, 422, "bad_value", "I6"),
        ("lead", "POST", "/registers/vehicle_mark/{no}/steps/hand_in", {"reason": "x"}, 422, "wrong_state", "I5"),
        ("lead", "POST", "/registers/vehicle_mark/steps/apply", {}, 422, "missing_field", "R32"),
        ("lead", "POST", "/registers/vehicle_mark/steps/apply", {**VEHICLE, "colour": "red"}, 422, "unknown_field", "R32"),
        ("lead", "POST", "/registers/vehicle_mark/steps/apply", {**VEHICLE, "plate": "B1"}, 422, "bad_value", "R32"),
        ("lead", "POST", "/registers/vehicle_mark/steps/apply", {**VEHICLE, "attachments": ["x"]}, 422, "bad_value", "R32"),
        ("lead", "POST", "/registers/vehicle_mark/steps/apply", VEHICLE, 422, "plate_taken", "R17"),
        ("lead", "DELETE", "/registers/vehicle_mark/{no}", None, 405, "method_not_allowed", ""),
    ],
)  # fmt: skip
def test_what_is_not_allowed_says_so_and_changes_nothing(
    district, who, method, path, body, status, code, rule
):
    no = applied(district).body["no"]
    before = counted()
    answer = district[who].send(method, path.replace("{no}", no), body)
    assert (answer.status, answer.body["code"], answer.body["rule"]) == (status, code, rule), answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert any("\u4e00" <= char <= "\u9fff" for char in answer.body["detail"])
    assert counted() == before


def test_the_same_key_opens_one_entry_and_another_body_under_it_is_refused(district):
    send = district["lead"].post
    answers = [
        send("/registers/vehicle_mark/steps/apply", VEHICLE, headers={"Idempotency-Key": "k1"})
        for _ in range(3)
    ]
    assert {one.body["no"] for one in answers} == {answers[0].body["no"]}
    assert counted() == (1, 1)
    other = send(
        "/registers/vehicle_mark/steps/apply",
        {**VEHICLE, "plate": "渝B54321"},
        headers={"Idempotency-Key": "k1"},
    )
    assert (other.status, other.body["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    "raw", [b"[]", b"{", b'{"plate": "\xff"}', b'{"a":1,"a":2}', b'{"plate": "\\ud800"}']
)
def test_what_cannot_be_read_is_malformed(district, raw):
    answer = district["lead"].send("POST", "/registers/vehicle_mark/steps/apply", raw=raw)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert counted() == (0, 0)


def test_the_document_names_every_register_and_the_fields_of_every_step(district):
    document = json.loads(district[None].get("/openapi.json").raw)
    assert document["paths"]["/api/v1/registers/{name}"]["get"]["parameters"]
    named = document["components"]["schemas"]["Step_vehicle_mark_apply"]
    assert "plate" in named["required"]
    assert named["additionalProperties"] is False
    for table in registers().values():
        for one in table.steps:
            known = f"Step_{table.name}_{one.name}" in document["components"]["schemas"]
            assert known is (one.who != ("system",))


def test_a_report_delivered_by_a_machine_stops_the_clock_of_its_case(district):
    """R43: delivered is delivered, by whichever door; how late it was nobody writes himself."""
    case = district["desk"].post("/cases", a_request(level="larger")).body["no"]
    made = district["desk"].post(
        "/registers/incident_report/steps/draft", {"case": case, "kind": "first", "nature": "火灾"}
    )
    assert made.status == 201, made.body
    here = f"/registers/incident_report/{quote(made.body['no'], safe='')}/steps"
    assert district["desk_lead"].post(f"{here}/sign", {"version": 1}).status == 200
    forged = district["desk"].post(f"{here}/deliver", {"version": 2, "late_minutes": 0})
    assert (forged.status, forged.body["code"]) == (422, "unknown_field")
    assert district["desk"].post(f"{here}/deliver", {"version": 2}).status == 200
    clocks = {one["kind"]: one for one in district["desk"].get(f"/cases/{case}").body["clocks"]}
    assert clocks["written_report"]["stopped_at"] is not None


def test_minutes_issued_by_a_machine_assign_their_tasks(district):
    """R45: a resolution with units and a date is a task, by whichever door the minutes come."""
    duty, at = district["duty_office"], datetime.now(UTC) + timedelta(minutes=1)
    period = f"{at.astimezone(ZONE).year}Q{(at.astimezone(ZONE).month - 1) // 3 + 1}"
    asked = {"period": period, "title": "例会", "at": at.isoformat(), "place": "三会议室", "units": ["CG"]}
    asked["agenda"] = [{"type": "stage", "text": "阶段性工作"}]
    made = duty.post("/registers/meeting/steps/convene", asked)
    assert made.status == 201, made.body
    here = f"/registers/meeting/{quote(made.body['no'], safe='')}/steps"
    roll = [{"unit": "CG", "present": True, "person": "李四"}]
    held = duty.post(
        f"{here}/hold", {"version": 1, "held_at": datetime.now(UTC).isoformat(), "attendance": roll}
    )
    assert held.status == 200, held.body
    resolved = [{"text": "清运垃圾", "units": ["CG"], "due": "2199-01-01"}]
    assert (
        duty.post(f"{here}/minutes", {"version": 2, "minutes": "议定", "resolutions": resolved}).status == 200
    )
    tasks = duty.get("/registers/task").body["items"]
    assert [one["data"]["source_no"] for one in tasks] == [made.body["no"]]
