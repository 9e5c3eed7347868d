"""What evaluation is measured with, as the district sets it: read from ``evaluation.toml``, loaded with the pack.

No rule of a case asks it, so it moves no policy id. A pack without the file is sound: the settings below count then,
and every page says that they are defaults which 28号文 does not set.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from . import drawing
from . import models as m
from .errors import PackError, Problem
from .pack import Pack
from .parts import no_overlap, unique
from .reader import read_file
from .schema import DAY, TEXT, WHOLE, Kind, Table, one_of

FILE = "evaluation.toml"
GO_LIVE = "go_live"
_COUNT = Kind("应为不小于 0 的整数", lambda v: WHOLE.test(v) and v >= 0)
_VALUE = Kind("应为不小于 0 的整数，或日期（go_live）", lambda v: _COUNT.test(v) or DAY.test(v))
_UNSET = "28号文未规定；默认值"


class Setting(NamedTuple):
    """One setting and where it comes from."""

    key: str
    value: int | date
    source: str
    clause: str


DEFAULTS: Mapping[str, Setting] = {
    key: Setting(key, value, "default", clause)
    for key, value, clause in (
        (GO_LIVE, date(2018, 6, 1), "28号文四（三）：6月1日正式运行（R57）"),
        ("weight_M12", 30, _UNSET), ("weight_M13", 35, _UNSET), ("weight_M14", 35, _UNSET),
        ("partly_percent", 50, _UNSET),
        ("appeal_working_days", 3, _UNSET),
        ("last_minutes", 5, _UNSET), ("last_minutes_share", 20, _UNSET),
        ("same_text_cases", 5, _UNSET),
        ("reopened_share", 10, _UNSET),
        ("unrecorded_share", 50, _UNSET),
        ("far_promise_days", 30, _UNSET),
        ("fewest_signs", 3, _UNSET),
    )
}  # fmt: skip
_SETTING = {"key": one_of(*DEFAULTS), "value": _VALUE, "source": TEXT, "clause": TEXT}
_FILES = {
    "setting": Table(_SETTING),
    "inhabitants": Table(
        {"township": TEXT, "people": _COUNT, "from": DAY, "to": DAY, "source": TEXT, "clause": TEXT},
        optional=frozenset({"to"}),
    ),
}


class People(NamedTuple):
    """Inhabitants of a township from a day on (until before another)."""

    township: str
    people: int
    valid_from: date
    valid_to: date | None
    source: str
    clause: str


class Measures(NamedTuple):
    """Everything the file says."""

    settings: tuple[Setting, ...]
    inhabitants: tuple[People, ...]


class Measuring:
    """The settings in force with their sources; what the district does not set counts by its default."""

    def __init__(self, given: Mapping[str, Setting], inhabitants: tuple[People, ...], fewest: int) -> None:
        self.settings = {**DEFAULTS, **given}
        self.inhabitants = inhabitants
        self.fewest = fewest

    def number(self, key: str) -> int:
        """A whole number by its key."""
        value = self.settings[key].value
        assert isinstance(value, int)
        return value

    @cached_property
    def go_live(self) -> date:
        """The first day that is evaluated (R57)."""
        value = self.settings[GO_LIVE].value
        assert isinstance(value, date)
        return value

    @property
    def weights(self) -> dict[str, float]:
        """The weights of M15 by metric."""
        return {code: float(self.number(f"weight_{code}")) for code in ("M12", "M13", "M14")}

    @property
    def partly(self) -> float:
        """How much a partly solved case counts in M13 (0–1)."""
        return self.number("partly_percent") / 100

    def people(self, day: date) -> dict[str, People]:
        """Inhabitants by township on a day; a township nobody counted is missing."""
        return {
            one.township: one
            for one in self.inhabitants
            if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
        }


def read(directory: Path | str, pack: Pack) -> Measures:
    """Read ``evaluation.toml`` beside ``pack``; a file that is not there says nothing. Raises PackError."""
    base, problems = Path(directory), list[Problem]()
    if not (base / FILE).exists():
        return Measures((), ())
    tables = read_file(base, FILE, _FILES, problems)
    unique(tables["setting"], "key", "考评设置")
    for row in tables["setting"]:
        if isinstance(row["value"], date) != (row["key"] == GO_LIVE):
            row.wrong("value", f"{row['key']} 应为{'日期' if row['key'] == GO_LIVE else '整数'}")
        elif row["key"].endswith(("percent", "share")) and row["value"] > 100:
            row.wrong("value", f"{row['key']} 是百分比，应为 0 到 100")
    known = {town.code for town in pack.townships}
    made = []
    for row in tables["inhabitants"]:
        if row["township"] not in known:
            row.wrong("township", f"街镇代码 {row['township']} 不在 townships.toml 中")
        one = People(row["township"], row["people"], row["from"], row.get("to"), row["source"], row["clause"])
        made.append((row, one))
    no_overlap(made, lambda one: one.township, "常住人口")
    if problems:
        raise PackError(problems)
    settings = tuple(Setting(r["key"], r["value"], r["source"], r["clause"]) for r in tables["setting"])
    return Measures(settings, tuple(one for _, one in made))


def replace(measures: Measures) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.Measure.objects.all().delete()
    m.Measure.objects.bulk_create(
        [m.Measure(**{**one._asdict(), "value": _stored(one.value)}) for one in measures.settings]
    )
    m.Inhabitants.objects.all().delete()
    m.Inhabitants.objects.bulk_create([m.Inhabitants(**one._asdict()) for one in measures.inhabitants])


def _stored(value: int | date) -> int | str:
    return value.isoformat() if isinstance(value, date) else value


def _given(key: str, value: Any) -> int | date:
    return date.fromisoformat(value) if key == GO_LIVE else int(value)


def current() -> Measuring:
    """The settings in force: three short queries; evaluation asks once for everything it counts."""
    rows = m.Measure.objects.values_list("key", "value", "source", "clause")
    given = {key: Setting(key, _given(key, value), source, clause) for key, value, source, clause in rows}
    found = m.Inhabitants.objects.order_by("township", "valid_from").values_list(
        "township", "people", "valid_from", "valid_to", "source", "clause"
    )
    least = drawing.minimum_sample()
    return Measuring(given, tuple(People(*row) for row in found), least.value if least else 10)
