"""Who answers for a matter today, where that is no longer who answered when the pack was written and the model learned.

Judging stays as it was learned: a text is found to be about a matter. Then the share that a unit has for matters that
moved away from it goes to the unit that answers for them now (R22). So a moved duty needs no new training, and a model
trained before the move and one trained after it say the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .values import MatterName, RoutingPack

NOBODY = "QT"
LEAST = 1e-6
"""What stays with a unit all of whose matters moved away: no more than that."""


@dataclass(frozen=True, slots=True)
class Duties:
    """The duties of one day: ``units`` of matters by code (QT: nobody's any more), ``names`` of the units in force that
    day, ``heirs`` of units that have ended (an heir is in force)."""

    units: Mapping[str, str]
    names: Mapping[str, str]
    heirs: Mapping[str, str]

    def heir(self, unit: str) -> str:
        """The unit itself, or who carries on its work."""
        return self.heirs.get(unit, unit)


class Standing:
    """One day's duties against a pack: which matters moved, from whom to whom, and what everything is called now."""

    def __init__(self, pack: RoutingPack, duties: Duties) -> None:
        self.duties = duties
        self._pack = pack
        self.units: dict[str, str] = {code: self._unit(code) for code in {*pack.matters, *pack.named}}
        self.named: dict[str, MatterName] = {
            code: one
            if self.units[code] == one.unit
            else replace(
                one, unit=self.units[code], catalogue=None if self.units[code] == NOBODY else one.catalogue
            )
            for code, one in pack.named.items()
        }
        self.moved: dict[str, dict[str, str]] = {}
        for code, unit in sorted(self.units.items()):
            if unit != pack.unit_of(code):
                self.moved.setdefault(pack.unit_of(code), {})[code] = unit
        self.touched = frozenset(unit for moves in self.moved.values() for unit in moves.values()) | set(
            self.moved
        )
        self.names: dict[str, str] = {
            unit: name for unit, name in pack.unit_names.items() if unit not in duties.heirs
        } | dict(duties.names)

    def _unit(self, code: str) -> str:
        """Who answers for a matter now: as the duties say, else with the catalogue item it stands under (AMB19), else
        the heir of its unit."""
        pack, units = self._pack, self.duties.units
        was = pack.unit_of(code)
        if code in units:
            return units[code]
        named, terms = pack.named.get(code), pack.matters.get(code)
        under = named.catalogue if named else terms.catalogue if terms else None
        if under is not None and under in units and under in pack.named and pack.named[under].unit == was:
            return units[under]
        return self.duties.heir(was)

    @property
    def idle(self) -> bool:
        """Whether nothing moved and no unit ended: only names may differ."""
        return not self.moved and not self.duties.heirs

    def relocate(
        self, logits: Mapping[str, float], within: Callable[[str], Mapping[str, float]]
    ) -> dict[str, float]:
        """The logits with each unit's share for moved matters at the unit that answers for them now.

        ``within`` gives how likely each matter of a unit is, as a logit among that unit's matters.
        """
        made = dict(logits)
        for unit in sorted({*self.moved, *self.duties.heirs}):
            if unit not in logits:
                continue
            shares = _softmax(within(unit))
            gains: dict[str, float] = {}
            for code, taker in self.moved.get(unit, {}).items():
                gains[taker] = gains.get(taker, 0.0) + shares.get(code, 0.0)
            left = max(1.0 - sum(gains.values()), 0.0)
            if unit in self.duties.heirs:
                gains[self.duties.heirs[unit]] = gains.get(self.duties.heirs[unit], 0.0) + left
                left = 0.0
            made[unit] += math.log(max(left, LEAST))
            for taker, share in gains.items():
                if share > 0:
                    made[taker] = _together(made.get(taker), logits[unit] + math.log(share))
        for unit in self.duties.heirs:
            made.pop(unit, None)
        return made

    def ruled(self, unit: str, matter: str) -> str:
        """Whom a ruling of that unit on that matter points to now."""
        return self.moved.get(unit, {}).get(matter) or self.duties.heir(unit)


def _softmax(values: Mapping[str, float]) -> dict[str, float]:
    if not values:
        return {}
    top = max(values.values())
    mass = {code: math.exp(value - top) for code, value in values.items()}
    whole = sum(mass.values())
    return {code: value / whole for code, value in mass.items()}


def _together(one: float | None, other: float) -> float:
    """The logit of two shares that now belong to one unit."""
    if one is None:
        return other
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high))
