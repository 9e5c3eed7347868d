"""An incident beside its case: reports in order and once, the clock they stop, joint disposal, resources (R41–R44, R52, C7)."""

from __future__ import annotations

import io
import sys
from datetime import timedelta

import pytest
from docx import Document

from liandong.casework import queries
from liandong.casework.execute import Refused
from liandong.casework.history import events_of
from liandong.district import grading, packs
from liandong.engine import incident_papers, incident_reports, incident_review, joint
from liandong.engine.official import to_docx
from liandong.registers import check, store
from liandong.registers import queries as registers
from liandong.rules.grading import numbers_in, propose
from liandong.rules.model import Actor
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
DESK, LEAD, DUTY, OTHER = flow.DESK, flow.LEAD, flow.DUTY, Actor("duty_office", "qian")
WJ = Actor("unit", "sun", "WJ")
execute_module = sys.modules[Refused.__module__]
SAID = {"nature": "燃气泄漏", "measures": "已疏散"}


@pytest.fixture(autouse=True)
def district():
    packs.load(PACK)


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def case(policy, now):
    no = flow.register(now, policy, "grave")
    flow.do("set_level", no, DESK, now, policy, level="larger", reason="死亡3人")
    return no


def act(register, step, actor, now, no=None, **fields):
    return store.act(register, step, fields, actor, no=no, now=now)


def draft(case, now, kind="first", actor=DESK, **more):
    return act("incident_report", "draft", actor, now, case=case, kind=kind, **{**SAID, **more})


def sent(case, now, kind="first"):
    """A report drafted, signed by the desk lead and delivered; its number."""
    no = draft(case, now, kind).no
    act("incident_report", "sign", LEAD, now, no)
    incident_reports.deliver(no, DESK, issuer="110", now=now)
    return no


def refused(call, *given, **fields):
    with pytest.raises(Refused) as error:
        call(*given, **fields)
    return error.value.refusal


def clock(case, kind, now, policy):
    found = queries.get_case(case, DUTY, policy=policy, now=now)["clocks"]
    return next(one for one in reversed(found) if one["kind"] == kind)


# -- reports ----------------------------------------


def test_a_report_is_drafted_from_the_case_itself(policy, now, case):
    flow.do(
        "to_police", case, DESK, now + timedelta(minutes=2), policy, reason="险情", joint_units=["U-G", "WJ"]
    )
    view = queries.get_case(case, DESK, policy=policy, now=now)
    said = incident_papers.prefill(view, events_of(case, DESK, policy=policy, now=now), policy)
    assert said["received"] == "2018年6月1日8时59分"
    assert said["source"].startswith("群众拨打110")
    assert said["place"] == "古南街道中山路 1 号门口"
    assert "较大事件" in said["nature"]
    assert "死亡3人" in said["nature"]
    joint_units = f"{policy.units['U-G'].name}、{policy.units['WJ'].name}"
    assert f"指令公安民警先期处警，同时通知{joint_units}联合处置" in said["measures"]
    assert {"影响范围", "发展趋势", "建议"} <= set(incident_papers.missing(said))


def test_the_numbers_that_a_level_was_given_by_are_losses_and_scope_of_the_report(policy, now, case):
    """C7: who wrote three dead into the grading does not write it again into the report."""
    at = now.astimezone(policy.zone).date()
    table = grading.table_of(grading.read(PACK), at)
    found = propose(table, "work_safety", {"dead": 12, "injured": 5, "loss": 2_000_000}, (), at)
    flow.do("set_level", case, DUTY, now + timedelta(minutes=3), policy, level="major", reason=found.why)
    view = queries.get_case(case, DESK, policy=policy, now=now)
    events = events_of(case, DESK, policy=policy, now=now)
    said = incident_papers.prefill(view, events, policy, table=table)
    assert said["loss"] == "死亡（含失踪）12人、重伤5人、直接经济损失200万元"
    assert said["scope"] == ""
    typed = "现场死亡3人，转移疏散40人（尚未核实）；第三条“参与聚集500人”、滞留30人以上"
    assert numbers_in(table, typed) == {"dead": "死亡3人", "evacuated": "转移疏散40人"}
    assert incident_papers.prefill(view, events, policy)["loss"] == ""


