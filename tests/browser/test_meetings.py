"""In a real browser: a quarter's meeting from its notice to the task that was done; a unit files its measure and document."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page

from liandong.screens.common.times import ZONE

from .conftest import Seat

Sit = Callable[..., Seat]


def _sends(page: Page) -> None:
    page.click("#form button[type=submit]")
    page.wait_for_url(re.compile(r"/registers/(?!.*/(do|new)/)"))


def _begins(page: Page, words: str) -> None:
    page.click(f"aside a.step-link:has-text('{words}')")
    page.wait_for_selector("#form")


def test_a_quarters_meeting_from_notice_to_task_done(site: str, sit: Sit) -> None:
    duty, unit = sit(site, "duty_office"), sit(site, "cg")
    now = datetime.now(UTC).astimezone(ZONE)
    duty.open("/registers/meeting/new/convene")
    page = duty.page
    page.fill("[name=at]", f"{now + timedelta(minutes=10):%Y-%m-%dT%H:%M}")
    page.fill("[name=place]", "区政府三会议室")
    for box in page.locator("input[name=units]").all():
        box.set_checked(box.get_attribute("value") in ("CG", "HB"))
    _sends(page)
    meeting = page.url
    assert "区政府三会议室" in duty.text()

    unit.open("/registers/")
    unit.page.click(".told a[href*='/registers/meeting/']")
    _begins(unit.page, "回复参会")
    unit.page.check("input[name=attends][value=true]")
    unit.page.fill("[name=person]", "李四")
    _sends(unit.page)

    page.goto(meeting)
    assert "已读" in duty.text()
    _begins(page, "登记召开")
    assert page.locator("input[value='李四']").count() == 1
    page.fill("[name=held_at]", f"{datetime.now(UTC).astimezone(ZONE):%Y-%m-%dT%H:%M}")
    assert page.locator("[name=attendance-0-present]").is_checked()
    _sends(page)
    _begins(page, "印发纪要")
    page.fill("[name=minutes]", "会议研究了新举措。")
    page.fill("[name=resolutions-0-text]", "更新本单位职责目录")
    page.click("details:has(input[name=resolutions-0-units]) summary")
    page.check("input[name=resolutions-0-units][value=CG]")
    page.fill("[name=resolutions-0-due]", f"{now + timedelta(days=20):%Y-%m-%d}")
    _sends(page)
    page.click("#resolutions ~ table a, section:has(#resolutions) a")
    page.wait_for_url("**/registers/task/*")
    task = page.url

    unit.page.goto(task)
    _begins(unit.page, "报完成")
    unit.page.fill("[name=result]", "目录已更新")
    _sends(unit.page)
    page.goto(task)
    _begins(page, "验收通过")
    _sends(page)
    duty.open("/registers/meeting/quarter/")
    assert "本季度已召开例会" in duty.text()
    assert "已完成" in page.inner_text("section:has(#now)")


def test_a_unit_mends_its_gaps_from_its_own_row(site: str, sit: Sit, tmp_path: Path) -> None:
    """R23, R64: the gap is a link to its form; afterwards the row says so, also on a phone."""
    unit = sit(site, "cg")
    page = unit.page
    page.set_viewport_size({"width": 390, "height": 844})
    unit.open("/registers/readiness")
    page.click("a:has-text('举措还未登记')")
    page.fill("[name=title]", "早市延时")
    page.fill("[name=text]", "周末延长开放两小时")
    page.click("#form button[type=submit]")
    page.wait_for_url("**/registers/readiness/CG")
    assert "举措还未登记" not in unit.text()
    page.click("a:has-text('缺管理规章')")
    page.fill("[name=title]", "管理规章")
    page.fill("[name=edition]", "一版")
    page.fill("[name=valid_from]", "2018-06-01")
    page.click("#form button[type=submit]")
    page.wait_for_selector(".refusal")
    assert "请上传制度文件" in unit.text()
    paper = tmp_path / "规章.txt"
    paper.write_text("第一条", encoding="utf-8")
    page.set_input_files("[name=files]", paper)
    page.click("#form button[type=submit]")
    page.wait_for_url("**/registers/readiness/CG")
    assert "管理规章待应急办核查" in unit.text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
