"""The nightly training: one worker, once a night, in a process that ends with its worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from liandong.engine import nightly, worker
from liandong.engine.models import FollowCursor
from support.stores import Stores

HERE = Path(__file__).parent


def night(day: int = 4, hour: int = nightly.HOUR, minute: int = 0) -> datetime:
    return datetime(2018, 6, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.django_db
def test_a_night_is_taken_once() -> None:
    assert nightly.take(night())
    assert not nightly.take(night())
    assert not nightly.take(night(minute=59))
    assert not nightly.take(night(hour=nightly.HOUR + 2))
    assert nightly.take(night(day=5))
    assert not nightly.take(night(day=4))  # a clock that went back takes no night again


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [0, nightly.HOUR - 1, nightly.HOUR + 3, 12, 23])
def test_by_day_nobody_trains(hour: int) -> None:
    assert not nightly.take(night(hour=hour, minute=59))
    assert not FollowCursor.objects.exists()


@pytest.mark.django_db
def test_a_worker_that_was_down_at_three_still_takes_the_night() -> None:
    assert nightly.take(night(hour=nightly.HOUR + 2, minute=59))


def test_of_six_workers_at_the_same_instant_one_takes_each_night(stores: Stores) -> None:
    environment = stores.environment(stores.fresh())
    environment["PYTHONPATH"] += f":{HERE}"
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); import test_nightly; test_nightly.six_workers()",
        ],
        env=environment,
        cwd=stores.home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert json.loads(ran.stdout) == [1] * 5


def test_training_runs_as_a_command_at_low_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []

    class Child:
        pid = 4711

    def popen(arguments: list[str], **more: Any) -> Child:
        called.append(arguments)
        return Child()

    monkeypatch.setattr(nightly.subprocess, "Popen", popen)
    monkeypatch.setattr(nightly.os, "setpriority", lambda *given: called.append(given))
    assert nightly.start().pid == 4711
    assert called == [
        [sys.executable, "-m", "liandong.cli.main", "learn", "--by", "system:nightly"],
        (os.PRIO_PROCESS, 4711, 15),
    ]


class Training:
    """A training that ends with a code when told."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


def test_a_worker_starts_one_training_and_says_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Training] = []
    monkeypatch.setattr(nightly, "take", lambda now: True)
    monkeypatch.setattr(nightly, "start", lambda: begun.append(Training()) or begun[-1])
    one = worker.Worker(threading.Event())
    one._nightly()
    one._nightly()
    assert len(begun) == 1  # while it runs no other begins
    begun[0].code = 0
    one._nightly()
    assert len(begun) == 2
    begun[1].code = 1
    with pytest.raises(RuntimeError, match="exit code 1"):
        one._nightly()
    assert one.training is None


def test_the_training_ends_with_its_worker(stores: Stores) -> None:
    code = (
        "import django, json, subprocess, sys, threading, time; django.setup()\n"
        "from liandong.engine import nightly, worker\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(120)'])\n"
        "nightly.take, nightly.start = (lambda now: True), (lambda: child)\n"
        "stop = threading.Event()\n"
        "threading.Timer(1.5, stop.set).start()\n"
        "worker.run(stop)\n"
        "print(json.dumps(child.poll()))"
    )
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", code], env=stores.environment(stores.fresh()), cwd=stores.home,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert json.loads(ran.stdout.splitlines()[-1]) == -15
    assert time.monotonic() - began < 30


def six_workers() -> None:
    """Six processes ask at once, five nights long; how many took each night."""
    from django.db import connections

    taken = []
    for day in range(5):
        moment = night() + timedelta(days=day)
        connections.close_all()  # a connection must not be shared across a fork
        start = time.time() + 0.15
        children = []
        for _ in range(6):
            child = os.fork()
            if not child:
                code = 99
                try:
                    time.sleep(max(0.0, start - time.time()))
                    code = int(nightly.take(moment))
                finally:
                    os._exit(code)
            children.append(child)
        taken.append(sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
    print(json.dumps(taken))
