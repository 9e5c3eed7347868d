"""Every page for everybody: axe finds nothing serious in light and dark, nothing scrolls sideways on a phone or at twice
the text size, everything is reached by keyboard, and no request leaves the machine (WCAG 2.2 AA)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import pytest

from .axe import grave
from .conftest import Seat

PAGES = {
    "desk": ["/desk/", "/duty/major", "/duty/hotspots", "/cases/", "/district/shift", "/district/knowledge", "/account/"],
    "cg": ["/unit/", "/unit/?queue=handling", "/cases/instructions", "/district/own", "/district/rosters"],
    "duty_office": [
        "/duty/", "/duty/units", "/duty/units/CG", "/duty/decisions", "/duty/supervision", "/duty/board", "/duty/routing",
        "/duty/?queue=disputes",
    ],
    "inspector": ["/figures/", "/figures/?period=quarter"],
    "sysadmin": [
        "/district/", "/district/units", "/district/units/CG", "/district/duties", "/district/duties/CG-02", "/district/rules",
        "/district/calendars", "/district/calendars/2026", "/district/limits", "/district/changes", "/district/texts",
        "/district/texts/new", "/district/knowledge/new", "/district/accounts", "/district/accounts/new", "/district/training",
    ],
    "secadmin": ["/district/accounts", "/district/accounts/changes"],
    "auditor": ["/district/changes", "/cases/looks"],
    "government": ["/figures/"],
}  # fmt: skip
FORMS = {
    "desk": (
        "dispatch",
        "answer",
        "to_police",
        "set_safety",
        "call_back",
        "accept_feedback",
        "reject_return",
        "split",
    ),
    "cg": ("sign", "feedback", "return", "request_extension", "contact", "answer_now"),
    "duty_office": ("designate", "supervise", "instruct", "set_level", "decide_extension"),
}
"""Forms of cases that the role's queues lead to; which case offers which is found by walking."""


@pytest.mark.parametrize("who", PAGES)
def test_axe_finds_nothing_serious_in_light_or_dark(
    demo_site: str, sit: Callable[..., Seat], who: str
) -> None:
    seat = sit(demo_site, who)
    found = []
    for path in PAGES[who]:
        for theme in ("light", "dark"):
            _theme(seat, theme)
            assert seat.open(path) == 200, path
            found += [f"{path} ({theme}): {line}" for line in grave(seat.page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", FORMS)
def test_axe_finds_nothing_serious_on_a_case_and_its_forms(
    demo_site: str, sit: Callable[..., Seat], who: str
) -> None:
    seat = sit(demo_site, who)
    found, seen = [], set()
    for no in _cases(seat):
        seat.open(f"/cases/{no}")
        offered = set(re.findall(rf"/cases/{no}/do/([a-z_]+)", seat.page.content()))
        if not seen:
            found += [f"case: {line}" for line in grave(seat.page)]
        for command in FORMS[who]:
            if command in offered and command not in seen:
                seen.add(command)
                assert seat.open(f"/cases/{no}/do/{command}") == 200
                found += [f"{command}: {line}" for line in grave(seat.page)]
    assert not found, "\n".join(found)
    assert len(seen) >= 3, f"the demonstration offers only {seen}"


@pytest.mark.parametrize("who", PAGES)
def test_nothing_scrolls_sideways_on_a_phone_or_at_twice_the_text_size(
    demo_site: str, sit: Callable[..., Seat], who: str
) -> None:
    seat = sit(demo_site, who)
    wide = []
    for path in PAGES[who]:
        for name, width, size in (("phone", 390, "100%"), ("text at 200 %", 1366, "200%")):
            seat.page.set_viewport_size({"width": width, "height": 844})
            seat.open(path)
            seat.page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
            over = seat.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
            if over > 1:
                wide.append(f"{path} at {name}: {over} px too wide, {_widest(seat)}")
    assert not wide, "\n".join(wide)


def test_no_request_leaves_the_machine(demo_site: str, sit: Callable[..., Seat]) -> None:
    for who, paths in PAGES.items():
        seat = sit(demo_site, who)
        asked: list[str] = []
        seat.page.on("request", lambda request, asked=asked: asked.append(request.url))
        for path in paths:
            seat.open(path)
        assert asked
        assert {urlparse(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {
            "127.0.0.1"
        }


@pytest.mark.parametrize(
    ("who", "path"),
    [("desk", "/desk/"), ("cg", "/unit/"), ("duty_office", "/duty/"), ("inspector", "/figures/")],
)
def test_every_control_is_reached_by_the_tab_key_and_shows_it(
    demo_site: str, sit: Callable[..., Seat], who: str, path: str
) -> None:
    seat = sit(demo_site, who)
    seat.open(path)
    seat.page.wait_for_function("() => !document.querySelector('.htmx-request')")
    seat.page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    seen = set()
    for _ in range(60):
        seat.page.keyboard.press("Tab")
        # The calendar's button inside a date field is the browser's own: the field itself is not «:focus» then.
        mark: dict[str, Any] = seat.page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return {name: e.tagName + (e.id ? "#" + e.id : "") + (e.getAttribute("href") || e.name || e.textContent.trim().slice(0, 20)),
                    shown: !e.matches(":focus") || s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2, body: e === document.body}; }"""
        )
        if mark["body"]:
            break
        assert mark["shown"], f"the focus is not seen on {mark['name']}"
        seen.add(mark["name"])
    assert len(seen) >= 12


def test_the_first_tab_leads_past_the_navigation(demo_site: str, sit: Callable[..., Seat]) -> None:
    seat = sit(demo_site, "cg")
    seat.open("/unit/")
    seat.page.evaluate("() => document.activeElement.blur()")
    seat.page.keyboard.press("Tab")
    assert seat.page.evaluate("() => document.activeElement.className") == "skip"
    seat.page.keyboard.press("Enter")
    assert seat.page.evaluate("() => document.activeElement.id") == "main"


def _theme(seat: Seat, theme: str) -> None:
    host = urlparse(seat.base)
    seat.context.add_cookies(
        [{"name": "liandong_theme", "value": theme, "domain": str(host.hostname), "path": "/"}]
    )


def _cases(seat: Seat, most: int = 40) -> list[str]:
    """Numbers of open cases this person finds."""
    numbers: list[str] = []
    for state in (
        "registered",
        "dispatched",
        "handling",
        "return_review",
        "feedback_review",
        "callback",
        "disputed",
    ):
        seat.open(f"/cases/?state={state}")
        numbers += list(dict.fromkeys(re.findall(r"/cases/(QJFL-[0-9-]+)", seat.page.content())))[:6]
    return numbers[:most]


def _widest(seat: Seat) -> str:
    """The element that reaches farthest to the right."""
    return str(
        seat.page.evaluate(
            """() => { let worst = null, right = window.innerWidth;
            for (const e of document.querySelectorAll("main *, header *")) {
              const box = e.getBoundingClientRect();
              if (box.right > right + 1 && box.width > 0) { right = box.right; worst = e; }
            }
            return worst ? worst.outerHTML.slice(0, 140) : "?"; }"""
        )
    )
