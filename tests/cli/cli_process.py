"""The command line run as people run it: a process of its own, with nothing of the machine's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "packs" / "qijiang"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """A clean environment with a data directory of its own and nothing of the machine's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LIANDONG_")}
    return {**kept, "LIANDONG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "liandong.site.settings", **more}


def liandong(
    home: Path, *arguments: str, stdin: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "liandong.cli.main", *arguments],
        env=environment(home, **more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
