"""Before Django: five hundred screens that ask for one list cost one rendering, and only those with a pass are answered."""

from __future__ import annotations

import asyncio
import gzip
import time
from typing import Any

from liandong.casework import history
from liandong.screens.common.fragments import Memory, Part, Pass, ident_of
from liandong.site import fragments
from liandong.site.fragments import Fragments

KEY = ("desk", "/desk/", "list")


def cursor(position: int) -> str:
    return history.cursor_at(position)


def scope(cookies: str, after: str | None, method: str = "GET") -> dict[str, Any]:
    headers = [(b"cookie", cookies.encode()), (b"hx-target", b"list"), (b"accept-encoding", b"gzip, br")]
    if after is not None:
        headers.append((b"x-liandong-live", after.encode()))
    return {
        "type": "http",
        "method": method,
        "path": "/desk/",
        "query_string": b"queue=triage",
        "headers": headers,
    }


class World:
    """A front whose Django takes 20 ms and shows the log as it stands."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.log = 5
        self.made = 0
        self.swept = 0

        async def in_thread(work: Any) -> None:
            self.swept += 1
            work()

        self.front = Fragments(self.django, self.memory, in_thread)

    async def django(self, scope: Any, receive: Any, send: Any) -> None:
        self.made += 1
        position = self.log
        await asyncio.sleep(0.02)
        body = f"list at {position}".encode()
        self.memory.keep(KEY, Part(position, time.monotonic(), body, gzip.compress(body)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": gzip.compress(body)})

    def admit(self, cookies: str, age: float = 0.0) -> None:
        ident = ident_of(cookies, "/desk/?queue=triage", "list")
        self.memory.admit(ident, Pass(KEY, cookies, 1, "", time.monotonic() - age))

    async def ask(self, cookies: str, after: str | None, method: str = "GET") -> str:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.front(scope(cookies, after, method), None, send)  # type: ignore[arg-type]
        return gzip.decompress(sent[1]["body"]).decode()


def test_many_screens_at_once_cost_one_rendering() -> None:
    async def story() -> None:
        world = World()
        for n in range(500):
            world.admit(f"s{n}")
        told = await asyncio.gather(*(world.ask(f"s{n}", cursor(5)) for n in range(500)))
        assert set(told) == {"list at 5"}
        assert world.made == 1

    asyncio.run(story())


def test_nobody_gets_a_list_older_than_what_he_was_told() -> None:
    """An event that commits while the list is being made is in the next one, and that one is made at once."""

    async def story() -> None:
        world = World()
        for name in ("early", "late"):
            world.admit(name)
        early = asyncio.create_task(world.ask("early", cursor(5)))
        await asyncio.sleep(0.01)
        world.log = 6
        late = asyncio.create_task(world.ask("late", cursor(6)))
        assert await early == "list at 5"
        assert await late == "list at 6"
        assert world.made == 2

    asyncio.run(story())


def test_events_in_a_burst_share_renderings(monkeypatch: Any) -> None:
    """However much happens, a list is begun at most every PACE_SECONDS."""
    monkeypatch.setattr(fragments, "PACE_SECONDS", 0.1)

    async def story() -> None:
        world = World()
        world.admit("one")
        began = time.monotonic()
        for n in range(6, 10):
            world.log = n
            assert await world.ask("one", cursor(n)) == f"list at {n}"
        assert time.monotonic() - began > 3 * 0.1

    asyncio.run(story())


def test_without_a_pass_django_decides() -> None:
    """No pass, an old one, another method, no live header: never from memory."""

    async def story() -> None:
        world = World()
        world.admit("mine")
        world.admit("old", age=400)
        await world.ask("mine", cursor(5))
        made = world.made
        await world.ask("mine", cursor(5))
        assert world.made == made
        for ask in (("stranger", cursor(5)), ("old", cursor(5)), ("mine", None), ("mine", cursor(5), "POST")):
            await world.ask(*ask)
        assert world.made == made + 4

    asyncio.run(story())


def test_an_ageing_pass_is_renewed_one_at_a_time() -> None:
    """Renewing happens by the way: of many screens with ageing passes one goes to Django, the others are answered."""

    async def story() -> None:
        world = World()
        world.admit("fresh")
        await world.ask("fresh", cursor(5))
        for n in range(50):
            world.admit(f"s{n}", age=100)
        await asyncio.gather(*(world.ask(f"s{n}", cursor(5)) for n in range(50)))
        assert world.made == 2

    asyncio.run(story())


def test_a_failed_rendering_frees_those_who_wait() -> None:
    """Django's failure is one screen's failure: the next one tries itself."""

    async def story() -> None:
        world = World()
        good = world.front._rest
        failures = iter([True])

        async def flaky(*call: Any) -> None:
            if next(failures, False):
                await asyncio.sleep(0.01)
                raise RuntimeError("the database went away")
            await good(*call)

        world.front._rest = flaky
        for n in range(3):
            world.admit(f"s{n}")
        told = await asyncio.gather(
            *(world.ask(f"s{n}", cursor(5)) for n in range(3)), return_exceptions=True
        )
        assert sorted(map(str, told)) == ["list at 5", "list at 5", "the database went away"]

    asyncio.run(story())


def test_passes_are_looked_after(monkeypatch: Any) -> None:
    """While screens ask, ended sessions lose their pass; where that cannot be found out, everybody does."""
    monkeypatch.setattr(fragments, "SWEEP_SECONDS", 0.01)

    async def story() -> None:
        world = World()
        world.admit("one")

        def broken() -> None:
            raise OSError("no database")

        monkeypatch.setattr(world.memory, "sweep", broken)
        await world.ask("one", cursor(5))
        await asyncio.sleep(0.05)
        assert world.swept
        assert world.memory.pass_of(ident_of("one", "/desk/?queue=triage", "list")) is None
        world.front._sweeper.cancel()  # type: ignore[union-attr]

    asyncio.run(story())
