"""The unit's workbench in a browser: signing many, signing on a phone, hearing new work, answering beside the list."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from .axe import grave

_calls = itertools.count(1)
PHONE = {"width": 390, "height": 844}
THUMB = 44
"""The least side of what a thumb has to hit, in CSS pixels."""
STUBS = """
window.tones = 0; window.notices = []; window.asked = 0;
window.AudioContext = class {
  constructor() { this.currentTime = 0; this.state = "running"; this.destination = {}; }
  createOscillator() { window.tones += 1; return { frequency: {}, connect() {}, start() {}, stop() {} }; }
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} }; }
  resume() {}
};
window.Notification = class {
  static permission = localStorage.getItem("granted") || "default";
  static async requestPermission() { window.asked += 1; localStorage.setItem("granted", "granted"); Notification.permission = "granted"; return "granted"; }
  constructor(title, options) { window.notices.push(title + " " + options.body); }
};
"""


@pytest.fixture
def desk(others):
    """The 110 desk at work elsewhere."""
    return others


def sent(desk, unit="CG", matter="CG-02"):
    """A call of some minutes ago, dispatched; its number."""
    n = next(_calls)
    fields = {
        "kind": "complaint",
        "summary": f"垃圾堆了三天没人清运，第{n}次",
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": (datetime.now(UTC) - timedelta(minutes=3)).isoformat(),
        "source": {"channel": "110", "ref": f"workbench-{n}"},
        "place": {"text": "天桥路口", "township": "500110001"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    no = desk.post("desk", "/api/v1/cases", fields)["no"]
    desk.dispatch(no, unit, matter)
    return no


def open_panel(seat, no):
    seat.page.click(f'#list [data-no="{no}"] a.title')
    seat.page.wait_for_selector(f'[data-panel="{no}"]')


def begin(seat, command, words):
    """Open a command's form from the panel."""
    link = seat.page.locator(f'#panel a[href$="/do/{command}"]', has_text=words).first
    if not link.is_visible():
        seat.page.click("#panel .more-doing > summary")
    link.click()
    seat.page.wait_for_selector(f'#panel form[data-command="{command}"]')


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(live_site, sit, desk, theme):
    """WCAG 2.2 AA: the inbox, the case beside it and its longest form, on a desk and on a phone."""
    no = sent(desk)
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign&class=general")
    unit.page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
    assert grave(unit.page) == []
    open_panel(unit, no)
    begin(unit, "return", "申请退回")
    assert grave(unit.page) == []
    unit.page.set_viewport_size(PHONE)
    assert grave(unit.page) == []


def test_three_are_signed_at_once(live_site, sit, desk):
    """R32: chosen together, each with its own result, the list and the title follow without reloading."""
    numbers = [sent(desk) for _ in range(3)]
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign")
    unit.page.fill("#receiver", "李四")
    before = int(unit.page.get_attribute("#tabs", "data-unsigned"))
    assert unit.page.title().startswith(f"({before})")
    for no in numbers:
        unit.page.check(f'#list input[value^="{no}:"]')
    assert unit.page.inner_text("[data-chosen-count]") == "3"
    unit.page.click("[data-sign-many]")
    unit.page.wait_for_selector("text=已签收 3 件")
    for no in numbers:
        unit.page.wait_for_selector(f"#signed li.good >> text={no}")
        unit.page.wait_for_selector(f'#list [data-no="{no}"]', state="detached")
    unit.page.wait_for_function("n => !document.title.startsWith('(' + n + ')')", arg=before)
    assert [desk.case(no)["state"] for no in numbers] == ["handling"] * 3
    unit.open("/unit/")
    assert unit.page.input_value("#receiver") == "李四", "who signs is remembered on this machine"


def test_duty_staff_sign_and_answer_on_a_phone(live_site, sit, desk):
    """Whole-width cards, targets for a thumb, one tap signs; the case opens over the list and goes back by the back key."""
    no = sent(desk)
    unit = sit(live_site, "cg")
    unit.page.set_viewport_size(PHONE)
    unit.open("/unit/?queue=sign")
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert unit.page.evaluate(sideways) == 0
    card = unit.page.locator(f'#list [data-no="{no}"]')
    assert card.bounding_box()["width"] > PHONE["width"] * 0.9
    for target in (
        card.locator("button[name=one]"),
        card.locator(".pick"),
        unit.page.locator("[data-alerts-switch]"),
    ):
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= THUMB
    card.locator("a.title").click()
    unit.page.wait_for_selector(f'[data-panel="{no}"]')
    assert unit.page.locator("#panel").bounding_box()["height"] == PHONE["height"]
    for target in unit.page.locator("#panel .panel-doing .btn:visible").all():
        assert target.bounding_box()["height"] >= THUMB
    unit.page.go_back()
    unit.page.wait_for_selector("#panel", state="hidden")
    card.locator("button[name=one]").click()
    unit.page.wait_for_selector(f"#signed li.good >> text={no}")
    assert desk.case(no)["state"] == "handling"


