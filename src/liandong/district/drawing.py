"""The schematic map of a district and the settings of its figures: read from ``map.toml`` and ``figures.toml``, loaded
with the pack, asked by the pages.

They are apart from ``Pack``: no rule asks them, so a tile that moves must not change the policy that stands on every
event. A pack without a map is a sound pack: its pages show the table alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from . import models as m
from .errors import PackError, Problem
from .pack import Pack
from .parts import unique
from .reader import Tables, read_file
from .schema import TEXT, WHOLE, Kind, Table, one_of

MAP_FILE, SETTINGS_FILE = "map.toml", "figures.toml"
SIDE = 30
"""Rows and columns a map may have: beyond that nobody reads the names in its tiles."""
_PLACE = Kind(f"应为 0 到 {SIDE - 1} 的整数", lambda v: WHOLE.test(v) and 0 <= v < SIDE)
_COUNT = Kind("应为不小于 1 的整数", lambda v: WHOLE.test(v) and v >= 1)
_SETTINGS = ("minimum_sample",)
_MAP = {
    "map": Table({"source": TEXT, "note": TEXT}, many=False),
    "tile": Table({"township": TEXT, "row": _PLACE, "column": _PLACE}),
}
_FIGURES = {"setting": Table({"key": one_of(*_SETTINGS), "value": _COUNT, "source": TEXT, "clause": TEXT})}


class Tile(NamedTuple):
    """Where a township lies on the schematic map; row 0 is the north, column 0 the west."""

    township: str
    row: int
    column: int
    source: str


class Setting(NamedTuple):
    """A number that figures are judged by, and where it comes from."""

    key: str
    value: int
    source: str
    clause: str


class Drawing(NamedTuple):
    """What the two files say."""

    tiles: tuple[Tile, ...]
    settings: tuple[Setting, ...]


def read(directory: Path | str, pack: Pack) -> Drawing:
    """Read both files beside ``pack``; a file that is not there says nothing. Raises PackError naming every fault."""
    base, problems = Path(directory), list[Problem]()
    tiles: tuple[Tile, ...] = ()
    if (base / MAP_FILE).exists():
        tiles = _tiles(read_file(base, MAP_FILE, _MAP, problems), pack)
    settings: tuple[Setting, ...] = ()
    if (base / SETTINGS_FILE).exists():
        rows = read_file(base, SETTINGS_FILE, _FIGURES, problems)["setting"]
        unique(rows, "key", "统计设置")
        settings = tuple(Setting(r["key"], r["value"], r["source"], r["clause"]) for r in rows)
    if problems:
        raise PackError(problems)
    return Drawing(tiles, settings)


def _tiles(tables: Tables, pack: Pack) -> tuple[Tile, ...]:
    """Every township of the pack stands on the map, once, and no two in one place."""
    rows = tables["tile"]
    unique(rows, "township", "示意图上的街镇")
    known = {town.code for town in pack.townships}
    places: dict[tuple[int, int], str] = {}
    for row in rows:
        if row["township"] not in known:
            row.wrong("township", f"街镇代码 {row['township']} 不在 townships.toml 中")
        first = places.setdefault((row["row"], row["column"]), row["township"])
        if first != row["township"]:
            row.wrong("row", f"第 {row['row']} 行第 {row['column']} 列已放了 {first}，请换一格")
    placed = {row["township"] for row in rows} | tables.named("township")
    missing = [town for town in pack.townships if town.code not in placed]
    heads = tables["map"]
    if missing and heads:
        names = "、".join(f"{town.name}（{town.code}）" for town in missing)
        heads[0].wrong(None, f"示意图上缺少街镇：{names}")
    source = heads[0]["source"] if heads else ""
    return tuple(Tile(row["township"], row["row"], row["column"], source) for row in rows)


def replace(drawing: Drawing) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.MapTile.objects.all().delete()
    m.MapTile.objects.bulk_create([m.MapTile(**tile._asdict()) for tile in drawing.tiles])
    m.FigureSetting.objects.all().delete()
    m.FigureSetting.objects.bulk_create([m.FigureSetting(**one._asdict()) for one in drawing.settings])


def tiles() -> tuple[Tile, ...]:
    """The map in force, from north-west to south-east; nothing where the pack has none."""
    found = m.MapTile.objects.order_by("row", "column").values_list("township", "row", "column", "source")
    return tuple(Tile(*row) for row in found)


def minimum_sample() -> Setting | None:
    """The fewest cases behind a rate that is judged; None where the pack sets none."""
    row = (
        m.FigureSetting.objects.filter(key="minimum_sample")
        .values_list("key", "value", "source", "clause")
        .first()
    )
    return Setting(*row) if row else None
