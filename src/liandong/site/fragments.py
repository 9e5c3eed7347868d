"""Before Django: a screen that was let through a moment ago gets what is already made, without a thread or a query.

Five hundred screens that show the same list ask for it at the same moment. The first one goes to Django and makes it;
the others wait here, on the event loop, and get the same bytes. Who may is decided by Django alone: without its pass
(``screens.common.fragments``) a request goes there, and a pass is taken back within seconds when its session ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from liandong.screens.common.fragments import HEADER, KIND, Key, Memory, Part, ident_of, position_of
from liandong.screens.common.middleware import policy

from .bridge import Receive, Scope, Send

log = logging.getLogger("liandong.fragments")

PACE_SECONDS = 0.3
"""A part is begun at most this often, however much happens: then one rendering shows several events."""
SWEEP_SECONDS = 5.0
RENEW_SECONDS = 60.0
"""An older pass is renewed by the way, one at a time, so that never all screens need Django at once."""
TURNS = 6

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
_HEADER = HEADER.lower().encode()
_HEAD = [
    (b"content-type", KIND.encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept-Encoding"),
    (b"content-security-policy", policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


class Fragments:
    """Answers live screens from memory; hands everything else to ``rest``."""

    def __init__(
        self, rest: Application, memory: Memory, in_thread: Callable[[Callable[[], None]], Awaitable[None]]
    ) -> None:
        self._rest = rest
        self._memory = memory
        self._in_thread = in_thread
        self._flights: dict[Key, asyncio.Future[None]] = {}
        self._began: dict[Key, float] = {}
        self._renewing = False
        self._sweeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        cursor = None
        cookies = target = encoding = ""
        for name, value in scope["headers"]:
            if name == _HEADER:
                cursor = value.decode("latin-1")
            elif name == b"cookie":
                cookies = value.decode("latin-1")
            elif name == b"hx-target":
                target = value.decode("latin-1")
            elif name == b"accept-encoding":
                encoding = value.decode("latin-1")
        if cursor is None or scope["method"] != "GET":
            await self._rest(scope, receive, send)
            return
        query = scope.get("query_string", b"").decode("latin-1")
        ident = ident_of(cookies, scope["path"] + (f"?{query}" if query else ""), target)
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep())
        part = None
        for _ in range(TURNS):
            known = self._memory.pass_of(ident)
            if known is None:
                break
            part = self._memory.fresh(known.key, position_of(cursor))
            if part is not None:
                if time.monotonic() - known.since > RENEW_SECONDS and not self._renewing:
                    self._renewing = True
                    try:
                        await self._rest(scope, receive, send)
                    finally:
                        self._renewing = False
                    return
                await _answer(send, part, "gzip" in encoding)
                return
            flight = self._flights.get(known.key)
            if flight is None:
                await self._make(known.key, scope, receive, send)
                return
            await asyncio.shield(flight)
        await self._rest(scope, receive, send)

    async def _make(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Django make the part for this request; those who wait meanwhile find it in memory."""
        flight: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        try:
            wait = self._began.get(key, 0.0) + PACE_SECONDS - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if len(self._began) > 1000:
                self._began.clear()
            self._began[key] = time.monotonic()
            await self._rest(scope, receive, send)
        finally:
            del self._flights[key]
            flight.set_result(None)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._in_thread(self._memory.sweep)
            except Exception:
                # Without an answer nobody's session is known to last: everybody is asked again.
                log.exception("fragments: looking after the sessions failed")
                self._memory.forget_passes()


async def _answer(send: Send, part: Part, packed: bool) -> None:
    body = part.packed if packed else part.body
    head = [*_HEAD, (b"content-length", str(len(body)).encode())]
    if packed:
        head.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
