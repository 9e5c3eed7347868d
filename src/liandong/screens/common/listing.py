"""Lists of cases: one page of rows, each with the clock that presses most, and the address of the next page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from liandong.casework.queries import Page

from .times import most_urgent, standing

SIZE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list."""

    case: dict[str, Any]
    clock: dict[str, Any] | None
    code: str


@dataclass(frozen=True, slots=True)
class Tab:
    """A queue with how many wait in it and how many of them are late."""

    code: str
    name: Any
    url: str
    count: int
    late: int


def lines(page: Page, now: datetime, owner: str | None = None) -> list[Line]:
    """The rows of a page with their most urgent clock: of ``owner`` (a unit, desk, duty_office), else the holder's."""
    made = []
    for case in page.items:
        holder = case["holder"]
        mine = owner or (holder["code"] if holder["type"] == "unit" else holder["type"])
        own = [clock for clock in case["clocks"] if clock["unit"] == mine]
        clock = most_urgent(own, now) or most_urgent(case["clocks"], now)
        made.append(Line(case, clock, standing(clock, now).code if clock else ""))
    return made


def address(request: HttpRequest, **changes: str | None) -> str:
    """This page's address with other parameters (``None`` takes one away)."""
    kept: dict[str, str] = {key: str(value) for key, value in request.GET.items() if value}
    for key, value in changes.items():
        if value:
            kept[key] = value
        else:
            kept.pop(key, None)
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def context(
    request: HttpRequest, page: Page, now: datetime, owner: str | None = None, *, shared: bool = False
) -> Mapping[str, Any]:
    """What ``common/list.html`` shows.

    ``shared``: list and tabs depend on nothing but role, unit, address and language, so that all live screens of an
    audience may get the same bytes (``fragments``).
    """
    return {
        "lines": lines(page, now, owner),
        "next": address(request, after=page.next) if page.next else "",
        "first": address(request, after=None) if request.GET.get("after") else "",
        "refresh": request.get_full_path(),
        "now": now,
        "shared": shared,
    }
