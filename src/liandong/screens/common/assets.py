"""Stylesheets, scripts and icons out of the package itself: no CDN, no build step, no collected copy to forget.

A link carries a digest of the file (``?v=``); such an answer may be kept for a year, as a changed file has a new link.
Files travel compressed where the browser takes that: they are public, so nothing can be guessed from their length.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import time
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

PACKED = ("text/", "application/javascript", "image/svg")
LOOK_SECONDS = 2.0
"""A page has hundreds of icons in one file: looking at the disk for each took a third of a page's time."""
_links: dict[str, tuple[float, str]] = {}
ROOT = Path(__file__).resolve().parent.parent / "static"


@lru_cache(maxsize=256)
def _load(path: str, changed: int) -> tuple[bytes, str, str]:
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


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """One static file; 304 when the browser has it already."""
    try:
        body, kind, digest = load(path)
    except FileNotFoundError:
        raise Http404(path) from None
    packed = kind.startswith(PACKED) and "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'"{digest}{"-gz" if packed else ""}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304)
    answer = HttpResponse(_packed(digest, path) if packed else body, content_type=kind)
    answer["ETag"] = tag
    answer["Vary"] = "Accept-Encoding"
    if packed:
        answer["Content-Encoding"] = "gzip"
    known = request.GET.get("v") == digest
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
