"""The call desk as a call-taker works: one page, the keyboard alone, and nothing typed is ever lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from .axe import grave
from .conftest import PASSWORD, WORDS, Seat, _environment

NARROW = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
NEW_CASE = """
import os, sys, json
os.environ["DJANGO_SETTINGS_MODULE"] = "liandong.site.settings"
import django
django.setup()
from datetime import UTC, datetime, timedelta
from liandong.casework.execute import execute
from liandong.rules.model import Actor, Command
at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)
fields = {"kind": "complaint", "summary": sys.argv[1], "content": sys.argv[1],
  "safety": dict.fromkeys(("life", "property", "public"), "unknown"), "received_at": at.isoformat(),
  "source": {"channel": "110", "ref": sys.argv[1]}, "place": {"text": "天桥路口", "township": "500110001"}}
machine = Actor("integration", "dispatch", None, frozenset({"register"}))
print(execute(Command("register", None, fields), machine, now=at).no)
"""
COUNT = """
window.pressed = []
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("[name=content],[name=caller-phone],[name=place-text]")
    && event.key.length === 1 && !event.ctrlKey && !event.altKey
  if (!typing) window.pressed.push(event.key)
}, true)
"""


def waits(seat: Seat, text: str) -> str:
    """A case as the 110 system delivers it, in the store of the seat's server."""
    made = subprocess.run(
        [sys.executable, "-c", NEW_CASE, text],
        env=_environment(HOMES[seat.base]),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return made.stdout.strip()


HOMES: dict[str, Any] = {}


@pytest.fixture
def home(site: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the store of ``site`` lies."""
    HOMES[site] = next(tmp_path_factory.getbasetemp().glob("site*"))


def told(seat: Seat) -> str:
    seat.page.wait_for_selector("#said [data-no]")
    return seat.page.inner_text("#said")


def value(seat: Seat, name: str) -> str:
    return seat.page.input_value(f"[name={name}]")


def drafts(seat: Seat) -> list[dict[str, Any]]:
    found = seat.page.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('draft:')).map(k => localStorage[k])"
    )
    return [json.loads(one) for one in found]


def test_a_call_takes_six_keys(site, sit):
    """Issue 4, item 1: beyond typing, at most 6 key presses, a held Alt or Ctrl counted as one of them."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.evaluate(COUNT)
    began = time.monotonic()
    page.keyboard.type("古南街道天桥路口垃圾堆了三天没人清运，味道很大")
    page.keyboard.press("Tab")
    page.keyboard.type("天桥路口东侧")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+n")
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    typed = time.monotonic()
    page.keyboard.press("Control+Enter")
    said = told(desk)
    done = time.monotonic()
    print(f"typing and suggestions {typed - began:.2f} s, sending {done - typed:.2f} s")
    pressed = page.evaluate("window.pressed")
    assert pressed == ["Tab", "Enter", "Alt", "n", "Control", "Enter"], pressed
    assert len(pressed) <= 6
    assert "已派给区城市管理局" in said
    assert "告诉来电人" in said
    page.wait_for_function("() => document.activeElement.name === 'content'")
    assert value(desk, "content") == ""
    assert page.locator("[name=life]:checked, [name=property]:checked, [name=public]:checked").count() == 0
    assert drafts(desk) == []
    assert page.locator("#suggest .one").count() == 0, (
        "the next call begins without the suggestions of this one"
    )


def test_each_question_by_its_own_key(site, sit):
    """R1: with a doubt of the machine no key answers for three; the three keys do, and police is one more."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type("楼上有人要跳楼，已经站在阳台外面了")
    page.wait_for_selector("#doubts [data-doubt]")
    assert "跳楼" in page.inner_text("#doubts")
    page.keyboard.press("Alt+n")
    assert page.locator("[name=life]:checked").count() == 0
    assert "不能一键全否" in page.inner_text("[data-hint]")
    assert value(desk, "lead_unit") == ""
    page.keyboard.press("Alt+j")
    page.keyboard.press("Alt+j")
    page.keyboard.press("Alt+k")
    page.keyboard.press("Alt+l")
    assert page.is_checked("[name=life][value=yes]")
    assert page.is_checked("[name=property][value=no]")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("() => document.querySelector('[data-hint]').textContent.includes('I8')")
    page.keyboard.press("Alt+p")
    assert "已转警务" in told(desk)


def test_a_later_doubt_takes_back_the_quick_answers(site, sit):
    """EB-R2: the machine adds doubt: answers given by one key are asked again, and no unit stays chosen by it."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type("古南街道天桥路口垃圾堆了三天没人清运")
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    page.keyboard.press("Alt+n")
    assert page.is_checked("[name=life][value=no]")
    page.keyboard.type("，现在垃圾着火了，有人在里面喊救命")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#doubts [data-doubt]")
    page.wait_for_function("() => !document.querySelector('[name=life]:checked')")
    assert value(desk, "lead_unit") == ""
    assert page.locator("#said [data-no]").count() == 0


def test_letters_inside_a_question_and_not_while_composing(site, sit):
    """n, y, u answer where the cursor stands; an input method that composes is never disturbed."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.focus("[name=life][value=yes]")
    page.keyboard.type("nyu")
    answers = [
        page.locator(f"[name={name}]:checked").get_attribute("value")
        for name in ("life", "property", "public")
    ]
    assert answers == ["no", "yes", "unknown"]
    page.evaluate(
        "document.querySelector('[name=content]').dispatchEvent(new KeyboardEvent('keydown',"
        " {code: 'KeyJ', key: 'j', altKey: true, bubbles: true, isComposing: true}))"
    )
    assert page.is_checked("[name=life][value=no]")


def test_own_choice_is_never_overwritten(site, sit):
    """A person picks; later words change the suggestions, not the choice."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type("古南街道天桥路口垃圾堆了三天没人清运")
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    page.select_option("[name=lead_unit]", "JT")
    page.select_option("[name=matter]", "JT-05")
    assert "28号文" in value(desk, "basis")
    page.focus("[name=content]")
    with page.expect_response("**/desk/suggest"):
        page.keyboard.type("，味道很大，请城管来")
    page.wait_for_timeout(200)
    assert value(desk, "lead_unit") == "JT"
    page.keyboard.press("Alt+u")
    assert value(desk, "lead_unit") != "JT"


def test_a_waiting_case_appears_and_is_taken_with_one_key(site, sit, home):
    """A case of the 110 system comes onto the list by itself and with Alt+O onto the form; asked, dispatched."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type("半句话")
    no = waits(desk, "天桥路口的下水道堵了，污水流到人行道上")
    page.wait_for_selector(f"#q-{no}", timeout=20_000)
    assert value(desk, "content") == "半句话"
    page.keyboard.press("Alt+w")
    for _ in range(30):
        if page.evaluate("document.activeElement.dataset.no") == no:
            break
        page.keyboard.press("j")
    assert page.evaluate("document.activeElement.dataset.no") == no
    page.keyboard.press("Enter")
    page.wait_for_function("no => document.querySelector('[name=no]').value === no", arg=no)
    assert "下水道" in value(desk, "content")
    assert "半句话" in page.inner_text("#calls")
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    page.keyboard.press("Alt+n")
    page.keyboard.press("Control+Enter")
    assert f"已派给区城市管理局：{no}" in told(desk).replace("\n", "")
    page.wait_for_function("() => document.querySelector('[name=no]').value === ''")
    page.keyboard.press("Alt+m")
    page.wait_for_function("() => document.querySelector('[name=content]').value === '半句话'")


def test_typed_words_survive_a_reload(site, sit):
    desk = sit(site, "desk2")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type("说到一半刷新了")
    page.keyboard.press("Alt+j")
    page.reload()
    page.wait_for_function("() => document.querySelector('[name=content]').value === '说到一半刷新了'")
    assert page.is_checked("[name=life][value=no]")
    assert "已恢复" in page.inner_text("[data-note]")


def test_typed_words_survive_a_lost_connection(site, sit):
    """Offline: one can go on typing, hold, and take back; the sending is repeated by hand and done once."""
    desk = sit(site, "desk2")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type("断网时说的第一件事，路口垃圾没人清运")
    page.keyboard.press("Alt+n")
    page.wait_for_function("() => document.querySelector('[name=lead_unit]').value === 'CG'")
    desk.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#lost:not([hidden])")
    page.keyboard.press("Alt+m")
    page.keyboard.type("断网时的第二通")
    assert len(drafts(desk)) == 2
    page.keyboard.press("Alt+m")
    page.keyboard.press("Alt+m")
    page.wait_for_function(
        "() => document.querySelector('[name=content]').value.startsWith('断网时说的第一件事')"
    )
    desk.context.set_offline(False)
    page.keyboard.press("Control+Enter")
    assert "已派给" in told(desk)
    assert len(drafts(desk)) == 1


def test_a_second_tab_does_not_touch_the_call(site, sit):
    """The other tab says that the call is being written elsewhere, writes its own, and may take it over."""
    desk = sit(site, "desk2")
    desk.open("/desk/")
    first = desk.page
    first.keyboard.type("第一个标签页里的来电")
    second = desk.context.new_page()
    second.on("pageerror", lambda error: desk.errors.append(str(error)))
    second.goto(site + "/desk/")
    second.wait_for_selector(".held-away")
    assert "另一个标签页正在填写" in second.inner_text("#calls")
    assert second.input_value("[name=content]") == ""
    second.fill("[name=content]", "第二个标签页里的来电")
    assert first.input_value("[name=content]") == "第一个标签页里的来电"
    assert sorted(one["values"]["content"][0] for one in drafts(desk)) == [
        "第一个标签页里的来电",
        "第二个标签页里的来电",
    ]
    second.click(".held-away [data-resume]")
    second.wait_for_function(
        "() => document.querySelector('[name=content]').value === '第一个标签页里的来电'"
    )
    first.wait_for_function("() => document.querySelector('[name=content]').value === ''")
    assert "已由另一个标签页接着填写" in first.inner_text("[data-note]")
    assert len(drafts(desk)) == 2


def test_typed_words_survive_an_ended_session(site, sit):
    """Sent without a session: to the login page, and after it the words stand there again."""
    desk = sit(site, "desk2")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.type(WORDS.format(n="会话过期"))
    page.wait_for_function("() => document.querySelector('[name=kind]').value")
    page.keyboard.press("Alt+n")
    desk.context.clear_cookies(name="sessionid")
    page.keyboard.press("Alt+g")
    page.wait_for_url("**/login?next=*")
    page.fill("#username", "desk2")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/desk/**")
    page.wait_for_function("() => document.querySelector('[name=content]').value.includes('会话过期')")
    page.keyboard.press("Alt+g")
    assert "来电已登记" in told(desk)


def test_signing_out_asks_before_it_forgets(site, sit):
    """What nobody has sent yet is not thrown away by one click; signed out, nothing of a caller stays on the machine."""
    desk = sit(site, "desk2")
    desk.open("/desk/")
    desk.page.keyboard.type("还没有提交的来电")
    desk.page.click("form[action='/logout'] button")
    assert "再按一次" in desk.page.inner_text("[data-hint]")
    assert len(drafts(desk)) == 1
    desk.page.click("form[action='/logout'] button")
    desk.page.wait_for_url("**/login**")
    assert drafts(desk) == []


def test_one_key_finds_a_waiting_case_from_any_queue(site, sit, home):
    desk = sit(site, "desk")
    waits(desk, "路边的护栏松了")
    desk.open("/desk/?queue=units")
    desk.page.keyboard.press("Alt+o")
    desk.page.wait_for_function("() => document.querySelector('[name=no]').value !== ''")
    assert desk.page.locator("#t-triage[aria-current]").count() == 1


def test_the_keys_are_listed(site, sit):
    desk = sit(site, "desk")
    desk.open("/desk/")
    page = desk.page
    page.keyboard.press("F1")
    page.wait_for_selector("#keys[open]")
    assert "转警务" in page.inner_text("#keys")
    page.keyboard.press("Escape")
    page.keyboard.type("有问号?也照样打字")
    assert page.locator("#keys[open]").count() == 0
    assert value(desk, "content") == "有问号?也照样打字"


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (390, 844), (683, 384)])
def test_every_size_fits(site, sit, size):
    """No sideways scrolling, also at 200 % of 1366×768; the buttons can be reached."""
    desk = sit(site, "desk")
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    desk.open("/desk/")
    desk.page.fill("[name=content]", "古南街道天桥路口垃圾堆了三天没人清运")
    desk.page.wait_for_selector("#suggest .one")
    assert desk.page.evaluate(NARROW)
    desk.page.locator("[data-act=dispatch]").scroll_into_view_if_needed()
    assert desk.page.is_visible("[data-act=dispatch]")


def test_nothing_serious_for_those_who_cannot_see_it(site, sit):
    """WCAG 2.2 AA as far as axe looks, with suggestions and with a doubt on the page, light and dark."""
    desk = sit(site, "desk")
    desk.open("/desk/")
    for theme, words in (("light", "路口垃圾没人清运，有三天了"), ("dark", "楼上有人要跳楼")):
        desk.page.emulate_media(color_scheme=theme)
        with desk.page.expect_response("**/desk/suggest"):
            desk.page.fill("[name=content]", words)
        desk.page.wait_for_timeout(400)
        assert grave(desk.page) == []
