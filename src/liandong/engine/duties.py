"""From the district's tables to what the router asks: who answers for each matter on a day."""

from __future__ import annotations

from datetime import date

from liandong.district.pack import Pack
from liandong.district.values import UnitRow, in_force
from liandong.triage.duties import NOBODY, Duties


def of(pack: Pack, day: date) -> Duties:
    """The duties of ``pack`` on ``day``. A matter that has ended is nobody's; an ended unit's heir is its first successor."""
    day = max(day, pack.valid_from)
    units = {
        code: matter.unit if in_force(matter, day) else NOBODY
        for code, matter in pack.matters_on(day).items()
    }
    names = {unit.code: unit.name_at(day) for unit in pack.units if in_force(unit, day)}
    ended = [unit for unit in pack.units if unit.valid_to is not None and unit.valid_to <= day]
    heirs = {unit.code: heir(pack, unit, day) for unit in ended}
    return Duties(
        {code: heirs.get(unit, unit) for code, unit in units.items()},
        {**names, **{row.code: row.name for row in pack.classes if row.code == NOBODY}},
        heirs,
    )


def heir(pack: Pack, unit: UnitRow, day: date) -> str:
    """Who carries on a unit's work on ``day``: the first successor in force, over several steps; QT where there is none."""
    ahead, seen = list(unit.successors), {unit.code}
    while ahead:
        code = ahead.pop(0)
        if code in seen or code not in pack.unit_by_code:
            continue
        seen.add(code)
        found = pack.unit_by_code[code]
        if in_force(found, day):
            return code
        ahead += found.successors
    return NOBODY
