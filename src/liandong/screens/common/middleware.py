"""Two things every answer of the pages gets: a strict content security policy and the reader's chosen language."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from .policy import forget

LANGUAGE_COOKIE = "liandong_language"
LANGUAGES = ("zh-hans", "en")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
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


class ScreensMiddleware:
    """Chinese unless the reader chose otherwise (a browser's own language is no choice); CSP on what is not the API's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forget()
        if request.path.startswith("/api/"):
            return self.get_response(request)
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        with translation.override(chosen if chosen in LANGUAGES else LANGUAGES[0]):
            request.LANGUAGE_CODE = translation.get_language() or LANGUAGES[0]
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), payment=()")
        return response
