"""Stylesheets, scripts and icons out of the package itself: no CDN, no build step, no collected copy to forget.

A link carries a digest of the file (``?v=``); such an answer may be kept for a year, as a changed file has a new link.
Files travel compressed where the browser takes that: they are public, so nothing can be guessed from their length.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import mimetypes
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

PACKED = ("text/", "application/javascript", "image/svg")
LOOK_SECONDS = 2.0
"""A page has hundreds of icons in one file: looking at the disk for each took a third of a page's time."""
_links: dict[str, tuple[float, str]] = {}
ROOT = Path(__file__).resolve().parent.parent / "static"
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "screens/all.css": ("vendor/bootstrap/bootstrap.min.css", "screens/theme.css"),
    "screens/all.js": (
        "vendor/htmx/htmx.min.js",
        "screens/app.js",
        "screens/drafts.js",
        "screens/live-line.js",
        "screens/live-swap.js",
        "screens/live.js",
    ),
}
"""What every page needs, put together when it is asked for: a browser that knows nothing yet waits for each file."""
EARLY = "screens/theme.js"
"""Stands inside every page, before anything is painted; the page's policy names its digest."""
_LINE_END = {".css": b"\n", ".js": b"\n;\n"}


@lru_cache(maxsize=256)
def _load(path: str, changed: int) -> tuple[bytes, str, str]:
    parts = BUNDLES.get(path)
    if parts:
        between = _LINE_END[Path(path).suffix]
        body = between.join((ROOT / part).read_bytes() for part in parts)
    else:
        body = (ROOT / path).read_bytes()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith("javascript"):
        kind += "; charset=utf-8"
    return body, kind, hashlib.sha256(body).hexdigest()[:12]


@lru_cache(maxsize=64)
def _packed(digest: str, path: str) -> bytes:
    return gzip.compress(load(path)[0], 9, mtime=0)


def load(path: str) -> tuple[bytes, str, str]:
    """Content, type and digest of one file below ``static``; ``FileNotFoundError`` for anything else."""
    if path in BUNDLES:
        return _load(path, sum((ROOT / part).stat().st_mtime_ns for part in BUNDLES[path]))
    full = (ROOT / path).resolve()
    if not full.is_relative_to(ROOT) or not full.is_file():
        raise FileNotFoundError(path)
    return _load(path, full.stat().st_mtime_ns)


def link(path: str) -> str:
    """The address of a static file, with its digest; a changed file is noticed after ``LOOK_SECONDS``."""
    known = _links.get(path)
    now = time.monotonic()
    if known is None or now - known[0] > LOOK_SECONDS:
        known = now, f"/{settings.STATIC_URL.strip('/')}/{path}?v={load(path)[2]}"
        _links[path] = known
    return known[1]


def early() -> tuple[str, str]:
    """The script that stands inside every page, and its digest as a content security policy names it."""
    body = load(EARLY)[0]
    return body.decode(), f"sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}"


class Answer(NamedTuple):
    """One static file as it goes out: status, headers, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def answer(path: str, version: str, encodings: str, known: str) -> Answer:
    """What is sent for a file: 304 when the browser has it, 404 when there is none. ``version`` is the link's digest."""
    try:
        body, kind, digest = load(path)
    except (FileNotFoundError, ValueError):  # a NUL in a path is a ValueError
        return Answer(404, (), b"")
    packed = kind.startswith(PACKED) and "gzip" in encodings
    tag = f'"{digest}{"-gz" if packed else ""}"'
    headers = [
        ("ETag", tag),
        ("Vary", "Accept-Encoding"),
        ("Cache-Control", "public, max-age=31536000, immutable" if version == digest else "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if known == tag:
        return Answer(304, tuple(headers), b"")
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Type", kind))
    return Answer(200, tuple(headers), _packed(digest, path) if packed else body)


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """One static file by Django, where no front answers it first."""
    made = answer(
        path,
        request.GET.get("v", ""),
        request.headers.get("Accept-Encoding", ""),
        request.headers.get("If-None-Match", ""),
    )
    if made.status == 404:
        raise Http404(path)
    sent = HttpResponse(made.body, status=made.status)
    del sent["Content-Type"]
    for name, value in made.headers:
        sent[name] = value
    return sent
