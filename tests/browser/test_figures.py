"""The figures in a browser: charts drawn, the map by keyboard, black-and-white print, phone, nothing serious for axe."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from .axe import grave
from .conftest import HERE, Seat, _environment, _serve

PAGE = "/figures/?period=30"


@pytest.fixture(scope="module")
def figures_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose district has some days of cases."""
    home = tmp_path_factory.mktemp("figures")
    serving = _serve(home, 0)
    base = next(serving)
    subprocess.run(
        [sys.executable, str(HERE / "prepare_figures.py")], env=_environment(home), check=True, timeout=300
    )
    yield base
    serving.close()  # type: ignore[attr-defined]


@pytest.fixture
def seat(figures_site: str, sit: Callable[..., Seat]) -> Seat:
    """An inspector, who begins at the figures."""
    return sit(figures_site, "inspector")


def test_charts_are_drawn_and_redrawn_in_the_dark(seat: Seat) -> None:
    seat.open(PAGE)
    page = seat.page
    page.wait_for_selector("[data-trend] canvas")
    ink = "() => document.querySelector('[data-trend] canvas').toDataURL()"
    light = page.evaluate(ink)
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    page.wait_for_function(f"before => ({ink})() !== before", arg=light)


def test_a_tile_of_the_map_is_reached_by_keyboard_and_opens_its_cases(seat: Seat) -> None:
    seat.open(PAGE)
    page = seat.page
    tile = page.locator(".tiles a", has_text="古南")
    before = int(tile.locator("text.value").text_content() or "")
    page.locator("#map").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            "document.activeElement.closest('.tiles') && document.activeElement.textContent.includes('古南')"
        ):
            break
    stroke = "() => getComputedStyle(document.activeElement.querySelector('.tile')).strokeWidth"
    assert page.evaluate(stroke) == "6px"
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures/cases?**")
    assert int(page.inner_text("#number")) == before == page.locator("td.what").count()
    assert "古南街道" in seat.text()


def test_filters_live_in_the_address_and_survive_the_way_back(seat: Seat) -> None:
    seat.open(PAGE)
    page = seat.page
    page.select_option("#kind", "complaint")
    page.click(".filters button:has-text('查看')")
    page.wait_for_url("**kind=complaint**")
    assert "period=30" in page.url
    page.click("#key-received .value a")
    page.wait_for_url("**/figures/cases?**")
    page.click("text=回到数据")
    page.wait_for_url("**/figures/?**kind=complaint**")
    assert page.input_value("#kind") == "complaint"


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844)])
def test_no_page_is_wider_than_its_screen(seat: Seat, width: int, height: int) -> None:
    seat.page.set_viewport_size({"width": width, "height": height})
    for path in (PAGE, "/figures/?period=quarter", "/figures/cases?figure=received"):
        seat.open(path)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert seat.page.evaluate(wider) == 0, path


def test_print_is_black_on_white_in_the_dark_theme_too(seat: Seat) -> None:
    seat.open(PAGE)
    page = seat.page
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.key .value')).color") == "rgb(0, 0, 0)"
    assert not page.locator("form.filters").first.is_visible()
    fills = page.eval_on_selector_all(
        ".tiles .ground-5", "all => all.map((one) => getComputedStyle(one).fill)"
    )
    assert fills == ["rgb(34, 34, 34)"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(seat: Seat, theme: str) -> None:
    for path in (PAGE, "/figures/cases?figure=received"):
        seat.open(path)
        seat.page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        assert grave(seat.page) == [], path


def test_the_page_is_light(seat: Seat) -> None:
    """With its charts under 450 kB on the wire, nothing cached."""
    sizes: list[float] = []
    client = seat.context.new_cdp_session(seat.page)
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    client.send("Network.enable")
    client.send("Network.clearBrowserCache")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    seat.open("/figures/?period=quarter")
    seat.page.wait_for_selector("[data-trend] canvas")
    assert 150_000 < sum(sizes) < 450_000, sizes
