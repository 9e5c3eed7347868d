"""Proposing a level: severity against the norm of its kind of event, then sensitivity and development (R39, norms C7).

Three things that are never mixed: the event level (事件等级) that a norm's numbers give, the response level (响应等级) that
a person sets on the case, and the colour of a warning (预警颜色), which is given before anything happens and is not asked
here. The machine proposes; a person decides.

A norm says 3人以上 and 10人以下, and says itself whether those include the number: Decree 493 includes it in 以上 and
excludes it in 以下; where a norm is silent, civil law includes both, and where two levels then hold the higher counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from .codes import LEVELS

LEVEL_NAMES = {"none": "未定级", "general": "一般", "larger": "较大", "major": "重大", "extreme": "特别重大"}
GROUPS = ("time", "place", "persons", "minors", "mass", "media", "development")
"""What raises a level beside the numbers: six sorts of sensitivity, and where the event is going."""
DEVELOPMENT = GROUPS[-1]
MOST = 10**13
"""No number of persons and no loss in yuan is greater."""


class GradingError(ValueError):
    """A level cannot be proposed from this: the sentence names what to do instead, ``field`` where."""

    def __init__(self, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.field = field


class Reading(NamedTuple):
    """How a norm reads its own words: whether 以上 and 以下 include the number."""

    above_includes: bool = True
    below_includes: bool = True


CIVIL_CODE = Reading(True, True)
"""民法总则 §205, 民法典 §1259: 以上、以下、以内、届满 include the number; 不满、超过、以外 do not."""


class Condition(NamedTuple):
    """What a row asks of one measure, as whole numbers that are both included; ``high`` None: without end."""

    measure: str
    low: int
    high: int | None = None

    def holds(self, value: int) -> bool:
        """Whether a known number fulfils it."""
        return self.low <= value and (self.high is None or value <= self.high)


def condition(
    measure: str,
    reading: Reading,
    *,
    above: int | None = None,
    over: int | None = None,
    start: int | None = None,
    below: int | None = None,
    under: int | None = None,
    end: int | None = None,
) -> Condition:
    """A norm's words as numbers: 以上 ``above``, 超过 ``over``, 自…起 ``start``; 以下 ``below``, 不满 ``under``, 至 ``end``.

    A row that names only an upper end begins at one: nothing that happened is no event. ``end=0`` alone means none
    (未出现死亡). Raises GradingError when the words contradict each other or two say the same end.
    """
    lows = [n for n in (above, over, start) if n is not None]
    highs = [n for n in (below, under, end) if n is not None]
    if len(lows) > 1 or len(highs) > 1 or not (lows or highs):
        raise GradingError("一项条件只写一个起点（above、over、start）和一个终点（below、under、end）")
    if above is not None:
        low = above if reading.above_includes else above + 1
    elif over is not None:
        low = over + 1
    else:
        low = start if start is not None else (0 if end == 0 else 1)
    high = None
    if below is not None:
        high = below if reading.below_includes else below - 1
    elif under is not None:
        high = under - 1
    elif end is not None:
        high = end
    if high is not None and high < low:
        raise GradingError(f"起点 {low} 大于终点 {high}，没有任何数字符合")
    return Condition(measure, low, high)


class Measure(NamedTuple):
    """A number that is asked: ``scale`` units of a form are one typed unit (万元 → 10000); ``more`` is said as 再有{n}死亡."""

    code: str
    name: str
    unit: str
    scale: int
    more: str


class Row(NamedTuple):
    """One line of a norm: all conditions together give the level; ``words`` as the norm says it."""

    level: str
    conditions: tuple[Condition, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event with the norm that grades it. ``confirmed`` False: [M], nobody compared it with the text yet."""

    code: str
    name: str
    norm: str
    clause: str
    reading: Reading
    confirmed: bool
    valid_from: date
    valid_to: date | None
    rows: tuple[Row, ...]
    note: str = ""

    def in_force(self, day: date) -> bool:
        """From ``valid_from`` until the day before ``valid_to``."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures its rows ask, in their order."""
        return tuple(dict.fromkeys(one.measure for row in self.rows for one in row.conditions))


