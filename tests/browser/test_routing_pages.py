"""Issue 3 on screen: suggestion panel, 分流质量 and 热点 on a desk's monitor and a phone, without an error, a foreign
request or a sideways scroll. ``SCREENSHOTS=DIR`` keeps what was seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .conftest import HERE, Seat, _environment, _serve

SIZES = {"wide": (1366, 768), "phone": (390, 844)}
SEVERAL = "古南街道天桥路路灯不亮。家里自来水也停了三天。楼下夜市油烟太大"
DANGER = "楼上有人要跳楼，已经站在阳台外面了"
MOST_BYTES = 450_000
NARROW = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def busy_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose district has ended cases, hot topics, a spike and models."""
    home = tmp_path_factory.mktemp("routing")
    serving = _serve(home, 0)
    base = next(serving)
    subprocess.run(
        [sys.executable, str(HERE / "prepare_routing.py")], env=_environment(home), check=True, timeout=300
    )
    yield base
    serving.close()  # type: ignore[attr-defined]


def watched(seat: Seat) -> Seat:
    """The seat, with every console error and every request to another host among its errors.

    The stream is not served here (``conftest``), and the front page after signing in asks for it.
    """
    host = urlsplit(seat.base).netloc
    seat.page.on(
        "console",
        lambda message: (
            seat.errors.append(f"{message.text} {message.location['url']}")
            if message.type == "error" and "/api/v1/stream" not in message.location["url"]
            else None
        ),
    )
    seat.page.on(
        "request",
        lambda asked: (
            seat.errors.append(asked.url)
            if urlsplit(asked.url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(asked.url).netloc != host
            else None
        ),
    )
    return seat


def seen(seat: Seat, name: str) -> None:
    """Keep a picture where one is asked for."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        seat.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_routing_quality(busy_site, sit, size, theme):
    """The chart is drawn, the table says the same, the page fits."""
    duty = watched(sit(busy_site, "duty_office"))
    duty.page.emulate_media(color_scheme=theme)
    duty.page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    assert duty.open("/duty/routing") == 200
    duty.page.wait_for_selector("[data-chart] canvas")
    duty.page.wait_for_timeout(1200)  # the lines are drawn from left to right
    assert duty.page.locator(".scroll tbody tr").count() == 40
    assert duty.page.locator(".legend li").count() >= 3
    assert duty.page.evaluate(NARROW)
    assert duty.page.evaluate(
        "(() => { const s = document.querySelector('.scroll'); return s.scrollWidth <= s.clientWidth; })()"
    )
    seen(duty, f"routing-{size}-{theme}")


@pytest.mark.parametrize("size", SIZES)
def test_precision_is_set_by_keyboard(busy_site, sit, size):
    """A person without a mouse sets what is wanted; a wrong value is refused in words and kept."""
    duty = watched(sit(busy_site, "duty_office"))
    duty.page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    duty.open("/duty/routing")
    duty.page.fill("#precision", "abc")
    duty.page.press("#precision", "Tab")
    duty.page.keyboard.press("Space")
    duty.page.keyboard.press("Enter")
    duty.page.wait_for_selector("#wrong")
    assert duty.page.input_value("#precision") == "abc"
    assert duty.page.evaluate("document.activeElement.id") == "precision"
    seen(duty, f"routing-refused-{size}")
    duty.errors[:] = [
        error for error in duty.errors if "422" not in error
    ]  # the browser's own line for a refusal
    duty.page.fill("#precision", "80")
    duty.page.press("#precision", "Tab")
    duty.page.keyboard.press("Space")
    duty.page.keyboard.press("Enter")
    duty.page.wait_for_selector(".said-success")
    assert "已设为 80%" in duty.text()
    assert duty.page.locator("tr.auto").count() > 0
    seen(duty, f"routing-set-{size}")


def test_routing_quality_without_data(site, sit):
    """A young district is told what is missing; no chart is loaded."""
    inspector = watched(sit(site, "inspector"))
    inspector.open("/duty/routing")
    assert "数据还不够" in inspector.text()
    assert inspector.page.locator("script[src*=echarts]").count() == 0
    seen(inspector, "routing-empty-wide")


@pytest.mark.parametrize("size", SIZES)
def test_hotspots(busy_site, sit, size):
    """Topics, their cases, spikes; the window is in the address."""
    duty = watched(sit(busy_site, "duty_office"))
    duty.page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    assert duty.open("/duty/hotspots") == 200
    assert "天桥路" in duty.text()
    assert "敏感事项突增" in duty.text()
    assert "张三丰" not in duty.page.content()
    assert duty.page.evaluate(NARROW)
    seen(duty, f"hotspots-{size}")
    duty.page.click("section:last-of-type td.what a >> nth=0")
    duty.page.wait_for_url("**topic=**")
    assert duty.page.locator("td.what a").count() >= 3
    assert duty.page.evaluate(NARROW)
    seen(duty, f"topic-{size}")
    duty.open("/duty/hotspots?days=7")
    assert duty.page.locator(".windows a[aria-current]").inner_text() == "近7天"


def test_hotspots_empty(site, sit):
    inspector = watched(sit(site, "inspector"))
    inspector.open("/duty/hotspots?days=7")
    seen(inspector, "hotspots-empty-wide")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_suggestion_panel(busy_site, sit, size, theme):
    """Danger first and large; questions, matters, units, the same incident; readable on a phone."""
    desk = watched(sit(busy_site, "desk"))
    page = desk.page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    desk.open("/desk/register")
    page.fill("[name=content]", SEVERAL)
    page.wait_for_selector("#suggest .one")
    assert page.locator("#suggest .made").count() == 1
    assert page.evaluate(NARROW)
    seen(desk, f"panel-{size}-{theme}")
    page.fill("[name=content]", DANGER)
    danger = page.wait_for_selector("#suggest .danger")
    assert "跳楼" in danger.inner_text()
    assert page.evaluate(NARROW)
    first = page.locator("#suggest .suggest > *").first
    assert "danger" in first.get_attribute("class")
    seen(desk, f"panel-danger-{size}-{theme}")


@pytest.mark.parametrize("size", SIZES)
def test_panel_in_the_dispatch_form(busy_site, sit, size):
    """On the case page the same panel can be picked from."""
    desk = watched(sit(busy_site, "desk"))
    desk.page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    desk.open("/cases/?q=车库漏水")
    desk.page.click("td.what a >> nth=0")
    desk.page.wait_for_url("**/cases/QJFL-*")
    desk.open(urlsplit(desk.page.url).path + "/do/dispatch")
    desk.page.click("#form [data-pick] >> nth=0")
    assert desk.page.input_value("[name=basis]")
    assert desk.page.evaluate(NARROW)
    assert desk.page.locator("#form .alike a").count() > 0
    seen(desk, f"dispatch-{size}")


def test_the_page_with_the_chart_is_light(busy_site, sit):
    """All that the heaviest page loads, as it travels."""
    duty = sit(busy_site, "duty_office")
    context = duty.context.browser.new_context(storage_state=duty.context.storage_state())
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(busy_site + "/duty/routing")
    page.wait_for_selector("[data-chart] canvas")
    assert 100_000 < sum(sizes) < MOST_BYTES
    context.close()
