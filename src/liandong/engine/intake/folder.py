"""A watched folder: each system lays its files into ``NAME/in`` (NAME a mapping) and finds receipts and states in the same place.

``in`` → claimed by a rename into ``work`` → every record taken or set aside → ``done`` with a receipt, or ``quarantine`` with a
reason. Killed anywhere, the file in ``work`` is taken up again; every message counts once, so nothing is done twice. A file
still being written is left alone; one that is broken holds up nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from liandong.district.intake import IntakeMapping
from liandong.engine.exchange.places import put_text, settle
from liandong.rules.policy import Policy

from . import aside, parsing
from .problems import Problem, Unfit

VARIABLE: Final = "LIANDONG_INTAKE_FOLDER"
PARTS: Final = ("in", "work", "done", "quarantine", "out")
QUIET_SECONDS: Final = 2.0
"""A file that was written to so recently may still be growing."""
GRACE_SECONDS: Final = 60.0
"""A file that cannot be read is given so long before it counts as broken: perhaps it is only half written."""
LOOKED_AT: Final = 2_000
"""Names that one look takes in."""
_DRAFT: Final = re.compile(r"^[.~]|\.(tmp|part|partial|filepart|crdownload)$|~$", re.IGNORECASE)


class Busy(Exception):
    """Another worker has this folder in hand."""


class Taken(NamedTuple):
    """What one look did."""

    files: int = 0
    records: int = 0
    aside: int = 0


def root() -> Path | None:
    """The folder the operator set; None where there is none."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def prepare(base: Path, used: IntakeMapping) -> Path:
    """The place of one mapping with its five parts."""
    place = base / used.name
    for part in PARTS:
        (place / part).mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """One worker a folder. Raises Busy; the lock ends with its process, however that ends."""
    handle = os.open(place / ".lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        yield
    finally:
        os.close(handle)


def look(place: Path, used: IntakeMapping, now: datetime, policy: Policy, limit: int = 500) -> Taken:
    """Take what lies in one folder, oldest first. Raises Busy, OSError, and OperationalError when the database is away."""
    total = Taken()
    with alone(place):
        for name in sorted(names(place / "work")):  # what a killed worker had in hand
            total = _plus(total, _take(place, name, used, now, policy))
        for name in _ready(place / "in", limit):
            try:
                _claim(place, name)
            except FileNotFoundError:  # the sender took it away again
                continue
            total = _plus(total, _take(place, name, used, now, policy))
    return total


def _plus(one: Taken, other: Taken) -> Taken:
    return Taken(*(a + b for a, b in zip(one, other, strict=True)))


def names(folder: Path) -> list[str]:
    """What lies in a folder, at most so much as one look takes in. Raises OSError."""
    with os.scandir(folder) as found:
        return [one.name for _, one in zip(range(LOOKED_AT), found, strict=False)]


def _ready(folder: Path, limit: int) -> list[str]:
    """Names that look finished, the longest unwritten first."""
    edge = time.time() - QUIET_SECONDS
    found = []
    for name in names(folder):
        if _DRAFT.search(name):
            continue
        try:
            info = os.lstat(folder / name)
        except FileNotFoundError:
            continue
        if info.st_mtime <= edge or not stat.S_ISREG(info.st_mode):
            found.append((info.st_mtime, name))
    return [name for _, name in sorted(found)[:limit]]


def _claim(place: Path, name: str) -> None:
    os.rename(place / "in" / name, place / "work" / name)
    settle(place / "work")


def _take(place: Path, name: str, used: IntakeMapping, now: datetime, policy: Policy) -> Taken:
    """One claimed file to its end: done or quarantined; back into ``in`` when it is only half written."""
    path = place / "work" / name
    try:
        raw, age = _bytes(path)
    except Unfit as unfit:
        return _refused(place, name, used, b"", unfit, now, policy)
    try:
        found = parsing.records(raw, used)
    except Unfit as unfit:
        if unfit.reason == "unreadable" and age < GRACE_SECONDS and not (place / "in" / name).exists():
            os.rename(path, place / "in" / name)  # perhaps half written: it is looked at again
            return Taken()
        return _refused(place, name, used, raw, unfit, now, policy)
    receipts, kept_elsewhere, set_aside = [], True, 0
    for n, record in enumerate(found, 1):
        one, outcome, no, whole = aside.receive(record, used, f"{name} 第 {n} 条", now, policy)
        receipts.append(_receipt(n, one, outcome, no))
        kept_elsewhere = kept_elsewhere and whole
        set_aside += outcome is None
    # what the register could not keep whole stays as a file that is never cleared away by itself
    _finish(place, name, raw, "done" if kept_elsewhere else "quarantine", {"records": receipts}, now)
    return Taken(1, len(found), set_aside)


def _receipt(n: int, one: Any, outcome: Any, no: str) -> dict[str, Any]:
    """What the sender reads of one record: numbers and outcomes, nothing of what it said."""
    made: dict[str, Any] = {"record": n, "outcome": outcome.what if outcome else "quarantined"}
    if one is not None:
        made |= {"message": one.id, "ref": one.ref, "do": one.do}
    if outcome is not None and outcome.no:
        made["no"] = outcome.no
    if outcome is None:
        made["entry"] = no
    return made


def _bytes(path: Path) -> tuple[bytes, float]:
    """The bytes of a regular file of bearable size, never through a link, and how long it was not written. Raises Unfit."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unfit(
            Problem("not_a_file", "不是普通文件或打不开：请让对方直接放文件，不要放链接或目录，并检查权限")
        ) from error
    with (
        os.fdopen(handle, "rb", closefd=True)
        if stat.S_ISREG(os.fstat(handle).st_mode)
        else _closed(handle) as reading
    ):
        if reading is None:
            raise Unfit(Problem("not_a_file", "不是普通文件：请让对方直接放文件，不要放目录或管道"))
        info = os.fstat(reading.fileno())
        if info.st_size > parsing.FILE_LIMIT:
            raise Unfit(
                Problem(
                    "oversized",
                    f"文件 {info.st_size >> 20} MB，至多 {parsing.FILE_LIMIT >> 20} MB：请让对方分成小文件重发",
                )
            )
        return reading.read(parsing.FILE_LIMIT + 1), time.time() - info.st_mtime


@contextmanager
def _closed(handle: int) -> Iterator[None]:
    os.close(handle)
    yield None


def _refused(place: Path, name: str, used: IntakeMapping, raw: bytes, unfit: Unfit, now: datetime, policy: Policy) -> Taken:  # fmt: skip
    """A whole file that nobody can read: into the register as one entry, the bytes into quarantine/."""
    excerpt = raw[:4_000].decode(used.encodings[0], "backslashreplace")
    head = f"{name}（{len(raw)} 字节，原件在 {used.name}/quarantine）" if raw else name
    digest = hashlib.sha256(raw or name.encode()).hexdigest()
    no, _ = aside.put(used, head, f"{excerpt}\n（SHA-256 {digest}）", unfit, now, policy, record=False)
    _finish(
        place,
        name,
        raw or name.encode(),
        "quarantine",
        {"entry": no, "reason": unfit.reason, "detail": unfit.detail},
        now,
    )
    return Taken(1, 0, 1)


def _finish(place: Path, name: str, raw: bytes, part: str, receipt: dict[str, Any], now: datetime) -> None:
    """Receipt first, then the move: the file lies in ``work`` until everything about it is durable."""
    final = f"{hashlib.sha256(raw).hexdigest()[:12]}-{name}"[:200]
    body = {"file": name, "at": now.isoformat(timespec="seconds"), **receipt}
    put_text(place / part / f"{final}.receipt.json", json.dumps(body, ensure_ascii=False, indent=1).encode())
    source, target = place / "work" / name, place / part / final
    if target.is_dir() and not target.is_symlink():  # a directory of that name came before
        target = place / part / f"{time.time_ns()}-{final}"
    os.rename(source, target)
    settle(place / part)


def clear(place: Path, used: IntakeMapping) -> int:
    """Delete what was taken in longer ago than the mapping keeps it; quarantine/ is left to people."""
    edge, count = time.time() - used.keep_days * 86_400, 0
    for name in names(place / "done"):
        path = place / "done" / name
        try:
            info = os.lstat(path)
            if stat.S_ISREG(info.st_mode) and info.st_ctime < edge:
                path.unlink()
                count += 1
        except FileNotFoundError:
            continue
    return count
