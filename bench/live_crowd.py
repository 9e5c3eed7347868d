"""Hundreds of screens in one process, doing what ``static/screens/live.js`` does: hold a stream, fetch the list again
when an event concerns it, at most every 400 ms, come back after a lost line, each a little differently in time.

Cheap on purpose (raw connections, equal bytes are read once): on two cores the crowd must not be what is measured.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

PAUSE = 0.4
FULL = 50
"""Rows of a page: where it is full, what is new may stand on the next."""
MOVES = (
    "state",
    "holder",
    "pending",
    "level",
    "lead_unit",
    "assist_units",
    "joint_units",
    "class",
    "safety",
    "merged_into",
)
_TAG = re.compile(r"<[a-z]+\b[^>]*\bdata-live\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(id|hx-get|data-live-list)(?:="([^"]*)")?')
_ROW = re.compile(r'data-no="([^"]+)"')


class Frame(NamedTuple):
    """One server-sent event."""

    cursor: str
    type: str
    case: str
    moves: bool


@lru_cache(maxsize=20_000)
def frame_of(data: bytes) -> Frame:
    """Read one frame."""
    lines = dict(line.split(": ", 1) for line in data.decode().split("\n") if ": " in line)
    item = json.loads(lines.get("data") or "{}")
    return Frame(
        lines.get("id", ""),
        lines.get("event", ""),
        item.get("case", ""),
        any(key in item.get("set", {}) for key in MOVES),
    )


@lru_cache(maxsize=2_000)
def rows_of(body: bytes) -> frozenset[str]:
    """The cases a packed fragment shows."""
    return frozenset(_ROW.findall(gzip.decompress(body).decode()))


class Wanted(NamedTuple):
    """The live part of a page: its id and the address that gives it anew."""

    id: str
    address: str


def part_of(page: str) -> Wanted | None:
    """The first live part of a page that cases move; strips that follow registers alone rest meanwhile."""
    for tag in _TAG.findall(page):
        if "data-live-register" in tag and "data-live-case" not in tag:
            continue
        found = {name: value.replace("&amp;", "&") for name, value in _ATTRIBUTE.findall(tag)}
        if found.get("id") and found.get("hx-get"):
            return Wanted(found["id"], found["hx-get"])
    return None


class Connection(asyncio.Protocol):
    """One connection; every piece of an answer's body goes to ``took``, its end to ``ended``."""

    def __init__(
        self, took: Callable[[bytes], None], ended: Callable[[int, bytes], None], lost: Callable[[], None]
    ) -> None:
        self.took, self.ended, self.lost = took, ended, lost
        self.rest = b""
        self.status = 0
        self.left: int | None = None
        self.chunked = False
        self.body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost()

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while self.rest and self._step():
            continue

    def _step(self) -> bool:
        if not self.status:
            head, mark, rest = self.rest.partition(b"\r\n\r\n")
            if not mark:
                return False
            lines = head.decode("latin-1").lower().split("\r\n")
            fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
            self.status, self.rest = int(lines[0].split()[1]), rest
            self.chunked = fields.get("transfer-encoding") == "chunked"
            self.left = None if self.chunked else int(fields.get("content-length", "0"))
            if self.left == 0:
                self._end()
            return True
        if not self.chunked:
            assert self.left is not None
            self.body.append(self.rest[: self.left])
            self.left -= len(self.body[-1])
            self.rest = self.rest[len(self.body[-1]) :]
            if self.left == 0:
                self._end()
            return True
        size, mark, rest = self.rest.partition(b"\r\n")
        if not mark or len(rest) < int(size, 16) + 2:
            return False
        piece, self.rest = rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        if piece:
            self.took(piece)
            self.body.append(piece)
            if len(self.body) > 50:
                del self.body[:-1]
        else:
            self._end()
        return True

    def _end(self) -> None:
        status, body = self.status, b"".join(self.body)
        self.status, self.left, self.body = 0, None, []
        self.ended(status, body)


