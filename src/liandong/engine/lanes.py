"""A lane for each peer that is called: a slow one holds up what goes to itself and to nobody else.

``step`` starts a turn of every peer that has something waiting and none under way. Peers whose last call failed come last
and never have more than half of the lanes; who was served longest ago comes first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections, connections

from . import breaker
from .instants import now_ms

log = logging.getLogger("liandong.lanes")
MOST_LANES = 16
TURN_SECONDS = 10.0
"""After it a lane goes to whoever waits for one; a call under way is finished."""


class Lanes:
    """The lanes of one worker. ``waiting(instant)``: peers that may be called now; ``run(peer)``: one round, calls made."""

    def __init__(self, waiting: Callable[[int], list[str]], run: Callable[[str], int]) -> None:
        self._waiting, self._run = waiting, run
        self._pool = ThreadPoolExecutor(MOST_LANES, thread_name_prefix="lane")
        self._running: dict[str, Future[int]] = {}
        self._served: dict[str, float] = {}
        self._stop = threading.Event()

    def step(self) -> int:
        """One look: how much was finished."""
        done = 0
        for peer, future in list(self._running.items()):
            if future.done():
                del self._running[peer]
                done += future.result()
        free = [peer for peer in self._waiting(now_ms()) if peer not in self._running]
        if not free:
            return done
        doubtful = breaker.suspects()
        doubted = sum(peer in doubtful for peer in self._running)
        for peer in sorted(free, key=lambda peer: (peer in doubtful, self._served.get(peer, 0.0))):
            doubted += peer in doubtful
            if len(self._running) == MOST_LANES or doubted > MOST_LANES // 2:
                break
            self._served[peer] = time.monotonic()
            self._running[peer] = self._pool.submit(self._turn, peer)
        return done

    def close(self) -> None:
        """Finish the calls under way; begin none."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _turn(self, peer: str) -> int:
        """Rounds of one peer while it has something to get, in a thread with a database connection of its own."""
        done, until = 0, time.monotonic() + TURN_SECONDS
        try:
            close_old_connections()
            while not self._stop.is_set() and time.monotonic() < until and (made := self._run(peer)):
                done += made
        except Exception:
            log.exception("%s: round failed", peer)
        finally:
            connections.close_all()
        return done
