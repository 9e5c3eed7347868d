"""What an incident can be answered with: read from ``resources.toml``, loaded with the pack (R52, R53).

Key hospitals, vehicles, teams, equipment and partner channels (motorway enforcement, buses, railway) as effective-dated
data. What each does at this moment is no data of the pack: ``casework.resources`` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from . import library
from . import models as m
from .errors import PackError, Problem
from .pack import Pack
from .parts import known_unit, no_overlap
from .reader import Row, read_file
from .schema import CODE, DAY, MAYBE_TEXT, TEXT, WHOLE, YES_NO, Kind, Table, one_of

FILE = "resources.toml"
KINDS = ("hospital", "vehicle", "team", "equipment", "partner")
COUNTED = {"hospital": ("beds", "ambulances"), "team": ("people",), "vehicle": (), "equipment": ("pieces",)}
"""What of a resource is counted, by kind: how many there are, and at every moment how many are free."""
_COUNT = Kind("应为不小于 0 的整数", lambda v: WHOLE.test(v) and v >= 0)
_COUNTS = ("beds", "ambulances", "people", "pieces")
_OPTIONAL = ("to", "contact", "phone", "place", "shared", *_COUNTS)
SCHEMA = {
    "resource": Table(
        {
            "code": TEXT,
            "kind": one_of(*KINDS),
            "name": TEXT,
            "unit": CODE,
            "contact": MAYBE_TEXT,
            "phone": MAYBE_TEXT,
            "place": MAYBE_TEXT,
            "shared": YES_NO,
            **dict.fromkeys(_COUNTS, _COUNT),
            "source": TEXT,
            "clause": TEXT,
            "from": DAY,
            "to": DAY,
        },
        optional=frozenset(_OPTIONAL),
    )
}


class Resource(NamedTuple):
    """One resource; ``shared``: it may serve several incidents at once (a partner channel, a hospital)."""

    code: str
    kind: str
    name: str
    unit: str
    contact: str
    phone: str
    place: str
    capacity: Mapping[str, int]
    shared: bool
    source: str
    clause: str
    valid_from: date
    valid_to: date | None

    def in_force(self, day: date) -> bool:
        """From ``valid_from`` until the day before ``valid_to``."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class _Days:
    def __init__(self, row: Row) -> None:
        self.code, self.valid_from, self.valid_to = row["code"], row["from"], row.get("to")


def read(directory: Path | str, pack: Pack) -> tuple[Resource, ...]:
    """The rows of ``resources.toml`` beside ``pack``; none where there is no file. Raises PackError with every fault."""
    if not (Path(directory) / FILE).exists():
        return ()
    problems: list[Problem] = []
    rows = read_file(Path(directory), FILE, SCHEMA, problems)["resource"]
    no_overlap([(row, _Days(row)) for row in rows], lambda days: days.code, "资源编号")
    for row in rows:
        known_unit(row, "unit", row["unit"], pack.unit_by_code)
        for key in _COUNTS:
            if key in row.values and key not in COUNTED.get(row["kind"], ()):
                row.wrong(key, f"{row['kind']} 没有 {key} 这一项容量")
    if problems:
        raise PackError(problems)
    return tuple(_resource(row) for row in rows)


def _resource(row: Row) -> Resource:
    return Resource(
        row["code"],
        row["kind"],
        row["name"],
        row["unit"],
        row.get("contact", ""),
        row.get("phone", ""),
        row.get("place", ""),
        {key: row[key] for key in _COUNTS if key in row.values},
        row.get("shared", row["kind"] in ("hospital", "partner")),
        row["source"],
        row["clause"],
        row["from"],
        row.get("to"),
    )


def replace(rows: tuple[Resource, ...]) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.Resource.objects.all().delete()
    m.Resource.objects.bulk_create([m.Resource(**row._asdict()) for row in rows])
    library.changed()


def _build() -> tuple[Resource, ...]:
    found: list[dict[str, Any]] = list(m.Resource.objects.order_by("id").values(*Resource._fields))
    return tuple(Resource(**row) for row in found)


_memory = library.Memory(_build)


def in_force(day: date) -> dict[str, Resource]:
    """The resources in force on ``day`` by their code, in the order of the pack."""
    return {one.code: one for one in _memory.get() if one.in_force(day)}


def named() -> dict[str, Resource]:
    """Every resource there was, the newest row of each code: for the names in an old log."""
    return {one.code: one for one in _memory.get()}
