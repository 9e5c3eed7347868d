"""``GET /stream`` as an ASGI application: server-sent events with heartbeats and resumption (CONTRACT §6)."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from liandong.rules.model import Actor

from . import tickets
from .stream import Hub, Opening, Subscriber, group_key, reset

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATHS = ("/stream", "/api/v1/stream")
HEARTBEAT_SECONDS = 15.0
LIFE_SECONDS = 300.0
"""After this a stream ends; the client comes back at once with Last-Event-ID and is authorised anew."""
MOST_STREAMS = 4000
MOST_OF_ONE = 1000
RETRY_MS = (1000, 3500)
"""When a browser tries again after a lost connection: each a little differently, so that they do not come all at once."""
ROLES = frozenset(
    {"desk", "desk_lead", "unit", "duty_office", "inspector", "police_inspectorate", "auditor", "integration"}
)

hub = Hub()


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request for a stream."""
    if scope["method"] != "GET":
        await _problem(send, 405, "method_not_allowed", "此地址只接受 GET。", [(b"allow", b"GET")])
        return
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    viewer = await _viewer(headers, scope.get("query_string", b""))
    if viewer is None:
        await _problem(
            send,
            401,
            "unauthenticated",
            "请先登录，或用 POST /api/v1/stream-tickets 取得一次性票据后在 60 秒内连接。",
            [(b"www-authenticate", b'Bearer realm="liandong"')],
        )
        return
    if viewer.role not in ROLES:
        await _problem(send, 403, "wrong_role", "您的角色没有这项权限。", rule="R12")
        return
    if hub.size >= MOST_STREAMS or hub.of(group_key(viewer)) >= MOST_OF_ONE:
        await _problem(
            send, 429, "rate_limited", "打开的实时连接过多，请稍后再试。", [(b"retry-after", b"10")]
        )
        return
    after = headers.get(b"last-event-id") or _query(scope).get("after")
    try:
        subscriber, opening = await hub.join(viewer, after or None)
    except ValueError:
        await _problem(send, 400, "malformed", "Last-Event-ID 无效，请去掉后重新连接。")
        return
    try:
        await _pump(subscriber, opening, receive, send)
    finally:
        hub.leave(subscriber)


async def _pump(subscriber: Subscriber, opening: Opening, receive: Receive, send: Send) -> None:
    """Send until the client goes, falls behind, or the stream's life ends."""
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
            ],
        }
    )
    first = f"retry: {random.randint(*RETRY_MS)}\n\n".encode() + (
        reset(opening.cursor) if opening.reset else b""
    )
    first += b"".join(data for _, data in opening.missed)
    await send(_body(first + _hello(opening.cursor)))
    seen = {cursor for cursor, _ in opening.missed}
    gone = asyncio.ensure_future(_gone(receive))
    loop = asyncio.get_running_loop()
    end = loop.time() + LIFE_SECONDS * random.uniform(0.8, 1.0)
    try:
        while not gone.done() and not subscriber.lost and loop.time() < end:
            waiting = asyncio.ensure_future(subscriber.queue.get())
            await asyncio.wait(
                {waiting, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if not waiting.done():
                waiting.cancel()
                if not gone.done() and subscriber.queue.empty():
                    await send(_body(_beat()))
                continue
            fresh = waiting.result().without(seen)
            while not subscriber.queue.empty():
                fresh += subscriber.queue.get_nowait().without(seen)
            if fresh:
                await send(_body(fresh))
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


def _hello(cursor: str) -> bytes:
    """The stream stands; the cursor lets a client that loses it before the first event come back without a gap."""
    return f"id: {cursor}\nevent: hello\ndata: {{}}\n\n".encode()


def _beat() -> bytes:
    """A sign of life. Its id moves the client's cursor on, so that it need not read old ground again when it comes back."""
    return f"id: {hub.cursor}\nevent: beat\ndata: {{}}\n\n".encode()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _body(data: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _query(scope: Scope) -> dict[str, str]:
    sent = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return {name: values[-1] for name, values in sent.items()}


async def _viewer(headers: dict[bytes, str], query: bytes) -> Actor | None:
    """Ticket first (it is the most particular), then token, then session."""
    ticket = parse_qs(query.decode("latin-1")).get("ticket", [""])[-1]
    if ticket:
        return await hub.call(tickets.redeem, ticket)
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    if token:
        found = await hub.call(tickets.by_token, token.strip()) if scheme.lower() == "bearer" else None
        if found is not None and found.role == "integration" and found.unit:
            return Actor("unit", found.name, found.unit, found.scopes)
        return found
    if headers.get(b"cookie"):
        return await hub.call(tickets.by_cookie, headers[b"cookie"])
    return None


async def _problem(
    send: Send,
    status: int,
    code: str,
    detail: str,
    headers: list[tuple[bytes, bytes]] | None = None,
    rule: str = "",
) -> None:
    title = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 405: "Method Not Allowed"}
    body = {
        "type": f"/api/v1/problems/{code}",
        "title": title.get(status, "Too Many Requests"),
        "status": status,
        "code": code,
        "rule": rule,
        "detail": detail,
    }
    start = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        *(headers or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": json.dumps(body, ensure_ascii=False).encode()})
