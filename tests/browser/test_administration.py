"""A system administrator's day: rename a unit from tomorrow, move a duty today after a look at what it re-routes, and the
call-taker's suggestion follows. The pages stay within a phone's width and axe finds nothing serious."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from .axe import grave

TOUR = "跟团旅游，导游强迫我们购物，不买不让上车"
"""A matter that no other test of this server is about: the move stays."""


def today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def confirm(seat) -> None:  # type: ignore[no-untyped-def]
    seat.page.click("button[value=preview]")
    seat.page.wait_for_selector("#preview")
    seat.page.check("[name=seen]")


def first_suggestion(seat) -> str:  # type: ignore[no-untyped-def]
    """The unit the desk is told first while the call is typed in."""
    seat.open("/desk/register")
    seat.page.fill("[name=content]", TOUR)
    first = seat.page.locator(".suggest .one:has(progress) header b").first
    first.wait_for(timeout=20_000)
    return first.inner_text()


def test_a_unit_is_renamed_from_tomorrow(site, sit) -> None:  # type: ignore[no-untyped-def]
    seat = sit(site, "sysadmin")
    tomorrow = today() + timedelta(days=1)
    seat.open("/district/units/LY2")
    seat.page.click("text=更名")
    seat.page.fill("[name=on]", tomorrow.isoformat())
    seat.page.fill("[name=name]", "区林业园林局")
    seat.page.fill("[name=reason]", "机构改革方案")
    confirm(seat)
    expect(seat.page.locator("#preview")).to_contain_text("区林业局")
    seat.page.click("button[value=save]")
    seat.page.wait_for_url("**/district/units/LY2")
    expect(seat.page.locator("h1")).to_contain_text("区林业局")
    seat.page.fill("#on", tomorrow.isoformat())
    seat.page.click(".day-form button")
    expect(seat.page.locator("h1")).to_contain_text("区林业园林局")
    seat.open("/district/changes?planned=1")
    seat.page.click("text=撤回")
    seat.page.fill("[name=reason]", "推迟")
    seat.page.click("main form button")
    expect(seat.page.locator(".said")).to_contain_text("已撤回")


def test_a_moved_duty_is_previewed_saved_and_suggested(site, sit) -> None:  # type: ignore[no-untyped-def]
    admin, desk = sit(site, "sysadmin"), sit(site, "desk")
    assert first_suggestion(desk) == "区旅游局"
    admin.open("/district/change/move_matter/LY-02")
    admin.page.fill("[name=on]", today().isoformat())
    admin.page.select_option("[name=unit]", "WH")
    admin.page.fill("[name=clause]", "会议纪要〔2026〕9号")
    admin.page.fill("[name=reason]", "试点")
    confirm(admin)
    admin.page.wait_for_selector("#reroute dl", timeout=60_000)
    assert "区旅游局\t区文化委" in admin.page.inner_text("#reroute")
    admin.page.click("button[value=save]")
    admin.page.wait_for_url("**/district/duties/LY-02")
    assert "现在归区文化委" in admin.text()
    assert first_suggestion(desk) == "区文化委"


@pytest.mark.parametrize("path", ["/district/", "/district/units", "/district/units/CG", "/district/duties", "/district/rules", "/district/calendars/2026", "/district/limits", "/district/changes", "/district/change/end_unit/ZJ"])  # fmt: skip
def test_pages_fit_a_phone_and_axe_finds_nothing_serious(site, sit, path: str) -> None:  # type: ignore[no-untyped-def]
    seat = sit(site, "sysadmin")
    seat.page.set_viewport_size({"width": 390, "height": 844})
    assert seat.open(path) == 200
    assert seat.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert grave(seat.page) == []
