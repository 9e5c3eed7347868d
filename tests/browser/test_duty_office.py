"""The duty office before its browsers: a ruling, an incident's clocks, instructions to several units, the wall."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import expect

from .conftest import HERE, _environment, _serve
from .prepare_duty import SAID


class Site(NamedTuple):
    """A server and the numbers of what was prepared there."""

    base: str
    disputes: list[str]
    incidents: list[str]
    supervised: str


@pytest.fixture(scope="module")
def duty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose duty office has disputes, incidents and a supervision."""
    home = tmp_path_factory.mktemp("duty")
    serving = _serve(home, 0)
    base = next(serving)
    subprocess.run(
        [sys.executable, str(HERE / "prepare_duty.py")], env=_environment(home), check=True, timeout=300
    )
    made: dict[str, Any] = json.loads((home / "duty.json").read_text(encoding="utf-8"))
    yield Site(base, **made)
    serving.close()  # type: ignore[attr-defined]


def test_a_dispute_is_ruled_in_one_form_and_leaves_the_queue(duty_site, sit):
    """R22, R30: both positions and clauses in sight; a chosen clause fills unit and basis; the queue forgets the case."""
    no, other = duty_site.disputes
    duty = sit(duty_site.base, "duty_office")
    duty.open("/duty/")
    page = duty.page
    page.click(f'#overview a[href="/duty/disputes/{no}"]')
    page.wait_for_selector("#rule form")
    assert "单位认为地点在城外" in duty.text()
    assert "地点在建成区内" in duty.text()
    assert page.locator(".clause-card .notice-text").count() >= 1
    page.check('.clause-choice input[data-unit="CG"] >> nth=0')
    assert page.input_value("#rule [name=unit]") == "CG"
    assert "28号文" in page.input_value("#rule [name=basis]")
    assert page.input_value("#rule [name=ruling]")
    page.click("#rule form button[type=submit]")
    page.wait_for_url("**/duty/?queue=disputes")
    assert "已裁定" in duty.text()
    expect(page.locator(f'#list a[href="/duty/disputes/{no}"]')).to_have_count(0)
    assert other in duty.text()


def test_what_was_written_by_hand_is_not_overwritten_by_a_clause(duty_site, sit):
    """A chosen clause fills empty fields; what a person wrote stays, also when the rules refuse."""
    duty = sit(duty_site.base, "duty_office")
    duty.open(f"/duty/disputes/{duty_site.disputes[1]}")
    page = duty.page
    page.fill("#rule [name=ruling]", "我自己的裁定")
    page.check('.clause-choice input[data-unit="CG"] >> nth=0')
    assert page.input_value("#rule [name=ruling]") == "我自己的裁定"
    page.fill("#rule [name=basis]", "")
    page.click("#rule form button[type=submit]")
    page.wait_for_selector("#rule .refusal")
    assert page.input_value("#rule [name=ruling]") == "我自己的裁定"


def test_an_incident_s_clock_runs_and_stops_on_the_report(duty_site, sit):
    """R42: digits move by the server's time whatever this machine's clock says; the desk's report stops the clock."""
    no = duty_site.incidents[0]
    duty, desk = sit(duty_site.base, "duty_office"), sit(duty_site.base, "desk")
    duty.page.clock.install(time="2001-01-01T00:00:00Z")
    duty.open(f"/duty/major/{no}")
    digits = duty.page.locator('[data-report="phone_report"] [data-digits]')
    duty.context.set_offline(True)  # else the page would ask the server again, whose time has not moved
    first = digits.inner_text()
    assert re.fullmatch(r"(0\d|10):\d\d", first)
    duty.page.clock.run_for(61_000)
    assert digits.inner_text() < first
    duty.page.clock.run_for(600_000)
    assert digits.inner_text().startswith("+")
    expect(duty.page.locator('[data-report="phone_report"] [data-said]')).to_contain_text("已超期")
    duty.context.set_offline(False)
    desk.open("/duty/major")
    desk.page.click(f'#majors h2 a[href="/duty/major/{no}"]')
    desk.page.fill("#callee", "区政府值班室王主任")
    desk.page.fill("[name=content]", "地点、影响范围、已采取的措施")
    desk.page.click("text=已电话报告")
    desk.page.wait_for_selector("text=“电话报告”已完成")
    duty.open(f"/duty/major/{no}")
    expect(digits).to_have_count(0)
    expect(duty.page.locator('[data-report="phone_report"]')).to_contain_text("王主任")
    expect(duty.page.locator('[data-report="phone_report"]')).to_contain_text("按时")
    expect(duty.page.locator('[data-report="written_report"] [data-digits]')).to_have_count(1)


