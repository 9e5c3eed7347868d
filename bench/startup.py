"""(f) Seconds from `make run` in a fresh clone to the first page, with a warm package cache.

A first clone fills the cache and is not counted where uv's cache is cold; STARTUP=0 leaves this part out.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness import QUICK, ROOT, absent, emit, free_port, wait_for

PATIENCE = 900.0


def fresh_clone(base: Path) -> Path:
    """A clean clone; real messages lie beside it where they lie beside us."""
    target = base / "liandong"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        (base / "shared").symlink_to(shared)
    return target


def main() -> None:
    """One run; the process group it starts is stopped by its own id."""
    if QUICK or os.environ.get("STARTUP") == "0":
        absent("f", "make run to the first page", "left out (QUICK=1 or STARTUP=0)")
        return
    base = Path(tempfile.mkdtemp(prefix="liandong-startup-"))
    try:
        clone = fresh_clone(base)
        port = free_port()
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("LIANDONG", "PYTHON"))
        }
        with open(base / "log", "wb") as log:
            began = time.monotonic()
            process = subprocess.Popen(
                ["make", "run", f"PORT={port}"],
                cwd=clone,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(port, process, base / "log", "/login", PATIENCE)
            seconds = time.monotonic() - began
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
        emit("f", "make run in a fresh clone to the first page", f"{seconds:.0f} s")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
