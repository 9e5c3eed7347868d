"""Pages of supervision: slips from one form, papers, sampling repeated, unannounced calls, bulk urging, what a unit owes."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import docx
import pypdf
import pytest
from django.test import Client
from django.utils import timezone
from test_duty_office import CG, DUTY, a_case, do, hidden, signed_in

from liandong.casework.execute import execute
from liandong.casework.queries import load_case
from liandong.engine import papers, supervising
from liandong.registers import queries
from liandong.registers.store import act
from liandong.rules.model import Actor, Command

pytestmark = pytest.mark.usefixtures("district")
needs_pango = pytest.mark.skipif(
    papers.trouble() is not None, reason="WeasyPrint's libraries are not installed here"
)
SYSTEM = Actor("system", "tests")


def tomorrow() -> str:
    return f"{timezone.localtime() + timedelta(days=1):%Y-%m-%dT%H:%M}"


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def issue(client: Client, no: str, **more: Any) -> Any:
    form = page(client, f"/registers/supervision_slip/new/issue?case={no}")
    given = {
        "case": no, "key": hidden(form, "key"), "version": hidden(form, "version"), "grade": "2",
        "requirement": "今日清运完毕", "reply_due": tomorrow(), **more,
    }  # fmt: skip
    return client.post("/registers/supervision_slip/new/issue", given)


def slip_address(no: str) -> str:
    slip = supervising.slip_of(SYSTEM, no)
    assert slip is not None
    return f"/registers/supervision_slip/{quote(slip.no, safe='')}"


def test_one_form_begins_the_supervision_and_its_slip() -> None:
    """R11, R65: from any door to a supervision one gets to the form; the slip has its number and stands on the list."""
    no = a_case()
    duty = signed_in("duty_office")
    for door in (f"/duty/supervision/new?no={no}", f"/duty/do/{no}/supervise", f"/cases/{no}/do/supervise"):
        assert duty.get(door).headers["Location"].startswith("/registers/supervision_slip/new/issue?case=")
    answer = issue(duty, no, back="/duty/supervision")
    assert answer.headers["Location"] == "/duty/supervision"
    year = timezone.localtime().year
    text = page(duty, "/duty/supervision")
    assert f"綦警分督〔{year}〕1号" in text
    assert "待开督办单" not in text
    entry = page(duty, slip_address(no))
    assert "今日清运完毕" in entry
    assert "区政府应急办（区政府值班室）" in entry
    assert "督办单送达" in entry


def test_grade_three_asks_whose_words_and_keeps_what_was_typed() -> None:
    no = a_case()
    duty = signed_in("duty_office")
    answer = issue(duty, no, grade="3", requirement="按批示办理并报结果")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "请写明是哪位领导" in text
    assert "按批示办理并报结果" in text
    stored = load_case(no)
    assert stored is not None
    assert stored.state["_supervision"] == []
    assert issue(duty, no, grade="3", words_of="王副区长6月4日批示").status_code == 302


def test_a_second_supervision_asks_whether_it_replaces_the_first() -> None:
    no = a_case()
    duty = signed_in("duty_office")
    issue(duty, no)
    first = supervising.slip_of(SYSTEM, no)
    assert first is not None
    assert "代替原督办单" in page(duty, f"/registers/supervision_slip/new/issue?case={no}")
    assert "已有督办单" in issue(duty, no, grade="1").content.decode()
    assert issue(duty, no, grade="1", replacing=first.no).status_code == 302
    old = queries.get(SYSTEM, "supervision_slip", first.no)
    assert old is not None
    assert old.state == "lifted"


def test_nobody_but_the_duty_office_issues() -> None:
    no = a_case()
    for role, unit in (("desk", None), ("unit", "CG"), ("inspector", None)):
        client = signed_in(role, unit, name=f"x-{role}")
        assert client.get(f"/registers/supervision_slip/new/issue?case={no}").status_code == 403


def test_the_unit_answers_on_the_slip_or_on_the_case_and_it_is_lifted_on_either() -> None:
    first, second = a_case(1), a_case(2)
    duty, unit = signed_in("duty_office"), signed_in("unit", "CG", name="u")
    issue(duty, first)
    issue(duty, second)
    inbox = page(unit, "/unit/")
    assert "台账里等本单位办的（2）" in inbox
    where = slip_address(first)
    form = page(unit, f"{where}/do/answer")
    answer = unit.post(f"{where}/do/answer", {"key": hidden(form, "key"), "version": hidden(form, "version"), "answer": "已清运"})  # fmt: skip
    assert answer.status_code == 302
    stored = load_case(first)
    assert stored is not None
    assert stored.state["_supervision"][-1]["answered_at"] is not None
    form = page(unit, f"/cases/{second}/do/answer_supervision")
    unit.post(f"/cases/{second}/do/answer_supervision", {"key": hidden(form, "key"), "version": hidden(form, "version"), "text": "已在案件页答复"})  # fmt: skip
    assert "已在案件页答复" in page(duty, slip_address(second))
    assert "台账里等本单位办的" not in page(unit, "/unit/")
    form = page(duty, f"{where}/do/lift")
    duty.post(f"{where}/do/lift", {"key": hidden(form, "key"), "version": hidden(form, "version"), "lifted_for": "已落实"})  # fmt: skip
    assert supervising.slip_of(SYSTEM, first) is None
    stored = load_case(first)
    assert stored is not None
    assert stored.state["_supervision"][-1]["lifted_at"] is not None
    given = {"reason": "已落实", "key": "l2", "back": "/duty/supervision"}
    assert duty.post(f"/duty/do/{second}/lift_supervision", given).status_code == 302
    assert supervising.slip_of(SYSTEM, second) is None


def test_a_supervision_of_another_door_gets_its_slip_by_one_button() -> None:
    no = a_case()
    due = (timezone.now() + timedelta(days=1)).isoformat()
    execute(Command("supervise", no, {"grade": 1, "requirement": "接口来的督办", "reply_due": due}), DUTY)
    duty = signed_in("duty_office")
    text = page(duty, "/duty/supervision")
    assert "待开督办单（1）" in text
    given = {"case": no, "key": f"{hidden(text, 'key')}", "back": "/duty/supervision"}
    assert (
        duty.post("/registers/supervision_slip/new/issue", given).headers["Location"] == "/duty/supervision"
    )
    slip = supervising.slip_of(SYSTEM, no)
    assert slip is not None
    assert (slip.data["requirement"], slip.data["words_of"]) == ("接口来的督办", "区公安局110报警服务台")
    assert "待开督办单" not in page(duty, "/duty/supervision")


@needs_pango
def test_the_slip_is_an_official_paper_with_a_receipt_and_without_persons() -> None:
    """R65, GB/T 9704: number, unit, requirement, limit and 回执; the same words in Word and PDF."""
    no = a_case(content="我叫张三丰，电话13812341234", summary="垃圾三天没清，请回电13812341234")
    duty = signed_in("duty_office")
    issue(duty, no)
    where = slip_address(no)
    made = duty.get(f"{where}/paper.docx")
    words = docx.Document(io.BytesIO(made.content))
    told = "\n".join(p.text for p in words.paragraphs) + "\n".join(
        cell.text for table in words.tables for row in table.rows for cell in row.cells
    )
    pdf = duty.get(f"{where}/paper.pdf")
    printed = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(pdf.content)).pages)
    year = timezone.localtime().year
    for text in (told, re.sub(r"\s", "", printed)):
        for expected in (
            f"綦警分督〔{year}〕1号",
            "今日清运完毕",
            "区城市管理局",
            "回执",
            "负责人签字",
            "28号",
            no,
        ):
            assert expected in text, expected
        assert "13812341234" not in text
    assert signed_in("unit", "JT", name="other").get(f"{where}/paper.docx").status_code == 404


# -- sampling --------------------------------------------------------------------------------------------------------


def ended(n: int) -> str:
    no = a_case(n)
    do("sign", no, CG, receiver="李四")
    do("feedback", no, CG, result="resolved", text="已清运完毕，现场干净", contacted_caller=False)
    do("accept_feedback", no)
    do("call_back", no, reached=True, solved="yes", satisfaction="satisfied")
    return no


def test_a_sampling_is_drawn_checked_repeated_and_leads_to_a_finding() -> None:
    """R65, R66: the page that repeats the draw shows the same; a finding reaches the unit in the same sending."""
    cases = [ended(n) for n in range(1, 5)]
    inspector = signed_in("inspector", name="i")
    form = page(inspector, "/registers/sampling/new/draw")
    now = timezone.localtime()
    given = {"key": hidden(form, "key"), "period": f"{now.year}Q{(now.month - 1) // 3 + 1}", "size": "9"}
    answer = inspector.post("/registers/sampling/new/draw", given)
    assert answer.status_code == 422
    assert "只有 4 件" in answer.content.decode()
    answer = inspector.post("/registers/sampling/new/draw", {**given, "size": "2", "key": "second"})
    where = answer.headers["Location"]
    text = page(inspector, where)
    drawn = re.findall(r'id="c-(QJFL[^"]+)"', text)
    assert len(drawn) == 2
    assert set(drawn) <= set(cases)
    again = page(inspector, f"{where}/repeat")
    assert "结果一致" in again
    assert "结果不一致" not in again
    assert all(no in again for no in drawn)
    frame = inspector.get(f"{where}/frame.txt").content.decode()
    assert sorted(frame.split()) == sorted(cases)
    refused = inspector.post(f"{where}/check", {"case": drawn[0], "result": "finding", "rule": "perfunctory", "key": "c0"})  # fmt: skip
    assert refused.status_code == 422
    assert "请写明看到了什么" in refused.content.decode()
    checked = {
        "case": drawn[0],
        "result": "finding",
        "rule": "perfunctory",
        "notes": "没有联系来电人就办结",
        "key": "c1",
    }
    assert inspector.post(f"{where}/check", checked).status_code == 302
    inspector.post(f"{where}/check", checked)  # a double click enters one finding
    found = queries.find(SYSTEM, "finding").items
    assert [(one.unit, one.data["rule"], one.data["cases"]) for one in found] == [
        ("CG", "perfunctory", [drawn[0]])
    ]
    assert "待单位陈述" in page(signed_in("unit", "CG", name="u"), "/unit/")
    assert "还有 1 件没有复核" in inspector.post(f"{where}/do/finish", {"key": "f", "conclusion": "一件有问题"}).content.decode()  # fmt: skip
    inspector.post(f"{where}/check", {"case": drawn[1], "result": "fine", "key": "c2"})
    assert inspector.post(f"{where}/do/finish", {"key": "f2", "conclusion": "一件有问题"}).status_code == 302
    assert signed_in("unit", "CG", name="u2").get(where).status_code == 403


# -- test calls ------------------------------------------------------------------------------------------------------


def test_a_call_stays_secret_until_it_was_made() -> None:
    """R65: chance draws; the caller's sheet has number and questions; the unit learns of it afterwards."""
    duty = signed_in("duty_office")
    form = page(duty, "/registers/test_call/new/plan")
    begin = f"{timezone.localtime() - timedelta(minutes=10):%Y-%m-%dT%H:%M}"
    given = {
        "key": hidden(form, "key"),
        "size": "2",
        "begin": begin,
        "until": tomorrow(),
        "script": "值班测试",
    }
    refused = duty.post("/registers/test_call/new/plan", {**given, "size": "199"})
    assert refused.status_code == 422
    assert "请减少个数" in refused.content.decode()
    assert duty.post("/registers/test_call/new/plan", {**given, "key": "again"}).status_code == 302
    planned = queries.find(SYSTEM, "test_call").items
    assert len(planned) == 2
    one = planned[0]
    where, unit = f"/registers/test_call/{one.no}", signed_in("unit", one.unit, name="u")
    assert unit.get(where).status_code == 404
    assert one.no not in page(unit, "/registers/test_call/?show=all")
    sheet = page(duty, where)
    assert "拨打单" in sheet
    assert "今天的带班领导是谁" in sheet
    called = {
        "key": hidden(sheet, "key"), "version": hidden(sheet, "version"), "number": "023-48600000",
        "called_at": f"{timezone.localtime() - timedelta(minutes=1):%Y-%m-%dT%H:%M}", "answered": "true",
        "question-0": "今天的带班领导是谁", "said-0": "王局长", "correct-0": "true",
    }  # fmt: skip
    refused = duty.post(f"{where}/do/record", called)
    assert refused.status_code == 422
    assert "请填写应答秒数" in refused.content.decode()
    assert 'value="王局长"' in refused.content.decode()  # what was heard is not typed twice
    made = duty.post(f"{where}/do/record", {**called, "seconds": "7", "who": "李四海"})
    assert made.status_code == 302
    text = page(unit, where)
    assert "已接听" in text
    assert "李四海" not in text  # masked for whoever does not keep the register


