"""What sections draw from: the period, the district, and figures that are asked for once however often they are used.

A report is read by many who may not know of complaints about police (R19): it counts with the eyes of the inspector.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from liandong.casework import evaluation
from liandong.casework.evaluation import Result, snapshots
from liandong.casework.evaluation.values import rate
from liandong.casework.figures import Count, Window, tally
from liandong.district import drawing
from liandong.district.reporting import Setting
from liandong.registers.figures import Calls, test_calls
from liandong.rules import periods
from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.policy import Policy
from liandong.rules.scoring import group_of

from . import meaning
from .values import Cell

VIEWER = Actor("inspector", "report")
"""Whose eyes count: everything but complaints about police, the same for every reader."""
MACHINE = Actor("system", "report")
"""Who reads the registers: what of them stands in a report is chosen here, for all its readers."""
FEWEST = 10
NOT_ENOUGH, NOTHING = "样本不足", "没有数据"
GROUPS = {"department": "部门", "township": "街镇、园区", "utility": "公共企业", "other": "其他单位"}
UNKNOWN = "不详"
_BASIC = ("received", "diverted", "closed", "returned", "disputed", "misdirected")
CASES = "/reports/cases"


class Context:
    """One report being drawn up. ``used`` collects the figures that stand in it."""

    def __init__(self, setting: Setting, period: Period, policy: Policy, now: datetime) -> None:
        self.setting, self.period, self.policy, self.now = setting, period, policy, now
        self.used: set[str] = set()
        self.running = period.end > now
        self.until = min(period.end, now)
        before = periods.before(period)
        cut = before.start + (self.until - period.start) if self.running else before.end
        self.before = Period(before.kind, before.name, before.start, min(cut, before.end))
        self._tallied: dict[tuple[str, bool], dict[Any, dict[str, Count]]] = {}
        self._judged: dict[tuple[str, bool], Mapping[str, Mapping[str, Result]]] = {}

    @cached_property
    def fewest(self) -> int:
        """Below so many cases nobody is judged."""
        setting = drawing.minimum_sample()
        return setting.value if setting else FEWEST

    def window(self, *, before: bool = False) -> Window:
        """The period (or the one before) in milliseconds, as counts are asked for."""
        start, end = (self.before.start, self.before.end) if before else (self.period.start, self.until)
        offset = start.utcoffset() or timedelta(0)
        return Window(ms(start), max(ms(end), ms(start)), ms(self.now), int(offset.total_seconds() * 1000))

    def tally(self, by: str = "", *, before: bool = False) -> dict[Any, dict[str, Count]]:
        """The plain numbers by a key; what is open now only without a period before."""
        if (by, before) not in self._tallied:
            self._tallied[by, before] = tally(VIEWER, _BASIC, self.window(before=before), by=by)
        return self._tallied[by, before]

    @cached_property
    def standing(self) -> dict[str, Count]:
        """Open cases by who holds them, and of these overdue, at this instant."""
        found = tally(VIEWER, ("overdue",), self.window(), by="holder")
        return {str(holder): counts["overdue"] for holder, counts in found.items()}

    def judged(self, by: str = "", *, before: bool = False) -> Mapping[str, Mapping[str, Result]]:
        """The metrics M1-M25 by unit or by township; the district's own stand under the key ""."""
        by = by or "unit"
        if (by, before) not in self._judged:
            self._judged[by, before] = self._judge(by, before=before)
        return self._judged[by, before]

    def _judge(self, by: str, *, before: bool) -> Mapping[str, Mapping[str, Result]]:
        """From the frozen snapshot of the period where there is one, so that paper and pages say the same for ever."""
        if self.frozen is not None and not before:
            return self.frozen.table(by)
        period = self.before if before else self.period
        outside = {"M23": self._answered(period)} if by == "unit" else {}
        return evaluation.evaluate(VIEWER, period, by=by, now=self.now, outside=outside)

    def _answered(self, period: Period) -> dict[str, Result]:
        """Test calls that were answered, by unit and of all (M23)."""
        calls = test_calls(period, until=self.now)
        found = {unit: _calls([one], self.fewest) for unit, one in calls.items()}
        return found | ({"": _calls(list(calls.values()), self.fewest)} if calls else {})

    @cached_property
    def frozen(self) -> snapshots.Snapshot | None:
        """The snapshot of the period, once it has ended and was frozen."""
        return None if self.running else snapshots.latest(self.period)

    def result(self, code: str, key: str = "", *, by: str = "", before: bool = False) -> Result:
        """One metric of one key; an empty one where there is none."""
        return self.judged(by, before=before).get(key, {}).get(code, Result())

    def number(self, code: str, key: Any = "", *, by: str = "", before: bool = False) -> int:
        """One plain number; what is now is not asked of the period before."""
        if code in ("overdue", "open"):
            counts = self.standing.values() if by == "" else [self.standing.get(str(key), Count())]
            return sum(one.right if code == "overdue" else one.among for one in counts)
        figure, part = meaning.counted_as(code)
        count = self.tally(by, before=before).get(key, {}).get(figure, Count())
        return count.right if part == "right" else count.among

    def cell(self, code: str, key: Any = "", *, by: str = "", before: bool = False) -> Cell:
        """A figure as it stands in a table, with the way to its cases."""
        self.used.add(code)
        if meaning.is_count(code):
            number = self.number(code, key, by=by, before=before)
            figure, part = meaning.counted_as(code)
            by = "holder" if by == "unit" and figure == "overdue" else by
            asked = "" if before or not number else self.cases(figure, part, by, key)
            return Cell(str(number), number, code, asked)
        result = self.result(code, str(key), by=by, before=before)
        asked = "" if before or by not in ("", "unit") else self.cases(code, "denominator", by, key)
        return Cell(said(code, result), shown(code, result), code, asked if result.denominator else "")

    def cases(self, figure: str, part: str, by: str = "", key: Any = "") -> str:
        """The address of the cases behind a number, as things stood when it was counted."""
        window = self.window()
        if not meaning.is_count(figure) and evaluation.METRICS[figure].rows is None:
            return ""  # made of other metrics, or counted beside the cases
        query: dict[str, Any] = {"figure": figure, "part": part, "at": window.now}
        if meaning.is_count(figure):
            query |= {"start": window.start, "end": window.end}
        else:
            query |= {"period": self.period.name, "kind": self.period.kind}
            if self.frozen is not None:
                query["snapshot"] = self.frozen.id
        if by and by != "day":
            query |= {"by": by, "key": str(key) or "-"}
        return f"{CASES}?{urlencode(query)}"

    # -- names

    def unit(self, code: str) -> str:
        """A unit's name."""
        unit = self.policy.units.get(code)
        return unit.name if unit else code or "尚未派发"

    def holder(self, code: str) -> str:
        """Who holds a case."""
        return {"desk": "110报警服务台", "duty_office": "区政府值班室", "police": "公安处警"}.get(
            code
        ) or self.unit(code)

    def group(self, code: str) -> str | None:
        """The fair group of a unit; None for the command itself (AMB22)."""
        unit = self.policy.units.get(code)
        return group_of(unit.kind) if unit else "other"

    def matter(self, code: str) -> str:
        """A matter's name."""
        matter = self.policy.matters.get(code)
        return f"{code} {matter.name}" if matter else code or "尚未确定事项"

    @cached_property
    def _towns(self) -> dict[str, str]:
        return {town.code: town.name for town in self.policy.townships.values()}

    def town(self, code: str) -> str:
        """A township's name; what the district does not know is a caller's own words and stays out of the report."""
        return self._towns.get(code, UNKNOWN)


