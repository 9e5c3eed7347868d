"""A real server for tests: granian on a loopback port, a store of its own, tokens for every label of ``support.api``."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import httpx

from .stores import Stores

PREPARE = """
import django, json; django.setup()
from support.api import District
from support.policy import PACK
from liandong.district import accounts, packs
packs.load(PACK)
district = District()
accounts.set_password(accounts.Account.objects.get(username="desk"), "Liandong-2018")
print(json.dumps(district.tokens))
"""


def free_port() -> int:
    """A loopback port below 32768 that nobody listens on."""
    for _ in range(200):
        port = random.randint(12000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port below 32768")


class Live:
    """One running server; ``close`` stops it."""

    target = ""
    """Another application than the interface's own, for comparisons."""

    def __init__(self, stores: Stores, interface: str = "asgi", workers: int = 1, threads: int = 2) -> None:
        url = stores.fresh()
        self.environment = stores.environment(url)
        prepared = subprocess.run(
            [sys.executable, "-c", PREPARE],
            env=self.environment,
            cwd=stores.home,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.tokens: dict[str, str] = json.loads(prepared.stdout.splitlines()[-1])
        self.start(stores, interface, workers, threads)

    def start(self, stores: Stores, interface: str, workers: int, threads: int) -> None:
        """Start granian and wait until it answers."""
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        target = self.target or f"liandong.site.{interface}:application"
        call = [sys.executable, "-m", "granian", "--interface", interface, "--host", "127.0.0.1"]
        call += ["--port", str(self.port), "--workers", str(workers), "--no-ws", "--log-level", "warning"]
        if interface == "wsgi":
            call += ["--blocking-threads", str(threads)]
        self.process = subprocess.Popen(
            [*call, target],
            env={**self.environment, "LIANDONG_THREADS": str(threads)},
            cwd=stores.home,
            start_new_session=True,
        )
        deadline = time.monotonic() + 40
        while True:
            try:
                if httpx.get(self.base + "/healthz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.close()
                    raise
                time.sleep(0.1)

    def client(self, who: str | None, **options: Any) -> httpx.Client:
        """An HTTP client speaking as one account."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return httpx.Client(base_url=self.base, headers=headers, trust_env=False, timeout=20, **options)

    def close(self) -> None:
        """Stop the server and its workers."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
