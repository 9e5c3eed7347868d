"""(item 8) 500 open screens: from a command's acknowledgement to the changed list on every screen it concerns.

Every screen holds a stream and fetches its list as static/screens/live.js does (live_crowd.py); a writer in a process
of its own registers, dispatches, signs and feeds back (live_writer.py). Server, database, screens and writer share
this machine. Two audiences: a district at work (60 desk, 400 units, 20 duty office, 20 inspectors) and the worst case
(500 desks with the same list). Then the server is killed (-9) and started again: everybody must come back by himself
and miss nothing. SCREENS=100 SECONDS=10 make it shorter; QUICK=1 does so by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from harness import (
    KINDS,
    QUICK,
    ROOT,
    Store,
    absent,
    database,
    emit,
    free_port,
    percentile,
    process_tree,
    say,
    wait_for,
)
from live_crowd import Crowd, Screen, Wanted, part_of
from wire import Wire

SCREENS = int(os.environ.get("SCREENS", "500"))
SECONDS = float(os.environ.get("SECONDS", "10" if QUICK else "30"))
RATES = (2.0, 10.0)
GOAL_MS = 1000.0
BACKGROUND, OPEN = (2_000, 45) if QUICK else (100_000, 45)
"""Few open cases, so that what is new stands on the first page and the bench can see that it does."""
PAGES = {
    "desk": ("/desk/?queue=triage",),
    "unit": ("/unit/",),
    "duty_office": ("/duty/",),
    "inspector": ("/duty/board",),
}
SETTLE = 6.0
Written = tuple[str, str, str, float, float]
"""Case, type of the event, unit, instants of the sending and of the acknowledgement."""


class Mix(NamedTuple):
    """Who sits before the screens: so many a role (of ``unit``: so many a unit)."""

    name: str
    wanted: dict[str, int]


MIXES = (
    Mix(
        "60 desk, 400 units, 20 duty, 20 inspectors",
        {
            "desk": SCREENS * 12 // 100,
            "unit": max(1, SCREENS * 8 // 500),
            "duty_office": SCREENS * 4 // 100,
            "inspector": SCREENS * 4 // 100,
        },
    ),
    Mix("all desk", {"desk": SCREENS}),
)


class Server:
    """``liandong serve`` on one port, killed and started at will."""

    def __init__(self, store: Store) -> None:
        self.store, self.port = store, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.store.home / "serve.log"
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "liandong.cli.main", "serve", "--port", str(self.port)],
                env=self.store.environment, cwd=self.store.home, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        wait_for(self.port, self.process, log)

    def tree(self) -> list[int]:
        """Its processes."""
        return process_tree(self.process.pid) if self.process else []

    def kill(self) -> None:
        """Every process of it at once, without a word."""
        for pid in self.tree():
            os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self) -> None:
        """End it as one does."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def used(self) -> float:
        """Processor seconds its living processes have used."""
        ticks = 0
        for pid in self.tree():
            try:
                fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(store: Store) -> Iterator[Server]:
    """A server until the block ends."""
    server = Server(store)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def parts(port: int, people: list[tuple[str, str, str]]) -> dict[str, Wanted | None]:
    """What each role's page says of its live part. A page that is not there yet is left out, with a word."""
    found: dict[str, Wanted | None] = {}
    for role, _unit, cookie in people:
        if role in found:
            continue
        found[role] = None
        with Wire(port, {"Cookie": f"sessionid={cookie}"}) as wire:
            for page in PAGES[role]:
                answer = wire.get(page)
                found[role] = part_of(answer.body.decode()) if answer.status == 200 else None
                if found[role]:
                    break
        if found[role] is None:
            say(f"{role}: {PAGES[role][0]} has no live part here; these screens only hold their stream")
    return found


async def write(server: Server, rate: float, seconds: float, mark: str) -> list[Written]:
    """Let the writer write; what it was acknowledged."""
    keys = server.store.home / "keys.json"
    keys.write_text(json.dumps(server.store.keys))
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bench" / "live_writer.py"), str(server.port), str(keys), str(rate), str(int(rate * seconds)), mark,
        stdout=subprocess.PIPE, env=server.store.environment, limit=2**20,
    )  # fmt: skip
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the writer ended with {process.returncode}")
    return [tuple(json.loads(line)) for line in out.splitlines()]


def concerned(screen: Screen, unit: str) -> bool:
    """Whether an event of a case with this unit concerns a screen."""
    return screen.role != "unit" or screen.unit == unit


def delays(crowd: Crowd, written: list[Written]) -> tuple[list[float], list[float], int]:
    """Milliseconds to the line and to the list of every screen concerned, and how many were never told."""
    lines, lists, missed = [], [], 0
    for no, type_, unit, _, at in written:
        for screen in crowd.screens:
            if not concerned(screen, unit):
                continue
            told, seen = screen.told.get((no, type_)), screen.seen.get((no, type_))
            if told is None or (seen is None and screen.wanted is not None):
                missed += 1
                continue
            lines.append(max(0.0, told - at) * 1000)
            if screen.wanted is not None and seen is not None:
                lists.append(max(0.0, seen - at) * 1000)
    return lines, lists, missed


