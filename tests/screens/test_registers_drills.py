"""点验 and sanctions on pages: calling the roll, one tap's answer, the board, the calendar's gaps, dossier and letters."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from liandong.district import policy as policies
from liandong.district.accounts import create_account
from liandong.district.models import Unit
from liandong.registers import drills, notices, queries
from liandong.registers.store import act
from liandong.rules.model import Actor

pytestmark = pytest.mark.usefixtures("district")
DUTY, CG = Actor("duty_office", "duty_office"), Actor("unit", "cg", "CG")


@pytest.fixture
def sign_in():
    """A browser of one account: ``sign_in("cg", "unit", "CG")``."""

    def make(name, role=None, unit=""):
        account = create_account(
            name, role or name, unit or None, "Test-account-1", must_change_password=False
        )
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def call():
    return drills.begin(
        "call", {"title": "汛前点名", "field": "FX", "units": ["CG", "JT"], "asks": "报位置"}, DUTY
    )


def at(entry, more=""):
    return f"/registers/{entry.register}/{quote(entry.no, safe='')}{more}"


def test_the_duty_office_calls_the_roll_by_a_form_and_stands_before_the_board(sign_in):
    client = sign_in("duty_office")
    form = client.get("/registers/drill/new/call?units=CG&units=JT").content.decode()
    assert "防汛抗洪" in form
    assert 'data-check-all="units"' in form
    done = client.post(
        "/registers/drill/new/call",
        {"key": "k", "title": "汛前点名", "field": "FX", "units": ["CG", "JT"], "limit": "120"},
        follow=True,
    )
    assert done.redirect_chain[-1][0].endswith("/board")
    words = done.content.decode()
    assert "点名中" in words
    assert words.count("未应答") >= 2


def test_a_roll_call_without_units_is_refused_with_everything_kept(sign_in):
    done = sign_in("duty_office").post(
        "/registers/drill/new/call", {"key": "k", "title": "汛前点名", "field": "FX"}
    )
    assert done.status_code == 422
    assert "缺少参加单位" in done.content.decode()
    assert "汛前点名" in done.content.decode()


def test_every_page_of_a_unit_asks_for_its_roll_calls(sign_in):
    words = sign_in("cg", "unit", "CG").get("/unit/").content.decode()
    assert 'data-live-register="drill"' in words
    assert 'hx-get="/registers/drill/mine"' in words
    assert 'id="rollcall"' not in sign_in("duty_office").get("/duty/").content.decode()


def test_the_banner_is_the_receipt_and_one_tap_answers(sign_in, call):
    client = sign_in("cg", "unit", "CG")
    banner = client.get("/registers/drill/mine").content.decode()
    assert "区政府值班室点名" in banner
    assert "报位置" in banner
    assert [told.read_by for told in notices.of_entry(call.no) if told.to == "unit:CG"] == ["unit:CG:cg"]
    done = client.post(
        at(call, "/answer"),
        {"key": "k", "chosen": "陈值班", "equipment": "4"},
        headers={"HX-Request": "true"},
    )
    assert "已应答" in done.content.decode()
    entry = queries.get(DUTY, "drill", call.no)
    assert (entry.data["person:CG"], entry.data["equipment:CG"]) == ("陈值班", 4)
    assert "rollcall-head" not in client.get("/registers/drill/mine").content.decode()
    again = client.post(at(call, "/answer"), {"key": "k2"}, headers={"HX-Request": "true"})
    assert again.status_code == 422
    assert "已经应答" in again.content.decode()


def test_without_scripts_the_answer_leads_to_the_entry(sign_in, call):
    client = sign_in("cg", "unit", "CG")
    done = client.post(at(call, "/answer"), {"key": "k", "equipment": "三台"}, follow=True)
    assert "装备数应为" in done.content.decode()
    done = client.post(at(call, "/answer"), {"key": "k3", "position": "大厅"}, follow=True)
    assert "已应答，用时" in done.content.decode()
    assert "大厅" in done.content.decode()


def test_a_unit_neither_sees_the_board_nor_the_answers_of_others(sign_in, call):
    act("drill", "answer", {"person": "李交委", "position": "北门"}, Actor("unit", "jt", "JT"), no=call.no)
    client = sign_in("cg", "unit", "CG")
    assert client.get(at(call, "/board")).status_code == 403
    words = client.get(at(call)).content.decode()
    assert "北门" not in words
    assert "李交委" not in words
    assert sign_in("mz", "unit", "MZ").get(at(call)).status_code == 404
    assert client.get("/registers/drill_plan/").status_code == 403


def test_results_are_given_unit_by_unit_and_a_fail_needs_its_reason(sign_in, call):
    act("drill", "answer", {}, CG, no=call.no)
    act("drill", "close", {"closed_for": "点名结束"}, DUTY, no=call.no)
    client = sign_in("duty_office")
    refused = client.post(at(call, "/judge"), {"key": "k", "units": ["JT"], "result": "fail"})
    assert refused.status_code == 422
    assert "评为不合格须写明理由" in refused.content.decode()
    none = client.post(at(call, "/judge"), {"key": "k1"})
    assert "缺少" in none.content.decode()
    client.post(at(call, "/judge"), {"key": "k2", "units": ["JT"], "result": "fail", "reason": "无人应答"})
    done = client.post(at(call, "/judge"), {"key": "k3", "units": ["CG"], "result": "pass"}, follow=True)
    assert "登记问题，要求整改" in done.content.decode()
    finished = client.post(
        at(call, "/do/finish"),
        {"key": "k4", "version": queries.get(DUTY, "drill", call.no).version},
        follow=True,
    )
    assert "已评定" in finished.content.decode()
    assert "对不合格的单位复验" in client.get(at(call, "/board")).content.decode()


def test_the_inspector_watches_with_masked_names_and_judges_nothing(sign_in, call):
    act("drill", "answer", {"person": "陈值班"}, CG, no=call.no)
    client = sign_in("inspector")
    words = client.get(at(call, "/board")).content.decode()
    assert "陈**" in words
    assert "陈值班" not in words
    assert 'name="result"' not in words
    assert client.post(at(call, "/judge"), {"units": ["CG"], "result": "pass"}).status_code == 403


def test_the_calendar_shows_fields_without_a_plan_and_says_that_the_period_is_a_default(sign_in):
    client = sign_in("duty_office")
    words = client.get("/registers/drill_plan/calendar").content.decode()
    assert "14 个领域本期没有计划" in words
    assert "默认值，不在28号文中" in words
    assert client.get("/registers/drill_plan/calendar?day=昨天").status_code == 200
    assert "计划" in client.get("/registers/drill_plan/calendar?day=2018-05-01").content.decode()


@pytest.fixture
def sanction(call):
    given = {
        "unit": "CG",
        "kind": "talk",
        "violation": "duty",
        "facts": "点名无人应答",
        "findings": [call.no],
    }
    return act("sanction", "propose", given, DUTY)


def test_the_form_shows_figures_beside_and_fills_in_nothing(sign_in, call):
    client = sign_in("duty_office")
    words = client.get("/registers/sanction/new/propose?unit=CG").content.decode()
    assert "不会自动填入" in words
    assert call.no in words
    form = words.split('id="form"')[1].split("<aside>")[0]
    assert call.no not in form


def test_a_proposal_by_its_form_names_evidence_one_a_line(sign_in, call):
    client = sign_in("duty_office")
    given = {"key": "k", "unit": "CG", "kind": "record", "violation": "duty", "facts": "无人应答"}
    refused = client.post("/registers/sanction/new/propose", given)
    assert refused.status_code == 422
    assert "R66" in refused.content.decode()
    done = client.post(
        "/registers/sanction/new/propose", {**given, "key": "k2", "findings": f"{call.no}\n"}, follow=True
    )
    assert at(call) in done.content.decode()  # the evidence opens its entry


def test_the_dossier_is_for_its_unit_once_asked_and_has_the_letter(sign_in, sanction):
    client = sign_in("cg", "unit", "CG")
    assert client.get(at(sanction)).status_code == 404
    act("sanction", "ask", {}, DUTY, no=sanction.no)
    words = client.get(at(sanction)).content.decode()
    assert "陈述通知书" in words
    assert "提交陈述" in words
    answer = client.get(at(sanction, "/papers/statement.docx"))
    assert answer.content[:2] == b"PK"
    assert client.get(at(sanction, "/papers/request.docx")).status_code == 404
    assert client.get(at(sanction, "/papers/decision.pdf")).status_code == 404
    assert sign_in("jt", "unit", "JT").get(at(sanction)).status_code == 404
    assert sign_in("gov", "government").get(at(sanction)).status_code == 404


def test_referrals_are_closed_to_everybody_else(sign_in):
    assert sign_in("duty_office").get("/registers/referral/").status_code == 200
    for name, role, unit in (("inspector", "inspector", ""), ("cg", "unit", "CG"), ("desk", "desk", "")):
        assert sign_in(name, role, unit).get("/registers/referral/").status_code == 403


def test_who_took_over_a_dissolved_unit_answers_for_both_with_one_tap(sign_in, call, monkeypatch):
    """R22: from its last midnight in the district on, also at night when the server's UTC is a day behind."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    Unit.objects.filter(code="JT").update(valid_to=today, successors=["CG"])
    monkeypatch.setattr(policies, "_known", {})
    client = sign_in("cg", "unit", "CG")
    banner = client.get("/registers/drill/mine").content.decode()
    assert banner.count("data-call=") == 1
    assert "应答同时计入职责已由本单位承接的：区交委" in banner
    done = client.post(at(call, "/answer"), {"key": "k"}, headers={"HX-Request": "true"}).content.decode()
    assert "同时计入区交委" in done
    assert "data-call=" not in done
    board = sign_in("duty_office").get(at(call, "/board")).content.decode()
    assert "2</b>/2" in board
    assert "由承接单位区城市管理局应答" in board


def test_the_duty_office_does_not_call_itself(sign_in):
    form = sign_in("duty_office").get("/registers/drill/new/call").content.decode()
    assert 'name="units" value="CG"' in form
    assert 'name="units" value="YJ"' not in form
    assert "不填就是3分钟" in form
