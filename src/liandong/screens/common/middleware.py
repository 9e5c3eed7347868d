"""What every answer of the pages gets: a strict content security policy, the reader's chosen language, and a whole page
is packed."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from . import assets
from .policy import forget

LANGUAGE_COOKIE = "liandong_language"
LANGUAGES = ("zh-hans", "en")
PACKED_FROM = 4_000
"""Bytes from which a page is worth packing."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' '{early}'",
        "style-src 'self'",
        "img-src 'self' data:",  # data: for the arrows and ticks inside Bootstrap's own stylesheet
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def policy() -> str:
    """The content security policy of every page: own files alone, and the one script that stands in the page itself."""
    return _POLICY.format(early=assets.early()[1])


class ScreensMiddleware:
    """Chinese unless the reader chose otherwise (a browser's own language is no choice); CSP on what is not the API's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forget()
        if request.path.startswith(("/api/", "/open311/")):
            return self.get_response(request)
        if _in_address(request):
            raise BadRequest("a NUL in an address")
        if request.method == "POST":
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        with translation.override(chosen if chosen in LANGUAGES else LANGUAGES[0]):
            request.LANGUAGE_CODE = translation.get_language() or LANGUAGES[0]
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), payment=()")
        return _packed(request, response)


def _in_address(request: HttpRequest) -> bool:
    """Whether an address carries a NUL: nobody types one, and PostgreSQL takes none in any text."""
    sent = [value for name, values in request.GET.lists() for value in (name, *values)]
    return "\x00" in request.path or any("\x00" in value for value in sent)


def _without_nul(form: QueryDict) -> QueryDict:
    """A form without NUL: what was pasted with one is kept for the rest of it."""
    if not any("\x00" in value for name, values in form.lists() for value in (name, *values)):
        return form
    clean = QueryDict(mutable=True)
    for name, values in form.lists():
        clean.setlist(name.replace("\x00", ""), [value.replace("\x00", "") for value in values])
    return clean


def _packed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A whole page, compressed where the browser takes that. Some random bytes are added, so that nothing can be guessed
    from its length (BREACH); parts of pages are small and pass as they are."""
    kind = response.headers.get("Content-Type", "")
    if (
        response.streaming
        or len(response.content) < PACKED_FROM
        or not kind.startswith("text/html")
        or response.has_header("Content-Encoding")
        or "HX-Request" in request.headers
    ):
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = compress_string(response.content, max_random_bytes=100)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
    return response
