"""What people do again and again in a day: typing a call, signing, feeding back; the steps of ``test_days.py``."""

from __future__ import annotations

import itertools

from playwright.sync_api import Page, expect

from .conftest import Seat

PHONE_OF_CALLER = "13800001234"
calls = itertools.count(1)


def number_said(page: Page) -> str:
    """The number of the case the console has just spoken of."""
    return page.locator("#said [data-no]").get_attribute("data-no") or ""


def types_a_call(desk: Seat, words: str, place: str = "天桥路口东侧") -> None:
    """Words, place, caller and the three answers, by keyboard alone, until a unit is suggested."""
    page = desk.page
    page.locator("[name=content]").focus()
    page.keyboard.type(words)
    page.keyboard.press("Tab")
    page.keyboard.type(place)
    page.focus("[name=caller-name]")
    page.keyboard.type("周某")
    page.keyboard.press("Enter")
    page.keyboard.type(PHONE_OF_CALLER)
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value !== ''")
    page.keyboard.press("Alt+n")


def takes_and_dispatches(desk: Seat, words: str) -> str:
    """A call comes in at the console and goes to the unit the console suggests; its number."""
    desk.open("/desk/")
    types_a_call(desk, words)
    desk.page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.locator("#said")).to_contain_text("已派给区城市管理局")
    return number_said(desk.page)


def rubbish() -> str:
    """A call about rubbish, every time another place."""
    return f"古南街道{next(calls)}号路口垃圾堆了三天没人清运，味道很大"


def opens(unit: Seat, no: str, queue: str) -> None:
    """The unit opens a case beside its list."""
    unit.open(f"/unit/?queue={queue}")
    unit.page.click(f'#list [data-no="{no}"] a.title')
    unit.page.wait_for_selector(f'[data-panel="{no}"]')


def begins(unit: Seat, command: str) -> None:
    """The unit opens a form in the panel."""
    unit.page.wait_for_selector(f'#panel a[href*="/do/{command}"]', state="attached")
    link = unit.page.locator(f'#panel .panel-doing a[href*="/do/{command}"]').first
    if not link.is_visible():
        unit.page.click("#panel .more-doing > summary")
    link.click()
    unit.page.wait_for_selector(f'#panel form[data-command="{command}"]')


def signs(unit: Seat, no: str) -> None:
    """The unit signs from its list."""
    unit.open("/unit/?queue=sign")
    unit.page.click(f'#list [data-no="{no}"] button[name=one]')
    unit.page.wait_for_selector(f"#signed li.good >> text={no}")


def feeds_back(unit: Seat, no: str) -> None:
    """The unit says what it did."""
    unit.do(no, "feedback")
    unit.fill(result="resolved", text="垃圾今天上午已全部清运，安排每天巡查，已电话告知来电人。")
    unit.page.check('#form [name=contacted_caller][value="true"]')
    unit.send()
    unit.page.wait_for_url(f"**/cases/{no}")


def works(seat: Seat, no: str, command: str, **values: str) -> None:
    """One step on the case page."""
    seat.do(no, command)
    seat.fill(**values)
    seat.send()
    seat.page.wait_for_url(f"**/cases/{no}")


def finds(seat: Seat, path: str, no: str) -> None:
    """The case is on that list; it may come a moment later."""
    seat.open(path)
    seat.page.wait_for_selector(f"main >> text={no}")
