"""``liandong serve``: one command, one port; dead children are started again; a signal ends it cleanly."""

from __future__ import annotations

import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cli_process import environment, liandong


def answers(port: int, seconds: float = 120) -> bool:
    """Whether the service answers within that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def children(pid: int) -> list[int]:
    """Process ids of the direct children."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


@pytest.fixture
def served(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running service and its port."""
    port = random.randint(20000, 32000)
    with subprocess.Popen(
        [sys.executable, "-m", "liandong.cli.main", "serve", "--port", str(port), "--workers", "1"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process, port
        if process.poll() is None:
            process.terminate()


@pytest.mark.kill
def test_it_serves_heals_and_stops(served: tuple[subprocess.Popen[str], int], home: Path, one_line) -> None:  # type: ignore[no-untyped-def]
    process, port = served
    assert answers(port)
    assert process.stdout is not None
    assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
    assert "端口" in one_line(liandong(home, "serve", "--port", str(port)), 1)

    before = children(process.pid)
    assert len(before) == 2
    os.kill(before[1], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (
        len(children(process.pid)) < 2 or before[1] in children(process.pid)
    ):
        time.sleep(0.2)
    after = children(process.pid)
    assert len(after) == 2
    assert before[0] in after
    assert before[1] not in after
    assert answers(port, 30)

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    for child in (*before, *after):
        assert not Path(f"/proc/{child}").exists()
    assert not answers(port, 1)


@pytest.mark.kill
def test_children_end_when_serve_is_killed(served: tuple[subprocess.Popen[str], int]) -> None:
    process, port = served
    assert answers(port)
    left = children(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(running(child) for child in left):
        time.sleep(0.2)
    assert [child for child in left if running(child)] == []


def test_hundreds_of_open_screens_do_not_keep_the_next_one_out(
    served: tuple[subprocess.Popen[str], int],
) -> None:
    """Every screen holds connections open; beyond the web server's own limit the next one would wait for ever."""
    _, port = served
    assert answers(port)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):
            one = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert one.recv(4096).startswith(b"HTTP/1.1 200")
        assert answers(port, 10)


def running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
