"""In a real browser: a newcomer's course, a shift handed over and taken over, what a phone shows of a roster."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Others, Seat

Sit = Callable[..., Seat]


def test_a_newcomer_reads_answers_and_only_then_works(site: str, sit: Sit) -> None:
    seat = sit(site, "trainee")
    page = seat.page
    seat.open("/desk/register")
    assert page.url.endswith("/account/training")
    assert page.locator("nav.places a").count() == 0
    for quiz in page.locator("fieldset.quiz").all():
        quiz.locator("input").nth(0).check()
    page.click("#quiz button")
    page.wait_for_selector(".refusal")
    assert (
        page.evaluate("document.activeElement.matches('.refusal')") or page.locator(".refusal").is_visible()
    )
    # the explanation of each wrong answer names what is right; here the sheet itself tells which ones are wrong
    for _ in range(3):
        for quiz in page.locator("fieldset.quiz.wrong").all():
            chosen = quiz.locator("input:checked").first.get_attribute("value") or "1"
            quiz.locator("input").nth(int(chosen) % quiz.locator("input").count()).check()
        page.click("#quiz button")
        page.wait_for_load_state()
        if "/account/training" not in page.url:
            break
    assert page.url.endswith("/desk/")
    assert "培训已通过" in seat.text()


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_shift_is_read_to_the_end_before_it_is_taken_over(others: Others, sit: Sit, by_hand: bool) -> None:
    for _ in range(2 if by_hand else 14):
        others.register()
    leaving, coming = sit(others.base, "desk"), sit(others.base, "desk2")
    leaving.open("/district/shift")
    leaving.page.fill("#remark", "第一件答应今晚回电")
    leaving.page.click("form[action$=give] button.btn-primary")
    leaving.page.wait_for_url("**/district/shift/*")
    assert leaving.page.locator("#take").count() == 0

    coming.open("/desk/")
    coming.page.wait_for_selector(".said a[href^='/district/shift/']")
    coming.page.click(".said a[href^='/district/shift/']")
    page = coming.page
    page.wait_for_selector("#take")
    boxes = page.locator("input[name=read]")
    if by_hand:
        for box in boxes.all():
            box.check()
    else:
        assert not page.locator("#read-all").is_visible()
        page.locator("#bottom").scroll_into_view_if_needed()
        page.click("#read-all")
    assert f"看过 {boxes.count()} / {boxes.count()}" in page.inner_text("#read-count")
    page.click("#take button.btn-primary")
    page.wait_for_url("**/district/shift")
    assert "已接班" in coming.text()
    assert "desk2" in coming.text()
    leaving.open("/district/shift")
    assert "还没有人接" not in leaving.text()


def test_on_a_phone_the_roster_is_a_list_and_nothing_sticks_out(site: str, sit: Sit) -> None:
    seat = sit(site, "cg")
    seat.page.set_viewport_size({"width": 390, "height": 844})
    for path in (
        "/district/rosters",
        "/district/shift",
        "/district/knowledge",
        "/district/texts",
        "/account/training",
    ):
        assert seat.open(path) == 200
        assert seat.page.evaluate("document.documentElement.scrollWidth") <= 390, path