def test_what_is_not_known_stands_in_the_paper_as_to_be_checked(policy, now, case):
    entry = draft(case, now, scope="")
    view = queries.get_case(case, DESK, policy=policy, now=now)
    paper = incident_papers.paper(entry, view, policy, issuer="区公安局110报警服务台")
    words = "\n".join(p.text for p in Document(io.BytesIO(to_docx(paper))).paragraphs)
    assert "影响范围" in words
    assert "待核" in words
    assert "燃气泄漏" in words
    assert "初报" in words
    assert "草稿，未经签发" in words


def test_the_first_report_delivered_stops_the_clock_at_the_servers_time(policy, now, case):
    later = now + timedelta(minutes=30)
    no = sent(case, later)
    stopped = clock(case, "written_report", later, policy)
    assert stopped["outcome"] == "on_time"
    assert stopped["stopped_at"].startswith("2018-06-01T09:30")
    told = [e for e in events_of(case, DUTY, policy=policy, now=later) if e["type"] == "report_in_writing"]
    assert "燃气泄漏" in told[0]["fields"]["document"]
    assert registers.get(DUTY, "incident_report", no).data["late_minutes"] == 0


def test_a_late_report_says_by_how_many_minutes(policy, now, case):
    flow.run_clock(case, now + timedelta(minutes=40), policy)
    no = sent(case, now + timedelta(minutes=44, seconds=1))
    assert registers.get(DUTY, "incident_report", no).data["late_minutes"] == 6  # 40 minutes after 8:59
    assert clock(case, "written_report", now, policy)["outcome"] == "late"


def test_nobody_signs_what_they_wrote_and_nobody_receives_what_they_delivered(now, case):
    no = draft(case, now, actor=LEAD).no
    assert refused(act, "incident_report", "sign", LEAD, now, no).code == "own_request"
    act("incident_report", "sign", Actor("desk_lead", "zhao"), now, no)
    incident_reports.deliver(no, DESK, issuer="110", now=now)
    received = act("incident_report", "receive", DUTY, now, no)
    assert received.state == "received"
    assert received.by["receive"] == "duty_office:zhao"


def test_a_desk_officer_cannot_sign(now, case):
    no = draft(case, now).no
    assert refused(act, "incident_report", "sign", Actor("desk", "chen"), now, no).code == "wrong_role"


def test_what_was_signed_is_never_changed_and_every_draft_is_kept(now, case):
    no = draft(case, now).no
    act("incident_report", "revise", DESK, now, no, nature="燃气泄漏，未起火")
    act("incident_report", "sign", LEAD, now, no)
    assert refused(act, "incident_report", "revise", DESK, now, no, nature="别的").code == "wrong_state"
    log = registers.log(DUTY, "incident_report", no)
    assert [one.changed.get("nature") for one in log][:2] == ["燃气泄漏", "燃气泄漏，未起火"]
    assert list(check.violations()) == []


def test_reports_come_in_order_first_then_further_then_final(policy, now, case):
    assert "还没有初报" in refused(draft, case, now, "further").detail
    first = draft(case, now)
    assert "还没有报出" in refused(draft, case, now, "further").detail
    act("incident_report", "sign", LEAD, now, first.no)
    incident_reports.deliver(first.no, DESK, issuer="110", now=now)
    assert "初报已经报出" in refused(draft, case, now).detail
    assert "处置还没有结束" in refused(draft, case, now, "final").detail
    sent(case, now, "further")
    second = draft(case, now, "further")
    assert incident_papers.name_of(second.data) == "续报二"


def test_a_final_report_when_the_emergency_is_over(policy, now, case):
    flow.do("report_by_phone", case, DESK, now, policy, callee="值班室", content="已报")
    sent(case, now)
    flow.do("to_police", case, DESK, now, policy, reason="险情")
    flow.do("police_done", case, DESK, now, policy, outcome="handled", remainder=None)
    final = sent(case, now, "final")
    assert incident_papers.name_of(registers.get(DUTY, "incident_report", final).data) == "终报"
    assert "终报已经报出" in refused(draft, case, now, "further").detail


def test_no_report_below_larger_and_none_about_nothing(policy, now, case):
    small = flow.register(now, policy, "small")
    assert refused(draft, small, now).rule == "R43"
    assert refused(draft, case, now, nature="", measures="").code == "missing_field"
    assert refused(draft, "QJFL-500110-20180601-09999-7", now).code == "not_found"