class Screen:
    """One person's screen; ``seen`` says when which event was shown."""

    def __init__(self, crowd: Crowd, role: str, unit: str, cookie: str, wanted: Wanted | None) -> None:
        self.crowd, self.role, self.unit, self.wanted = crowd, role, unit, wanted
        self.cookie = cookie
        self.cursor = ""
        self.text = b""
        self.failed = 0
        self.live = asyncio.Event()
        self.told: dict[tuple[str, str], float] = {}
        self.seen: dict[tuple[str, str], float] = {}
        self.had: dict[tuple[str, str], bool] = {}
        self.cursors: set[str] = set()
        self.unshown: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str]] = []
        self.rows: frozenset[str] = frozenset()
        self.busy = False
        self.stale = False
        self.began = 0.0
        self.pause = PAUSE
        self.line: Connection | None = None
        self.fetcher: Connection | None = None
        self.closed = False

    # -- the stream ------------------------------------------------------------------------------------------------
    async def listen(self) -> None:
        """Open the stream behind what is known."""
        mark = f"?after={quote(self.cursor)}" if self.cursor else ""
        line = Connection(self.heard, lambda status, body: self.ended(), self.ended)
        self.line = line
        try:
            await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", self.crowd.port)
        except OSError:
            self.line = None
            self.again()
            return
        if self.line is line:  # not lost again already
            line.transport.write(self.head(f"/api/v1/stream{mark}"))  # type: ignore[attr-defined]

    def ended(self) -> None:
        """The line is gone: come back as live-line.js does."""
        line, self.line = self.line, None
        if line is not None:
            line.transport.abort()  # type: ignore[attr-defined]
            self.again()

    def again(self) -> None:
        """Try again later, each time a little later."""
        self.live.clear()
        if self.closed:
            return
        wait = min(5, 0.8 * 2**self.failed) * random.uniform(0.5, 1.5)
        self.failed += 1
        asyncio.get_running_loop().call_later(wait, lambda: self.crowd.start(self.listen()))

    def heard(self, data: bytes) -> None:
        """A piece of the stream."""
        *frames, self.text = (self.text + data).split(b"\n\n")
        now = time.monotonic()
        for one in frames:
            frame = frame_of(one)
            self.cursor = frame.cursor or self.cursor
            if frame.type == "hello":
                self.failed = 0
                self.live.set()
            elif frame.case:
                key = (frame.case, frame.type)
                self.crowd.frames += 1
                if frame.cursor in self.cursors:
                    self.crowd.repeated += 1
                self.cursors.add(frame.cursor)
                self.told[key] = now
                if self.wanted is None:
                    self.seen[key] = now
                elif frame.moves or frame.case in self.rows:
                    self.unshown.append(key)
                    self.look()

    # -- the list --------------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Fetch at once, or as soon as the pause after the last fetch is over."""
        self.stale = True
        if self.busy:
            return
        self.busy = True
        wait = self.began + self.pause - time.monotonic()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, lambda: self.crowd.start(self.fetch()))
        else:
            self.crowd.start(self.fetch())

    async def fetch(self) -> None:
        """Ask for the part again."""
        assert self.wanted is not None
        if self.fetcher is None:
            fetcher = Connection(lambda piece: None, self.shown, self.dropped)
            try:
                await asyncio.get_running_loop().create_connection(
                    lambda: fetcher, "127.0.0.1", self.crowd.port
                )
            except OSError:
                self.dropped()
                return
            if fetcher.transport.is_closing():  # lost again already: dropped() has said when to try again
                return
            self.fetcher = fetcher
        self.began, self.stale = time.monotonic(), False
        self.asked, self.unshown = self.asked + self.unshown, []
        self.crowd.fetches += 1
        live = f"HX-Request: true\r\nHX-Target: {self.wanted.id}\r\nAccept-Encoding: gzip\r\nX-Liandong-Live: {self.cursor}\r\n"
        self.fetcher.transport.write(self.head(self.wanted.address, live))  # type: ignore[attr-defined]

    def dropped(self) -> None:
        """The connection of the fetches is gone: what was asked for is asked again."""
        self.fetcher = None
        if self.asked or self.unshown or self.busy:
            self.unshown, self.asked = self.asked + self.unshown, []
            if not self.closed:
                asyncio.get_running_loop().call_later(random.uniform(0.5, 1.0), self.retry)

    def retry(self) -> None:
        """After a failed fetch."""
        self.busy = False
        self.look()

    def shown(self, status: int, body: bytes) -> None:
        """A part has come."""
        now = time.monotonic()
        self.busy = False
        self.pause = min(15.0, 2 * (now - self.began)) if now - self.began > 1 else PAUSE
        if status != 200:
            self.crowd.failures.append(f"{self.role} {self.wanted}: {status} {body[:100]!r}")
        else:
            self.rows = rows_of(body) if body[:2] == b"\x1f\x8b" else frozenset(_ROW.findall(body.decode()))
            self.crowd.bytes += len(body)
            for key in self.asked:
                self.seen[key] = now
                if key[0] in self.rows or len(self.rows) < FULL:
                    self.had[key] = key[0] in self.rows
        self.asked = []
        if self.stale:
            self.look()

    def head(self, path: str, more: str = "") -> bytes:
        """A request of this screen's browser."""
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={self.cookie}\r\n{more}\r\n".encode()

    def close(self) -> None:
        """Go home."""
        self.closed = True
        for one in (self.line, self.fetcher):
            if one is not None:
                one.transport.abort()  # type: ignore[attr-defined]


class Crowd:
    """All screens, and what is counted over them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.screens: list[Screen] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.failures: list[str] = []
        self.frames = self.fetches = self.bytes = self.repeated = 0

    def start(self, work: Any) -> None:
        """Run something beside the others."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def sit(self, people: list[tuple[str, str, str]], parts: dict[str, Wanted | None]) -> None:
        """Everybody opens a screen: a page's part, then the stream."""
        for role, unit, cookie in people:
            screen = Screen(self, role, unit, cookie, parts.get(role))
            self.screens.append(screen)
            if screen.wanted is not None:
                screen.look()
            self.start(screen.listen())
            await asyncio.sleep(0.004)
        await self.ready()
        while any(screen.busy for screen in self.screens):
            await asyncio.sleep(0.1)

    async def ready(self) -> None:
        """Until every stream stands."""
        for screen in self.screens:
            await asyncio.wait_for(screen.live.wait(), 60)
