"""The writer of the index of texts: follows the log in commit order, or builds the index again, a stretch at a time.

A case is taken in as it stands when its event is read, so doing a stretch twice changes nothing. What is finished for
good (archived, merged, voided, withdrawn) leaves the index, long before its texts are erased by the retention schedule.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Mapping

from liandong.casework import rows
from liandong.rules.codes import TERMINAL
from liandong.triage.pack import RoutingPackError
from liandong.triage.similar import Locked, Unusable, Writer

from . import similar
from .similar import Setup, Stored

log = logging.getLogger("liandong.similar")

STRETCH = 200
"""Events, or cases of a rebuild, of one step."""
SCRUBBED = 64
"""Records whose checksum is looked at in one step: over time all."""
ROOM = 256 * 1024 * 1024
"""Bytes that have to be free on the disc: a page written through a map to a full one would kill the worker."""
TEXT_CHANGES = frozenset(("amend",))
"""Events after which a case's words may be others."""


class Follower:
    """One worker's hold on the index. ``step`` until it gives 0, then rest; ``close`` at the end."""

    def __init__(self) -> None:
        self._writer: Writer | None = None
        self._setup: Setup | None = None
        self._building: tuple[int, str] | None = None
        self._begun_at = (0, b"")

    def step(self, limit: int = STRETCH) -> int:
        """Do one stretch; how many events or cases it held: 0 when nothing is new, or another process writes.

        The index may lag behind the log by a rest of the worker and one step: well under 2 seconds. Raises OSError
        (ENOSPC) while the disc is nearly full: then the index stands still and the newest cases are compared without it.
        """
        known = similar.setup()
        if self._setup is not None and self._setup is not known:
            self.close()  # the pack was edited: the index has other words now
        self._setup = known
        if self._writer is None and not self._open(known):
            return 0
        assert self._writer is not None
        if shutil.disk_usage(known.path.parent).free < ROOM:
            raise OSError(errno.ENOSPC, "no room for the index of texts", str(known.path.parent))
        try:
            done = self._build(self._writer, limit) if self._building else self._follow(self._writer, limit)
        except Unusable as error:
            log.warning("index of texts: %s; building it again", error)
            self.close()
            return int(self._begin(known))
        self._writer.relax()
        return done

    def close(self) -> None:
        """Leave the file whole and let another worker write it."""
        if self._writer is not None:
            self._writer.close()
        self._writer, self._building = None, None

    # -- opening ------------------------------------------------------------------------------------------------

    def _open(self, known: Setup) -> bool:
        try:
            self._writer = _writer(known, new=False)
        except Locked:
            return False
        except Unusable as error:
            log.info("index of texts: %s; building it", error)
            return self._begin(known)
        return True

    def _begin(self, known: Setup) -> bool:
        """A new file, not yet in place. Where the log stands now is where following goes on once it is."""
        try:
            self._writer = _writer(known, new=True)
        except Locked:
            return False
        self._begun_at = _tail()
        self._building = (-(2**62), "")
        return True

    # -- one stretch --------------------------------------------------------------------------------------------

    def _build(self, writer: Writer, limit: int) -> int:
        assert self._building is not None
        found = similar.page(self._building, limit)
        for case in found:
            _take(writer, case)
        if len(found) == limit:
            self._building = (found[-1].received_ms, found[-1].no)
            return limit
        writer.commit(*self._begun_at)
        writer.publish()
        self._building = None
        return len(found) + 1

    def _follow(self, writer: Writer, limit: int) -> int:
        cursor = writer.cursor
        found = rows.ask(
            "SELECT position, case_no, type, hash FROM casework_event WHERE position >= %s ORDER BY position LIMIT %s",
            [cursor.position, limit + 1],
        )
        if cursor.position:
            # The entry that was read last must still be there and the same: else this is another log (a restored backup).
            if not found or found[0][0] != cursor.position or _mark(found[0][3]) != cursor.mark:
                raise Unusable("the index follows another log")
            found = found[1:]
        if not found:
            if not writer.scrub(SCRUBBED):
                raise Unusable("a record does not match its checksum")
            return 0
        changed: dict[str, bool] = {}
        for _, no, kind, _ in found:
            changed[no] = changed.get(no, False) or kind in TEXT_CHANGES
        now = similar.cases(list(changed))
        for no, reworded in changed.items():
            case = now.get(no)
            if case is None or case.state in TERMINAL or case.text is None:
                writer.remove(no)
            elif reworded or not writer.has(no):
                _take(writer, case)
            else:
                entry = case.entry()
                writer.update(
                    no, is_open=entry.is_open, town=entry.town, caller=entry.caller, matters=entry.matters
                )
        writer.commit(int(found[-1][0]), _mark(found[-1][3]))
        return len(found)


def _take(writer: Writer, case: Stored) -> None:
    if case.text is not None and case.state not in TERMINAL:
        writer.put(case.entry(None if case.lead_unit else _guess(case.text)))


def _guess(text: str) -> Mapping[str, float] | None:
    """Whose a case without a unit probably is, as routing sees it; None while routing cannot say."""
    from .routing import router

    try:
        return similar.guesses(router().route(text)["suggestions"])
    except RoutingPackError:
        return None


def _writer(known: Setup, *, new: bool) -> Writer:
    return Writer(known.path, known.layout, known.purpose, known.read, known.settings.alike.rarity, new=new)


def _mark(hash_: str) -> bytes:
    """What tells one entry of the log from another: the link of its chain."""
    return bytes.fromhex(hash_)[:32].ljust(32, b"\0")


def _tail() -> tuple[int, bytes]:
    """Position and mark of the log's last entry."""
    row = rows.one("SELECT position, hash FROM casework_event ORDER BY position DESC LIMIT 1")
    return (int(row[0]), _mark(row[1])) if row else (0, b"")
