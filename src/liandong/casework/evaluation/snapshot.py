"""One frozen evaluation as it is stored: its numbers, settings and rows, read when they are asked for."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from liandong.district.measuring import GO_LIVE, Measuring, People, Setting

from .. import rows
from . import frozen
from .definitions import METRICS
from .values import Result, Table

GROUPED = ("unit", "township")
"""Tables a snapshot holds."""


@dataclass(frozen=True)
class Snapshot:
    """One frozen evaluation. ``id`` is what papers cite; ``predecessor`` the snapshot this one revises ("" for none)."""

    id: str
    kind: str
    name: str
    start_ms: int
    end_ms: int
    revision: int
    predecessor: str
    reason: str
    at_ms: int
    by: str
    policy: str
    definitions: str
    position: int
    settings: str
    results: bytes
    hash: str
    algo: str

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Results by ``by`` (unit, township), each with the whole under ""."""
        read = json.loads(zlib.decompress(self.results))
        return {
            by: {key: {code: Result(**one) for code, one in found.items()} for key, found in table.items()}
            for by, table in read.items()
        }

    def table(self, by: str = "") -> Table:
        """The results as ``evaluate`` gave them."""
        if by:
            return self.tables[by]
        return {"": self.tables[GROUPED[0]][""]}

    @cached_property
    def measuring(self) -> Measuring:
        """Weights, thresholds and inhabitants as they stood."""
        read = json.loads(self.settings)
        given = {
            key: Setting(key, date.fromisoformat(value) if key == GO_LIVE else value, source, clause)
            for key, value, source, clause in read["settings"]
        }
        people = tuple(
            People(
                town,
                count,
                date.fromisoformat(begin),
                date.fromisoformat(end) if end else None,
                source,
                clause,
            )
            for town, count, begin, end, source, clause in read["inhabitants"]
        )
        return Measuring(given, people, read["fewest"])

    @cached_property
    def rows(self) -> dict[str, list[frozen.Row]]:
        """The stored rows by kind. Raises ValueError where they cannot be read."""
        found = rows.ask("SELECT kind, data FROM casework_snapshot_rows WHERE snapshot = %s", [self.id])
        return {str(kind): frozen.unpack(data) for kind, data in found}

    def behind(self, code: str, part: str, *, key: str | None = None, by: str = "unit") -> list[frozen.Row]:
        """The exact rows behind one of its numbers."""
        return frozen.behind(self.rows, METRICS[code], part, key, by)
