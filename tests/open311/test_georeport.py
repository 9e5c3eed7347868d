"""Open311 GeoReport v2 with the text of its specification as the oracle: names, formats, filters, errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liandong.casework.execute import execute
from liandong.casework.models import Case
from liandong.rules.model import Actor, Command
from support.api import District, now_text
from support.georeport import SERVICE, GeoReport, Said, is_error, is_request

# path, query, the status of the error
NO_SENSE = [
    ("requests", {"status": "half"}, 400),
    ("requests", {"start_date": "2018-06-01"}, 400),
    ("requests", {"start_date": "2018-06-01T09:00:00"}, 400),
    ("requests", {"start_date": "2018-13-01T09:00:00Z"}, 400),
    ("requests", {"end_date": "9999-12-31T23:59:59-14:00"}, 400),
    ("requests", {"start_date": "2018-06-02T00:00:00Z", "end_date": "2018-06-01T00:00:00Z"}, 400),
    ("requests", {"start_date": "2018-01-01T00:00:00Z", "end_date": "2018-06-01T00:00:00Z"}, 400),
    ("requests", {"service_request_id": "x" * 50}, 400),
    ("requests", {"status": "open\x00"}, 400),
    ("services", {"jurisdiction_id": "city.gov"}, 404),
    ("requests", {"jurisdiction_id": "city.gov"}, 404),
    ("requests/QJFL-0", {}, 404),
    ("requests/' OR 1=1", {}, 404),
    ("nowhere", {}, 404),
]
NOT_TAKEN: list[tuple[dict[str, str], int]] = [
    ({"service_code": ""}, 400),
    ({"service_code": "XX-99"}, 404),
    ({"service_code": "GA-07"}, 404),
    ({"api_key": ""}, 403),
    ({"api_key": "ld_wrong"}, 403),
    ({"api_key": "令牌"}, 403),
    ({"address_string": ""}, 400),
    ({"lat": "29"}, 400),
    ({"lat": "91", "long": "106"}, 400),
    ({"lat": "nan", "long": "inf"}, 400),
    ({"description": "长" * 4001}, 400),
    ({"description": "字" * 30000}, 413),
    ({"description": "坏\x01字"}, 400),
    ({"address_string": "某" * 501}, 400),
    ({"phone": "不是号码"}, 400),
    ({"first_name": "名" * 81}, 400),
    ({"jurisdiction_id": "elsewhere"}, 404),
]
HOSTILE = [
    ("application/xml", b'<!DOCTYPE a [<!ENTITY x "y">]><service_request>&x;</service_request>', 415),
    ("application/json", b"{}", 415),
    ("application/x-www-form-urlencoded; charset=gbk", b"service_code=CG-02", 415),
    ("application/x-www-form-urlencoded", b"api_key=%ff%fe", 400),
    ("application/x-www-form-urlencoded", b"api_key=a&api_key=b", 400),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(5000)), 400),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken", 403),
    ("multipart/form-data", b"--x", 400),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\nhi\r\n--x--\r\n',
        400,
    ),
]
PRIVATE = ("张小三", "13800001234", "堆了三天", "某路口")


@pytest.fixture(params=["xml", "json"])
def door(request: pytest.FixtureRequest, district: District) -> GeoReport:
    return GeoReport(request.param, district.tokens["machine"])


def report(door: GeoReport, **fields: str) -> Said:
    """A harmless request for CG-02."""
    return door.post(
        **{
            "service_code": "CG-02",
            "address_string": "古南街道某路口",
            "description": "垃圾堆了三天，请清运",
            **fields,
        }
    )


def numbers(said: Said) -> set[str]:
    assert said.status == 200, said.raw[:300]
    return {item["service_request_id"] for item in said.items}


def test_the_list_of_services(door: GeoReport) -> None:
    said = door.get("services")
    assert (said.status, said.root) == (200, "services" if door.kind == "xml" else "")
    assert said.kind.startswith("text/xml" if door.kind == "xml" else "application/json")
    assert "utf-8" in said.kind
    for item in said.items:
        assert set(item) == SERVICE
        assert str(item["metadata"]).lower() == "false"
        assert item["type"] in ("realtime", "batch", "blackbox")
    codes = [item["service_code"] for item in said.items]
    assert len(set(codes)) == len(codes)
    assert "CG-02" in codes
    assert not {code for code in codes if code.startswith("GA-")}, (
        "the police's own matters are no public service"
    )


def test_a_services_definition(door: GeoReport) -> None:
    said = door.get("services/CG-02")
    assert said.status == 200
    assert said.items["service_code"] == "CG-02"
    assert not said.items["attributes"]
    is_error(door.get("services/GA-07"), 404)
    is_error(door.get("services/XX-99"), 404)


def test_where_the_endpoint_is_discovered(door: GeoReport) -> None:
    said = door.get("discovery")
    assert said.status == 200
    assert {"changeset", "contact", "key_service", "endpoints"} == set(said.items)
    assert b"/open311/v2" in said.raw
    assert b"http://wiki.open311.org/GeoReport_v2" in said.raw


def test_a_request_is_posted_and_followed_to_its_end(district: District, door: GeoReport) -> None:
    made = report(door, first_name="小三", last_name="张", phone="13800001234", lat="29.028", long="106.651")
    assert made.status == 201, made.raw
    assert set(made.items[0]) == {"service_request_id", "service_notice", "account_id"}
    no = made.items[0]["service_request_id"]
    case = district["desk"].get(f"/cases/{no}").body
    assert (case["source"]["channel"], case["state"]) == ("open311", "registered")
    assert set(case["safety"].values()) == {"unknown"}
    assert case["caller"]["name"] == "张小三"
    assert "垃圾堆了三天" in case["content"]
    assert "CG-02" in case["content"]
    [shown] = door.get(f"requests/{no}").items
    is_request(shown)
    assert (shown["status"], shown["service_code"]) == ("open", "CG-02")
    assert not any(word in str(shown) for word in PRIVATE)
    assert (float(shown["lat"]), float(shown["long"])) == (29.03, 106.65)
    district["desk"].do(
        no,
        "set_safety",
        safety=dict.fromkeys(("life", "property", "public"), "no"),
        reason="问过",
        second="desk2",
    )
    sent = district["desk"].do(
        no, "dispatch", lead_unit="CG", matter="CG-02", basis="市容", **{"class": "general"}
    )
    assert sent.status == 200, sent.body
    [shown] = door.get(f"requests/{no}").items
    is_request(shown)
    assert "城市管理" in shown["agency_responsible"]
    due = next(c["due_at"] for c in sent.body["clocks"] if c["kind"] == "handle")
    assert datetime.fromisoformat(shown["expected_datetime"]) == datetime.fromisoformat(due)
    assert district["desk"].do(no, "withdraw", reason="来电人撤回").status == 200
    [shown] = door.get(f"requests/{no}").items
    assert (shown["status"], shown["expected_datetime"]) == ("closed", None)
    assert numbers(door.get("requests", status="closed")) == {no}
    assert numbers(door.get("requests", status="open")) == set()


def test_a_token_gives_the_number(door: GeoReport) -> None:
    no = report(door).items[0]["service_request_id"]
    assert door.get(f"tokens/{no}").items == [{"service_request_id": no, "token": no}]
    is_error(door.get("tokens/nothing"), 404)


def test_filters(district: District, door: GeoReport) -> None:
    first, second = (report(door).items[0]["service_request_id"] for _ in range(2))
    third = report(door, service_code="QT").items[0]["service_request_id"]
    assert numbers(door.get("requests")) == {first, second, third}
    assert numbers(door.get("requests", service_request_id=f"{first}, {third},none")) == {first, third}
    assert numbers(door.get("requests", service_request_id=first, status="closed", service_code="QT")) == {
        first
    }
    assert numbers(door.get("requests", service_code="CG-02")) == {first, second}
    assert numbers(door.get("requests", service_code="CG-02,QT")) == {first, second, third}
    assert numbers(door.get("requests", service_code="XX-99")) == set()
    assert numbers(door.get("requests", status="open,closed")) == {first, second, third}
    assert numbers(door.get("requests", start_date=now_text(5))) == set()
    assert numbers(door.get("requests", jurisdiction_id="500110")) == {first, second, third}


def test_what_makes_no_sense_is_an_error_in_the_specifications_form(door: GeoReport) -> None:
    for path, query, code in NO_SENSE:
        is_error(door.get(path, **query), code)


def test_a_post_that_cannot_be_taken_registers_nothing(door: GeoReport) -> None:
    for fields, code in NOT_TAKEN:
        is_error(report(door, **fields), code)
    assert Case.objects.count() == 0


def test_only_a_machine_that_may_register_has_a_key(district: District, door: GeoReport) -> None:
    for who in ("desk", "lead", "machine_unit", "auditor"):
        door.key = district.tokens[who]
        is_error(report(door), 403)
    assert Case.objects.count() == 0


def test_hostile_bodies_are_refused(door: GeoReport) -> None:
    for media, data, code in HOSTILE:
        is_error(door.raw("POST", f"requests.{door.kind}", data, media), code)


def test_a_list_is_written_with_commas_or_by_repeating(district: District, door: GeoReport) -> None:
    made = {code: report(door, service_code=code).items[0]["service_request_id"] for code in ("CG-02", "QT")}
    both = set(made.values())
    end = door.kind
    assert numbers(door.raw("GET", f"requests.{end}?service_code=CG-02&service_code=QT")) == both
    assert numbers(door.raw("GET", f"requests.{end}?status=open&status=closed&service_code=")) == both
    asked = "&".join(f"service_request_id={no}" for no in both)
    assert numbers(door.raw("GET", f"requests.{end}?{asked}&start_date=never")) == both
    is_error(door.raw("GET", f"requests.{end}?status=open&status=half"), 400)


def test_an_empty_argument_is_one_that_is_not_given(district: District, door: GeoReport) -> None:
    empty = dict.fromkeys(("jurisdiction_id", "lat", "long", "email", "device_id", "first_name", "phone"), "")
    no = report(door, **empty).items[0]["service_request_id"]
    assert district["desk"].get(f"/cases/{no}").body["caller"]["anonymous"]
    silent = dict.fromkeys(("service_request_id", "service_code", "start_date", "end_date", "status"), "")
    assert numbers(door.get("requests", **silent)) == {no}


def test_attributes_of_a_form_that_asks_none_are_no_error(door: GeoReport) -> None:
    pairs = "attribute[A][]=1&attribute[A][]=2&attribute[A][]=3&attribute[B]=x"
    data = f"api_key={door.key}&service_code=CG-02&address_string=x&description=y&{pairs}".encode()
    media = "application/x-www-form-urlencoded; charset=utf-8"
    assert door.raw("POST", f"requests.{door.kind}", data, media).status == 201


def test_a_closed_request_was_last_modified_when_it_was_closed(district: District, door: GeoReport) -> None:
    no = report(door).items[0]["service_request_id"]
    assert district["desk"].do(no, "withdraw", reason="来电人撤回").status == 200
    closed = datetime.fromisoformat(district["desk"].get(f"/cases/{no}").body["closed_at"])
    later = closed + timedelta(days=1)
    execute(Command("note", no, {"text": "后来又打电话致谢"}), Actor("desk", "desk"), now=later)
    [shown] = door.get(f"requests/{no}").items
    assert datetime.fromisoformat(shown["updated_datetime"]) == closed.replace(microsecond=0)


def test_other_methods_and_other_formats(door: GeoReport) -> None:
    said = door.raw("DELETE", f"requests.{door.kind}")
    is_error(said, 405)
    assert said.headers["Allow"] == "GET, POST"
    is_error(door.raw("POST", f"services.{door.kind}"), 405)
    is_error(door.raw("GET", "requests.html"), 404)
    is_error(door.raw("GET", ""), 404)


def test_the_same_sending_again_is_one_request(district: District) -> None:
    door = GeoReport("json", district.tokens["machine"])
    data = f"api_key={door.key}&service_code=CG-02&address_string=x&description=y".encode()
    sent = [
        door.raw(
            "POST", "requests.json", data, "application/x-www-form-urlencoded", **{"Idempotency-Key": key}
        )
        for key in ("a", "a", "b")
    ]
    ids = [one.items[0]["service_request_id"] for one in sent]
    assert ids[0] == ids[1] != ids[2]
    assert Case.objects.count() == 2


def test_too_many_requests_are_slowed_down(district: District) -> None:
    door = GeoReport("xml")
    answers = [door.client.get("/open311/v2/services/CG-02.xml") for _ in range(61)]
    assert [one.status_code for one in answers][-2:] == [200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert b"<errors>" in answers[-1].content


def test_nothing_sensitive_is_ever_public(district: District) -> None:
    """R19, 举报, confidence, the police's, danger, large events, drills: by no number and in no list."""
    desk, clear = district["desk"], dict.fromkeys(("life", "property", "public"), "no")
    shown = district.handling()
    hidden = [
        district.registered(),  # no person has dispatched it
        district.dispatched(kind="report"),
        district.dispatched(caller={"name": "张小三", "phone": "13800001234", "confidential": True}),
        district.dispatched(source={"channel": "drill", "ref": "d1"}),
        district.dispatched(level="larger"),
    ]
    of_police = district.registered(kind="complaint", summary="投诉民警态度")
    sent = district["desk_lead"].do(
        of_police, "dispatch", lead_unit="GA", matter="GA-07", basis="涉警", **{"class": "general"}
    )
    assert sent.status == 200, sent.body
    with_police = district.dispatched()
    assert desk.do(with_police, "to_police", reason="现场打架").status == 200
    was_police = district.dispatched()
    assert desk.do(was_police, "to_police", reason="现场打架").status == 200
    assert desk.do(was_police, "police_done", outcome="handled", remainder="余下的清运").status == 200
    dangerous = district.dispatched()
    assert desk.do(dangerous, "set_safety", safety={**clear, "life": "yes"}, reason="有人受伤").status == 200
    door = GeoReport("json", district.tokens["machine"])
    about_police = report(door, description="派出所民警收红包，我要投诉").items[0]["service_request_id"]
    hidden += [of_police, with_police, was_police, dangerous, about_police]
    assert numbers(door.get("requests")) == {shown}
    assert numbers(door.get("requests", service_request_id=",".join([shown, *hidden]))) == {shown}
    for no in hidden:
        is_error(door.get(f"requests/{no}"), 404)
        is_error(door.get(f"tokens/{no}"), 404)
    assert not any(word in str(door.get("requests").items) for word in PRIVATE)


