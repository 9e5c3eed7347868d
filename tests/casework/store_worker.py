"""Processes for the tests of several writers: run as ``python store_worker.py MODE …`` on the store of the environment."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from liandong.casework.execute import batch  # noqa: E402
from liandong.casework.history import feed  # noqa: E402
from liandong.casework.models import Case  # noqa: E402
from liandong.rules.model import Actor  # noqa: E402
from support import flow  # noqa: E402
from support.policy import load  # noqa: E402


def write(acknowledged: str, prefix: str) -> None:
    """Register, dispatch and sign for ever; each acknowledgement goes to a file after the commit."""
    policy = load()
    now = datetime(2018, 6, 1, 9, 0, tzinfo=policy.zone)
    with Path(acknowledged).open("a", buffering=1) as out:
        n = 0
        while True:
            n += 1
            at = now + timedelta(seconds=n)
            no = flow.register(at, policy, f"{prefix}-{n}")
            out.write(f"{no} 1\n")
            flow.dispatch(no, at, policy)
            out.write(f"{no} 2\n")
            flow.do("sign", no, flow.CG, at, policy, receiver="x")
            out.write(f"{no} 3\n")


def reverse() -> None:
    """Two writers: the first opens its transaction before the second, and commits after it has tried to write.

    A reader polls the feed all the while. It must see every event once, in order, whoever was late.
    """
    policy = load()
    now = datetime(2018, 6, 1, 9, 0, tzinfo=policy.zone)
    first = flow.register(now, policy, "one")
    second = flow.register(now, policy, "two")
    seen: list[str] = []
    done, holding, tried = threading.Event(), threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def guarded(work):  # type: ignore[no-untyped-def]
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        return run

    def slow() -> None:
        with transaction.atomic():
            flow.do("note", first, flow.DESK, now, policy, text="先写后交")
            holding.set()
            tried.wait(1.0)  # the other writer cannot get a position while this one holds its own

    def fast() -> None:
        holding.wait(5)
        flow.do("note", second, flow.DESK, now, policy, text="后写")
        tried.set()

    def read() -> None:
        after = None
        last = False
        while True:
            page = feed(flow.DESK, after, 1, policy=policy, now=now)
            seen.extend(f"{item['case']} {item['seq']}" for item in page.items)
            after = page.next
            if last and not page.items:
                return
            last = done.is_set()

    reader = threading.Thread(target=guarded(read))
    writers = [threading.Thread(target=guarded(work)) for work in (slow, fast)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    if failures:
        raise failures[0]
    expected = [f"{first} 1", f"{second} 1", f"{first} 2", f"{second} 2"]
    if seen != expected:
        raise SystemExit(f"saw {seen}")


def race(count: str) -> None:
    """Many threads deliver the same sources and write to the same case at once."""
    policy = load()
    now = datetime(2018, 6, 1, 9, 0, tzinfo=policy.zone)
    shared = flow.register(now, policy, "shared")
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for n in range(int(count)):
                actor = Actor("desk", name)
                flow.register(now, policy, f"same-{n}", actor)
                flow.do("note", shared, actor, now, policy, text=f"{name} {n}")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    numbers = Case.objects.count()
    if numbers != int(count) + 1:
        raise SystemExit(f"{numbers} cases")
    seq = Case.objects.get(no=shared).seq
    if seq != 1 + 4 * int(count):
        raise SystemExit(f"shared case has {seq} events")


def deadlock() -> None:
    """A batch that holds the log's tail and a writer that holds a row each want what the other has: both succeed."""
    policy = load()
    now = datetime(2018, 6, 1, 9, 0, tzinfo=policy.zone)
    shared, other = flow.register(now, policy, "shared"), flow.register(now, policy, "other")
    failures: list[BaseException] = []
    begun = threading.Event()

    def single() -> None:
        try:
            begun.wait(5)
            flow.do("note", shared, flow.DUTY, now, policy, text="单独一条")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=single)
    thread.start()
    with batch():
        flow.do("note", other, flow.DESK, now, policy, text="批量之一")
        begun.set()
        time.sleep(0.3)  # the other writer has its row now, or waits for the whole file
        flow.do("note", shared, flow.DESK, now, policy, text="批量之二")
    thread.join()
    if failures:
        raise failures[0]
    if Case.objects.get(no=shared).seq != 3:
        raise SystemExit("a note is missing")
    connection.close()


def sound(acknowledged: str) -> None:
    """Check the store, then hold what was acknowledged (lines ``number seq``) against it."""
    from liandong.casework.check import check as whole

    found = whole(load())
    if found:
        raise SystemExit(f"violations: {found[:5]}")
    seqs = dict(Case.objects.values_list("no", "seq"))
    for line in Path(acknowledged).read_text().splitlines():
        no, seq = line.split()
        if seqs.get(no, 0) < int(seq):
            raise SystemExit(f"acknowledged and lost: {line}")
    connection.close()


def kills(acknowledged: str, count: str) -> None:
    """Kill a writing process again and again, at random instants; check the store on the way and at the end."""
    log = Path(acknowledged)
    log.touch()
    load()
    connection.close()
    chance = random.Random(20180601)
    for kill in range(int(count)):
        before = log.stat().st_size
        writer = os.fork()
        if writer == 0:
            write(acknowledged, f"k{kill}")
            os._exit(1)
        limit = time.monotonic() + 60
        while log.stat().st_size == before:  # until it writes
            if time.monotonic() > limit:
                raise SystemExit("the writer does not begin")
            time.sleep(0.002)
        time.sleep(chance.random() * 0.15)
        os.kill(writer, signal.SIGKILL)
        _, status = os.waitpid(writer, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            raise SystemExit("the writer ended by itself")
        if kill % 5 == 4:
            sound(acknowledged)


if __name__ == "__main__":
    mode, *arguments = sys.argv[1:]
    {"write": write, "reverse": reverse, "race": race, "deadlock": deadlock, "sound": sound, "kills": kills}[
        mode
    ](*arguments)
