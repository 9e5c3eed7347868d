"""What a reader asked for, out of the address bar; and addresses that ask for a little more or less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from liandong.casework.figures import AGES, NOWHERE, Filters
from liandong.rules.policy import Policy
from liandong.screens.common import labels

from .periods import DEFAULT, Period, period_of
from .words import GROUP_OF, GROUPS, MAPS, RANKS

HOME, CASES = "/figures/", "/figures/cases"
LONG = 45
"""Days beyond which a trend has a point a week: more points than that nobody tells apart."""
KEPT = ("period", "from", "to", "group", "unit", "township", "matter", "kind", "class")
DRILLED = ("holder", "age", "hour")
"""What only the address of a list of cases carries."""
_OWN_DAYS = ("from", "to")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period and filters as a reader gave them; what is no value of the district was left out."""

    period: Period
    filters: Filters
    given: dict[str, str]
    map: str
    rank: str
    step: str

    def address(self, path: str = HOME, **changes: Any) -> str:
        """An address with the same question but for ``changes`` (None takes one away)."""
        kept = {**self.given, **{key: str(value) for key, value in changes.items() if value is not None}}
        kept = {key: value for key, value in kept.items() if changes.get(key, "") is not None and value != ""}
        if kept.get("period") != "custom":
            kept = {key: value for key, value in kept.items() if key not in _OWN_DAYS}
        return f"{path}?{urlencode(kept)}" if kept else path

    def cases(self, figure: str, part: str = "among", **changes: Any) -> str:
        """The address of the lines behind a number, as things stood when it was counted."""
        at = int(self.period.now.timestamp() * 1000)
        return self.address(CASES, figure=figure, part=part, at=at, **changes)


def group_of(policy: Policy, code: str) -> str:
    """The fair group of a unit."""
    unit = policy.units.get(code)
    return GROUP_OF.get(unit.kind if unit else "", "department")


def read(asked: Mapping[str, str], policy: Policy, now: datetime, *, drilled: bool = False) -> Asked:
    """The question in an address, at ``now``; ``drilled``: of a list of cases."""
    kept = (*KEPT, *DRILLED) if drilled else KEPT
    given = {key: asked[key].strip() for key in kept if asked.get(key, "").strip()}
    towns = {town.code for town in policy.townships.values()}
    known: dict[str, Any] = {
        "group": GROUPS, "unit": {*policy.units, NOWHERE}, "township": {*towns, NOWHERE},
        "matter": {*policy.matters, NOWHERE}, "kind": labels.KINDS, "class": {*labels.CLASSES, NOWHERE},
        "holder": {*policy.units, "desk", "duty_office", "police"},
        "age": {str(band) for band in range(len(AGES) + 1)}, "hour": {str(hour) for hour in range(168)},
    }  # fmt: skip
    given = {key: value for key, value in given.items() if key not in known or value in known[key]}
    units: tuple[str, ...] | None = None
    if "group" in given:
        units = tuple(sorted(code for code in policy.units if group_of(policy, code) == given["group"]))
    if "unit" in given:
        units = (given["unit"],)
        given.pop("group", None)
    filters = Filters(
        units=units,
        township=given.get("township", ""),
        matter=given.get("matter", ""),
        kind=given.get("kind", ""),
        case_class=given.get("class", ""),
        holder=given.get("holder", ""),
        age=int(given["age"]) if "age" in given else None,
        hour=int(given["hour"]) if "hour" in given else None,
    )
    period = period_of(given, now)
    if period.code == "custom":
        given |= {"period": "custom", "from": period.first.isoformat(), "to": period.last.isoformat()}
    elif period.code == DEFAULT:
        given.pop("period", None)
    for name, values in (("map", MAPS[1:]), ("rank", RANKS[1:]), ("step", ("day", "week"))):
        if asked.get(name) in values:
            given[name] = asked[name]
    step = given.get("step") or ("week" if len(period.days) > LONG else "day")
    return Asked(period, filters, given, given.get("map", MAPS[0]), given.get("rank", RANKS[0]), step)


def instant(asked: Mapping[str, str], now: datetime) -> datetime:
    """When the number was counted whose lines are asked for (``at``, milliseconds); now where none is said."""
    text = asked.get("at", "")
    if not text.isdecimal() or len(text) > 14:
        return now
    at = datetime.fromtimestamp(int(text) / 1000, UTC)
    return min(at, now)
