"""Where the exchange keeps its files: two folders that others carry between the networks, and a home of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings

OUT: Final = "LIANDONG_EXCHANGE_OUT"
IN: Final = "LIANDONG_EXCHANGE_IN"
COPY: Final = 1 << 20


class Busy(Exception):
    """Another process is exporting or importing just now."""


def out_folder() -> Path | None:
    """Where our files are laid for the other side; None where none is configured."""
    named = os.environ.get(OUT)
    return Path(named) if named else None


def in_folder() -> Path | None:
    """Where the other side's files arrive."""
    named = os.environ.get(IN)
    return Path(named) if named else None


def home(*parts: str) -> Path:
    """A folder of the exchange's own under LIANDONG_HOME, made when first asked for (only our user may look)."""
    path = Path(settings.LIANDONG_HOME).joinpath("exchange", *parts)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def alone() -> Iterator[None]:
    """One process exports or imports at a time. Raises Busy; the lock ends with its process, however that ends."""
    with open(home() / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        yield


def settle(path: Path) -> None:
    """Make a file that was written durable before it counts, and its name after a rename."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(source: Path, target: Path) -> None:
    """Copy under a temporary name, make it durable, then rename: nobody sees half a file."""
    draft = target.with_name(f".{target.name}.tmp")
    with open(source, "rb") as reading, open(draft, "wb") as writing:
        shutil.copyfileobj(reading, writing, COPY)
        writing.flush()
        os.fsync(writing.fileno())
    os.replace(draft, target)
    settle(target.parent)


def put_text(target: Path, data: bytes) -> None:
    """The same for a few bytes."""
    draft = target.with_name(f".{target.name}.tmp")
    with open(draft, "wb") as writing:
        writing.write(data)
        writing.flush()
        os.fsync(writing.fileno())
    os.replace(draft, target)
    settle(target.parent)


def remove(path: Path) -> None:
    """Take a file away; that it has gone already, or that the carrier allows no removal, changes nothing for us."""
    try:
        path.unlink()
    except (FileNotFoundError, PermissionError):
        return
