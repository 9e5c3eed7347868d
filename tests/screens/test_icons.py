"""Every icon that a page names is in the one file of icons: a missing one is a blank that nobody notices."""

from __future__ import annotations

import re
from pathlib import Path

from liandong.screens.common import assets
from liandong.screens.common.page import NAVIGATION

TEMPLATES = Path(assets.__file__).resolve().parents[1] / "templates"


def test_every_icon_named_is_there():
    sprite = assets.load("vendor/bootstrap-icons/sprite.svg")[0].decode()
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {entry.icon for entry in NAVIGATION}
    for file in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r'{% icon "([^"]+)"', file.read_text(encoding="utf-8")))
    assert named <= there, named - there
