"""A supervision from its slip to its lifting, before two browsers (R11, R65)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .conftest import HERE, _environment, _serve


class Site(NamedTuple):
    """A server and the case that was prepared there."""

    base: str
    no: str


@pytest.fixture(scope="module")
def supervised_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with one late case of 城市管理局."""
    home = tmp_path_factory.mktemp("supervision")
    serving = _serve(home, 0)
    base = next(serving)
    call = [sys.executable, str(HERE / "prepare_supervision.py")]
    subprocess.run(call, env=_environment(home), check=True, timeout=300)
    yield Site(base, json.loads((home / "supervision.json").read_text(encoding="utf-8")))
    serving.close()  # type: ignore[attr-defined]


def test_a_slip_is_issued_answered_and_lifted(supervised_site, sit):
    """The officer fills one form, the unit finds it in its workbench and answers, the officer reads and lifts."""
    duty, unit = sit(supervised_site.base, "duty_office"), sit(supervised_site.base, "cg")
    no, page = supervised_site.no, duty.page
    duty.open("/duty/supervision")
    page.fill("#new-no", no)
    page.click("form[action='/duty/supervision/new'] button")
    page.wait_for_selector("#form form")
    assert Axe().run(page).violations_count == 0
    page.check("#form [name=grade][value='3']")
    page.fill("#form [name=requirement]", "今日内清运并附照片")
    page.click("#form button[type=submit]")
    expect(page.locator("#form .refusal")).to_contain_text("哪位领导")
    assert page.input_value("#form [name=requirement]") == "今日内清运并附照片"
    page.fill("#form [name=words_of]", "王副区长今日批示")
    page.click("#form button[type=submit]")
    page.wait_for_url("**/duty/supervision")
    link = page.locator("#supervision a", has_text="綦警分督")
    expect(link).to_have_count(1)

    unit.open("/unit/")
    owed = unit.page.locator("#owing a")
    expect(owed).to_contain_text("今日内清运并附照片")
    owed.click()
    unit.page.click("a[href$='/do/answer']")
    unit.page.fill("#form [name=answer]", "已清运，照片已上传")
    unit.page.click("#form button[type=submit]")
    expect(unit.page.locator("main")).to_contain_text("已答复待审")
    unit.open("/unit/")
    expect(unit.page.locator("#owing a")).to_have_count(0)

    duty.open("/duty/supervision?show=answered")
    expect(page.locator("#supervision")).to_contain_text("已清运，照片已上传")
    page.locator("#supervision a", has_text="綦警分督").click()
    assert Axe().run(page).violations_count == 0
    page.click("a[href$='/do/lift']")
    page.fill("#form [name=lifted_for]", "现场看过")
    page.click("#form button[type=submit]")
    expect(page.locator("main")).to_contain_text("已解除")
    duty.open("/duty/supervision")
    expect(page.locator("#supervision a", has_text="綦警分督")).to_have_count(0)
