"""Static files answered by the front: they need neither a session nor a thread of Django's."""

from __future__ import annotations

from urllib.parse import parse_qs

from liandong.screens.common import assets
from liandong.screens.common.middleware import policy

from .bridge import Receive, Scope, Send

PREFIX = "/static/"


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """One request for a file below ``/static/``; anything but GET and HEAD is refused."""
    if scope["method"] not in ("GET", "HEAD"):
        await _send(send, 405, [(b"allow", b"GET, HEAD")], b"")
        return
    asked = {name: value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    made = assets.answer(
        scope["path"].removeprefix(PREFIX),
        query.get("v", [""])[0],
        asked.get(b"accept-encoding", ""),
        asked.get(b"if-none-match", ""),
    )
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in made.headers]
    headers.append(
        (b"content-security-policy", policy().encode())
    )  # a shared worker obeys its file's own policy
    await _send(send, made.status, headers, made.body if scope["method"] == "GET" else b"", len(made.body))


async def _send(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, length: int | None = None
) -> None:
    size = str(len(body) if length is None else length).encode()
    await send(
        {"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", size)]}
    )
    await send({"type": "http.response.body", "body": body})
