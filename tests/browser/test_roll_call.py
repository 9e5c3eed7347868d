"""R50: the duty officer calls the roll, two units on phones answer with one tap, the board shows it without reloading."""

from __future__ import annotations

from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}


def test_a_roll_call_reaches_phones_at_once_and_the_board_shows_the_answers(live_site, sit):
    duty, one, two = sit(live_site, "duty_office"), sit(live_site, "cg"), sit(live_site, "jt")
    for unit, path in ((one, "/unit/"), (two, "/account/")):  # on whatever page somebody is
        unit.page.set_viewport_size(PHONE)
        unit.open(path)
        expect(unit.page.locator("[data-line][data-state=live]")).to_be_attached()
        unit.page.evaluate("() => { window.still = true; }")
    duty.open("/registers/drill/new/call?units=CG&units=JT&field=FX")
    duty.page.fill("[name=title]", "汛前点名")
    duty.page.fill("[name=asks]", "请报位置")
    duty.page.click("#form form button[type=submit]")
    duty.page.wait_for_url("**/board")
    board = duty.page.locator("#board-part")
    expect(board).to_contain_text("点名中")
    expect(duty.page.locator("[data-line][data-state=live]")).to_be_visible()
    duty.page.evaluate("() => { window.still = true; }")
    for unit in (one, two):
        expect(unit.page.locator("#rollcall .rollcall-head")).to_be_visible(timeout=10_000)
        unit.page.wait_for_function("() => document.title.startsWith('【')")
        assert unit.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    one.page.locator("#rollcall .rollcall-who button").first.click()
    expect(one.page.locator("main > .said")).to_contain_text("已应答")
    expect(board.locator("[data-unit=CG].how-answered")).to_be_visible(timeout=10_000)
    expect(board.locator("[data-unit=JT]")).to_contain_text("未应答")
    summary = two.page.locator("#rollcall summary")
    if not two.page.locator("#rollcall details[open]").count():
        summary.click()
    two.page.fill("#rollcall [name=person]", "代班员")
    two.page.fill("#rollcall [name=position]", "北门岗亭")
    two.page.locator("#rollcall details button").click()
    expect(two.page.locator("main > .said")).to_contain_text("已应答")
    expect(board.locator("[data-unit=JT].how-answered")).to_contain_text("北门岗亭", timeout=10_000)
    expect(board).to_contain_text("全部应答，自动截止")
    expect(one.page.locator("#rollcall .rollcall-head")).to_have_count(0)
    one.page.wait_for_function("() => !document.title.startsWith('【')")
    assert all(seat.page.evaluate("() => window.still") for seat in (duty, one, two))


def test_a_call_made_while_a_screen_was_away_is_there_when_it_is_back(live_site, sit):
    """Steps of registers carry no cursor: a page that comes back asks once."""
    duty, unit = sit(live_site, "duty_office"), sit(live_site, "cg")
    unit.page.set_viewport_size(PHONE)
    unit.open("/unit/")
    line = unit.page.locator("[data-line]")
    expect(line).to_have_attribute("data-state", "live")
    unit.context.set_offline(True)
    expect(line).to_have_attribute("data-state", "lost", timeout=8000)
    duty.open("/registers/drill/new/call?units=CG&field=RQ&title=夜间点名")
    duty.page.click("#form form button[type=submit]")
    duty.page.wait_for_url("**/board")
    unit.context.set_offline(False)
    expect(unit.page.locator("#rollcall .rollcall-head")).to_be_visible(timeout=8000)


def test_what_was_chosen_for_judging_survives_a_late_answer(live_site, others, sit):
    """A result picked while the board is being fetched again stays picked, and so does the reason typed."""
    duty, unit = sit(live_site, "duty_office"), sit(live_site, "jt")
    duty.open("/registers/drill/new/call?units=JT&units=CG&field=RQ&title=燃气点名")
    duty.page.click("#form form button[type=submit]")
    duty.page.wait_for_url("**/board")
    duty.page.click("a[href*='/do/close']")
    duty.page.fill("[name=closed_for]", "点名结束")
    duty.page.click("#form form button[type=submit]")
    duty.page.wait_for_url("**/board")
    duty.page.check("[name=result][value=fail]")
    duty.page.fill("[name=reason]", "无人应答")
    duty.page.locator("h1").click()
    unit.open("/unit/")
    unit.page.locator("#rollcall .rollcall-who button").first.click()
    expect(duty.page.locator("[data-unit=JT]")).to_contain_text("秒", timeout=10_000)
    expect(duty.page.locator("[name=result][value=fail]")).to_be_checked()
    expect(duty.page.locator("[name=reason]")).to_have_value("无人应答")
