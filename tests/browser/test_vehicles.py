"""In a real browser: a unit applies at its desk, public security issues and prints, a patrol checks on a phone (R17, R18)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import Browser

from .conftest import Others, Seat

PHONE = {"width": 390, "height": 844}


def _press(seat: Seat, words: str) -> None:
    """Follow a link or button of the page by what it says."""
    seat.page.locator("main a, main button").filter(has_text=words).first.click()
    seat.page.wait_for_load_state()


def test_applied_at_the_desk_issued_by_the_bureau_checked_on_a_phone(
    others: Others, sit: Callable[..., Seat], browser: Browser
) -> None:
    case = others.register()
    others.dispatch(case)
    unit, police = sit(others.base, "cg"), sit(others.base, "ga")
    unit.open("/registers/vehicle_mark/")
    _press(unit, "申请标识")
    unit.fill(
        plate="渝B1O345", kind="rescue", purpose="道路抢险", manager="王小明", manager_phone="13812341234"
    )
    unit.send()
    assert "字母没有 I 和 O" in unit.text()
    unit.fill(plate="渝b·d12345")
    unit.send()
    assert "渝B·D12345" in unit.text()

    police.open("/registers/vehicle_mark/")
    assert "待审核" in police.text()
    _press(police, "渝B·D12345")
    _press(police, "核发标识")
    police.fill(made_by="区公安局交巡警支队")
    police.send()
    assert "綦联动" in police.text()
    file = police.page.url.rsplit("/", 1)[1]
    _press(police, "制作标识")
    assert police.page.locator(".mark-sheet img").evaluate("one => one.complete && one.naturalWidth > 0")
    entry = police.page.request.get(f"{others.base}/api/v1/registers/vehicle_mark/{quote(file)}").json()
    code, number = entry["data"]["code"], entry["data"]["mark_no"]

    phone = browser.new_context(viewport=PHONE, locale="zh-CN", is_mobile=True, has_touch=True)
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{others.base}/check/mark/{code}")
    assert page.inner_text("h1").strip() == "有效"
    assert "现在没有登记的紧急任务" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert all(one.startswith((others.base, "data:")) for one in asked)

    unit.open(f"/registers/vehicle_use/new/begin?mark={quote(number)}&case={case}")
    unit.fill(task="送抢修班组到现场")
    unit.send()
    assert case in unit.text()
    page.reload()
    assert "正在执行" in page.inner_text("main")
    assert case not in page.content()

    page.fill("#number", number[-9:])
    page.fill("#plate", "渝BD99999")
    page.click("form button")
    assert "编号与车牌对不上" in page.inner_text("main")
    page.fill("#plate", "渝bd12345")
    page.click("form button")
    assert "正在执行" in page.inner_text("main")

    police.open("/registers/vehicle_use/patrol")
    assert "渝B·D12345" in police.text()
    _press(unit, "结束任务")
    unit.send()
    page.goto(f"{others.base}/check/mark/{code}")
    assert "现在没有登记的紧急任务" in page.inner_text("main")
    phone.close()