def pool(district: District) -> list[str]:
    """Four public cases, the same for every example."""
    while Case.objects.count() < 4:
        district.dispatched()
    return sorted(Case.objects.values_list("no", flat=True))


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(
    ages=st.lists(st.integers(0, 200), min_size=1, max_size=4),
    start=st.none() | st.integers(0, 210),
    end=st.none() | st.integers(0, 210),
    offset=st.sampled_from([0, 8, -5]),
)
def test_a_span_finds_exactly_what_lies_in_it(
    district: District, ages: list[int], start: int | None, end: int | None, offset: int
) -> None:
    """Ages, start and end in days before now, the cases half a day later than the bounds."""
    now = datetime.now(UTC)
    made = {no: now - timedelta(days=age, hours=12) for no, age in zip(pool(district), ages, strict=False)}
    for no in pool(district):
        at = made.get(no, now - timedelta(days=2_000))
        Case.objects.filter(no=no).update(received_ms=int(at.timestamp() * 1000))
    zone = timezone(timedelta(hours=offset))
    query: dict[str, Any] = {}
    since, until = None, None
    if start is not None:
        since = now - timedelta(days=start)
        query["start_date"] = since.astimezone(zone).isoformat(timespec="seconds")
    if end is not None:
        until = now - timedelta(days=end)
        query["end_date"] = until.astimezone(zone).isoformat(timespec="seconds")
    said = GeoReport("json").get("requests", **query)
    if since and until and (until < since or until - since > timedelta(days=90)):
        is_error(said, 400)
        return
    low = since or (until or now) - timedelta(days=90)
    high = until or (since + timedelta(days=90) if since else now)
    assert numbers(said) == {no for no, at in made.items() if low <= at <= high}
    shown = [item["service_request_id"] for item in said.items]
    assert shown == sorted(shown, key=lambda no: made[no], reverse=True)
