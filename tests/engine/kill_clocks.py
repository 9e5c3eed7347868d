"""Run as a program on a store of its own: N due clocks, two workers, K times kill -9 at a random instant.

Prints one JSON line: how many effects there are, how many cases have none or more than one, kills made.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from django.db import connections  # noqa: E402
from django.db.models import Count  # noqa: E402

from liandong.casework.execute import batch, execute  # noqa: E402
from liandong.casework.models import Case, Event, Outbox  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.engine.clock import run_due  # noqa: E402
from liandong.engine.instants import now  # noqa: E402
from liandong.rules.model import Actor, Command  # noqa: E402
from support.api import SAFE  # noqa: E402
from support.policy import PACK  # noqa: E402

DESK = Actor("desk", "li")


def register(count: int, minutes_ago: int) -> None:
    """``count`` requests whose triage clock (5 min) ran out."""
    packs.load(PACK)
    at = now() - timedelta(minutes=minutes_ago)
    with batch():
        for n in range(count):
            fields = {
                "kind": "complaint",
                "summary": f"路口垃圾第 {n} 处",
                "safety": SAFE,
                "received_at": at.isoformat(timespec="milliseconds"),
                "source": {"channel": "110", "ref": f"K{n}"},
            }
            execute(Command("register", None, fields), DESK, now=at)


def worker() -> int:
    """A child that works off due clocks until it is killed; its process id."""
    connections.close_all()  # a connection must not be shared across a fork
    child = os.fork()
    if child:
        return child
    while True:
        if not run_due(limit=10_000):
            time.sleep(0.01)


def due() -> int:
    """How many cases wait for the clock."""
    return Case.objects.filter(wake_ms__lt=int(time.time() * 1000)).count()


def wait_until(reached: Callable[[], bool]) -> None:
    """Look again every millisecond, for two minutes at most."""
    deadline = time.monotonic() + 120
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit("the workers do not get on")
        time.sleep(0.001)


def stop(child: int) -> None:
    """kill -9."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main(count: int, kills: int, seed: int) -> None:
    """Register, kill, let the survivors finish, count."""
    random.seed(seed)
    register(count, minutes_ago=7)
    connections.close_all()
    children = [worker(), worker()]
    killed = 0
    try:
        # points of progress, not of time: on a fast machine too every kill falls into the work
        for point in sorted(random.sample(range(count // 20, count * 3 // 4), kills)):
            wait_until(lambda point=point: count - due() >= point)
            time.sleep(random.uniform(0, 0.01))
            victim = random.randrange(2)
            stop(children[victim])
            killed += 1
            children[victim] = worker()
        left_at_last_kill = due()
        wait_until(lambda: not due())
    finally:
        for child in children:
            stop(child)
    overdue = Outbox.objects.filter(kind="overdue")
    per_case = overdue.values("case_no", "recipient").annotate(n=Count("position")).filter(n__gt=1)
    result = {
        "cases": Case.objects.count(),
        "cases_with_effect": overdue.values("case_no").distinct().count(),
        "told_twice": per_case.count(),
        "still_due": due(),
        "left_at_last_kill": left_at_last_kill,
        "clock_events": Event.objects.filter(type="run_clock").count(),
        "kills": killed,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
