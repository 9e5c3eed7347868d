"""The live stream's heart: one tail of the event log per process, whatever the number of open screens.

Viewers who may see the same are one group. When the log has grown, its new stretch is read once for all of them
(``casework.news``, where visibility is decided); each group's lines are written once and handed to its subscribers.
Cursors are the feed's: a client that comes back with Last-Event-ID misses nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from django.db import close_old_connections, connection

from liandong.casework import history, news
from liandong.district import policy as district_policy
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from .stream_entries import Entries, News

log = logging.getLogger("liandong.stream")
T = TypeVar("T")

POLL_SECONDS = 0.15
QUEUE_LIMIT = 1000
CATCH_UP_LIMIT = 10_000
PAGE = 200
RESET = b"event: reset\ndata: {}\n\n"
"""What was shown may be wrong in a way that no event tells: read it again."""


def reset(cursor: str) -> bytes:
    """The same, behind an event that is not told: the cursor says that what was made before it is too old now."""
    return f"id: {cursor}\n".encode() + RESET


Key = tuple[str, str | None, frozenset[str], str]


def group_key(viewer: Actor) -> Key:
    """Viewers with the same key see the same events. A machine sees its own cases, so its name counts."""
    name = viewer.name if viewer.role == "integration" else ""
    return (viewer.role, viewer.unit, viewer.scopes, name)


def frame(item: Mapping[str, Any]) -> bytes:
    """One event as server-sent lines; the id is the cursor to resume from."""
    data = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return f"id: {item['id']}\nevent: {item['type']}\ndata: {data}\n\n".encode()


class Batch(NamedTuple):
    """What one look at the log brought for a group: the cursors, their frames, and all frames in one piece."""

    cursors: tuple[str, ...]
    frames: tuple[bytes, ...]
    whole: bytes

    def without(self, seen: set[str]) -> bytes:
        """The frames whose cursors were not sent already."""
        if not seen:
            return self.whole
        return b"".join(
            data for cursor, data in zip(self.cursors, self.frames, strict=True) if cursor not in seen
        )


class Subscriber:
    """One open stream: a bounded queue of batches; ``lost`` when it could not keep up."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.queue: asyncio.Queue[Batch] = asyncio.Queue(QUEUE_LIMIT)
        self.lost = False

    def put(self, batch: Batch) -> None:
        """Hand over frames; a full queue ends the stream (the client resumes by Last-Event-ID)."""
        try:
            self.queue.put_nowait(batch)
        except asyncio.QueueFull:
            self.lost = True


class Opening(NamedTuple):
    """How a stream begins: what was missed, where it stands then, and whether too much was missed to tell."""

    missed: tuple[tuple[str, bytes], ...]
    cursor: str
    reset: bool


class _Group:
    def __init__(self, viewer: Actor, cursor: str) -> None:
        self.viewer = viewer
        self.members: set[Subscriber] = set()
        self.cursor = cursor
        """Of a machine's group alone: it reads the feed itself."""

    def put(self, batch: Batch) -> None:
        for member in self.members:
            member.put(batch)


