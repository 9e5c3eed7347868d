"""A lane for each channel: a slow peer holds up its own messages and nobody else's.

``step`` plans, lets time run out, and starts a round of every channel that has something to send and none under way.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections, connections

from liandong.engine.instants import now_ms

from . import phoning, plan, sending

log = logging.getLogger("liandong.channels")
MOST_LANES = 16


class Lanes:
    """The lanes of one worker."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST_LANES, thread_name_prefix="lane")
        self._running: dict[str, Future[int]] = {}
        self._stop = threading.Event()

    def step(self) -> int:
        """One look: how much was planned, begun or finished."""
        done = plan.follow() + sending.expire() + phoning.hand_over()
        for code, future in list(self._running.items()):
            if future.done():
                del self._running[code]
                done += future.result()
        for code in sending.waiting(now_ms()):
            if code not in self._running:
                self._running[code] = self._pool.submit(_lane, code, self._stop)
        return done

    def close(self) -> None:
        """Finish the calls under way; begin none."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _lane(code: str, stop: threading.Event) -> int:
    """Rounds of one channel while it has something to send, in a thread with a database connection of its own."""
    done = 0
    try:
        close_old_connections()
        while not stop.is_set() and (made := sending.run(code)):
            done += made
        return done
    except Exception:
        log.exception("channel %s: round failed", code)
        return done
    finally:
        connections.close_all()


def run_due() -> int:
    """Everything that is due once, in this thread (``liandong tick``, tests)."""
    done = plan.follow() + sending.expire() + phoning.hand_over()
    return done + sum(sending.run(code) for code in sending.waiting(now_ms()))
