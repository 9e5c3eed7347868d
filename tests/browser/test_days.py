"""One day of every role, walked by people before browsers on a whole demonstration district; what one does, the others see.

The same walk takes the pictures of the README and the user guide (``make pictures``, ``pictures.py``).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from .conftest import PASSWORD, Seat, _environment
from .pictures import LAPTOP, PHONE, picture
from .walking import (
    PHONE_OF_CALLER,
    begins,
    calls,
    feeds_back,
    finds,
    number_said,
    opens,
    rubbish,
    signs,
    takes_and_dispatches,
    types_a_call,
    works,
)

ZONE = ZoneInfo("Asia/Shanghai")
PACK = Path(__file__).resolve().parents[2] / "packs/qijiang"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PATIENCE = 20_000
"""Milliseconds for a page to say what it should; a busy machine is no failure of the pages."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def at(demo_site: str, sit: Callable[..., Seat]) -> Callable[..., Seat]:
    """``at("cg", PHONE)``: somebody before a screen of that size, signed in at the demonstration district."""

    def seat(user: str, size: tuple[int, int] = LAPTOP, password: str = PASSWORD) -> Seat:
        made = sit(demo_site, user, password)
        made.context.set_default_timeout(PATIENCE)
        made.page.set_viewport_size({"width": size[0], "height": size[1]})
        return made

    return seat


@pytest.fixture(scope="session")
def dispatch_system(demo_site: str, demo_home: Path) -> Callable[[str], str]:
    """The 110 system: hands over a call through the API with a token of its own; the case's number."""

    def command(*words: str) -> str:
        call = [sys.executable, "-m", "liandong.cli.main", *words]
        made = subprocess.run(
            call, env=_environment(demo_home), check=True, capture_output=True, text=True, timeout=60
        )
        return made.stdout.strip().splitlines()[-1]

    command("user", "add", "jjxt", "--role", "integration", "--no-password")
    token = command("token", "--user", "jjxt", "--scope", "register")

    def hand_over(words: str) -> str:
        fields = {
            "kind": "complaint",
            "summary": words,
            "content": words,
            "safety": dict.fromkeys(("life", "property", "public"), "unknown"),
            "received_at": (datetime.now(UTC) - timedelta(minutes=4)).isoformat(),
            "source": {"channel": "110", "ref": f"days-{next(calls)}"},
            "place": {"text": "天桥路口", "township": "500110001"},
            "caller": {"name": "周某", "phone": PHONE_OF_CALLER},
        }
        asked = urllib.request.Request(
            f"{demo_site}/api/v1/cases",
            json.dumps(fields).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return str(json.load(answer)["no"])

    return hand_over


# -- the days


def test_a_day_of_the_call_taker(at, dispatch_system):
    """Calls typed and taken over go out; a return is rejected; feedback is accepted, the caller called back, the case closed."""
    desk, unit = at("desk"), at("cg")
    page = desk.page
    desk.open("/desk/")
    types_a_call(desk, rubbish())
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    page.wait_for_selector("#suggest .one")
    picture(page, "desk")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_contain_text("告诉来电人")
    no = number_said(page)
    finds(unit, "/unit/?queue=sign", no)

    received = dispatch_system("天桥路口的下水道堵了，污水流到人行道上")
    page.wait_for_selector(f"#q-{received}")
    page.keyboard.press("Alt+w")
    focused = "() => document.activeElement.dataset.no"
    for _ in range(60):
        if page.evaluate(focused) == received:
            break
        page.keyboard.press("j")
    assert page.evaluate(focused) == received
    page.keyboard.press("Enter")
    page.wait_for_function("no => document.querySelector('[name=no]').value === no", arg=received)
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    page.keyboard.press("Alt+n")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f'#said [data-no="{received}"]')
    expect(page.locator(f"#q-{received}")).to_have_count(0)

    opens(unit, no, "sign")
    begins(unit, "return")
    unit.fill(
        reason_code="other_lead",
        explanation="该路段属于公路，由公路养护单位保洁。",
        why_no_answer_now="须先确认道路等级。",
    )
    unit.page.fill("#find-unit", "交委")
    unit.page.click('#found [data-suggest-unit="JT"]')
    unit.page.wait_for_selector("#theirs >> text=区交委")
    picture(unit.page, "unit", at="#panel .sides")
    unit.send()
    unit.page.wait_for_selector("#panel .panel-head >> text=退回待审")
    finds(desk, "/desk/?queue=returns", no)
    works(desk, no, "reject_return", reason="路口在城区，属于市容环境卫生职责。")
    finds(unit, "/unit/?queue=handling", no)

    feeds_back(unit, no)
    finds(desk, "/desk/?queue=feedback", no)
    works(desk, no, "accept_feedback")
    finds(desk, "/desk/?queue=callback", no)
    desk.do(no, "call_back")
    page.check('#form [name=reached][value="true"]')
    desk.fill(satisfaction="satisfied", solved="yes")
    desk.send()
    page.wait_for_selector("#case-head >> text=已办结")
    picture(page, "case")
    unit.open(f"/cases/{no}")
    assert "已办结" in unit.page.inner_text("#case-head")