class Factor(NamedTuple):
    """What raises a level by itself: a sensitive time, place … or a growing event. ``raises`` 0: report it, no more."""

    code: str
    group: str
    name: str
    raises: int
    why: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """What a district grades by, as it stands on one day."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    factors: Mapping[str, Factor] = field(default_factory=dict)


class Reason(NamedTuple):
    """One step to the proposal: by the numbers, by sensitivity, by development; the level it led to and why."""

    by: str
    level: str
    words: str
    clause: str
    confirmed: bool


class Change(NamedTuple):
    """What would change the answer: 再有1人死亡即为较大. ``unknown``: a number nobody has given yet."""

    measure: str
    level: str
    words: str
    unknown: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A level proposed, never set.

    ``event_level`` is what the norm's numbers give (None: they give none), ``level`` the response level proposed after
    sensitivity and development (None: nothing is known that proposes one), ``report_anyway``: sensitive events are
    reported whatever their level (C7). ``also``: numbers that were given and decided nothing, in words.
    """

    kind: str
    event_level: str | None
    level: str | None
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]
    report_anyway: bool
    also: tuple[str, ...] = ()

    @property
    def unverified(self) -> bool:
        """Whether a row that decided is marked [M]."""
        return any(not reason.confirmed for reason in self.reasons)

    @property
    def why(self) -> str:
        """The reason for ``set_level``: the numbers and the row that decided, cited; then what else is known."""
        said = []
        for reason in self.reasons:
            mark = "" if reason.confirmed else "（未核实）"
            said.append(
                f"{reason.words}，{reason.clause}{mark}" if reason.clause else f"{reason.words}{mark}"
            )
        if said and self.also:
            said.append(f"另知：{'、'.join(self.also)}")
        return "；".join(said)


def propose(
    table: Table,
    kind_code: str,
    numbers: Mapping[str, int | None],
    factors: Iterable[str],
    day: date,
) -> Proposal:
    """Propose a level for an event of this kind from what is known. Raises GradingError for what cannot be.

    ``numbers`` are whole persons, yuan …; None or absent: not known yet, which is not zero.
    """
    kind = table.kinds.get(kind_code)
    if kind is None or not kind.in_force(day):
        raise GradingError("没有这类事件的分级标准，请从列表中选择事件种类（R39）", "kind")
    known = _known(table, kind, numbers)
    best, reasons = _by_numbers(table, kind, known)
    chosen = _factors(table, factors)
    level = best
    for group_of, by in ((False, "sensitivity"), (True, "development")):
        raising = [one for one in chosen if (one.group == DEVELOPMENT) is group_of and one.raises]
        if raising:
            level = _raised(level, max(one.raises for one in raising))
            reasons.append(
                Reason(
                    by,
                    level,
                    "、".join(f"{one.name}（{one.why}）" for one in raising) + f"，升为{LEVEL_NAMES[level]}",
                    "",
                    all(one.confirmed for one in raising),
                )
            )
    return Proposal(
        kind.code,
        best,
        level,
        tuple(reasons),
        _changes(table, kind, known, best),
        any(one.group != DEVELOPMENT for one in chosen),
        tuple(
            said
            for code, value in known.items()
            if value is not None
            for said in [_said(table.measures[code], value)]
            if not any(said in one.words for one in reasons)
        ),
    )


def _said(measure: Measure, value: int) -> str:
    return f"{measure.name}{amount(measure, value)}"


def numbers_in(table: Table, reason: str) -> dict[str, str]:
    """The numbers that a reason for a level names (死亡3人), in words, by measure; what it quotes of a norm is no number."""
    own = re.sub(r"“[^”]*”", "", reason)
    found = {}
    for code, one in table.measures.items():
        name, _, _ = one.name.partition("（")
        number = rf"{re.escape(name)}(?:（[^）]*）)?\s*\d+(?:\.\d+)?[万亿]?{re.escape(one.unit)}(?!以)"
        if (match := re.search(number, own)) is not None:
            found[code] = match[0]
    return found


def _known(table: Table, kind: Kind, numbers: Mapping[str, int | None]) -> dict[str, int | None]:
    for code, value in numbers.items():
        if code not in table.measures:
            raise GradingError(f"没有 {code} 这一项数字，请核对（R32）", code)
        if value is not None and not 0 <= value <= MOST:
            raise GradingError(f"{table.measures[code].name}应为不小于0的数，请核对（R32）", code)
    return {code: numbers.get(code) for code in kind.measures}