def _calls(calls: list[Calls], fewest: int) -> Result:
    made, answered = sum(one.made for one in calls), sum(one.answered for one in calls)
    return rate(answered, made, fewest)


def ms(at: datetime) -> int:
    """An instant in milliseconds."""
    return int(at.timestamp() * 1000)


def instant(at_ms: int, policy: Policy) -> datetime:
    """Milliseconds as an instant of the district."""
    return datetime.fromtimestamp(at_ms / 1000, policy.zone)


def day(number: int) -> date:
    """A day counted from the epoch."""
    return date(1970, 1, 1) + timedelta(days=number)


def percent(value: float) -> str:
    """A share as words."""
    return f"{value * 100:.1f}%"


def shown(code: str, result: Result) -> float | None:
    """The number of a metric that a file carries; None where it is not to be judged by it."""
    if result.value is None or not (result.enough or _unit(code) in ("count", "hours", "per10k")):
        return None
    return result.value


def said(code: str, result: Result) -> str:
    """A metric in words: a rate only of enough cases, else the cases themselves."""
    kind = _unit(code)
    if result.value is None:
        return "—"
    if kind == "count":
        return f"{result.value:g}"
    if kind == "rate":
        return (
            percent(result.value)
            if result.enough
            else f"{NOT_ENOUGH}（{result.numerator:g}/{result.denominator:g}）"
        )
    if not result.enough and kind == "score":
        return NOT_ENOUGH
    return f"{result.value:.1f}小时" if kind == "hours" else f"{result.value:.2f}"


def _unit(code: str) -> str:
    return evaluation.METRICS[code].unit