# -- urging ----------------------------------------------------------------------------------------------------------


def test_overdue_cases_are_urged_many_at_once_with_a_line_for_each() -> None:
    """R65, R8: counts of urges by whom and when; the words are filled for each case; one that left the unit says why not."""
    late, other = a_case(1, ago=90), a_case(2, ago=90)
    do("urge", late)
    duty = signed_in("duty_office")
    text = page(duty, "/duty/urging")
    assert "催办 1 次，指令 0 次" in text
    version = {no: re.search(rf'value="({no}:\d+)"', text)[1] for no in (late, other)}  # type: ignore[index]
    do("recall", other, reason="派错单位")
    given = {"no": list(version.values()), "text": "请立即办理 {no}", "key": hidden(text, "key")}
    answer = duty.post("/duty/urging", given).content.decode()
    assert "逐件结果" in answer
    assert "已催办，等单位确认" in answer
    assert "现在不由单位办理" in answer
    assert f"请立即办理 {late}" in page(duty, f"/cases/{late}")
    assert "请先选中至少一件" in duty.post("/duty/urging", {"text": "x"}).content.decode()
    assert signed_in("unit", "CG", name="u").get("/duty/urging").status_code == 403


def test_findings_wait_in_the_unit_s_workbench_and_the_list_costs_one_statement() -> None:
    """The owed list does not ask once for each register or entry."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    no = a_case()
    unit = signed_in("unit", "CG", name="u")

    def statements() -> int:
        page(unit, "/unit/")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page(unit, "/unit/")
        return len(seen)

    before = statements()
    for n in range(6):
        fields = {"unit": "CG", "source": "case", "rule": "late", "text": f"第{n}条", "cases": [no]}
        act("finding", "open", fields, DUTY)
    assert statements() == before
    assert "台账里等本单位办的（6）" in page(unit, "/unit/")


def test_a_finding_handed_over_leads_to_the_proposal_that_names_it() -> None:
    """R67: nothing is proposed by itself; the page leads the duty office to the register of sanctions."""
    no = a_case()
    entry = act(
        "finding",
        "open",
        {"unit": "CG", "source": "case", "rule": "late", "text": "超期", "cases": [no]},
        DUTY,
    )
    act("finding", "state", {"statement": "当时暴雨"}, CG, no=entry.no)
    duty = signed_in("duty_office")
    assert "/registers/sanction/new/propose" not in page(duty, f"/registers/finding/{entry.no}")
    act("finding", "propose", {"proposed_for": "屡次超期"}, DUTY, no=entry.no)
    text = page(duty, f"/registers/finding/{entry.no}")
    address = re.search(r'href="(/registers/sanction/new/propose\?[^"]+)"', text)
    assert address is not None
    form = page(duty, address[1].replace("&amp;", "&"))
    assert entry.no in form
    assert no in form
    unit = page(signed_in("unit", "CG", name="u"), f"/registers/finding/{entry.no}")
    assert "/registers/sanction/new/propose" not in unit
