"""The case page in a browser: digits, what others change while somebody types, 批示 followed, the printable sheet."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from .axe import grave

SAFE = {"life": "no", "property": "no", "public": "no"}
ZONE = ZoneInfo("Asia/Shanghai")
WORDS = "古南街道天桥路口垃圾堆了三天没人清运"


def sent(seat, path: str, **form: str) -> str:
    """A form sent without the page around it; where it leads."""
    seat.open("/account/")
    token = next(c["value"] for c in seat.context.cookies() if c["name"] == "csrftoken")
    given = {**form, "csrfmiddlewaretoken": token, "key": uuid4().hex}
    answer = seat.context.request.post(
        seat.base + path, form=given, headers={"Referer": seat.base}, max_redirects=0
    )
    assert answer.status == 302, answer.status
    return answer.headers["location"]


def dispatched(desk) -> str:
    """A case that waits for 区城市管理局 to sign; its number."""
    words = f"{WORDS}，{uuid4().hex[:6]}"
    call = {"content": words, "summary": words, "kind": "complaint", **SAFE}
    call |= {"caller-name": "张三丰", "caller-phone": "13812341234", "place-text": "天桥路口"}
    call |= {"received_at": f"{datetime.now(ZONE):%Y-%m-%dT%H:%M}", "outcome": "dispatch"}
    call |= {"lead_unit": "CG", "matter": "CG-02", "class": "general", "basis": "职责条款与地点"}
    no = sent(desk, "/desk/register", **call).rpartition("/")[2].split("?")[0]
    return no


def test_digits_open_the_next_step_and_can_be_switched_off(site, sit):
    """Keyboard alone: a digit opens a form with the cursor in its first field; inside a field a digit is a digit."""
    desk, unit = sit(site, "desk"), sit(site, "cg")
    no = dispatched(desk)
    unit.open(f"/cases/{no}")
    page = unit.page
    page.keyboard.press("1")
    page.wait_for_selector('form[data-command="sign"]')
    page.wait_for_function("() => document.activeElement.name === 'receiver'")
    page.keyboard.type("2号值班员")
    assert page.input_value("#form [name=receiver]") == "2号值班员"
    assert page.locator('form[data-command="sign"]').count() == 1
    page.click("[data-digits]")
    unit.open(f"/cases/{no}")
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert page.locator("#form form").count() == 0
    page.click("[data-digits]")


def test_somebody_elses_change_is_told_while_typing(live_site, sit):
    """Within a moment the other's step stands in a banner; showing it leaves what is typed alone, and it can be sent."""
    desk, unit = sit(live_site, "desk"), sit(live_site, "cg")
    no = dispatched(desk)
    desk.do(no, "set_level")
    desk.fill(level="general", reason="写到一半")
    unit.do(no, "sign")
    unit.fill(receiver="李四")
    unit.send()
    news = desk.page.wait_for_selector("#news .news", timeout=10_000)
    said = news.inner_text()
    assert "签收" in said
    assert "区城市管理局" in said
    desk.page.click("[data-show-news]")
    desk.page.wait_for_selector("#case-head >> text=办理中")
    assert desk.page.input_value("#form [name=reason]") == "写到一半"
    assert "李四" in desk.page.inner_text("#story")
    desk.send()
    desk.page.wait_for_url(f"**/cases/{no}")
    assert "写到一半" in desk.page.inner_text("#story")


def test_a_leaders_instruction_is_entered_and_followed(site, sit):
    """R8, R11: entered by the duty office, acknowledged and answered by the unit, seen by both."""
    desk, unit, duty = sit(site, "desk"), sit(site, "cg"), sit(site, "duty_office")
    no = dispatched(desk)
    duty.open(f"/cases/{no}")
    duty.page.click("text=登记领导批示")
    duty.page.wait_for_selector('form[data-command="instruct"]')
    duty.page.fill("#written-leader", "李××（副区长）")
    duty.page.fill("#written-day", "2018-06-01")
    duty.page.check('#form [name=units][value="CG"]')
    duty.fill(text="请三日内报结果。")
    duty.send()
    duty.page.wait_for_selector(".instruction >> text=未确认")
    unit.open("/cases/instructions")
    unit.page.click(f'.instruction:has-text("{no}") >> text=确认收到')
    unit.page.wait_for_selector('form[data-command="acknowledge"]')
    unit.send()
    unit.page.wait_for_selector(".instruction >> text=已确认")
    unit.page.click(".instruction >> text=回复 >> nth=-1")
    unit.page.wait_for_selector('form[data-command="note"]')
    unit.fill(text="已派人到场")
    unit.send()
    unit.page.wait_for_selector(".instruction >> text=已全部回复")
    duty.open("/cases/instructions")
    assert "已派人到场" in duty.page.inner_text(f'.instruction:has-text("{no}")')


def test_the_history_is_narrowed_in_place(site, sit):
    """A filter changes the history alone; the page does not move and what is typed stays."""
    desk = sit(site, "desk")
    no = dispatched(desk)
    desk.do(no, "note")
    desk.fill(text="还在写")
    desk.page.click("#story >> text=决定")
    desk.page.wait_for_function("() => document.querySelectorAll('#story .story li').length === 1")
    assert desk.page.input_value("#form [name=text]") == "还在写"


def test_the_case_page_fits_a_phone_and_the_sheet_opens(site, sit):
    """390 pixels without sideways scrolling: page, forms, sheet."""
    desk, duty = sit(site, "desk"), sit(site, "duty_office")
    no = dispatched(desk)
    duty.page.set_viewport_size({"width": 390, "height": 844})
    for path in (
        f"/cases/{no}",
        f"/cases/{no}/do/instruct?written=1",
        f"/cases/{no}/work-order",
        f"/cases/{no}/looks",
        "/cases/instructions",
    ):
        assert duty.open(path) == 200
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert duty.page.evaluate(wide) <= 0, path


def test_axe_finds_nothing_serious(site, sit):
    """WCAG 2.2 AA: the page of a case with everything on it, light and dark."""
    desk, duty = sit(site, "desk"), sit(site, "duty_office")
    no = dispatched(desk)
    for path in (f"/cases/{no}", f"/cases/{no}/do/instruct?written=1", f"/cases/{no}/work-order"):
        for scheme in ("light", "dark"):
            duty.page.emulate_media(color_scheme=scheme)
            duty.open(path)
            assert grave(duty.page) == [], (path, scheme)