def test_a_day_of_a_unit_on_a_phone(at):
    """The case appears by itself, is signed with the thumb, the caller is called, more time is asked for, the result is given."""
    unit, desk = at("cg", PHONE), at("desk")
    page = unit.page
    unit.open("/unit/?queue=sign")
    page.wait_for_function("() => document.querySelector('[data-line]').dataset.state === 'live'")
    no = takes_and_dispatches(desk, rubbish())
    card = page.locator(f'#list [data-no="{no}"]')
    card.wait_for()
    assert page.evaluate(SIDEWAYS) == 0
    picture(page, "unit-phone-list")
    card.locator("button[name=one]").click()
    page.wait_for_selector(f"#signed li.good >> text={no}")

    opens(unit, no, "handling")
    begins(unit, "contact")
    page.click('#panel [data-set="method"] >> text=电话')
    unit.fill(note="已说明今天下午派人")
    unit.send()
    page.wait_for_selector("#panel .said >> text=记录联系")
    picture(page, "unit-phone-case")

    begins(unit, "request_extension")
    page.locator("#panel .moments [data-set=promised_at]").first.click()
    unit.fill(reason="清运车检修，明天才能进场", told_by="李四")
    unit.send()
    page.wait_for_selector("#panel .said >> text=申请延期")
    assert page.evaluate(SIDEWAYS) == 0
    finds(desk, "/desk/?queue=decisions", no)
    desk.do(no, "decide_extension")
    desk.page.check('#form [name=approve][value="true"]')
    desk.fill(reason="已告知来电人")
    desk.send()
    desk.page.wait_for_url(f"**/cases/{no}")

    opens(unit, no, "handling")
    begins(unit, "feedback")
    unit.fill(result="resolved", text="垃圾已全部清运，来电人现场确认。")
    page.check('#panel [name=contacted_caller][value="true"]')
    unit.send()
    page.wait_for_selector("#panel .said >> text=反馈结果")
    finds(desk, "/desk/?queue=feedback", no)


