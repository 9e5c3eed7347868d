"""The one writer of the index. Whoever holds the lock beside the file writes; all others only read.

Order of writing: a record is emptied, filled, checksummed, and gets its identity last; the cursor moves after the
records it counts, into the slot of the two that is older. A writer killed at any instant leaves a cursor that is whole
and records behind it that are either whole or without identity; the next writer does the last stretch again.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from . import layout as lay
from .layout import Cursor, Layout, Purpose, Unusable
from .sheet import (
    ENTERED_LONG,
    ENTERED_PAIRS,
    Entry,
    describe,
    frequency_slots,
    keys,
    number_of,
    record,
    weigh,
)
from .text import Numbers, TextReader


class Locked(Exception):
    """Another process writes this index."""


class Writer:
    """Opens or makes the file and writes it. Not for several threads at once."""

    def __init__(
        self,
        path: Path,
        layout: Layout,
        purpose: Purpose,
        read: TextReader,
        rarity: float,
        *,
        new: bool = False,
    ) -> None:
        """``new``: begin an empty file that becomes ``path`` only by ``publish``; else open the one that is there.

        Raises Locked, or Unusable where the file has to be built again.
        """
        self.path = path
        self.layout = layout
        self._read = read
        self._rarity = rarity
        self._draft = path.with_name(f"{path.name}.new") if new else None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(
            path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Locked(str(path)) from error
            self._open(purpose)
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self, purpose: Purpose) -> None:
        name = self._draft or self.path
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT | os.O_TRUNC if self._draft else 0)
        try:
            self._fd = os.open(name, flags, 0o600)
        except OSError as error:
            raise Unusable(f"the file cannot be opened ({error.strerror})") from error
        try:
            if self._draft:
                os.ftruncate(self._fd, self.layout.size)
                os.pwrite(self._fd, lay.header(self.layout, purpose), 0)
                at, body = lay.pack_cursor(Cursor(0, 0, 1, 0, b""))
                os.pwrite(self._fd, body, at)
            lay.require(self._fd, self.layout, purpose)
            self._map = mmap.mmap(self._fd, self.layout.size)
            try:
                self._begin()
            except BaseException:
                self._map.close()
                raise
        except BaseException:
            os.close(self._fd)
            raise

    def _begin(self) -> None:
        """Decide whether what is there can be trusted, and take the file over."""
        marks = self._map[lay.BOOT_AT : lay.BOOT_AT + 17]
        if not self._draft and marks[:16] != lay.boot() and not marks[16]:
            raise Unusable("the machine went down while the index was written")
        self.cursor = lay.read_cursor(self._map)
        self._next = self.cursor.next_id
        self._newest = self.cursor.newest_ms
        if not self._draft:
            newest = range(max(1, self._next - 256), self._next)
            if not all(self.sound(identity) for identity in newest):
                raise Unusable("a record does not match its checksum")
        self._map[lay.BOOT_AT : lay.BOOT_AT + 17] = lay.boot() + b"\0"
        self._forget_uncommitted()
        shape = self.layout
        self._frequencies = np.frombuffer(self._map, np.uint32, lay.FREQUENCIES, shape.frequencies_at)
        self._lists = self._rows(shape.buckets, lay.LIST_BYTES // 4, shape.lists_at)
        self._long = self._rows(lay.LONG_LISTS, lay.LONG_BYTES // 4, shape.long_lists_at)
        self._numbers = self._rows(shape.number_buckets, lay.SLOTS, shape.numbers_at)
        self._scrubbed = 0

    def _forget_uncommitted(self) -> None:
        """Empty what a killed writer put in after its last commit: that stretch is done again, and done whole."""
        identity = self._next
        while self._identity_at(identity) == identity:
            self._empty(identity)
            identity += 1

    def _identity_at(self, identity: int) -> int:
        """Whose record lies in the place of that identity; 0 where it is empty."""
        at = self.layout.record_at(identity)
        return int.from_bytes(self._map[at + 40 : at + 44], "little")

    def _rows(self, count: int, length: int, at: int) -> Numbers:
        return np.frombuffer(self._map, np.uint32, count * length, at).reshape(count, length)

    # -- what is in it ------------------------------------------------------------------------------------------

    @property
    def texts(self) -> int:
        """How many texts were ever put in: what the frequencies are relative to."""
        return int(struct.unpack_from("<Q", self._map, lay.TEXTS_AT)[0])

    @property
    def next_id(self) -> int:
        """The identity of the record written next."""
        return self._next

    def sound(self, identity: int) -> bool:
        """Whether the record in that place is empty or whole."""
        at = self.layout.record_at(identity)
        body = self._map[at : at + lay.RECORD.itemsize]
        return not any(body[lay.ID_FIELD]) or lay.whole(body)

    def scrub(self, count: int) -> bool:
        """Look at the next ``count`` places of the ring, over and over; False where one is corrupt."""
        filled = min(self._next, self.layout.records)
        good = True
        for _ in range(min(count, filled)):
            self._scrubbed = (self._scrubbed + 1) % filled
            good = good and self.sound(self._scrubbed)
        return good

    def has(self, no: str) -> bool:
        """Whether the case is in the index."""
        return self._find(no) is not None

    def _find(self, no: str) -> int | None:
        """The identity of the record of a case."""
        name = no.encode("ascii", "replace")[:40]
        for identity in self._numbers[self._bucket(no)].tolist():
            if identity:
                at = self.layout.record_at(identity)
                same = self._map[at : at + 40].rstrip(b"\0") == name
                if same and self._identity_at(identity) == identity:
                    return int(identity)
        return None

    def _bucket(self, no: str) -> int:
        return number_of(no, 62) % self.layout.number_buckets

    # -- writing ------------------------------------------------------------------------------------------------

    def put(self, entry: Entry) -> None:
        """Take a case in, or take its newer text in its place."""
        known = self._find(entry.no)
        if known is not None:
            self._empty(known)
        weighed = weigh(self._read(entry.text), self._frequencies, self.texts, self._rarity)
        row = record(weighed, entry)
        identity = self._next
        # Never falls from one record to the next: that is what lets a reader find a window's first record.
        self._newest = max(self._newest, entry.received_ms)
        row["id"], row["newest_ms"] = identity, self._newest
        self._store(identity, row.tobytes())
        slots = frequency_slots(weighed.numbers)
        np.add.at(self._frequencies, slots, np.uint32(1))
        struct.pack_into("<Q", self._map, lay.TEXTS_AT, self.texts + 1)
        where = keys(weighed, int(row["caller"][0]), self.layout.buckets, ENTERED_PAIRS, ENTERED_LONG)
        self._enter(self._lists, where.short, identity)
        self._enter(self._long, where.long, identity)
        self._remember(entry.no, identity)
        self._next += 1

    @staticmethod
    def _enter(lists: Numbers, rows: npt.NDArray[np.intp], identity: int) -> None:
        """Add a case to lists: the oldest of a full one makes room. The first number of a list counts."""
        rows = np.unique(rows)
        counts = lists[rows, 0]
        lists[rows, 1 + counts % np.uint32(lists.shape[1] - 1)] = identity
        lists[rows, 0] = counts + np.uint32(1)

    def update(
        self, no: str, *, is_open: bool, town: str, caller: str, matters: Mapping[str, float] | None
    ) -> None:
        """Note what became of a case whose text stands; a case that is not there is left so. No ``matters``: as known."""
        identity = self._find(no)
        if identity is None:
            return
        at = self.layout.record_at(identity)
        before = self._map[at : at + lay.RECORD.itemsize]
        row = np.frombuffer(before, lay.RECORD).copy()
        describe(row, is_open=is_open, town=town, caller=caller, matters=matters)
        body = row.tobytes()
        if lay.sealed(body) != before:
            self._store(identity, body)

    def remove(self, no: str) -> None:
        """Overwrite all that is kept of a case with zeros; a case that is not there is left so."""
        identity = self._find(no)
        if identity is not None:
            self._empty(identity)
            bucket = self._numbers[self._bucket(no)]
            bucket[bucket == identity] = 0

    def _store(self, identity: int, body: bytes) -> None:
        at = self.layout.record_at(identity)
        body = lay.sealed(body)
        self._map[at + 40 : at + 44] = b"\0\0\0\0"
        self._map[at : at + 40] = body[:40]
        self._map[at + 44 : at + lay.RECORD.itemsize] = body[44:]
        self._map[at + 40 : at + 44] = body[lay.ID_FIELD]

    def _empty(self, identity: int) -> None:
        at = self.layout.record_at(identity)
        self._map[at + 40 : at + 44] = b"\0\0\0\0"
        self._map[at : at + lay.RECORD.itemsize] = bytes(lay.RECORD.itemsize)

    def _remember(self, no: str, identity: int) -> None:
        bucket = self._numbers[self._bucket(no)]
        # The oldest gives way; identities only grow, so an empty place counts as oldest.
        bucket[int(bucket.argmin())] = identity

    def commit(self, position: int, mark: bytes) -> None:
        """The log was followed up to ``position``; ``mark`` (at most 32 bytes) tells its entry from any other's."""
        old = self.cursor
        new = Cursor(old.generation + 1, position, self._next, self._newest, mark)
        at, body = lay.pack_cursor(new)
        self._map[at : at + len(body)] = body
        self.cursor = new

    def relax(self) -> None:
        """Give the pages back to the system's cache: the writer's memory does not grow with the file."""
        with contextlib.suppress(OSError, AttributeError, ValueError):
            self._map.madvise(mmap.MADV_DONTNEED)

    def publish(self) -> None:
        """Let a new file take the place of the old one, at once for whoever opens it from now on."""
        if self._draft is not None:
            os.fsync(
                self._fd
            )  # also what was written through the map, and unlike the map's own it lets others work
            os.replace(self._draft, self.path)
            self._draft = None

    def close(self) -> None:
        """Write everything out, mark the file as clean and let the lock go. A draft is thrown away."""
        if self._fd < 0:
            return
        if self._draft is None:
            os.fsync(self._fd)
            self._map[lay.BOOT_AT + 16] = 1
            os.fsync(self._fd)
        else:
            self._draft.unlink(missing_ok=True)
        del self._frequencies, self._lists, self._long, self._numbers
        with contextlib.suppress(BufferError):
            self._map.close()
        os.close(self._fd)
        os.close(self._lock)
        self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
