"""A case's way through the pages: registered, dispatched, signed, answered; returned; disputed and ruled."""

from __future__ import annotations

from .conftest import dispatch, register


def test_register_with_suggestions_and_dispatch(site, sit):
    """R1, R3, R7: words first, suggestions while typing, none of the three answers preset, one pick fills the form."""
    desk = sit(site, "desk")
    desk.open("/desk/register")
    page = desk.page
    assert page.locator("[name=life]:checked, [name=property]:checked, [name=public]:checked").count() == 0
    page.locator("[name=content]").press_sequentially("古南街道天桥路口垃圾堆了三天没人清运", delay=5)
    page.wait_for_selector("#suggest .one >> text=区城市管理局")
    no = register(desk)
    desk.do(no, "dispatch")
    page.click('#form button[aria-label*="区城市管理局"]')
    assert page.input_value("[name=lead_unit]") == "CG"
    assert page.input_value("[name=matter]").startswith("CG-")
    assert page.input_value("[name=basis]")
    desk.send()
    page.wait_for_url(f"**/cases/{no}")
    assert "待签收" in desk.text()
    assert "区城市管理局" in desk.text()


def test_danger_in_the_words_is_shown_with_reasons(site, sit):
    """EB-R1: danger is said in words beside an icon, and the case cannot be dispatched."""
    desk = sit(site, "desk")
    desk.open("/desk/register")
    desk.page.fill("[name=content]", "楼上有人要跳楼，已经站在阳台外面了")
    danger = desk.page.wait_for_selector("#suggest .danger")
    assert "可能是紧急警情" in danger.inner_text()
    assert danger.query_selector("li") is not None
    assert danger.query_selector("svg") is not None


def test_unit_signs_contacts_and_feeds_back_then_desk_closes(site, sit):
    """R32, R33, R9: the whole plain way, over three people's pages."""
    desk, unit = sit(site, "desk"), sit(site, "cg")
    no = register(desk)
    dispatch(desk, no)
    unit.open("/unit/?queue=sign")
    unit.page.check(f'input[value^="{no}:"]')
    unit.page.fill("#receiver", "李四")
    unit.page.click("text=签收选中的")
    unit.page.wait_for_selector("text=已签收 1 件")
    unit.do(no, "feedback")
    unit.fill(result="resolved", text="已清运完毕并告知来电人")
    unit.page.check('#form [name=contacted_caller][value="true"]')
    unit.send()
    unit.page.wait_for_url(f"**/cases/{no}")
    desk.do(no, "accept_feedback")
    desk.send()
    desk.do(no, "call_back")
    desk.page.check('#form [name=reached][value="true"]')
    desk.fill(satisfaction="satisfied", solved="yes")
    desk.send()
    desk.page.wait_for_url(f"**/cases/{no}")
    assert "已办结" in desk.text()
    assert desk.page.locator(".story li").count() >= 6


def test_return_then_redispatch(site, sit):
    """R28, R29: the return form shows the duty's clause and asks why there is no answer now; the desk sends it on."""
    desk, unit = sit(site, "desk"), sit(site, "cg")
    no = register(desk)
    dispatch(desk, no)
    unit.do(no, "return")
    assert "市容环境卫生" in unit.page.inner_text("#form")
    unit.fill(
        reason_code="other_lead",
        explanation="该路段属于公路",
        why_no_answer_now="须先确认道路等级",
        suggested_unit="JT",
    )
    unit.send()
    unit.page.wait_for_url(f"**/cases/{no}")
    desk.open("/desk/?queue=returns")
    assert no in desk.text()
    dispatch(desk, no, "JT", "JT-05")
    assert "区交委" in desk.text() or "交通" in desk.text()
    assert "首接单位" in desk.text()


def test_dispute_then_ruling(site, sit):
    """R30: only the desk raises it, the duty office sees both positions and rules; the unit cannot return again."""
    desk, unit, duty = sit(site, "desk"), sit(site, "cg"), sit(site, "duty_office")
    no = register(desk)
    dispatch(desk, no)
    desk.do(no, "raise_dispute")
    desk.fill(unit_position="单位认为不在城区", desk_position="地点在城区")
    desk.send()
    duty.open("/duty/")
    assert no in duty.text()
    duty.do(no, "designate")
    form = duty.page.inner_text("#form")
    assert "单位认为不在城区" in form
    assert "地点在城区" in form
    duty.fill(unit="CG", ruling="由区城市管理局办理", basis="城区范围")
    duty.send()
    duty.page.wait_for_url(f"**/cases/{no}")
    assert "已指定管辖" in duty.text()
    unit.open(f"/cases/{no}")
    assert unit.page.locator('.side .doing a[href$="/do/return"]').count() == 0
    unit.page.click("details.why summary >> text=为什么其他操作")
    assert "已由值班室指定管辖" in unit.text()


def test_another_unit_gets_404_and_masked_lists(site, sit):
    """CONTRACT §1: not visible is not there; lists never show a telephone."""
    desk, other = sit(site, "desk"), sit(site, "jw")
    no = register(desk)
    dispatch(desk, no)
    assert other.open(f"/cases/{no}") == 404
    assert "没有找到" in other.text()
    assert other.open(f"/cases/{no}/do/sign") == 404
    assert other.open("/desk/") == 403
    other.open("/cases/")
    assert no not in other.text()
    desk.open("/cases/")
    assert "13812341234" not in desk.page.content()


def test_looking_behind_the_mask_needs_a_reason(site, sit):
    """CONTRACT §1: who sees a masked caller may look with a reason; without one nothing is shown."""
    desk, inspector = sit(site, "desk"), sit(site, "inspector")
    no = register(desk)
    inspector.open(f"/cases/{no}")
    assert "13812341234" not in inspector.page.content()
    assert "138****1234" in inspector.text()
    inspector.page.click("text=查看完整号码或姓名")
    inspector.page.click("#caller form button")
    inspector.page.wait_for_selector("#caller .refusal")
    inspector.page.fill("#reveal-reason", "抽查回访是否属实")
    inspector.page.click("#caller form button")
    inspector.page.wait_for_selector("text=13812341234")