def test_new_work_is_heard_seen_and_stops_when_signed(live_site, sit, desk):
    """The switch is opt-in and asks for permission only when clicked; a dispatch elsewhere sounds, tells and rings on."""
    unit, colleague = sit(live_site, "hb"), sit(live_site, "hb")
    unit.context.add_init_script(STUBS)
    unit.open("/unit/")
    page = unit.page
    page.wait_for_function("() => document.querySelector('[data-line]').dataset.state === 'live'")
    assert page.evaluate("[window.asked, window.tones]") == [0, 0]
    page.click("[data-alerts-switch]")
    page.wait_for_function("() => window.asked === 1 && Notification.permission === 'granted'")
    assert page.get_attribute("[data-alerts-switch]", "aria-checked") == "true"
    page.wait_for_timeout(2100)  # two tones within two seconds would be one
    heard = page.evaluate("window.tones")
    no = sent(desk, "HB", "HB-01")
    page.wait_for_selector(f"[data-arrived]:visible >> text={no}", timeout=5000)
    assert "派单通知" in page.inner_text("[data-arrived]")
    assert page.get_attribute("[data-arrived]", "aria-live") == "assertive"
    assert page.evaluate("window.tones") > heard
    assert page.evaluate("window.notices") == [f"联动 · 新到工作 新到工作：派单通知 {no}"]
    page.wait_for_selector(f'#list [data-no="{no}"]')
    page.wait_for_function("() => document.title.startsWith('(1)')")
    assert page.is_visible("[data-alerts-mute]")
    colleague.open("/unit/?queue=sign")
    colleague.page.click(f'#list [data-no="{no}"] button[name=one]')
    page.wait_for_selector("[data-arrived]", state="hidden", timeout=5000)
    page.wait_for_selector("[data-alerts-mute]", state="hidden")
    page.wait_for_function("() => !document.title.startsWith('(')")
    unit.open("/unit/")
    assert page.get_attribute("[data-alerts-switch]", "aria-checked") == "true", "remembered on this machine"


def test_muting_is_quiet_until_something_new_comes(live_site, sit, desk):
    """What rings may be muted; the next arrival rings again."""
    unit = sit(live_site, "jt")
    unit.context.add_init_script(STUBS)
    unit.open("/unit/")
    page = unit.page
    page.wait_for_function("() => document.querySelector('[data-line]').dataset.state === 'live'")
    page.click("[data-alerts-switch]")
    first = sent(desk, "JT", "JT-05")
    page.wait_for_selector(f"[data-arrived]:visible >> text={first}", timeout=5000)
    page.click("[data-alerts-mute]")
    assert "已静音" in page.inner_text("[data-arrived]")
    page.wait_for_timeout(2100)
    heard = page.evaluate("window.tones")
    second = sent(desk, "JT", "JT-05")
    page.wait_for_selector(f"[data-arrived]:visible >> text={second}", timeout=5000)
    assert page.evaluate("window.tones") > heard
    assert page.is_visible("[data-alerts-mute]")


def test_the_return_form_shows_both_clauses_and_refuses_without_an_explanation(live_site, sit, desk):
    """R28, R29: whose duty by the catalogue, side by side; what is missing is said at the form, the list stays."""
    no = sent(desk)
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign")
    open_panel(unit, no)
    begin(unit, "return", "申请退回")
    page = unit.page
    assert "市容环境卫生" in page.inner_text("#panel .duty >> nth=0")
    assert "可退回的时间" in page.inner_text("#panel .window")
    assert "第二次退回就成为争议" in page.inner_text("#panel [data-extra=return]")
    page.fill("#find-unit", "交委")
    page.click('#found [data-suggest-unit="JT"]')
    page.wait_for_selector("#theirs >> text=区交委")
    assert page.input_value("#panel [name=suggested_unit]") == "JT"
    assert "28号文" in page.inner_text("#theirs")
    unit.fill(reason_code="other_lead", why_no_answer_now="须先确认道路等级")
    unit.send()
    assert "R32" in page.inner_text("#panel .refusal:has(.rule)")
    assert page.url.endswith("/unit/?queue=sign")
    unit.fill(explanation="该路段属于公路")
    unit.send()
    page.wait_for_selector(f'#list [data-no="{no}"]', state="detached")
    assert "退回待审" in page.inner_text("#panel .panel-head")
    assert desk.case(no)["state"] == "return_review"