def _factors(table: Table, codes: Iterable[str]) -> list[Factor]:
    unknown = [code for code in codes if code not in table.factors]
    if unknown:
        raise GradingError(f"没有 {unknown[0]} 这一项敏感或发展情形，请从列表中选择（R32）", "factors")
    wanted = set(codes)
    return [one for code, one in table.factors.items() if code in wanted]


def _raised(level: str | None, steps: int) -> str:
    start = LEVELS.index(level) if level else LEVELS.index("general")
    return LEVELS[min(start + steps, len(LEVELS) - 1)]


def _holds(row: Row, known: Mapping[str, int | None]) -> bool | None:
    """Whether all conditions of a row are fulfilled; None: a number is missing and no known one speaks against it."""
    answer: bool | None = True
    for one in row.conditions:
        value = known.get(one.measure)
        if value is None:
            answer = None
        elif not one.holds(value):
            return False
    return answer


def _by_numbers(table: Table, kind: Kind, known: Mapping[str, int | None]) -> tuple[str | None, list[Reason]]:
    """The highest level any row gives, and the rows of that level that hold."""
    found = [(row, False) for row in kind.rows if _holds(row, known)]
    found += [(row, True) for row in _gaps(kind, known)]
    if not found:
        return None, []
    best = max((row.level for row, _ in found), key=LEVELS.index)
    reasons = []
    for row, gap in found:
        if row.level != best:
            continue
        said = "、".join(
            _said(table.measures[one.measure], known[one.measure] or 0) for one in row.conditions
        )
        gapped = "，标准在两档之间没有写明，从重" if gap else ""
        clause = f"{kind.norm}{kind.clause}“{row.words}”为{LEVEL_NAMES[best]}"
        reasons.append(Reason("numbers", best, said + gapped, clause, kind.confirmed))
    return best, reasons


def _gaps(kind: Kind, known: Mapping[str, int | None]) -> list[Row]:
    """Rows that take a number their norm left out between two levels (99 and 超过100): the graver one, in doubt."""
    taken = []
    for measure, value in known.items():
        if not value:
            continue
        spans = [
            (one, row)
            for row in kind.rows
            for one in row.conditions
            if one.measure == measure and _holds(row, {**known, measure: one.low})
        ]
        if any(one.holds(value) for one, _ in spans):
            continue
        under = any(one.high is not None and one.high < value for one, _ in spans)
        over = [(one.low, row) for one, row in spans if one.low > value]
        if under and over:
            taken.append(min(over, key=lambda pair: pair[0])[1])
    return taken


def _changes(
    table: Table, kind: Kind, known: Mapping[str, int | None], best: str | None
) -> tuple[Change, ...]:
    """For each measure the nearest step to a higher level, given what else is known."""
    at = LEVELS.index(best) if best else -1
    nearest: dict[tuple[str, ...], tuple[int, Change]] = {}
    for row in kind.rows:
        if LEVELS.index(row.level) <= at:
            continue
        short = [one for one in row.conditions if (known.get(one.measure) or 0) < one.low]
        against = [
            one
            for one in row.conditions
            if one not in short
            and known.get(one.measure) is not None
            and not one.holds(known[one.measure] or 0)
        ]
        if against or not short:
            continue
        said = []
        for one in short:
            measure, value = table.measures[one.measure], known.get(one.measure)
            if value is None:
                said.append(f"{measure.name}尚不清楚，达到{amount(measure, one.low)}")
            else:
                said.append("再有" + measure.more.format(n=amount(measure, one.low - value)))
        key = tuple(one.measure for one in short)
        words = "且".join(said) + f"，即为{LEVEL_NAMES[row.level]}"
        unknown = any(known.get(one.measure) is None for one in short)
        far = sum(one.low - (known.get(one.measure) or 0) for one in short)
        if key not in nearest or far < nearest[key][0]:
            nearest[key] = (far, Change(key[0], row.level, words, unknown))
    return tuple(change for _, change in nearest.values())


def amount(measure: Measure, value: int) -> str:
    """A number with its unit as people say it: 3人, 1000万元, 1亿元."""
    if measure.scale > 1:
        for size, name in ((10**8, "亿"), (10**4, "万")):
            if value >= size and value % size == 0:
                return f"{value // size}{name}{measure.unit}"
    return f"{value}{measure.unit}"
