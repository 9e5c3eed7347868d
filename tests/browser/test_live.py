"""Live pages against a whole ``liandong serve``: what one person does is on the others' screens without reloading."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

TRIAGE = "/desk/?queue=triage"


def row(seat, no: str):
    """The line of a case in the list before this person."""
    return seat.page.locator(f'[data-no="{no}"]')


def live(seat, path: str) -> None:
    """Open a page and wait until its line to the server stands."""
    seat.open(path)
    expect(seat.page.locator("[data-line][data-state=live]")).to_be_visible()


def unload_mark(seat) -> None:
    """A mark that only this very page carries: reloaded, it is gone."""
    seat.page.evaluate("() => { window.still = true; }")


def test_what_one_does_appears_on_the_others_screen(live_site, others, sit):
    """A call that somebody registers stands on the desk's list, and in the unit's inbox once dispatched; no reload."""
    other, unit = sit(live_site, "desk2"), sit(live_site, "cg")
    live(other, TRIAGE)
    live(unit, "/unit/")
    for seat in (other, unit):
        unload_mark(seat)
    no = others.register()
    expect(row(other, no)).to_be_visible(timeout=3000)
    expect(row(other, no).locator("[data-fresh]")).to_have_text("新")
    others.dispatch(no)
    expect(row(unit, no)).to_be_visible(timeout=3000)
    expect(unit.page.locator("#live")).to_have_text("1 件新到")  # read out politely
    expect(row(other, no)).to_have_count(0, timeout=3000)
    assert all(seat.page.evaluate("() => window.still") for seat in (other, unit))


def test_every_event_is_told_to_the_page(live_site, others, sit):
    """Each event a viewer may see also reaches the page as ``liandong:event``: sounds, notices and boards listen."""
    other = sit(live_site, "desk2")
    live(other, "/account/")
    other.page.evaluate(
        "() => { window.told = []; document.addEventListener('liandong:event', e => window.told.push(e.detail)); }"
    )
    no = others.register()
    other.page.wait_for_function(
        "no => window.told.some(e => e.case === no && e.type === 'register')", arg=no
    )


def test_a_lost_line_is_said_and_catches_up(live_site, others, sit):
    """Without a network the page says since when; when it is back, what was missed stands there by itself."""
    other = sit(live_site, "desk2")
    live(other, TRIAGE)
    unload_mark(other)
    other.context.set_offline(True)
    line = other.page.locator("[data-line]")
    expect(line).to_have_attribute("data-state", "lost", timeout=8000)
    expect(line).to_contain_text("自")
    no = others.register()
    other.page.wait_for_timeout(700)
    expect(row(other, no)).to_have_count(0)
    other.context.set_offline(False)
    expect(row(other, no)).to_be_visible(timeout=6000)
    expect(line).to_have_attribute("data-state", "live", timeout=6000)
    assert other.page.evaluate("() => window.still")


def test_chosen_rows_are_not_taken_away(live_site, others, sit):
    """Who is ticking rows keeps them: the update waits behind a button, and comes when asked for or when nothing is ticked."""
    unit = sit(live_site, "cg")
    first = others.register()
    others.dispatch(first)
    live(unit, "/unit/?queue=sign")
    box = row(unit, first).locator("input[type=checkbox]")
    box.check()
    second = others.register()
    others.dispatch(second)
    bar = unit.page.locator("[data-live-bar] button")
    expect(bar).to_contain_text("更新", timeout=3000)
    expect(row(unit, second)).to_have_count(0)
    expect(box).to_be_checked()
    bar.click()
    expect(row(unit, second)).to_be_visible(timeout=3000)
    expect(box).to_be_checked()  # what was chosen and did not change stays chosen
    expect(bar).to_have_count(0)
    third = others.register()
    others.dispatch(third)
    expect(bar).to_be_visible(timeout=3000)
    box.uncheck()
    expect(row(unit, third)).to_be_visible(timeout=3000)


@pytest.mark.parametrize("path", ["/unit/?queue=mine"])
def test_focus_stays_where_it_was(live_site, others, sit, path):
    """A person who walks through the list by keyboard stands on the same case after an update."""
    unit = sit(live_site, "cg")
    first = others.register()
    others.dispatch(first)
    live(unit, path)
    link = row(unit, first).locator("a").first
    link.focus()
    second = others.register()
    others.dispatch(second)
    expect(row(unit, second)).to_be_visible(timeout=3000)
    expect(link).to_be_focused()


def test_a_hidden_page_is_right_when_it_is_looked_at_again(live_site, others, sit):
    """Nothing is fetched for a page nobody looks at; looked at again it shows what happened meanwhile."""
    other = sit(live_site, "desk2")
    live(other, TRIAGE)
    hide = "hidden => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden }); document.dispatchEvent(new Event('visibilitychange')); }"
    other.page.evaluate(hide, True)
    no = others.register()
    other.page.wait_for_timeout(1000)
    expect(row(other, no)).to_have_count(0)
    other.page.evaluate(hide, False)
    expect(row(other, no)).to_be_visible(timeout=3000)
