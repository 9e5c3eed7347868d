"""The pages of an incident without a browser: level, joint disposal, reports, resources, log, review (R39–R44, R52, R53)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liandong.casework.execute import execute
from liandong.casework.queries import load_case
from liandong.district import accounts
from liandong.registers import queries as registers
from liandong.registers import store
from liandong.rules.model import Actor, Command

pytestmark = pytest.mark.usefixtures("district")
SAFE = {"life": "no", "property": "no", "public": "no"}
DESK, DUTY = Actor("desk", "seeder"), Actor("duty_office", "seeder")


def signed_in(role: str, unit: str | None = None, name: str = "someone") -> Client:
    account = accounts.create_account(name, role, unit, "Correct-Horse-9", must_change_password=False)
    account.trained_version = 1
    account.save()
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_case(n: int = 1, *, level: str | None = None, ago: float = 3) -> str:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=ago)
    fields: dict[str, Any] = {
        "kind": "help",
        "summary": f"小区燃气泄漏（{n}）",
        "content": "小区里燃气味道很大",
        "safety": SAFE,
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": f"incident-{n}"},
        "place": {"text": "天桥路口三号门", "township": "古南街道"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    no = execute(Command("register", None, fields), DESK, now=at).no
    if level:
        execute(Command("set_level", no, {"level": level, "reason": "伤亡"}), DESK)
    return no


def hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found is not None
    return found[1]


# -- the level ----------------------------------------


def test_the_numbers_propose_a_level_and_say_what_would_change_it() -> None:
    no, client = a_case(), signed_in("desk")
    page = client.post(
        f"/incidents/{no}/level/proposal", {"kind": "work_safety", "n-dead": "2"}
    ).content.decode()
    assert "再有1人死亡，即为较大" in page
    assert "直接经济损失尚不清楚，达到1000万元，即为较大" in page
    assert re.search(r'id="l-general" value="general" checked', page)
    page = client.post(
        f"/incidents/{no}/level/proposal", {"kind": "work_safety", "n-dead": "3"}
    ).content.decode()
    assert re.search(r'id="l-larger" value="larger" checked', page)
    assert "“3人以上10人以下死亡”为较大" in page


def test_the_machine_sets_nothing_a_person_does() -> None:
    no, client = a_case(), signed_in("desk")
    client.post(f"/incidents/{no}/level/proposal", {"kind": "work_safety", "n-dead": "30"})
    assert load_case(no).state["level"] == "none"
    page = client.get(f"/incidents/{no}/level")
    sent = client.post(
        f"/incidents/{no}/level",
        {
            "level": "larger",
            "reason": "死亡3人，493号令第三条",
            "key": hidden(page, "key"),
            "version": hidden(page, "version"),
        },
    )
    assert sent.status_code == 302
    assert load_case(no).state["level"] == "larger"
    history = client.get(f"/incidents/{no}/level").content.decode()
    assert "死亡3人，493号令第三条" in history


def test_what_a_person_wrote_is_not_overwritten_by_the_next_proposal() -> None:
    no, client = a_case(), signed_in("desk")
    typed = {"kind": "work_safety", "n-dead": "3", "auto": "旧的建议", "reason": "现场指挥员报告"}
    assert (
        "现场指挥员报告</textarea>" in client.post(f"/incidents/{no}/level/proposal", typed).content.decode()
    )
    untouched = {**typed, "reason": "旧的建议"}
    assert (
        "旧的建议</textarea>"
        not in client.post(f"/incidents/{no}/level/proposal", untouched).content.decode()
    )


def test_a_level_without_a_reason_is_refused() -> None:
    no, client = a_case(), signed_in("desk")
    page = client.get(f"/incidents/{no}/level")
    refused = client.post(
        f"/incidents/{no}/level", {"level": "larger", "reason": "", "key": hidden(page, "key")}
    )
    assert refused.status_code == 422
    assert "理由" in refused.content.decode()
    assert load_case(no).state["level"] == "none"


def test_a_unit_raises_and_the_duty_office_alone_lowers() -> None:
    no = a_case(level="major")
    fields = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责"}
    execute(Command("dispatch", no, fields), DESK)
    unit = signed_in("unit", "CG", "unit")
    page = unit.get(f"/incidents/{no}/level").content.decode()
    assert 'value="extreme"' in page
    assert 'value="larger"' not in page
    refused = unit.post(f"/incidents/{no}/level", {"level": "general", "reason": "没事"})
    assert refused.status_code == 422
    assert "R44" in refused.content.decode()
    duty = signed_in("duty_office", None, "duty")
    assert duty.post(f"/incidents/{no}/level", {"level": "larger", "reason": "核实后降低"}).status_code == 302
    assert "降为" in duty.get(f"/incidents/{no}/level").content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        {"n-dead": "三"},
        {"n-dead": "-1"},
        {"n-dead": "1.5"},
        {"n-loss": "1e400"},
        {"n-dead": "9" * 40},
        {"n-dead": "NaN"},
    ],
)
def test_a_number_that_is_none_is_refused_at_its_field(typed: dict[str, str]) -> None:
    no, client = a_case(), signed_in("desk")
    page = client.post(f"/incidents/{no}/level/proposal", {"kind": "work_safety", **typed})
    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.content.decode()
    assert "R32" in page.content.decode()


def test_an_unknown_kind_or_factor_breaks_nothing() -> None:
    no, client = a_case(), signed_in("desk")
    for typed in ({"kind": "x"}, {"factor": ["magic"]}, {"kind": "fire", "factor": ["school", "magic"]}):
        assert client.post(f"/incidents/{no}/level/proposal", typed).status_code == 200


def test_a_case_that_one_may_not_see_has_no_level_page() -> None:
    no, stranger = a_case(), signed_in("unit", "HB")
    for path in ("level", "joint", "reports", "log"):
        assert stranger.get(f"/incidents/{no}/{path}").status_code in (403, 404)
    assert signed_in("auditor", None, "auditor").get(f"/incidents/{no}/level").status_code == 403


# -- joint disposal ----------------------------------------


def test_one_sending_tells_police_units_and_sets_the_level() -> None:
    no, client = a_case(), signed_in("desk")
    page = client.get(f"/incidents/{no}/joint")
    assert "U-G" in page.content.decode()
    typed = {
        "reason": "燃气泄漏",
        "joint_units": ["U-G", "WJ"],
        "level": "larger",
        "level_reason": "可能爆炸",
        "key": hidden(page, "key"),
        "version": hidden(page, "version"),
    }
    assert client.post(f"/incidents/{no}/joint", typed).status_code == 302
    assert client.post(f"/incidents/{no}/joint", typed).status_code == 302
    state = load_case(no).state
    assert (state["state"], state["level"], sorted(state["joint_units"])) == (
        "police",
        "larger",
        ["U-G", "WJ"],
    )
    assert [e["type"] for e in _events(no)].count("to_police") == 1


def _events(no: str) -> list[dict[str, Any]]:
    from liandong.casework import history

    return history.events_of(no, DUTY) or []


def test_a_level_without_its_reason_sends_nothing_and_keeps_what_was_typed() -> None:
    no, client = a_case(), signed_in("desk")
    refused = client.post(
        f"/incidents/{no}/joint",
        {"reason": "燃气泄漏", "joint_units": ["U-G"], "level": "larger", "key": "k"},
    )
    assert refused.status_code == 422
    assert "燃气泄漏</textarea>" in refused.content.decode()
    assert load_case(no).state["state"] == "registered"


# -- reports ----------------------------------------


def reported(no: str) -> str:
    """A first report drafted, signed, delivered through the pages; its number."""
    desk, lead = signed_in("desk", None, "drafter"), signed_in("desk_lead", None, "signer")
    page = desk.get(f"/incidents/{no}/reports/new?kind=first")
    parts = dict(re.findall(r'name="(\w+)" rows="\d">([^<]*)</textarea>', page.content.decode()))
    sent = desk.post(f"/incidents/{no}/reports/new", {**parts, "kind": "first", "key": hidden(page, "key")})
    assert sent.status_code == 302
    report = sent.url.rsplit("/", 1)[1]
    assert lead.post(f"/incidents/{no}/reports/{report}/sign", {"opinion": "同意"}).status_code == 302
    assert desk.post(f"/incidents/{no}/reports/{report}/deliver", {"key": "d"}).status_code == 302
    return str(report)


def test_a_report_goes_from_draft_to_receipt() -> None:
    no = a_case(level="larger")
    report = reported(no)
    duty = signed_in("duty_office", None, "duty")
    assert report in duty.get("/duty/major").content.decode()
    assert duty.post(f"/incidents/{no}/reports/{report}/receive", {}).status_code == 302
    page = duty.get(f"/incidents/{no}/reports/{report}").content.decode()
    assert "已签收" in page
    assert "待核" in page
    written = [c for c in load_case(no).state["clocks"].values() if c["kind"] == "written_report"]
    assert written[-1]["outcome"] == "on_time"


def test_late_is_shown_with_its_minutes() -> None:
    no = a_case(level="larger", ago=62)
    report = reported(no)
    page = signed_in("duty_office", None, "duty").get(f"/incidents/{no}/reports/{report}").content.decode()
    assert re.search(r"迟报 2[234] 分钟", page)


def test_whoever_drafted_cannot_sign() -> None:
    no, lead = a_case(level="larger"), signed_in("desk_lead", None, "both")
    sent = lead.post(f"/incidents/{no}/reports/new", {"kind": "first", "nature": "燃气泄漏", "key": "k"})
    refused = lead.post(f"{sent.url}/sign", {})
    assert refused.status_code == 422
    assert "I7" in refused.content.decode()


def test_the_papers_are_files_and_their_leaving_is_recorded() -> None:
    no = a_case(level="larger")
    report = reported(no)
    desk = signed_in("desk", None, "reader")
    word = desk.get(f"/incidents/{no}/reports/{report}/docx")
    assert word.content[:2] == b"PK"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM casework_reveal WHERE case_no = %s AND reason LIKE %s", [no, f"%{report}%"]
        )
        assert cursor.fetchone()[0] == 1


def test_a_report_belongs_to_its_case() -> None:
    no, other = a_case(level="larger"), a_case(2, level="larger")
    report = reported(no)
    client = signed_in("desk", None, "reader")
    assert client.get(f"/incidents/{other}/reports/{report}").status_code == 404
    assert client.get(f"/incidents/{no}/reports/BG-1999-0001").status_code == 404


# -- resources, log, review ----------------------------------------


def test_two_incidents_that_want_one_vehicle_are_told_so() -> None:
    one, two = a_case(level="larger"), a_case(2, level="larger")
    duty = signed_in("duty_office")
    given = {"resource": "V-02", "task": "抢险", "key": "a"}
    assert (
        duty.post("/incidents/means/deployment/assign", {**given, "case": one, "incident": one}).status_code
        == 302
    )
    refused = duty.post(
        "/incidents/means/deployment/assign", {**given, "case": two, "incident": two, "key": "b"}
    )
    assert refused.status_code == 422
    assert f"正用于 {one}" in refused.content.decode()
    assert "市政抢险车1号" in duty.get(f"/incidents/{one}/log").content.decode()


def test_a_unit_reports_the_state_of_its_own_resources() -> None:
    unit = signed_in("unit", "WJ")
    page = unit.get("/incidents/means").content.decode()
    assert "区人民医院" in page
    sent = unit.post(
        "/incidents/means/resource_status/enter", {"resource": "H-01", "beds_free": "12", "key": "a"}
    )
    assert sent.status_code == 302
    assert "<b>12</b>/60" in unit.get("/incidents/means").content.decode()
    assert (
        unit.post("/incidents/means/resource_status/enter", {"resource": "V-02", "key": "b"}).status_code
        == 422
    )
    assert unit.post("/incidents/means/deployment/assign", {"resource": "V-02"}).status_code in (403, 422)
    assert unit.post("/incidents/means/nothing/assign", {}).status_code == 404


def test_a_unit_is_not_told_which_case_uses_a_vehicle() -> None:
    no = a_case(level="larger")
    store.act("deployment", "assign", {"case": no, "resource": "V-02", "task": "抢险"}, DUTY)
    page = signed_in("unit", "WJ").get("/incidents/means").content.decode()
    assert "已派" in page
    assert no not in page


def test_the_page_of_resources_asks_the_store_as_often_for_many_as_for_few() -> None:
    duty = signed_in("duty_office")
    no = a_case(level="larger")
    counts = []
    for codes in (("V-02",), ("V-03", "V-04", "T-01", "T-02")):
        for code in codes:
            store.act("deployment", "assign", {"case": no, "resource": code, "task": "抢险"}, DUTY)
            store.act("resource_status", "enter", {"resource": code}, DUTY)
        duty.get("/incidents/means")
        with CaptureQueriesContext(connection) as asked:
            duty.get("/incidents/means")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_partner_is_asked_and_the_answer_stands_beside() -> None:
    no, duty = a_case(level="larger"), signed_in("duty_office")
    told = {"partner": "P-01", "text": "请封闭入口", "case": no, "incident": no, "key": "a"}
    assert duty.post("/incidents/means/partner_message/send", told).status_code == 302
    entry = registers.find(DUTY, "partner_message").items[0]
    answered = {"no": entry.no, "version": entry.version, "answer": "已封闭", "incident": no, "key": "b"}
    assert duty.post("/incidents/means/partner_message/answer", answered).status_code == 302
    page = duty.get(f"/incidents/{no}/means").content.decode()
    assert "已封闭" in page
    assert "请封闭入口" in duty.get(f"/incidents/{no}/log").content.decode()


def test_the_review_shows_planned_and_actual_and_waits_with_lessons() -> None:
    no, duty = a_case(level="larger", ago=30), signed_in("duty_office")
    page = duty.get(f"/incidents/{no}/review").content.decode()
    assert "10分钟电话报告" in page
    assert re.search(r"超时 2\d 分钟", page) or re.search(r"超时 1\d 分钟", page)
    assert "事件还没有办结" in page
    refused = duty.post(f"/incidents/{no}/review", {"lessons": "慢", "key": "k"})
    assert refused.status_code == 422
    assert duty.get(f"/incidents/{no}/review/docx").content[:2] == b"PK"


def test_a_telephone_report_keeps_its_evidence() -> None:
    no, desk = a_case(level="larger"), signed_in("desk")
    sent = desk.post(
        f"/duty/do/{no}/report_by_phone",
        {
            "callee": "区政府值班室 李",
            "content": "燃气泄漏",
            "evidence": "录音 0611",
            "back": f"/duty/major/{no}",
        },
    )
    assert sent.status_code == 302
    told = next(e for e in _events(no) if e["type"] == "report_by_phone")
    assert told["fields"]["content"] == "燃气泄漏\n凭据：录音 0611"


def test_the_command_page_offers_presets_and_the_other_pages() -> None:
    no, duty = a_case(level="larger"), signed_in("duty_office")
    page = duty.get(f"/duty/major/{no}").content.decode()
    for words in ("各街镇、园区", "书面报告", "资源和协作", "复盘", "等级研判"):
        assert words in page
