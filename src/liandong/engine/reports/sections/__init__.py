"""The sections a report is made of, by the code that ``reports.toml`` names. Each draws blocks from a Context."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from liandong.district.reporting import Section

from ..context import Context
from ..values import Block

Drawer = Callable[[Context, Section], list[Block]]
_DRAWERS: dict[str, Drawer] = {}


def section(code: str) -> Callable[[Drawer], Drawer]:
    """Enter a drawer under its code."""

    def enter(drawer: Drawer) -> Drawer:
        if code in _DRAWERS:
            raise ValueError(f"two sections are called {code}")
        _DRAWERS[code] = drawer
        return drawer

    return enter


def drawers() -> dict[str, Drawer]:
    """All sections by code."""
    if not _DRAWERS:
        for module in iter_modules(__path__):
            import_module(f"{__name__}.{module.name}")
    return _DRAWERS