def test_nothing_is_delivered_when_its_case_refuses_it(policy, now, case):
    no = draft(case, now).no
    act("incident_report", "sign", LEAD, now, no)
    assert refused(incident_reports.deliver, no, DUTY, issuer="110", now=now).code == "wrong_role"
    assert registers.get(DUTY, "incident_report", no).state == "signed"
    assert clock(case, "written_report", now, policy)["stopped_at"] is None


def test_a_delivery_sent_twice_is_one(policy, now, case):
    no = draft(case, now).no
    act("incident_report", "sign", LEAD, now, no)
    for _ in range(2):
        done = incident_reports.deliver(no, DESK, issuer="110", key="once", now=now)
    assert done.state == "delivered"
    told = [e for e in events_of(case, DUTY, policy=policy, now=now) if e["type"] == "report_in_writing"]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("n", "words"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")]
)
def test_reports_are_counted_in_chinese(n, words):
    assert incident_papers.numeral(n) == words


# -- joint disposal ----------------------------------------


def order(**more):
    return joint.Joint("燃气泄漏，有人被困", ["U-G", "WJ", "JT"], "larger", "可能影响公共安全", **more)


def test_police_units_and_level_in_one_instant(policy, now):
    no = flow.register(now, policy, "joint")
    joint.dispose(no, order(), DESK, key="one", now=now, policy=policy)
    view = queries.get_case(no, DUTY, policy=policy, now=now)
    assert (view["state"], view["level"]) == ("police", "larger")
    started = {c["started_at"] for c in view["clocks"] if c["kind"] == "ack"}
    assert len(started) == 1
    assert {c["unit"] for c in view["clocks"] if c["kind"] == "ack"} == {"police", "U-G", "WJ", "JT"}
    assert clock(no, "phone_report", now, policy)["started_at"].startswith("2018-06-01T08:59")
    assert clock(no, "written_report", now, policy)["stopped_at"] is None


def test_a_fault_in_between_leaves_nothing(policy, now, monkeypatch):
    no = flow.register(now, policy, "fault")
    real = execute_module.execute

    def failing(command, *given, **more):
        if command.name == "to_police":
            raise RuntimeError("power cut")
        return real(command, *given, **more)

    monkeypatch.setattr(execute_module, "execute", failing)
    with pytest.raises(RuntimeError):
        joint.dispose(no, order(), DESK, key="one", now=now, policy=policy)
    monkeypatch.setattr(execute_module, "execute", real)
    view = queries.get_case(no, DUTY, policy=policy, now=now)
    assert (view["state"], view["level"]) == ("registered", "none")
    joint.dispose(no, order(), DESK, key="one", now=now, policy=policy)
    assert queries.get_case(no, DUTY, policy=policy, now=now)["state"] == "police"


def test_a_refused_part_refuses_the_whole(policy, now):
    no = flow.register(now, policy, "part")
    wrong = order()._replace(units=["U-G", "NOWHERE"])
    assert refused(joint.dispose, no, wrong, DESK, key="one", now=now, policy=policy).code == "unknown_unit"
    assert queries.get_case(no, DUTY, policy=policy, now=now)["level"] == "none"
    silent = order()._replace(level_reason="")
    assert refused(joint.dispose, no, silent, DESK, key="two", now=now, policy=policy).field == "reason"
    assert queries.get_case(no, DUTY, policy=policy, now=now)["state"] == "registered"


def test_sent_twice_is_done_once(policy, now):
    no = flow.register(now, policy, "twice")
    assert not joint.dispose(no, order(), DESK, key="one", now=now, policy=policy).existing
    assert joint.dispose(no, order(), DESK, key="one", now=now, policy=policy).existing
    kinds = [e["type"] for e in events_of(no, DUTY, policy=policy, now=now)]
    assert kinds.count("to_police") == 1
    assert kinds.count("set_level") == 1


# -- resources ----------------------------------------


def assign(case, resource, now, actor=DUTY):
    return act("deployment", "assign", actor, now, case=case, resource=resource, task="抢险")


def test_a_vehicle_serves_one_incident_and_the_refusal_says_which(policy, now, case):
    other = flow.register(now, policy, "other")
    entry = assign(case, "V-02", now)
    found = refused(assign, other, "V-02", now)
    assert case in found.detail
    assert found.field == "resource"
    act("deployment", "release", DUTY, now, entry.no)
    assert assign(other, "V-02", now).state == "assigned"


