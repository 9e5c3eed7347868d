"""Papers as PDF: HTML that a page prints anyway, set by WeasyPrint. Nothing is fetched from anywhere.

The library needs Pango from the system and a Chinese font; a machine without them prints from the browser and is told
what to install (``trouble``; ``liandong doctor`` says the same).
"""

from __future__ import annotations

import gc
import io
import shutil
import subprocess
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
"""Debian packages whose libraries WeasyPrint loads."""
FONT_PACKAGE = "fonts-noto-cjk"
FONT_PROBE_SECONDS = 20

BASE = "http://liandong.invalid/"
"""What relative addresses of a paper begin with: a name that cannot exist (RFC 2606), and nothing is ever asked there."""

Files = Callable[[str], tuple[bytes, str]]
"""A packaged file by its path below ``/static/``: bytes and media type; FileNotFoundError for anything else."""

_one_at_a_time = threading.Lock()
"""Setting a page takes a Chinese font into memory: one paper at a time in a process is enough for a district."""


class Trouble(NamedTuple):
    """Why no PDF can be made here: what is missing, and the Debian packages that bring it."""

    detail: str
    packages: tuple[str, ...]


class NoPaper(Exception):
    """No PDF can be made on this machine; ``trouble`` says what to install."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Refused(ValueError):
    """A paper asked for something that is neither packaged nor part of itself."""


def trouble() -> Trouble | None:
    """What keeps this machine from making a PDF; None when it can."""
    try:
        _library()
    except (ImportError, OSError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Trouble(f"排版库装不上（{first[:160]}）", PACKAGES)
    if not _has_chinese():
        return Trouble("系统里没有中文字体", (FONT_PACKAGE,))
    return None


def _library() -> Any:
    import weasyprint.urls  # imported here: the pages start without it, and without Pango

    return weasyprint


@lru_cache(maxsize=1)
def _has_chinese() -> bool:
    """Whether fontconfig knows a font for Chinese; where ``fc-list`` is not there to ask, we trust that one is."""
    program = shutil.which("fc-list")
    if program is None:
        return True
    asked = subprocess.run(
        [program, ":lang=zh-cn", "family"], capture_output=True, timeout=FONT_PROBE_SECONDS, check=False
    )
    return bool(asked.stdout.strip())


def to_pdf(html: str, files: Files, *, title: str) -> bytes:
    """The HTML document as PDF with its fonts inside. ``/static/…`` comes from ``files``, ``data:`` from the text itself.

    Raises NoPaper (library or font missing) and Refused (the text asks for anything else).
    """
    wrong = trouble()
    if wrong is not None:
        raise NoPaper(wrong)
    weasyprint = _library()
    refused: list[str] = []

    class Fetcher(weasyprint.urls.URLFetcher):  # type: ignore[name-defined,misc]
        """Packaged files and data: only; any other address is remembered and refused."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = url.partition("/static/")[2].partition("?")[0]
            if url.startswith("data:"):
                return super().fetch(url, headers)
            if url.startswith(f"{BASE}static/") and path:
                body, kind = files(path)
                return weasyprint.urls.URLFetcherResponse(url, body, {"Content-Type": kind})
            refused.append(url)
            raise Refused(url)

    out = io.BytesIO()
    with _one_at_a_time:
        document = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=Fetcher(), media_type="print")
        document.write_pdf(out, pdf_identifier=title.encode())
        del document
        gc.collect()  # a set page holds its fonts in a cycle: 50 MB a paper until somebody collects them
    if refused:
        raise Refused(refused[0])
    return out.getvalue()
