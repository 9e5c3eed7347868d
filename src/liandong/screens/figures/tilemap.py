"""The schematic map: one tile a township, shaded in five steps by pattern and number, each tile a way to its cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from liandong.casework.figures import NOWHERE
from liandong.district.drawing import Tile
from liandong.rules.policy import Policy, Township

from .parts import Links
from .sheet import NOTHING, Sheet
from .showing import STEPS, Rate, step_of, steps
from .words import COUNTS, MAPS, WORDS

WIDTH, HEIGHT, GAP = 92, 66, 6
_ENDINGS = ("街道", "镇", "乡")


def short(name: str) -> str:
    """A township's name without what all of them end in: a tile is small, its title says the whole."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


def drawn(sheet: Sheet, tiles: Sequence[Tile], policy: Policy, fewest: int, links: Links) -> dict[str, Any]:
    """Tiles, legend and the same as a table; townships of ours that have no tile stand in the table alone."""
    chosen = sheet.asked.map
    towns = {town.code: town for town in policy.townships.values()}
    rates = {
        code: Rate(entry.get(chosen, NOTHING), chosen in COUNTS or entry.get(chosen, NOTHING).among >= fewest)
        for code, entry in sheet.by_township.items()
    }
    values = {code: value for code, rate in rates.items() if (value := _value(chosen, rate)) is not None}
    bounds = steps([value for code, value in values.items() if value > 0 and towns.get(code, _NOWHERE).ours])
    rows = [
        _row(
            town,
            chosen,
            rates.get(town.code, Rate(NOTHING, chosen in COUNTS)),
            values.get(town.code),
            bounds,
            links,
        )
        for town in sorted(towns.values(), key=lambda town: town.code)
        if town.ours or town.code in rates
    ]
    unknown = rates.get("")
    if unknown is not None and unknown.count.among:
        rows.append(_row(Township(NOWHERE, _("地点不详")), chosen, unknown, values.get(""), bounds, links))
    known = {row["code"]: row for row in rows}
    return {
        "tiles": [_tile(tile, towns[tile.township], known) for tile in tiles if tile.township in towns],
        "width": (max((tile.column for tile in tiles), default=0) + 1) * WIDTH,
        "height": (max((tile.row for tile in tiles), default=0) + 1) * HEIGHT,
        "box": (WIDTH - GAP, HEIGHT - GAP),
        "source": tiles[0].source if tiles else "",
        "legend": _legend(chosen, bounds),
        "rows": sorted(rows, key=lambda row: (row["order"] is None, -(row["order"] or 0), row["code"])),
        "unknown": known.get(NOWHERE),
        "choices": [(code, WORDS[code].name) for code in MAPS],
        "chosen": chosen,
        "name": WORDS[chosen].name,
        "rate": chosen not in (*COUNTS, "overdue"),
    }


_NOWHERE = Township("", "", ours=False)


def _value(chosen: str, rate: Rate) -> float | None:
    """What shades a tile: a number, or a rate in percent where enough cases stand behind it."""
    if chosen in COUNTS:
        return rate.count.among
    if chosen == "overdue":
        return rate.count.right
    return 100 * rate.share if rate.enough and rate.share is not None else None


def _said(chosen: str, value: float | None) -> str:
    if value is None:
        return _("样本不足")
    return f"{value:.0f}" if chosen in (*COUNTS, "overdue") else f"{value:.1f}%"


def _row(
    town: Township, chosen: str, rate: Rate, value: float | None, bounds: Sequence[float], links: Links
) -> dict[str, Any]:
    value = 0 if value is None and chosen in (*COUNTS, "overdue") else value
    part = "right" if chosen == "overdue" else "among"
    counted = rate.count.right if chosen == "overdue" else rate.count.among
    return {
        "code": town.code,
        "name": town.name,
        "ours": town.ours,
        "rate": rate,
        "order": value,
        "said": _said(chosen, value),
        "step": step_of(value, bounds) if value and bounds else 0,
        "few": value is None,
        "url": links(chosen, part, township=town.code) if counted else "",
    }


def _tile(tile: Tile, town: Township, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    row = known.get(town.code)
    return {
        "x": tile.column * WIDTH + GAP // 2,
        "y": tile.row * HEIGHT + GAP // 2,
        "short": short(town.name),
        "name": town.name,
        "ours": town.ours,
        "row": row,
        "said": "—" if row is None or row["few"] else row["said"],
        "step": row["step"] if row else 0,
        "url": row["url"] if row else "",
    }


def _legend(chosen: str, bounds: Sequence[float]) -> list[tuple[int, str]]:
    """The steps from the lightest to the darkest with their range."""
    made, low = [], None
    for bound in bounds:
        text = _said(chosen, bound)
        made.append(
            (
                step_of(bound, bounds),
                text if low is None else _("大于 {low}，至 {high}").format(low=low, high=text),
            )
        )
        low = text
    if made:
        made[0] = (made[0][0], _("至 {high}").format(high=made[0][1]))
    return made[:STEPS]
