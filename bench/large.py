"""(c) Lists and inboxes at 10 thousand, 100 thousand and 1 million cases; (b) 30 call-takers and 60 unit screens at the largest.

The background is made by fill.py (it says how); every measured request goes through the real server.
SIZES=10000,100000 and SECONDS=20 make it shorter; QUICK=1 does so by itself.
"""

from __future__ import annotations

import os
import random
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import NamedTuple

from calls import ZONE, Call, calls
from harness import KINDS, QUICK, ROOT, Store, absent, database, emit, percentile, say, serving
from wire import Wire

SIZES = [
    int(size)
    for size in os.environ.get("SIZES", "10000,30000" if QUICK else "10000,100000,1000000").split(",")
]
OPEN = int(os.environ.get("OPEN", "3000"))
"""Open cases at every size: a district's history grows, its desk does not."""
SECONDS = float(os.environ.get("SECONDS", "15" if QUICK else "90"))
TIMES = 15 if QUICK else 40
TAKERS, SCREENS = 30, 60
TAKER_PACE, SCREEN_PACE = 4.0, 10.0
"""Seconds between two cases of one call-taker and between two looks at one inbox."""
GROWTH_GOAL, P99_GOAL_MS = 1.3, 200.0


class Look(NamedTuple):
    """One list that is measured: how it is called in the report, its path, and who asks."""

    name: str
    path: str
    headers: dict[str, str]


def looks(store: Store) -> list[Look]:
    """Pages and lists whose cost must not grow."""
    desk = {"Authorization": f"Bearer {store.keys['desk'][0]}"}
    unit = {"Authorization": f"Bearer {store.keys['units']['CG']}"}
    page = {"Cookie": f"sessionid={store.keys['unit_sessions']['CG']}"}
    desk_page = {"Cookie": f"sessionid={store.keys['desk_sessions'][0]}"}
    return [
        Look("inbox page of a unit", "/unit/", page),
        Look("page of the desk", "/desk/", desk_page),
        Look("GET /cases, desk", "/api/v1/cases", desk),
        Look("GET /cases, unit", "/api/v1/cases", unit),
        Look("GET /cases?state=registered", "/api/v1/cases?state=registered", desk),
        Look("GET /cases?overdue=true", "/api/v1/cases?overdue=true", desk),
    ]


def ask(wire: Wire, look: Look) -> float:
    """One request in milliseconds. Raises RuntimeError for anything but 200."""
    began = time.perf_counter()
    answer = wire.get(look.path)
    if answer.status != 200:
        raise RuntimeError(f"{look.path}: {answer.status} {answer.body[:300]!r}")
    return (time.perf_counter() - began) * 1000


def growth(kind: str, stores: list[Store]) -> None:
    """(c): the same lists on stores of every size, asked in turn, so that a noisy machine is noisy for all of them."""
    for size, store in zip(SIZES, stores, strict=True):
        say(f"{kind}: {store.python(str(ROOT / 'bench' / 'fill.py'), str(size), str(OPEN)).strip()}")
    with ExitStack() as stack:
        ports = [stack.enter_context(serving(store, "--workers", "1")).port for store in stores]
        for number, look in enumerate(looks(stores[0])):
            found: list[list[float]] = [[] for _ in stores]
            wires = [
                stack.enter_context(Wire(port, looks(store)[number].headers))
                for port, store in zip(ports, stores, strict=True)
            ]
            for turn in range(TIMES + 5):
                for wire, times in zip(wires, found, strict=True):
                    took = ask(wire, look)
                    if turn >= 5:  # the first ones warm up
                        times.append(took)
            middles = [statistics.median(times) for times in found]
            ratio = middles[-1] / middles[0]
            sizes = "/".join(map(str, SIZES))
            text = " / ".join(f"{value:.1f}" for value in middles) + f" ms at {sizes}: × {ratio:.2f}"
            emit(f"c {kind}", look.name, text, f"≤ × {GROWTH_GOAL}", ratio <= GROWTH_GOAL)


