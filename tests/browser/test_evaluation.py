"""The evaluation in a browser: numbers by keyboard, wide tables that scroll in themselves, freezing, nothing serious for axe."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from .axe import grave
from .conftest import HERE, Seat, _environment, _serve

PAGE = "/evaluation/?period=2018Q3"
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def evaluated_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose district has a quarter of every kind of case."""
    home = tmp_path_factory.mktemp("evaluation")
    serving = _serve(home, 0)
    base = next(serving)
    subprocess.run(
        [sys.executable, str(HERE / "prepare_evaluation.py")], env=_environment(home), check=True, timeout=300
    )
    yield base
    serving.close()  # type: ignore[attr-defined]


def test_a_number_is_opened_by_keyboard_and_no_page_scrolls_sideways(
    evaluated_site: str, sit: Callable[..., Seat]
) -> None:
    seat = sit(evaluated_site, "inspector")
    page = seat.page
    for size in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        seat.open(PAGE)
        assert not page.evaluate(WIDE)
        link = page.locator('a[href*="/evaluation/cases?"]').first
        said = link.inner_text()
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/evaluation/cases?**")
        assert page.locator("#number").inner_text() == said
        assert page.locator("td.what").count() == int(said)
        assert not page.evaluate(WIDE)


def test_a_quarter_is_frozen_from_the_page_and_nothing_is_serious_for_axe(
    evaluated_site: str, sit: Callable[..., Seat]
) -> None:
    seat = sit(evaluated_site, "inspector")
    seat.open(PAGE)
    seat.page.click("text=冻结并公布")
    seat.page.wait_for_url("**/evaluation/snapshots/KP-2018Q3-1")
    seat.page.wait_for_selector("#proof .said")
    assert "数字一致" in seat.text()
    for path in (
        PAGE,
        "/evaluation/snapshots/KP-2018Q3-1",
        "/evaluation/signs?period=2018Q3",
        "/evaluation/metrics",
    ):
        seat.open(path)
        assert grave(seat.page) == [], path