def test_a_day_of_the_duty_office(at):
    """Rules a dispute, decides a request, supervises, commands an incident, passes on a leader's words; the unit sees each."""
    duty, desk, unit = at("duty_office"), at("desk"), at("cg")
    page = duty.page
    duty.open("/duty/")
    picture(page, "duty-office")
    no = takes_and_dispatches(desk, rubbish())
    works(
        desk,
        no,
        "raise_dispute",
        unit_position="单位认为该路口在建成区以外。",
        desk_position="地点在建成区内，属市容环境卫生。",
    )
    finds(duty, "/duty/?queue=disputes", no)
    duty.open(f"/duty/disputes/{no}")
    page.check('.clause-choice input[data-unit="CG"] >> nth=0')
    picture(page, "dispute")
    page.click("#rule form button[type=submit]")
    page.wait_for_url("**/duty/?queue=disputes")
    unit.open(f"/cases/{no}")
    assert "已指定管辖" in unit.page.inner_text("#case-head")

    signs(unit, no)
    later = (date.today() + timedelta(days=20)).isoformat()
    unit.do(no, "request_suspension")
    unit.page.check('#form [name=reason][value="funding"]')
    unit.fill(explanation="须等资金到位后更换垃圾箱。", review_on=later)
    unit.send()
    unit.page.wait_for_url(f"**/cases/{no}")
    duty.open("/duty/decisions")
    asked = page.locator(f'article[aria-labelledby="d-{no}"]')
    asked.locator("textarea").fill("先清运，更换垃圾箱另行安排。")
    asked.locator("button[value=false]").click()
    page.wait_for_selector(".said")
    expect(page.locator(f'article[aria-labelledby="d-{no}"]')).to_have_count(0)

    duty.open("/duty/supervision")
    page.fill("#new-no", no)
    page.click("form[action$=new] button")
    page.wait_for_selector("#form [name=requirement]")
    duty.fill(requirement="今天 18:00 前清运，并报告结果。")
    page.click("#form button[type=submit]")
    page.wait_for_url("**/duty/supervision**")
    finds(unit, "/unit/?queue=supervision", no)
    works(unit, no, "answer_supervision", text="已清运完毕，照片附后。")
    duty.open("/duty/supervision?show=answered")
    expect(page.locator(f'article[aria-labelledby="s-{no}"]')).to_contain_text("已清运完毕")

    major = takes_and_dispatches(desk, rubbish())
    works(desk, major, "set_level", level="larger", reason="影响范围扩大")
    duty.open("/duty/major")
    page.click(f'#majors h2 a[href="/duty/major/{major}"]')
    expect(page.locator('[data-report="phone_report"] [data-digits]')).to_have_text(re.compile(r"0\d:\d\d"))
    picture(page, "major")
    page.fill("#instruct-text", "十分钟内派人到场，到场后报告。")
    page.click("#instruct .send button")
    page.wait_for_selector(".ack-waiting")
    unit.open("/unit/?queue=orders")
    unit.page.click(f'#list [data-no="{major}"] a.title')
    unit.page.click("#panel .owed form[data-command=acknowledge] button")
    unit.page.wait_for_selector("#panel .said")
    page.wait_for_selector(".matrix .ack-acked")

    duty.open(f"/cases/{major}")
    page.click("text=登记领导批示")
    page.wait_for_selector('form[data-command="instruct"]')
    page.fill("#written-leader", "李××（副区长）")
    page.fill("#written-day", f"{datetime.now(ZONE):%Y-%m-%d}")
    page.check('#form [name=units][value="CG"]')
    duty.fill(text="请尽快处置，举一反三。")
    duty.send()
    unit.open("/cases/instructions")
    unit.page.click(f'.instruction:has-text("{major}") >> text=确认收到')
    unit.page.wait_for_selector('form[data-command="acknowledge"]')
    unit.send()
    duty.open("/cases/instructions")
    expect(page.locator(f'.instruction:has-text("{major}")')).to_contain_text("已确认")

    wall = at("inspector")
    wall.open("/duty/board")
    assert PHONE_OF_CALLER not in wall.page.content()
    picture(wall.page, "board")


def test_a_day_of_the_inspector(at, tmp_path):
    """From a figure to its cases, to one of them with the caller masked, and the same cases in a workbook."""
    inspector = at("inspector")
    page = inspector.page
    inspector.open("/figures/?period=30")
    page.wait_for_selector("[data-trend] canvas")
    picture(page, "figures")
    picture(page, "figures-map", at="#map")
    figure = int(page.inner_text("#key-received .value a").replace(",", ""))
    page.click("#key-received .value a")
    page.wait_for_url("**/figures/cases?**")
    assert int(page.inner_text("#number").replace(",", "")) == figure
    shown = page.locator("td.what a").all_inner_texts()
    with page.expect_download() as coming:
        page.click("text=导出 Excel")
    coming.value.save_as(tmp_path / "cases.xlsx")
    sheet = load_workbook(tmp_path / "cases.xlsx", read_only=True).worksheets[0]
    cells = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    text = "\n".join("\t".join(row) for row in cells)
    assert shown[0] in text
    assert len(re.findall(r"QJFL-\d{6}-\d{8}-\d{5}-\d", text)) >= len(shown)
    assert not re.search(r"1380000\d{4}", text), "no telephone leaves in a list"
    page.locator("td.what a").first.click()
    page.wait_for_url("**/cases/QJFL-*")
    assert not re.search(r"1380000\d{4}", inspector.text())
    assert page.locator('.side a[href*="/do/dispatch"]').count() == 0