class Hub:
    """All open streams of this process and the task that reads the log for them."""

    def __init__(self) -> None:
        self._groups: dict[Key, _Group] = {}
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "stream-tail")
        self._position = 0
        self._entries = Entries()

    @property
    def size(self) -> int:
        """Open streams."""
        return sum(len(group.members) for group in self._groups.values())

    @property
    def cursor(self) -> str:
        """Behind the last event that was handed to every subscriber who may see it."""
        return history.cursor_at(self._position)

    def of(self, key: Key) -> int:
        """Open streams of one group."""
        return len(self._groups[key].members) if key in self._groups else 0

    async def call(self, function: Callable[..., T], *values: Any) -> T:
        """Run a database function on the tail's one thread and connection."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _guarded, function, values)

    @property
    def _idle(self) -> bool:
        return self._task is None or self._task.done()

    async def join(self, viewer: Actor, after: str | None) -> tuple[Subscriber, Opening]:
        """Open a stream behind the cursor ``after`` (None: from now on). Raises ValueError for a cursor nobody issued."""
        start = await self.call(_begin, self._entries) if self._idle else 0
        if self._idle:  # nobody began meanwhile
            self._position = start
        key = group_key(viewer)
        subscriber = Subscriber(key)
        self._groups.setdefault(key, _Group(viewer, self.cursor)).members.add(subscriber)
        if self._idle:
            self._task = asyncio.create_task(self._tail())
        if after is None:
            return subscriber, Opening((), self.cursor, False)
        try:
            opening = await self.call(_missed, viewer, after)
        except BaseException:
            self.leave(subscriber)
            raise
        return subscriber, opening

    def leave(self, subscriber: Subscriber) -> None:
        """Close a stream; a group without streams is forgotten."""
        group = self._groups.get(subscriber.key)
        if group is None:
            return
        group.members.discard(subscriber)
        if not group.members:
            del self._groups[subscriber.key]

    async def _tail(self) -> None:
        """Until the last stream closes: has the log grown? Then read what is new, once for everybody."""
        while self._groups:
            try:
                while await self._once():
                    continue
            except Exception:
                # The database may be away for a moment: the streams stay open and go on where they were.
                log.exception("stream: reading the log failed; trying again")
                await asyncio.sleep(2)
            await asyncio.sleep(POLL_SECONDS)

    async def _once(self) -> bool:
        """Read one stretch and hand it out; whether there was any.

        Between the reading's end and the new position nothing waits: a stream that opens meanwhile either gets the
        stretch or begins behind it.
        """
        told, position, policy, entries = await self.call(_stretch, self._position, self._entries)
        if position == self._position and not entries:
            return False
        now = datetime.now(UTC)
        for group in self._groups.values():
            if group.viewer.role != "integration" and (
                batch := _batch(told, entries, group.viewer, policy, now)
            ):
                group.put(batch)
        if position == self._position:
            return True
        self._position = position
        for group in [group for group in self._groups.values() if group.viewer.role == "integration"]:
            await self._machine(group)
        return True

    async def _machine(self, group: _Group) -> None:
        """A machine's stream is its feed."""
        while group.members:
            items, cursor = await self.call(_page, group.viewer, group.cursor)
            if items:
                group.put(_made([(item["id"], frame(item)) for item in items]))
            stands = cursor == group.cursor
            group.cursor = cursor
            if stands:
                return


class _Told:
    """One event of a stretch; written once for those who see it whole and once for those who see it bare."""

    def __init__(self, event: news.News) -> None:
        self.event = event
        self.cursor: str = event.item["id"]
        self._written: dict[bool, bytes] = {}

    def frame(self, item: Mapping[str, Any]) -> bytes:
        whole = item is self.event.item
        if whole not in self._written:
            self._written[whole] = frame(item)
        return self._written[whole]


def _batch(
    told: Iterable[_Told], entries: Iterable[News], viewer: Actor, policy: Policy, now: datetime
) -> Batch | None:
    """What this viewer's group is told of a stretch and of the registers."""
    frames: list[tuple[str, bytes]] = []
    for one in told:
        item = news.told_to(viewer, one.event, policy, now)
        if item is not None:
            frames.append((one.cursor, one.frame(item)))
        elif news.lost_to(viewer, one.event, policy, now):
            frames.append((one.cursor, reset(one.cursor)))
    for entry in entries:
        kind = entry.told_to(viewer, policy, now)
        if kind is not None:
            frames.append(("", entry.frame(kind)))
    return _made(frames) if frames else None


def _made(frames: list[tuple[str, bytes]]) -> Batch:
    return Batch(
        tuple(cursor for cursor, _ in frames),
        tuple(data for _, data in frames),
        b"".join(data for _, data in frames),
    )


def _guarded(function: Callable[..., T], values: tuple[Any, ...]) -> T:
    """A query outside a request: drop a connection that has died before and after."""
    if connection.connection is not None and not connection.in_atomic_block:
        close_old_connections()
    return function(*values)


def _begin(entries: Entries) -> int:
    """Where the log stands as the first stream opens; the registers are followed from there, too."""
    entries.begin()
    return history.tail_position()


def _stretch(after: int, entries: Entries) -> tuple[list[_Told], int, Policy, list[News]]:
    policy = district_policy.current()
    found, position = news.stretch(after, policy=policy)
    return [_Told(event) for event in found], position, policy, entries.fresh()


def _page(viewer: Actor, after: str) -> tuple[list[dict[str, Any]], str]:
    page = history.feed(viewer, after, PAGE)
    return page.items, page.next or after


def _missed(viewer: Actor, after: str) -> Opening:
    """What this viewer missed behind a cursor; nothing but a reset when it is more than CATCH_UP_LIMIT."""
    frames: list[tuple[str, bytes]] = []
    while True:
        items, cursor = _page(viewer, after)
        frames += [(item["id"], frame(item)) for item in items]
        if len(frames) > CATCH_UP_LIMIT:
            return Opening((), history.cursor_at(history.tail_position()), True)
        if cursor == after:
            return Opening(tuple(frames), cursor, False)
        after = cursor
