"""Which cases tell of the same incident: one question to the index, whatever the number of cases in it.

Some sixty lists of at most 31 or 255 cases say who shares something rare with the text; the forty-eight that share most
are read whole and compared; caller, place, matter and time then move the score. That is all a question ever reads.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import layout as lay
from .compare import HOUR_MS, Comparison, Match, Question, Raw, Rows
from .layout import Cursor, Layout, Purpose, Unusable
from .settings import Alike
from .sheet import Entry, Weighed, caller_number, keys, record, weigh
from .text import Numbers, TextReader, Weights

ASKED_PAIRS, ASKED_LONG = 20, 12
"""Pairs of neighbours, and characters and groups, of a question that are looked up: its rarest."""
COMPARED = 48
"""Cases that are read whole."""
SUMMED = 1 << 15
"""Places for the sums of what lists say about cases."""


class Work(NamedTuple):
    """What one question read: lists, records in them, records compared."""

    lists: int
    entries: int
    records: int


class Reader:
    """Answers questions. Opening reads a few hundred bytes; safe to share between threads."""

    def __init__(self, path: Path, layout: Layout, purpose: Purpose, read: TextReader, alike: Alike) -> None:
        """Raises Unusable where the file is missing, made for something else, truncated or corrupt."""
        self.layout = layout
        self.purpose = purpose
        self.alike = alike
        self.work = Work(0, 0, 0)
        self._read = read
        self._compare = Comparison(alike)
        self._known_first = (0, 0)
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Unusable(f"the file cannot be opened ({error.strerror})") from error
        try:
            lay.require(self._fd, layout, purpose)
            self._head = mmap.mmap(self._fd, layout.lists_at, prot=mmap.PROT_READ)
            self.cursor()
        except BaseException:
            os.close(self._fd)
            self._fd = -1
            raise
        self._frequencies = np.frombuffer(self._head, np.uint32, lay.FREQUENCIES, layout.frequencies_at)

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def alive(self) -> bool:
        """False once another file took this one's place, or somebody cut it: open again."""
        found = os.fstat(self._fd)
        return found.st_nlink > 0 and found.st_size == self.layout.size

    def serves(self, layout: Layout, purpose: Purpose) -> bool:
        """Whether this is the index of that shape and purpose."""
        return self.layout is layout and self.purpose == purpose

    def cursor(self) -> Cursor:
        """How far the log is in the index. Raises Unusable."""
        return lay.read_cursor(self._head)

    @property
    def texts(self) -> int:
        """How many texts the frequencies were counted in."""
        return int(struct.unpack_from("<Q", self._head, lay.TEXTS_AT)[0])

    # -- the question -------------------------------------------------------------------------------------------

    def find(self, question: Question, fresh: Sequence[Entry] = ()) -> list[Match]:
        """The cases most like the question, best first, none below ``shown_from``.

        ``fresh`` are cases the index does not hold yet: they are compared as they stand, in place of older records of
        theirs. Raises Unusable when the file is not whole any more.
        """
        if not self.alive:
            raise Unusable("another file has taken this one's place")
        weighed = self._weigh(question.text)
        rows, raw = self._candidates(question, weighed)
        new = {entry.no: entry for entry in fresh}
        if new:
            names = [no.encode("ascii", "replace")[:40] for no in new]
            keep = ~np.isin(rows["no"], names)
            rows = rows[keep]
            raw = Raw(
                raw.body, [place for place, kept in zip(raw.places, keep.tolist(), strict=True) if kept]
            )
            rows = np.concatenate([rows, *(record(self._weigh(entry.text), entry) for entry in new.values())])
        return self._compare(question, weighed, rows, raw)

    def _weigh(self, text: str) -> Weighed:
        return weigh(self._read(text), self._frequencies, self.texts, self.alike.rarity)

    def _candidates(self, question: Question, weighed: Weighed) -> tuple[Rows, Raw]:
        """The records that share most of what is rare, and their bytes."""
        where = keys(weighed, caller_number(question.caller), self.layout.buckets, ASKED_PAIRS, ASKED_LONG)
        short = self._lists(where.short, self.layout.lists_at, lay.LIST_BYTES)
        long = self._lists(where.long, self.layout.long_lists_at, lay.LONG_BYTES)
        best = self._best(short, where.short_worth, long, where.long_worth, self._first(question.since_ms))
        fd, size = self._fd, lay.RECORD.itemsize
        ring, start = self.layout.records, self.layout.records_at
        body = b"".join([os.pread(fd, size, start + one % ring * size) for one in best])
        self.work = Work(len(short) + len(long), short.size + long.size, len(best))
        rows = np.frombuffer(body, lay.RECORD)
        # A list may name a case that made room since, or left: its place says so.
        there = np.flatnonzero(rows["id"] == np.array(best, dtype=np.uint32))
        return rows if len(there) == len(rows) else rows[there], Raw(body, there.tolist())

    def _lists(self, rows: npt.NDArray[np.intp], start: int, size: int) -> Numbers:
        """Whole lists, without the count at their head."""
        read = [os.pread(self._fd, size, start + size * row) for row in rows.tolist()]
        return np.frombuffer(b"".join(read), np.uint32).reshape(len(read), size // 4)[:, 1:]

    @staticmethod
    def _best(
        short: Numbers, short_worth: Weights, long: Numbers, long_worth: Weights, first: int
    ) -> list[int]:
        """The identities whose lists add up to most, in no order."""
        entries = np.concatenate((short.ravel(), long.ravel()))
        worth = np.concatenate((np.repeat(short_worth, short.shape[1]), np.repeat(long_worth, long.shape[1])))
        there = entries >= max(first, 1)
        entries, worth = entries[there], worth[there]
        if len(entries) == 0:
            return []
        # Summed by the low bits: none of the newest 32 thousand share them; of older ones that do one is taken for both.
        places = (entries & np.uint32(SUMMED - 1)).astype(np.intp)
        sums = np.bincount(places, weights=worth)
        one_of = np.zeros(len(sums), dtype=np.uint32)
        one_of[places] = entries
        used = np.flatnonzero(one_of)
        if len(used) > COMPARED:
            used = used[np.argpartition(sums[used], len(used) - COMPARED)[-COMPARED:]]
        found: list[int] = one_of[used].tolist()
        return found

    def _first(self, since_ms: int) -> int:
        """An identity before which nothing was received since an instant: some twenty records are looked at."""
        high = self.cursor().next_id
        low = max(1, high - self.layout.records)
        if since_ms <= 0:
            return low
        hour = since_ms // HOUR_MS
        known = self._known_first
        if known[0] == hour:
            return max(low, known[1])
        since_ms, end = hour * HOUR_MS, high
        while low < high:
            middle = (low + high) // 2
            newest = struct.unpack_from("<q", os.pread(self._fd, 64, self.layout.record_at(middle)), 56)[0]
            # An empty place says nothing: going on to the left can only take in more.
            if 0 < newest < since_ms:
                low = middle + 1
            else:
                high = middle
        if low < end:
            self._known_first = (hour, low)
        return low
