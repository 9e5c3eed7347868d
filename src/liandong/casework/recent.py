"""The latest cases as texts, for trying out a changed duty (R22): what would be suggested otherwise, what is open under it.

For the machine alone, like ``outcomes``: texts leave here stripped of persons, without their numbers, and are counted,
never shown. Complaints about police (R19) are left out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from . import outcomes, rows

ENDED = ("closed", "archived")
BATCH = 200


class Recent(NamedTuple):
    """One case: what was said, where, and how it stands."""

    text: str
    township: str
    state: str
    lead_unit: str
    matter: str


class OpenUnder(NamedTuple):
    """How many open cases a unit leads under a matter."""

    matter: str
    unit: str
    cases: int


def open_cases(limit: int) -> list[Recent]:
    """The latest open cases, the newest first, at most ``limit``."""
    return _latest("c.is_open", (), limit)


def ended_cases(limit: int) -> list[Recent]:
    """The latest ended cases, the newest first, at most ``limit``."""
    marks = ", ".join(["%s"] * len(ENDED))
    return _latest(f"c.state IN ({marks})", ENDED, limit)


def _latest(which: str, values: tuple[str, ...], limit: int) -> list[Recent]:
    found = rows.ask(
        "SELECT c.no, c.township, c.state, c.lead_unit, c.matter FROM casework_case c "
        f"WHERE {which} AND NOT c.restricted ORDER BY c.received_ms DESC, c.no DESC LIMIT %s",
        [*values, limit],
    )
    said: dict[str, str] = {}
    for start in range(0, len(found), BATCH):
        said |= outcomes.said_in([row[0] for row in found[start : start + BATCH]])
    return [
        Recent(said[no], town or "", state, unit or "", matter or "")
        for no, town, state, unit, matter in found
        if said.get(no)
    ]


def open_under(matters: Collection[str], units: Collection[str] = ()) -> list[OpenUnder]:
    """Open cases under these matters or led by these units, counted by matter and unit: the work is one look at what is
    open. Only numbers, so they may be shown to those who see no case (sysadmin)."""
    conditions, values = [], []
    for column, wanted in (("c.matter", matters), ("c.lead_unit", units)):
        if wanted:
            conditions.append(f"{column} IN ({', '.join(['%s'] * len(wanted))})")
            values += list(wanted)
    if not conditions:
        return []
    found = rows.ask(
        "SELECT c.matter, c.lead_unit, COUNT(*) FROM casework_case c "
        f"WHERE c.is_open AND NOT c.restricted AND c.lead_unit <> '' AND ({' OR '.join(conditions)}) "
        "GROUP BY c.matter, c.lead_unit ORDER BY 3 DESC, 1, 2",
        values,
    )
    return [OpenUnder(matter or "", unit, count) for matter, unit, count in found]
