"""The WSGI entry point: pages and API without the live stream (``/stream`` needs the ASGI front).

A program that brings its token needs no session, no language and no form protection: it takes a shorter way in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liandong.site.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - settings exist only now
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402


def handler(middleware: list[str]) -> WSGIHandler:
    """Django behind this middleware (a handler reads the setting once, when it is made)."""
    usual = settings.MIDDLEWARE
    settings.MIDDLEWARE = middleware
    try:
        return WSGIHandler()
    finally:
        settings.MIDDLEWARE = usual


class Doors:
    """Programs with a token, and the door that knows no session at all, by the short way; everybody else by the usual."""

    def __init__(self) -> None:
        self._programs = handler(settings.PROGRAM_MIDDLEWARE)
        self._people = handler(settings.MIDDLEWARE)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        program = path.startswith("/open311/") or (
            "HTTP_AUTHORIZATION" in environ and path.startswith("/api/")
        )
        return (self._programs if program else self._people)(environ, start_response)


application = Doors()