def test_three_units_are_instructed_and_one_acknowledges(duty_site, sit):
    """R8, R11: one instruction to several units, each with its own clock, seen in one table."""
    no = duty_site.incidents[1]
    duty, unit = sit(duty_site.base, "duty_office"), sit(duty_site.base, "hb")
    duty.open(f"/duty/major/{no}")
    page = duty.page
    page.fill("#find-unit", "环保")
    expect(page.locator("#instruct-units label:visible")).to_have_count(2)  # the lead, chosen already, stays
    page.check('#instruct-units [value="HB"]')
    page.fill("#find-unit", "")
    page.check('#instruct-units [value="JT"]')
    page.fill("#instruct-text", "十分钟内派人到场")
    page.click("#instruct button[type=submit], #instruct .send button")
    page.wait_for_selector("text=“实时调度”已完成")
    expect(page.locator(".matrix tbody tr")).to_have_count(3)
    expect(page.locator(".ack-waiting")).to_have_count(3)
    unit.open(f"/cases/{no}/do/acknowledge")
    unit.send()
    unit.page.wait_for_url(f"**/cases/{no}")
    duty.open("/duty/major")
    row = page.locator(f'[aria-labelledby="i-{no}"] .matrix tr', has=page.locator(".ack-acked"))
    expect(row).to_have_count(1)
    expect(row).to_contain_text("环保")
    expect(page.locator(f'[aria-labelledby="i-{no}"] .ack-waiting')).to_have_count(2)


def test_a_list_keeps_what_is_being_typed(duty_site, sit):
    """What somebody types into a list is not swept away by what others do."""
    duty = sit(duty_site.base, "duty_office")
    duty.open("/duty/supervision")
    page = duty.page
    field = page.locator(f"#lift-{duty_site.supervised}")
    field.fill("正在写的理由")
    page.locator("h1").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("() => htmx.trigger(document.getElementById('supervision'), 'refresh')")
    assert field.input_value() == "正在写的理由"
    assert asked == []
    field.fill("")
    with page.expect_response("**/duty/supervision"):
        page.evaluate("() => htmx.trigger(document.getElementById('supervision'), 'refresh')")


def test_urging_from_a_tile_without_leaving_the_overview(duty_site, sit):
    """R8, R11: the form opens beside the tiles with the unsigned cases chosen; supervising asks for grade and date."""
    duty = sit(duty_site.base, "duty_office")
    duty.open("/duty/")
    page = duty.page
    page.click('article[aria-labelledby="t-CG"] footer a')
    page.wait_for_selector("#act form")
    assert page.locator("#act [name=no]:checked").count() >= 1
    expect(page.locator("#act-grade")).to_be_hidden()
    page.check("#act [name=way][value=supervise]")
    expect(page.locator("#act-grade")).to_be_visible()
    page.check("#act [name=way][value=instruct]")
    page.click("#act button[type=submit]")
    page.wait_for_selector("text=件工单下达")
    assert page.url.endswith("/duty/")


def test_the_wall_shows_no_person_and_fits_the_screen(duty_site, sit):
    """The board: no name, number or word of a caller; nothing scrolls at 1920×1080; letters are large; dark."""
    no = duty_site.incidents[1]
    duty = sit(duty_site.base, "inspector")
    page = duty.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    duty.open("/duty/board")
    shown = page.inner_html("main")
    for secret in ("张三丰", "13812341234", "138****", SAID, "垃圾堆", "天桥", "影响范围扩大", no):
        assert secret not in shown, secret
    assert no.split("-")[3] in shown
    assert "今日接报" in page.inner_text("#board")
    assert page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]") == [
        1080,
        1920,
    ]
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.panel li')).fontSize)") >= 36
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.inner_text("[data-clock]"))


def test_the_wall_says_when_its_data_is_old_and_catches_up(duty_site, sit):
    """Without an answer it says since when; with the next one it forgets that."""
    duty = sit(duty_site.base, "inspector")
    page = duty.page
    page.clock.install()
    duty.open("/duty/board")
    expect(page.locator("[data-stale]")).to_be_hidden()
    duty.context.set_offline(True)
    page.clock.run_for(90_000)
    expect(page.locator("[data-stale]")).to_be_visible()
    assert "数据停在" in page.inner_text("[data-stale]")
    duty.context.set_offline(False)
    page.clock.run_for(22_000)
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    page.clock.run_for(2_000)
    expect(page.locator("[data-stale]")).to_be_hidden()