def test_a_hospital_serves_several_incidents_at_once(policy, now, case):
    other = flow.register(now, policy, "other")
    assign(case, "H-01", now)
    assert assign(other, "H-01", now).state == "assigned"
    assert "不必再派" in refused(assign, other, "H-01", now).detail


def test_what_is_out_of_service_cannot_be_sent(now, case):
    entry = act("resource_status", "enter", DUTY, now, resource="V-03")
    act("resource_status", "take_out", DUTY, now, entry.no, reason="送修")
    assert "送修" in refused(assign, case, "V-03", now).detail
    act("resource_status", "bring_back", DUTY, now, entry.no)
    assert assign(case, "V-03", now).unit == "CG"


def test_a_unit_keeps_the_status_of_its_own_and_no_other(now):
    entry = act("resource_status", "enter", WJ, now, resource="H-01", beds_free=12, ambulances_free=3)
    assert entry.data["changed_by"] == "unit:WJ:sun"
    assert refused(act, "resource_status", "enter", WJ, now, resource="V-02").code == "not_your_entry"
    assert "一共只有 60" in refused(act, "resource_status", "update", WJ, now, entry.no, beds_free=61).detail
    assert "更新" in refused(act, "resource_status", "enter", WJ, now, resource="H-01").detail


def test_who_is_where_is_moved_by_the_unit_that_goes(policy, now, case):
    entry = assign(case, "V-02", now)
    assert act("deployment", "set_out", flow.CG, now, entry.no).state == "en_route"
    assert act("deployment", "arrive", flow.CG, now, entry.no).state == "on_site"
    assert refused(act, "deployment", "arrive", flow.HB, now, entry.no).code in (
        "not_your_entry",
        "wrong_state",
    )
    assert refused(act, "deployment", "release", flow.CG, now, entry.no).code == "wrong_role"


def test_partners_are_written_to_and_answer(now, case):
    entry = act("partner_message", "send", DESK, now, partner="P-01", case=case, text="请封闭綦江北入口")
    assert act("partner_message", "answer", DESK, now, entry.no, answer="已封闭").state == "answered"
    assert refused(act, "partner_message", "send", DESK, now, partner="P-99", text="喂").field == "partner"


# -- the review ----------------------------------------


def test_the_review_measures_every_clock_against_its_limit(policy, now, case):
    joint.dispose(case, order()._replace(level=""), DESK, key="one", now=now, policy=policy)
    flow.do(
        "acknowledge", case, Actor("unit", "a", "WJ"), now + timedelta(minutes=4), policy, instruction="1"
    )
    flow.do(
        "acknowledge", case, Actor("unit", "b", "JT"), now + timedelta(minutes=13), policy, instruction="1"
    )
    view = queries.get_case(case, DUTY, policy=policy, now=now + timedelta(minutes=20))
    found = {
        (one.what, one.who): one
        for one in incident_review.measured(view, policy, now + timedelta(minutes=20))
    }
    by_unit = {who: one for (what, who), one in found.items() if what == "确认指令"}
    assert by_unit[policy.units["WJ"].name].over == 0
    assert by_unit[policy.units["WJ"].name].took == "4分"
    assert by_unit[policy.units["JT"].name].over == 3
    assert by_unit[policy.units["U-G"].name].outcome == "超时未完成"


def test_a_review_waits_for_the_end_and_there_is_one(policy, now, case):
    assert "还没有办结" in refused(act, "incident_review", "begin", DUTY, now, case=case, lessons="慢").detail
    flow.do("report_by_phone", case, DESK, now, policy, callee="值班室", content="已报")
    flow.do("report_in_writing", case, DESK, now, policy, document="已报")
    flow.do("to_police", case, DESK, now, policy, reason="险情")
    flow.do("police_done", case, DESK, now, policy, outcome="handled", remainder=None)
    entry = act("incident_review", "begin", DUTY, now, case=case, lessons="慢")
    assert "已有复盘" in refused(act, "incident_review", "begin", DUTY, now, case=case, lessons="又").detail
    assert act("incident_review", "finish", DUTY, now, entry.no).state == "finished"
