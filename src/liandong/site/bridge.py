"""From ASGI to a synchronous WSGI application: one hop to a thread for each request.

The body is read on the event loop before a thread is taken, so that a slow client never holds one of the few
threads; the answer is handed back whole. (a2wsgi crosses between thread and loop five times for each request;
docs/decisions tells what that cost.) ``build_environ`` is a2wsgi's.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import build_environ

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

BODY_LIMIT = 21_000_000
"""A little more than the largest attachment with its multipart frame."""
IN_MEMORY = 256_000
RECEIVE_SECONDS = 60.0
TOO_LARGE = (
    '{"type":"/api/v1/problems/too_large","title":"Request Entity Too Large","status":413,"code":"too_large",'
    '"rule":"","detail":"请求体超过上限（20 MB），请缩小后再传。"}'
).encode()
TOO_SLOW = (
    '{"type":"/api/v1/problems/malformed","title":"Request Timeout","status":408,"code":"malformed",'
    '"rule":"","detail":"请求体没有按时收完，请重新发送。"}'
).encode()


class TooLarge(Exception):
    """The body is larger than anything we take."""


class Gone(Exception):
    """The client went away before its body was complete."""


class Bridge:
    """Runs a WSGI application in ``threads`` threads."""

    def __init__(self, application: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "wsgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                size = await asyncio.wait_for(self._read(scope, receive, body), RECEIVE_SECONDS)
            except TooLarge:
                await self._refuse(send, 413, TOO_LARGE)
                return
            except TimeoutError:
                await self._refuse(send, 408, TOO_SLOW)
                return
            except Gone:
                return
            environ: dict[str, Any] = dict(build_environ(scope, body))  # type: ignore[arg-type]
            environ["CONTENT_LENGTH"] = str(size)  # also of a chunked body, which names none
            loop = asyncio.get_running_loop()
            status, headers, content = await loop.run_in_executor(self._threads, self._run, environ)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _read(self, scope: Scope, receive: Receive, body: Any) -> int:
        size = 0
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > BODY_LIMIT:
            raise TooLarge
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > BODY_LIMIT:
                raise TooLarge
            body.write(chunk)
            if not message.get("more_body", False):
                body.seek(0)
                return size

    def _run(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        """The application's whole answer; runs in a thread."""
        started: list[tuple[int, Headers]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], error: Any = None
        ) -> Callable[..., None]:
            encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            started[:] = [(int(status.split(" ", 1)[0]), encoded)]
            return written.append

        written: list[bytes] = []
        answer = self._application(environ, start_response)
        try:
            content = b"".join([*written, *answer])
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        status, headers = started[0]
        return status, headers, content

    async def _refuse(self, send: Send, status: int, body: bytes) -> None:
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