class Crowd:
    """Call-takers and unit screens at work for some seconds."""

    def __init__(self, store: Store, port: int) -> None:
        self.store, self.port = store, port
        self.times: dict[str, list[float]] = {"register": [], "dispatch": [], "inbox": []}
        self.failures: list[str] = []
        self.events = 0
        self.end = time.monotonic() + SECONDS
        source = calls(random.randrange(10**6), f"c{time.time_ns()}")
        expected = int(SECONDS / TAKER_PACE + 3) * TAKERS
        self.work = iter([next(source) for _ in range(expected)])
        self.lock = threading.Lock()

    def timed(self, what: str, expected: int, request: Callable[[], tuple[int, bytes]]) -> bytes | None:
        """One request; its time is kept whatever the answer, its failure too."""
        began = time.perf_counter()
        status, body = request()
        with self.lock:
            self.times[what].append((time.perf_counter() - began) * 1000)
            if status != expected:
                self.failures.append(f"{what} {status} {body[:200]!r}")
        return body if status == expected else None

    def call_taker(self, n: int) -> None:
        """Register, think, dispatch, again."""
        import json

        token = self.store.keys["desk"][n % len(self.store.keys["desk"])]
        time.sleep(random.random() * TAKER_PACE)
        with Wire(self.port, {"Authorization": f"Bearer {token}"}) as wire:
            while time.monotonic() < self.end:
                began = time.monotonic()
                with self.lock:
                    call: Call | None = next(self.work, None)
                if call is None:
                    return
                fields = call.registration(datetime.now(ZONE) - timedelta(seconds=1))
                made = self.timed("register", 201, lambda fields=fields: wire.post("/api/v1/cases", fields))
                time.sleep(random.uniform(0.2, 1.0))
                if made is not None:
                    no = json.loads(made)["no"]
                    path, sent = f"/api/v1/cases/{no}/commands/dispatch", call.dispatch()
                    self.timed("dispatch", 200, lambda path=path, sent=sent: wire.post(path, sent))
                time.sleep(max(0.0, TAKER_PACE * random.uniform(0.7, 1.3) - (time.monotonic() - began)))

    def screen(self, n: int) -> None:
        """Look at the inbox, wait, look again."""
        sessions = list(self.store.keys["unit_sessions"].values())
        time.sleep(random.random() * SCREEN_PACE)
        with Wire(self.port, {"Cookie": f"sessionid={sessions[n % len(sessions)]}"}) as wire:
            while time.monotonic() < self.end:
                self.timed("inbox", 200, lambda: wire.get("/unit/"))
                time.sleep(SCREEN_PACE * random.uniform(0.8, 1.2))

    def streams(self) -> None:
        """One open stream for every screen, read by one thread."""
        sessions = list(self.store.keys["unit_sessions"].values())
        picker = selectors.DefaultSelector()
        for n in range(SCREENS):
            one = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            cookie = f"Cookie: sessionid={sessions[n % len(sessions)]}"
            one.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n\r\n".encode())
            picker.register(one, selectors.EVENT_READ)
        while time.monotonic() < self.end:
            for key, _ in picker.select(0.5):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if not data:
                    with self.lock:
                        self.failures.append("a stream was closed")
                    picker.unregister(key.fileobj)
                self.events += data.count(b"\ndata:")
        for key in list(picker.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    def run(self) -> None:
        """Everybody at once, until the time is over."""
        jobs = [threading.Thread(target=self.call_taker, args=(n,)) for n in range(TAKERS)]
        jobs += [threading.Thread(target=self.screen, args=(n,)) for n in range(SCREENS)]
        jobs.append(threading.Thread(target=self.streams))
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()


def crowd(kind: str, store: Store) -> None:
    """(b) on the store as it stands."""
    with serving(store) as served:
        desk = {"Authorization": f"Bearer {store.keys['desk'][0]}"}
        page = {"Cookie": f"sessionid={store.keys['unit_sessions']['CG']}"}
        for call, _ in zip(calls(5, f"w{time.time_ns()}"), range(24), strict=False):
            with Wire(
                served.port, desk
            ) as wire:  # a new connection each: every worker has loaded what it needs
                wire.post("/api/v1/cases", call.registration(datetime.now(ZONE) - timedelta(seconds=1)))
            with Wire(served.port, page) as wire:
                wire.get("/unit/")
        time.sleep(1)
        people = Crowd(store, served.port)
        people.run()
    size, part = SIZES[-1], f"b {kind}"
    for what, times in people.times.items():
        p99 = percentile(times, 0.99)
        text = f"p50 {percentile(times, 0.5):.0f}, p99 {p99:.0f}, worst {max(times):.0f} ms of {len(times)} at {size} cases"
        measured = what != "inbox"
        words = f"{what}: {TAKERS} call-takers, {SCREENS} unit screens with streams"
        emit(
            part,
            words,
            text,
            f"p99 < {P99_GOAL_MS:.0f} ms" if measured else "",
            p99 < P99_GOAL_MS if measured else None,
        )
    say(f"{kind}: {people.events} events streamed")
    failed = len(people.failures)
    emit(
        part,
        "requests that failed",
        f"{failed} {people.failures[:2] if failed else ''}".strip(),
        "0",
        failed == 0,
    )


def main() -> None:
    """Both databases."""
    say(
        f"background: {OPEN} open cases and some finished lives by execute; the finished ones are multiplied in bulk "
        "(background only: every measured request goes through the server and execute)"
    )
    for kind in KINDS:
        try:
            with database(kind) as make:
                stores = [make() for _ in SIZES]
                growth(kind, stores)
                crowd(kind, stores[-1])
        except (RuntimeError, FileNotFoundError) as error:
            if "PostgreSQL" not in str(error):
                raise
            absent(f"b, c {kind}", "large stores", str(error))


if __name__ == "__main__":
    main()
