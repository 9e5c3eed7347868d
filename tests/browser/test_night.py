"""A night: nobody signs, the desk telephones number after number, the unit signs, and nothing is left (R4, R24)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .conftest import HERE, _environment, _serve


class Site(NamedTuple):
    """A server, its home, and the two cases that nobody signed."""

    base: str
    home: Path
    cases: list[str]


@pytest.fixture(scope="module")
def night_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server on which the worker has just looked."""
    home = tmp_path_factory.mktemp("night")
    serving = _serve(home, 0)
    base = next(serving)
    call = [sys.executable, str(HERE / "prepare_night.py")]
    subprocess.run(call, env=_environment(home), check=True, timeout=300)
    yield Site(base, home, json.loads((home / "night.json").read_text(encoding="utf-8")))
    serving.close()  # type: ignore[attr-defined]


def test_nobody_signs_the_desk_phones_the_unit_signs(night_site, sit):
    """The first number is silent, the second answers; the other case is signed meanwhile and its call falls away."""
    desk, unit = sit(night_site.base, "desk"), sit(night_site.base, "cg")
    first, second = night_site.cases
    desk.open("/desk/")
    page = desk.page
    strip = page.locator("#phoning")
    expect(strip).to_contain_text("2 件没有人应答")
    expect(strip).to_contain_text(first)
    number = strip.locator("li").first.locator(".number a").inner_text()
    assert [one for one in Axe().run(page).response["violations"] if "phoning" in str(one["nodes"])] == []

    strip.get_by_role("link", name="没打通").first.click()
    page.check("input[name=missed][value=no_answer]")
    page.click("#form button[type=submit]")
    page.wait_for_url("**/desk/")
    page.locator("#phoning summary").click()  # the case whose time is up sooner comes first now
    again = page.locator("#phoning li", has_text=first)
    expect(again).to_contain_text("已拨 1 次未通")
    assert again.locator(".number a").inner_text() != number

    again.get_by_role("link", name="打通了").click()
    page.fill("[name=answered_by]", "值班员马某")
    page.fill("[name=said]", "马上签收")
    page.click("#form button[type=submit]")
    page.wait_for_url("**/desk/")
    expect(page.locator("#phoning")).to_contain_text("1 件没有人应答")

    unit.open(f"/cases/{second}/do/sign")
    unit.page.fill("#form [name=receiver]", "马某")
    unit.page.click("#form button[type=submit]")
    unit.page.wait_for_load_state()
    subprocess.run(
        [sys.executable, "-m", "liandong.cli.main", "tick"],
        env=_environment(night_site.home),
        check=True,
        timeout=300,
    )
    desk.open("/desk/")
    expect(page.locator("#phoning h2")).to_have_count(0)
    desk.open("/registers/phone_task/?show=all")
    expect(page.locator("#entries")).to_contain_text("已通知到")
    expect(page.locator("#entries")).to_contain_text("不再需要")
