"""Where everything lies in the index file, and how a process tells that the file is whole and meant for it.

    page 0        header (checksummed), two cursor slots (checksummed, written in turn), counters
    frequencies   how many texts held a number: what is rare counts
    lists         for a rare key its newest 31 cases: bounds the cost of a question, whatever the history
    long lists    for a character or a group of synonyms its newest 255 cases
    records       a ring of cases, each checksummed: the oldest make room
    numbers       where the record of a case number lies

The header and the frequencies are mapped into every process. Lists and records are read at their offsets from the same
pages of the system's cache: a few hundred bytes a question. Mapping them too would save 60 µs, but the kernel maps
megabytes around every touched page, and a reader would soon count the whole file as its own memory (measured: 640 MB
after fifty questions at a million cases), and would die of a truncated file instead of noticing it.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

VERSION = 1
MAGIC = b"LDALIKE1"
PAGE = 4096
FREQUENCIES = 1 << 20
LIST_BYTES = 128
LIST_LENGTH = LIST_BYTES // 4 - 1
"""Cases a list holds; its first number counts what was ever put into it."""
LONG_LISTS = 1 << 16
LONG_BYTES = 1024
LONG_LENGTH = LONG_BYTES // 4 - 1
"""Cases a long list holds: incidents told twice are mostly told within days."""
FEATURES = 128
SLOTS = 16
"""Places in a bucket of the numbers."""
RECORD = np.dtype(
    [
        ("no", "S40"),
        ("id", "<u4"),
        ("check", "<u4"),
        ("received_ms", "<i8"),
        ("newest_ms", "<i8"),
        ("caller", "<u8"),
        ("town", "<u4"),
        ("flags", "<u2"),
        ("count", "<u2"),
        ("weight", "<f4"),
        ("matters", "<u2", (4,)),
        ("shares", "<u1", (4,)),
        ("features", "<u2", (FEATURES,)),
    ]
)
OPEN = 1
"""Flag of a record: the case is not finished."""
_ID_AT, _CHECK_AT = 40, 44
_HEADER = struct.Struct("<8sIIIIIII16s16s16s")
_CURSOR = struct.Struct("<QQQQ32s")
_CURSORS = (512, 1024)
BOOT_AT, CLEAN_AT, TEXTS_AT = 2048, 2064, 2072


class Unusable(Exception):
    """The file is missing, of another version or store, truncated or corrupt: it has to be built again."""


class Cursor(NamedTuple):
    """How far the log was followed. ``next_id`` is the record written next, ``newest_ms`` the latest instant a case of
    the index was received, ``mark`` (32 bytes) tells the log's entry at ``position`` from any other's."""

    generation: int
    position: int
    next_id: int
    newest_ms: int
    mark: bytes


class Layout:
    """Offsets in bytes for a number of records and of short lists (``buckets``, a power of two)."""

    __slots__ = (
        "buckets", "lists_at", "long_lists_at", "number_buckets", "numbers_at", "records", "records_at", "size"
    )  # fmt: skip
    frequencies_at = PAGE

    def __init__(self, records: int, buckets: int) -> None:
        if records < 1 or buckets < 1 or buckets & (buckets - 1):
            raise ValueError("records from 1, buckets a power of two")
        self.records = records
        self.buckets = buckets
        self.lists_at = self.frequencies_at + 4 * FREQUENCIES
        self.long_lists_at = self.lists_at + LIST_BYTES * buckets
        self.records_at = self.long_lists_at + LONG_BYTES * LONG_LISTS
        # a quarter of the records, with 16 places each: full ones are as good as impossible
        self.number_buckets = max(16, records // 4)
        self.numbers_at = (self.records_at + RECORD.itemsize * records + PAGE - 1) // PAGE * PAGE
        self.size = self.numbers_at + 4 * SLOTS * self.number_buckets

    def record_at(self, identity: int) -> int:
        """Where the record of that identity lies (or lay, until a later one took its place)."""
        return self.records_at + identity % self.records * RECORD.itemsize


class Purpose(NamedTuple):
    """What a file must have been made for: the settings it depends on, the secret, the store whose log it follows."""

    settings: bytes
    secret: bytes
    store: bytes


def header(layout: Layout, purpose: Purpose) -> bytes:
    """The header of a new file."""
    body = _HEADER.pack(
        MAGIC,
        VERSION,
        layout.records,
        layout.buckets,
        LIST_BYTES,
        LONG_BYTES,
        RECORD.itemsize,
        FREQUENCIES,
        *_digests(purpose),
    )
    return body + struct.pack("<I", zlib.crc32(body))


def _digests(purpose: Purpose) -> tuple[bytes, bytes, bytes]:
    secret = hashlib.blake2b(b"secret" + purpose.secret, digest_size=16).digest()
    return purpose.settings[:16].ljust(16, b"\0"), secret, purpose.store[:16].ljust(16, b"\0")


def require(fd: int, layout: Layout, purpose: Purpose) -> None:
    """Raise Unusable unless the open file is whole and made for this."""
    wanted = header(layout, purpose)
    if os.fstat(fd).st_size != layout.size:
        raise Unusable("the file is not as long as it has to be")
    if os.pread(fd, len(wanted), 0) != wanted:
        raise Unusable("the header is of another version, store, secret or setting, or corrupt")


def pack_cursor(cursor: Cursor) -> tuple[int, bytes]:
    """Where a cursor is written (the slots take turns: one is always whole) and its bytes."""
    body = _CURSOR.pack(*cursor[:4], cursor.mark[:32].ljust(32, b"\0"))
    return _CURSORS[cursor.generation % 2], body + struct.pack("<I", zlib.crc32(body))


def read_cursor(head: bytes | mmap.mmap) -> Cursor:
    """The newest whole cursor. Raises Unusable when neither slot is."""
    found = []
    for at in _CURSORS:
        body = bytes(head[at : at + _CURSOR.size])
        (check,) = struct.unpack("<I", head[at + _CURSOR.size : at + _CURSOR.size + 4])
        if check == zlib.crc32(body):
            generation, position, next_id, newest_ms, mark = _CURSOR.unpack(body)
            found.append(Cursor(generation, position, next_id, newest_ms, mark))
    if not found:
        raise Unusable("no cursor is whole")
    return max(found)


def checksum(record: bytes) -> int:
    """The checksum of a record's bytes: over all but the checksum itself."""
    return zlib.crc32(record[_CHECK_AT + 4 :], zlib.crc32(record[:_CHECK_AT]))


def whole(record: bytes) -> bool:
    """Whether a record's bytes are what was written."""
    return checksum(record) == int.from_bytes(record[_CHECK_AT : _CHECK_AT + 4], "little")


def sealed(record: bytes) -> bytes:
    """The record with its checksum."""
    return record[:_CHECK_AT] + checksum(record).to_bytes(4, "little") + record[_CHECK_AT + 4 :]


ID_FIELD = slice(_ID_AT, _ID_AT + 4)
"""Where the identity lies in a record: written last, cleared first, so that nobody takes half a record for a whole."""


def boot() -> bytes:
    """What names this start of the machine: after another one, pages that were never written out are missing."""
    try:
        return (
            Path("/proc/sys/kernel/random/boot_id")
            .read_bytes()
            .strip()
            .replace(b"-", b"")[:16]
            .ljust(16, b"-")
        )
    except OSError:
        return b"unknown machine-"