def test_an_extension_is_chosen_in_working_days(live_site, sit, desk):
    """R37: the caller was told, a day is picked, the panel says that it was asked."""
    no = sent(desk)
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign")
    page = unit.page
    open_panel(unit, no)
    page.click("#panel [data-sign-panel] button")
    page.wait_for_selector("#panel-said >> text=已签收 1 件")
    page.wait_for_selector("#panel .panel-head >> text=办理中")
    begin(unit, "request_extension", "申请延期")
    choices = page.locator("#panel .moments [data-set=promised_at]")
    assert [text.split(" ")[0] for text in choices.all_inner_texts()] == ["+2", "+3", "+5"]
    choices.nth(1).click()
    day = page.input_value("#panel [name=promised_at]")
    assert day == choices.nth(1).get_attribute("data-value")
    _year, month, date = day.split("-")
    assert f"{int(month)}月{int(date)}日" in choices.nth(1).inner_text()
    unit.fill(reason="配件要从外地调", told_by="李四")
    unit.send()
    page.wait_for_selector("#panel .said >> text=申请延期")
    assert desk.case(no)["pending"][0]["kind"] == "extension"


def test_feedback_with_a_template_and_an_attachment(live_site, sit, desk):
    """R33: a filled template, its blanks completed; a file that went along, another taken away again."""
    no = sent(desk)
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign")
    page = unit.page
    page.click(f'#list [data-no="{no}"] button[name=one]')
    page.wait_for_selector(f"#signed li.good >> text={no}")
    unit.open("/unit/?queue=handling")
    open_panel(unit, no)
    begin(unit, "feedback", "反馈结果")
    page.click("#panel .wordings > summary")
    page.click("#panel [data-wording] >> text=反馈：已解决")
    words = page.input_value("#panel [name=text]")
    assert "天桥路口" in words
    assert "【" in words
    files = [
        {"name": "清运后.txt", "mimeType": "text/plain", "buffer": "已清运".encode()},
        {"name": "多余.txt", "mimeType": "text/plain", "buffer": b"not wanted"},
        {"name": "坏.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x00\x01"},
    ]
    page.set_input_files("#panel [data-attach-file] >> nth=0", files)
    page.wait_for_selector('#panel [data-attached] li[data-state="failed"] >> text=不支持这种文件')
    page.wait_for_function(
        "() => document.querySelectorAll('#panel [data-attached] [name=attachments]').length === 2"
    )
    page.locator("#panel [data-attached] li", has_text="多余").locator("button").click()
    page.locator("#panel [data-attached] li", has_text="坏").locator("button").click()
    unit.fill(result="resolved")
    page.check('#panel [name=contacted_caller][value="true"]')
    page.click("#panel form[data-command=feedback] button[type=submit]")
    page.wait_for_selector("#panel [data-blanks]:visible")
    unit.fill(text="天桥路口的垃圾今天上午已全部清运，并安排每天巡查，已电话告知来电人。")
    unit.send()
    page.wait_for_selector("#panel .said >> text=反馈结果")
    unit.open(f"/cases/{no}")
    assert "清运后.txt" in unit.text()
    assert "多余" not in unit.text()
    assert desk.case(no)["state"] == "feedback_review"


def test_a_signature_that_did_not_get_through_is_sent_again_once(live_site, sit, desk):
    """A lost line: it says so, the case stays chosen, the retry signs it with the same key; the other stays unsigned."""
    no, other = sent(desk), sent(desk)
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign")
    unit.page.check(f'#list input[value^="{other}:"]')
    unit.context.set_offline(True)
    unit.page.click(f'#list [data-no="{no}"] button[name=one]')
    unit.page.wait_for_selector("#lost:not([hidden])")
    unit.context.set_offline(False)
    unit.page.click("[data-retry]")
    unit.page.wait_for_selector(f"#signed li.good >> text={no}")
    assert desk.case(no)["state"] == "handling"
    assert desk.case(other)["state"] == "dispatched"


def test_what_was_typed_in_the_panel_survives_a_lost_line(live_site, sit, desk):
    """Nothing typed is lost, and the retry does the step once."""
    no = sent(desk)
    unit = sit(live_site, "cg")
    unit.open("/unit/?queue=sign")
    open_panel(unit, no)
    begin(unit, "contact", "记录联系")
    unit.page.click('#panel [data-set="method"] >> text=电话')
    unit.fill(note="已说明今天派人")
    unit.context.set_offline(True)
    unit.page.click("#panel form[data-command=contact] button[type=submit]")
    unit.page.wait_for_selector("#lost:not([hidden])")
    assert unit.page.input_value("#panel [name=note]") == "已说明今天派人"
    unit.context.set_offline(False)
    unit.page.click("[data-retry]")
    unit.page.wait_for_selector("#panel .said >> text=记录联系")
    unit.open(f"/cases/{no}")
    assert unit.text().count("已说明今天派人") == 1