def test_a_day_of_the_administrators(at):
    """A change is planned and seen by the auditor; an account is granted; its person learns, passes, and works."""
    system, security = at("sysadmin"), at("secadmin")
    page = system.page
    tomorrow = (datetime.now(ZONE) + timedelta(days=1)).date().isoformat()
    system.open("/district/change/move_matter/LY-02")
    page.fill("[name=on]", tomorrow)
    page.select_option("[name=unit]", "WH")
    page.fill("[name=clause]", "区政府会议纪要第9号")
    page.fill("[name=reason]", "旅游投诉并入文化委受理")
    page.click("button[value=preview]")
    page.wait_for_selector("#reroute dl", timeout=60_000)
    picture(page, "change", at="#preview")
    page.check("[name=seen]")
    page.click("button[value=save]")
    page.wait_for_url("**/district/duties/LY-02")
    system.open("/district/changes?planned=1")
    assert "LY-02" in system.text()

    system.open("/district/accounts/new")
    page.fill("#username", "newcomer")
    page.fill("#display_name", "示例接警员丙")
    page.select_option("#role", "desk")
    page.click("main form button.btn-primary")
    first = page.inner_text(".secret code").strip()
    security.open("/district/accounts")
    waiting = security.page.locator("#open li", has_text="newcomer")
    waiting.locator("button[value=yes]").click()
    expect(security.page.locator("#open li", has_text="newcomer")).to_have_count(0)

    newcomer = at("newcomer", LAPTOP, first)
    page = newcomer.page
    page.wait_for_url("**/account/**")
    assert "修改密码" in newcomer.text()
    passwords = page.locator("main input[type=password]")
    passwords.nth(0).fill(first)
    for again in range(1, passwords.count()):
        passwords.nth(again).fill("Another-2018-word")
    page.locator("form:has(input[type=password]) button").click()
    newcomer.open("/desk/")
    page.wait_for_url("**/account/training")
    picture(page, "training")
    right = answers_of("desk")
    for quiz in page.locator("fieldset.quiz").all():
        asked = quiz.locator("legend").inner_text().partition(". ")[2].strip()
        quiz.locator(f'input[value="{right[asked]}"]').check()
    page.click("#quiz button")
    expect(page.locator("main")).to_contain_text("培训已通过")
    no = takes_and_dispatches(newcomer, rubbish())
    finds(at("cg"), "/unit/?queue=sign", no)


def answers_of(role: str) -> dict[str, Any]:
    """What somebody who has read the course answers: question → number of the option."""
    course = tomllib.loads((PACK / "training.toml").read_text(encoding="utf-8"))
    return {one["ask"].strip(): one["right"] for one in course["question"]}


def test_a_shift_is_handed_over(at):
    """Who leaves hands over with a word; who comes reads every line before the shift is theirs."""
    leaving, coming = at("desk"), at("desk2")
    no = takes_and_dispatches(leaving, rubbish())
    leaving.open("/district/shift")
    leaving.page.fill("#remark", f"{no} 答应今晚八点前回电")
    leaving.page.click("form[action$=give] button.btn-primary")
    leaving.page.wait_for_url("**/district/shift/*")
    coming.open("/desk/")
    page = coming.page
    page.click(".said a[href^='/district/shift/']")
    page.wait_for_selector("#take")
    assert "答应今晚八点前回电" in coming.text()
    picture(page, "shift")
    page.locator("#bottom").scroll_into_view_if_needed()
    page.click("#read-all")
    page.click("#take button.btn-primary")
    page.wait_for_url("**/district/shift")
    assert "已接班" in coming.text()
    leaving.open("/district/shift")
    assert "还没有人接" not in leaving.text()


def test_a_day_of_the_auditor(at):
    """Who looked behind the mask and why, what was changed and by whom; never what the case says."""
    desk, inspector, auditor = at("desk"), at("inspector"), at("auditor")
    words = rubbish()
    no = takes_and_dispatches(desk, words)
    inspector.open(f"/cases/{no}")
    inspector.page.click("text=查看完整号码或姓名")
    inspector.page.fill("#reveal-reason", "抽查回访是否属实")
    inspector.page.click("#caller form button")
    inspector.page.wait_for_selector(f"text={PHONE_OF_CALLER}")
    page = auditor.page
    auditor.open("/cases/looks")
    assert no in auditor.text()
    assert "督检考评" in auditor.text()
    assert "抽查回访是否属实" in auditor.text()
    picture(page, "looks")
    for hidden in (words, "天桥路口东侧", PHONE_OF_CALLER, "周某"):
        assert hidden not in page.content(), hidden
    assert auditor.open(f"/cases/{no}") in (403, 404)
    auditor.open("/district/changes")
    assert "2018.1" in auditor.text()
    auditor.open("/district/accounts/changes")
    assert page.locator("main form button.btn-primary").count() == 0