def wrong(crowd: Crowd, written: list[Written]) -> list[str]:
    """Lists that came because of an event and did not show it. A list may be ahead: it may show the next step already."""
    when = {(no, type_): sent for no, type_, _, sent, _ in written}  # on a list before it is acknowledged
    found = []
    for screen in crowd.screens:
        for (no, type_), had in screen.had.items():
            seen = screen.seen[no, type_]
            if (no, type_) not in when:
                continue
            desk = screen.role == "desk"
            if desk and type_ == "register" and not had and when.get((no, "dispatch"), seen) >= seen:
                found.append(f"{no} was registered and is not on a desk's list")
            if desk and type_ == "dispatch" and had:
                found.append(f"{no} was dispatched and is still on a desk's list")
            if (
                screen.role == "unit"
                and type_ == "dispatch"
                and not had
                and when.get((no, "feedback"), seen) >= seen
            ):
                found.append(f"{no} was dispatched and is not in its unit's inbox")
    return found


async def pace(server: Server, crowd: Crowd, part: str, name: str, rate: float) -> None:
    """One rate of events before one crowd."""
    fetches, received, frames = crowd.fetches, crowd.bytes, crowd.frames
    used, began = server.used(), time.monotonic()
    written = await write(server, rate, SECONDS, f"p{rate}-{time.time_ns()}")
    took = time.monotonic() - began
    used = server.used() - used
    await asyncio.sleep(2)
    lines, lists, missed = delays(crowd, written)
    p99 = percentile(lists, 0.99)
    text = (
        f"p50 {percentile(lists, 0.5):.0f}, p95 {percentile(lists, 0.95):.0f}, p99 {p99:.0f}, worst {max(lists):.0f} ms"
        f" ({len(written)} events, {len(lists)} lists)"
    )
    emit(
        part,
        f"{name}: {rate:.0f} events/s, to the changed list",
        text,
        f"p99 < {GOAL_MS:.0f} ms",
        p99 < GOAL_MS,
    )
    odd = wrong(crowd, written) + crowd.failures
    emit(
        part,
        f"{name}: {rate:.0f} events/s, lists that missed or did not show an event",
        f"{missed} missed, {len(odd)} wrong {odd[:2] or ''}".strip(),
        "0",
        not (missed or odd),
    )
    say(
        f"{name}, {rate:.0f}/s: line p50 {percentile(lines, 0.5):.0f}, p99 {percentile(lines, 0.99):.0f} ms; server {used / took:.2f} cores, "
        f"{(crowd.fetches - fetches) / took:.0f} fetches/s of {(crowd.bytes - received) / max(1, crowd.fetches - fetches) / 1000:.1f} kB, "
        f"{(crowd.frames - frames) / took:.0f} frames/s"
    )


async def killed(server: Server, crowd: Crowd, part: str, name: str) -> None:
    """The server dies; what happens the moment it is back must be on every screen."""
    server.kill()
    await asyncio.to_thread(server.start)
    up = time.monotonic()
    written = await write(server, 20.0, 1.0, f"k{time.time_ns()}")
    await crowd.ready()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and delays(crowd, written)[2]:
        await asyncio.sleep(0.2)
    missed = delays(crowd, written)[2]
    shown = [
        screen.seen[no, type_]
        for no, type_, unit, _, _ in written
        for screen in crowd.screens
        if (no, type_) in screen.seen and concerned(screen, unit)
    ]
    text = f"{max(shown) - up:.1f} s after it was up again; {missed} of {len(written)} events × screens missed, {crowd.repeated} told twice"
    emit(part, f"{name}: after kill -9 all have caught up", text, "none missed", missed == 0)


async def session(server: Server, kind: str, mix: Mix) -> None:
    """One crowd: both rates, then the kill."""
    people = [
        tuple(one)
        for one in json.loads(
            server.store.python(str(ROOT / "bench" / "live_sessions.py"), json.dumps(mix.wanted))
        )
    ]
    people = people[:SCREENS]
    crowd = Crowd(server.port)
    try:
        await crowd.sit(people, parts(server.port, people))
        await asyncio.sleep(SETTLE)
        say(f"{kind}: {len(crowd.screens)} screens: {mix.name}")
        for rate in RATES:
            await pace(server, crowd, f"live {kind}", mix.name, rate)
        await killed(server, crowd, f"live {kind}", mix.name)
    finally:
        for screen in crowd.screens:
            screen.close()


def main() -> None:
    """Both databases, both audiences."""
    for kind in KINDS:
        try:
            with database(kind) as make:
                store = make()
                say(
                    f"{kind}: {store.python(str(ROOT / 'bench' / 'fill.py'), str(BACKGROUND), str(OPEN)).strip()}"
                )
                for mix in MIXES:
                    with running(store) as server:
                        asyncio.run(session(server, kind, mix))
        except (RuntimeError, FileNotFoundError) as error:
            if "PostgreSQL" not in str(error):
                raise
            absent(f"live {kind}", "500 screens", str(error))


if __name__ == "__main__":
    main()
