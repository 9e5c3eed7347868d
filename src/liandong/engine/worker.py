"""The worker: due clocks and deliveries over and over, followers of the log, seals every hour, a training every night,
a sign of life every few seconds.

Each runs in a thread of its own, so that neither a slow receiver of webhooks nor a long log holds up a deadline.
Several workers may run, on one machine or many.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable

from django.db import close_old_connections, connections

from liandong.casework import looks, rows, seal, words
from liandong.casework.execute import KEY_LIFETIME_MS
from liandong.registers import lookups
from liandong.registers import seal as register_seal

from . import (
    clock,
    deliveries,
    duty_watch,
    hotspots,
    meeting_clock,
    nightly,
    phoning,
    register_clock,
    routing,
    suggestions,
    supervising,
    vehicle_clock,
)
from .channels.lanes import Lanes
from .exchange import running as exchange
from .instants import now as present
from .instants import now_ms
from .intake import running as intake
from .models import Heartbeat
from .reports import schedule
from .similar_follow import Follower

log = logging.getLogger("liandong.worker")

IDLE_SECONDS = 0.5
BEAT_SECONDS = 5.0
SEAL_SECONDS = 3600.0
BATCH = 200
FORGET_MS = 24 * 3600 * 1000


class Worker:
    """One worker; ``run`` returns when ``stop`` is set and what is in hand is finished."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self.started = now_ms()
        self.counts = {"clocks": 0, "deliveries": 0, "failures": 0}
        self.error = ""
        self.index = Follower()
        self.lanes = Lanes()
        self.calls = deliveries.Lanes()
        self.report_clock = schedule.Clock()
        self.training: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Work until stopped."""
        threads = [
            threading.Thread(target=self._loop, args=("clocks", self._clocks), name="clocks"),
            threading.Thread(target=self._loop, args=("deliveries", self._deliveries), name="deliveries"),
            threading.Thread(target=self._loop, args=("webhooks", self.calls.step), name="webhooks"),
            threading.Thread(target=self._loop, args=("channels", self.lanes.step), name="channels"),
            threading.Thread(target=self._loop, args=("index", self.index.step), name="index"),
            threading.Thread(target=self._loop, args=("spikes", hotspots.watch), name="spikes"),
            threading.Thread(target=self._loop, args=("suggested", self._suggest), name="suggested"),
            threading.Thread(target=self._loop, args=("words", words.follow), name="words"),
            threading.Thread(target=self._loop, args=("reports", self._reports), name="reports"),
            threading.Thread(target=self._loop, args=("exchange", exchange.step), name="exchange"),
            threading.Thread(target=self._loop, args=("registers", register_clock.run_due), name="registers"),
            threading.Thread(target=self._loop, args=("intake", intake.step), name="intake"),
        ]
        for thread in threads:
            thread.start()
        since_seal = SEAL_SECONDS
        try:
            while True:
                self._try("heartbeat", self._beat)
                if since_seal >= SEAL_SECONDS and self._try("seal", self._seal):
                    since_seal = 0.0
                self._try("nightly", self._nightly)
                self._try("vehicles", vehicle_clock.run_due)
                self._try("tasks", meeting_clock.run_due)
                self._try("looks", looks.collect)
                self._try("slips", supervising.follow)
                self._try("phoning", phoning.follow)
                self._try("rosters", duty_watch.follow)
                if self.stop.wait(BEAT_SECONDS):
                    break
                since_seal += BEAT_SECONDS
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
            self.lanes.close()
            self.calls.close()
            self.index.close()
            if self.training is not None:
                self.training.terminate()
                self.training.wait()
            self._try("heartbeat", self._leave)
            connections.close_all()

    def _loop(self, name: str, work: Callable[[], int]) -> None:
        """Again at once while there is work, after a short rest when there is none or something failed."""
        try:
            while not self.stop.is_set():
                done: list[int] = []
                worked = self._try(name, lambda done=done: done.append(work()))  # type: ignore[misc]
                if not worked or not done[0]:
                    self.stop.wait(IDLE_SECONDS if worked else 2.0)
                if done and name in self.counts:
                    self.counts[name] += done[0]
        finally:
            connections.close_all()

    def _try(self, what: str, work: Callable[[], object]) -> bool:
        """Do one step; a failure (database away, disk full) is logged, counted, shown by readyz, and tried again."""
        try:
            close_old_connections()
            work()
        except Exception as error:
            log.exception("worker: %s failed", what)
            self.counts["failures"] += 1
            self.error = f"{what}: {type(error).__name__}: {error}"[:300]
            return False
        return True

    def _clocks(self) -> int:
        return clock.run_due(limit=BATCH)

    def _deliveries(self) -> int:
        return deliveries.notify_due(limit=BATCH)

    def _reports(self) -> int:
        return self.report_clock.step(present())

    def _suggest(self) -> int:
        """Keep up with the log: what is suggested for new cases, rulings as precedents."""
        serving = routing.serving()
        return suggestions.follow(serving.router, serving.precedents)

    def _nightly(self) -> None:
        """Begin the night's training when it is this worker's turn; say how it ended."""
        if self.training is not None and (code := self.training.poll()) is not None:
            self.training = None
            if code != 0:
                raise RuntimeError(f"nightly training ended with exit code {code}")
        if self.training is None and nightly.take(present()):
            self.training = nightly.start()

    def _seal(self) -> None:
        """The hourly round: seal what changed, forget idempotency keys after their seven days and what was erased."""
        register_seal.seal(present())
        seal.seal(present())
        looks.forget(present())
        lookups.forget(present())
        rows.expire_keys(now_ms() - KEY_LIFETIME_MS)
        suggestions.forget_erased()

    def _beat(self) -> None:
        Heartbeat.objects.update_or_create(
            worker=self.name,
            defaults={"at_ms": now_ms(), "started_ms": self.started, "error": self.error, **self.counts},
        )
        Heartbeat.objects.filter(at_ms__lt=now_ms() - FORGET_MS).delete()
        self.error = ""

    def _leave(self) -> None:
        Heartbeat.objects.filter(worker=self.name).delete()


def run(stop: threading.Event | None = None) -> None:
    """Work until ``stop`` is set; without one, until SIGTERM or SIGINT (``liandong worker``, main thread only)."""
    if stop is None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda number, frame: stop.set())
    Worker(stop).run()
