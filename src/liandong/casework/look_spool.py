"""Opened pages on their way into the table: a file to append to, taken away whole by whoever carries it over.

Many processes write, one line a look, under a file lock that is held for microseconds. A file that was taken but not
finished (a process was killed) is taken again: the table keeps each line once.
"""

from __future__ import annotations

import fcntl
import logging
import os
import uuid
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

log = logging.getLogger("liandong.looks")

HOUR_MS = 3_600_000
_KNOWN = 5_000
_seen: OrderedDict[tuple[str, str, int], None] = OrderedDict()
"""What this process wrote lately: the same person's next look in the same hour costs nothing."""

Line = tuple[str, str, int]


def directory() -> Path:
    """Where the lines wait."""
    return Path(settings.LOOKS_ROOT)


def write(no: str, by: str, at_ms: int) -> None:
    """Append one look. A disk that takes nothing is logged: the page is shown all the same."""
    known = (no, by, at_ms // HOUR_MS)
    if known in _seen:
        return
    try:
        _append(f"{at_ms}\t{no}\t{by}\n".encode())
    except OSError as error:
        log.error("a look at %s could not be written down: %s", no, error)
        return
    _seen[known] = None
    if len(_seen) > _KNOWN:
        _seen.popitem(last=False)


def _append(line: bytes) -> None:
    path = directory() / "open"
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_still(path, handle):
                os.write(handle, line)
                return
        finally:
            os.close(handle)


def _is_still(path: Path, handle: int) -> bool:
    """Whether the file we hold is the one in its place: it may have been taken while we waited for the lock."""
    try:
        return path.stat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False


def take(keep: Callable[[list[Line]], None]) -> int:
    """Give all waiting lines to ``keep`` and drop them once it has returned; how many there were."""
    place = directory()
    if not place.is_dir():
        return 0
    _set_aside(place / "open")
    number = 0
    for path in sorted(place.glob("taken-*")):
        try:
            lines = [line for text in path.read_text().splitlines() if (line := _parse(text))]
        except FileNotFoundError:
            continue  # another process finished it
        if lines:
            keep(lines)
        path.unlink(missing_ok=True)
        number += len(lines)
    return number


def _set_aside(path: Path) -> None:
    """Move the open file away under its lock, so that no line is written into it afterwards."""
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if _is_still(path, handle):
            path.rename(path.with_name(f"taken-{uuid.uuid4().hex}"))
    finally:
        os.close(handle)


def _parse(text: str) -> Line | None:
    """One line again; None for one that was cut off when the machine stopped."""
    parts = text.split("\t")
    if len(parts) != 3 or not parts[0].isdigit():
        return None
    return parts[1], parts[2], int(parts[0])
