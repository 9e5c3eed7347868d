"""Pictures for the README and the user guide, taken while the days are walked: ``make pictures``.

Without ``LIANDONG_PICTURES`` (a directory) nothing is taken. A picture is a palette PNG, one CSS pixel to a pixel.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

LAPTOP, PHONE = (1366, 768), (390, 844)
COLOURS = 256
MOST = 150_000
"""Bytes: a repository is no place for large pictures."""


def picture(page: Page, name: str, *, at: str | None = None) -> None:
    """Save what the window shows as NAME.png; with ``at`` (a selector) that part is moved to the top first."""
    folder = os.environ.get("LIANDONG_PICTURES")
    if not folder:
        return
    page.evaluate("document.fonts.ready")
    if at:
        page.locator(at).first.evaluate(
            "one => { one.scrollIntoView({block: 'start', behavior: 'instant'}); scrollBy({top: -70, behavior: 'instant'}) }"
        )
        page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    taken = Image.open(io.BytesIO(page.screenshot(caret="initial")))
    small = io.BytesIO()
    taken.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    if small.tell() > MOST:
        raise AssertionError(f"{name}.png has {small.tell()} bytes, more than {MOST}")
    (Path(folder) / f"{name}.png").write_bytes(small.getvalue())
