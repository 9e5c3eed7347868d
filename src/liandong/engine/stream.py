"""The live stream's heart: one tail of the event log per process, whatever the number of open screens.

Viewers who may see the same are one group; when the log has grown, each group reads its own feed once (the same
function as ``GET /feed``, so visibility is decided in one place) and every subscriber of the group gets the lines.
Cursors are the feed's: a client that comes back with Last-Event-ID misses nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections, connection

from liandong.casework import history
from liandong.rules.model import Actor

log = logging.getLogger("liandong.stream")
T = TypeVar("T")

POLL_SECONDS = 0.25
QUEUE_LIMIT = 1000
CATCH_UP_LIMIT = 10_000
PAGE = 200

Key = tuple[str, str | None, frozenset[str], str]


def group_key(viewer: Actor) -> Key:
    """Viewers with the same key see the same events. A machine sees its own cases, so its name counts."""
    name = viewer.name if viewer.role == "integration" else ""
    return (viewer.role, viewer.unit, viewer.scopes, name)


def frame(item: dict[str, Any]) -> bytes:
    """One event as server-sent lines; the id is the cursor to resume from."""
    data = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return f"id: {item['id']}\nevent: {item['type']}\ndata: {data}\n\n".encode()


class Subscriber:
    """One open stream: a bounded queue of (cursor, frame); ``lost`` when it could not keep up."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(QUEUE_LIMIT)
        self.lost = False

    def put(self, cursor: str, data: bytes) -> None:
        """Hand over one frame; a full queue ends the stream (the client resumes by Last-Event-ID)."""
        try:
            self.queue.put_nowait((cursor, data))
        except asyncio.QueueFull:
            self.lost = True


class _Group:
    def __init__(self, viewer: Actor, cursor: str) -> None:
        self.viewer = viewer
        self.cursor = cursor
        self.members: set[Subscriber] = set()


class Hub:
    """All open streams of this process and the task that reads the log for them."""

    def __init__(self) -> None:
        self._groups: dict[Key, _Group] = {}
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "stream-tail")

    @property
    def size(self) -> int:
        """Open streams."""
        return sum(len(group.members) for group in self._groups.values())

    def of(self, key: Key) -> int:
        """Open streams of one group."""
        return len(self._groups[key].members) if key in self._groups else 0

    async def call(self, function: Callable[..., T], *values: Any) -> T:
        """Run a database function on the tail's one thread and connection."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _guarded, function, values)

    async def join(
        self, viewer: Actor, after: str | None
    ) -> tuple[Subscriber, list[tuple[str, bytes]], bool]:
        """Open a stream behind the cursor ``after`` (None: from now on).

        Gives the subscriber, what it missed, and whether too much was missed to tell (the client then reloads).
        Raises ValueError for a cursor nobody issued.
        """
        key = group_key(viewer)
        group = self._groups.get(key)
        if group is None:
            start = await self.call(_end)
            group = self._groups.setdefault(key, _Group(viewer, start))
        subscriber = Subscriber(key)
        group.members.add(subscriber)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tail())
        if after is None:
            return subscriber, [], False
        try:
            missed, reset = await self.call(_missed, viewer, after)
        except BaseException:
            self.leave(subscriber)
            raise
        return subscriber, missed, reset

    def leave(self, subscriber: Subscriber) -> None:
        """Close a stream; a group without streams is forgotten."""
        group = self._groups.get(subscriber.key)
        if group is None:
            return
        group.members.discard(subscriber)
        if not group.members:
            del self._groups[subscriber.key]

    async def _tail(self) -> None:
        """Until the last stream closes: has the log grown? Then read it once for each group."""
        while self._groups:
            try:
                await self._once()
            except Exception:
                # The database may be away for a moment: the streams stay open and go on where they were.
                log.exception("stream: reading the log failed; trying again")
                await asyncio.sleep(2)
            await asyncio.sleep(POLL_SECONDS)

    async def _once(self) -> None:
        end = await self.call(_end)
        for group in list(self._groups.values()):
            while group.cursor != end:
                items, cursor = await self.call(_page, group.viewer, group.cursor)
                for item in items:
                    data = frame(item)
                    for member in group.members:
                        member.put(item["id"], data)
                stands = cursor == group.cursor
                group.cursor = cursor
                if stands or not group.members:
                    break


def _guarded(function: Callable[..., T], values: tuple[Any, ...]) -> T:
    """A query outside a request: drop a connection that has died before and after."""
    if connection.connection is not None and not connection.in_atomic_block:
        close_old_connections()
    return function(*values)


def _end() -> str:
    """The cursor behind the log's last event."""
    return history.cursor_at(history.tail_position())


def _page(viewer: Actor, after: str) -> tuple[list[dict[str, Any]], str]:
    page = history.feed(viewer, after, PAGE)
    return page.items, page.next or after


def _missed(viewer: Actor, after: str) -> tuple[list[tuple[str, bytes]], bool]:
    """What this viewer missed behind a cursor; True instead when it is more than CATCH_UP_LIMIT."""
    frames: list[tuple[str, bytes]] = []
    while True:
        items, cursor = _page(viewer, after)
        frames += [(item["id"], frame(item)) for item in items]
        if len(frames) > CATCH_UP_LIMIT:
            return [], True
        if cursor == after:
            return frames, False
        after = cursor
