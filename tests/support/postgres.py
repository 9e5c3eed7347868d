"""A throw-away PostgreSQL for a test run, from the machine's own packages; durable like a real one (fsync stays on)."""

from __future__ import annotations

import glob
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


class Server:
    """One cluster in a temporary directory on a loopback port below 32768."""

    def __init__(self) -> None:
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            raise RuntimeError("no PostgreSQL on this machine: install the package postgresql")
        self.bin = Path(found[-1])
        self.home = Path(tempfile.mkdtemp(prefix="liandong-pg-"))
        self.port = _free_port()
        self.url = f"postgres://liandong@127.0.0.1:{self.port}/postgres"

    def _as_postgres(self, *command: str) -> None:
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*prefix, *command], check=True, capture_output=True, cwd=self.home, timeout=120)

    def start(self) -> None:
        """Make the cluster and start it; returns when it takes connections."""
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres")
        data = str(self.home / "data")
        self._as_postgres(
            str(self.bin / "initdb"), "-D", data, "-U", "liandong", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.home} -c max_connections=60"
        self._as_postgres(
            str(self.bin / "pg_ctl"), "-D", data, "-w", "-t", "60", "-o", options, "-l", str(self.home / "log"), "start"
        )  # fmt: skip

    def stop(self) -> None:
        """Stop the server and remove its directory."""
        self._as_postgres(str(self.bin / "pg_ctl"), "-D", str(self.home / "data"), "-m", "immediate", "stop")
        for _ in range(20):
            shutil.rmtree(self.home, ignore_errors=True)
            if not self.home.exists():
                return
            time.sleep(0.1)


def _free_port() -> int:
    for _ in range(200):
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port below 32768")
