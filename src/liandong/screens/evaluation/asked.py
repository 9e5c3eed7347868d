"""What a reader asked for, out of the address bar: a period, the metric that ranks, and addresses of numbers' cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from liandong.casework.evaluation import METRICS
from liandong.rules import periods
from liandong.rules.periods import BadPeriod, Period
from liandong.rules.policy import Policy

HOME = "/evaluation/"
RANKED = (
    "M2",
    "M15",
    "M1",
    "M2_original",
    "M3",
    "M5",
    "M8",
    "M9",
    "M12",
    "M13",
    "M14",
    "M16",
    "M18_promise",
    "M23",
)
"""Metrics by which units may be ranked, the default first."""
QUARTERS, MONTHS, YEARS = 8, 12, 3
"""So many periods back are offered by name; others are written as days."""
_WEEK = re.compile(r"(\d{4})W(\d{2})")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period as a reader gave it (``trouble`` where it could not be read), the ranking metric, the instant of counting."""

    period: Period
    rank: str
    now: datetime
    given: dict[str, str]
    trouble: str = ""

    def address(self, path: str = HOME, **changes: Any) -> str:
        """An address with the same question but for ``changes`` (None takes one away)."""
        kept = {**self.given, **{key: str(value) for key, value in changes.items() if value is not None}}
        kept = {key: value for key, value in kept.items() if changes.get(key, "") is not None and value != ""}
        return f"{path}?{urlencode(kept)}" if kept else path

    def cases(self, metric: str, part: str, key: str | None = None, by: str = "unit") -> str:
        """The address of the cases behind a number, as things stood when it was counted."""
        at = int(self.now.timestamp() * 1000)
        where = {"key": key, "by": by} if key else {}
        return self.address(f"{HOME}cases", metric=metric, part=part, at=at, rank=None, **where)


def period_of(text: str, policy: Policy) -> Period:
    """A period by its name: 2018Q3, 2018-06, 2018, 2018W23, 2018-06-01..2018-06-30. Raises BadPeriod."""
    zone = policy.zone
    try:
        if "Q" in text:
            return periods.quarter(text, zone)
        if ".." in text:
            first, _dots, last = text.partition("..")
            return periods.special(date.fromisoformat(first), date.fromisoformat(last), zone)
        week = _WEEK.fullmatch(text)
        if week:
            return periods.on("weekly", date.fromisocalendar(int(week[1]), int(week[2]), 1), zone)
        if len(text) == 4:
            return periods.on("yearly", date(int(text), 1, 1), zone)
        if len(text) == 7:
            return periods.on("monthly", date.fromisoformat(f"{text}-01"), zone)
    except ValueError as error:
        if isinstance(error, BadPeriod):
            raise
        raise BadPeriod(_("没有这个时段，请写作 2018Q3、2018-06、2018 或起止日期")) from error
    raise BadPeriod(_("没有这个时段，请写作 2018Q3、2018-06、2018 或起止日期"))


def read(asked: Mapping[str, str], policy: Policy, now: datetime) -> Asked:
    """The question in an address; what cannot be read is the running quarter, with the trouble said."""
    trouble = ""
    period = periods.on("quarterly", now.astimezone(policy.zone).date(), policy.zone)
    text = asked.get("period", "").strip()
    if asked.get("from") and asked.get("to"):
        text = f"{asked['from'].strip()}..{asked['to'].strip()}"
    given: dict[str, str] = {}
    if text:
        try:
            period = period_of(text[:40], policy)
            given["period"] = period.name
        except BadPeriod as error:
            trouble = str(error)
    rank = asked.get("rank", "")
    if rank in RANKED:
        given["rank"] = rank
    return Asked(period, rank if rank in RANKED else RANKED[0], now, given, trouble)


def instant(asked: Mapping[str, str], now: datetime) -> datetime:
    """When the number was counted whose cases are asked for (``at``, milliseconds); now where none is said."""
    text = asked.get("at", "")
    if not text.isdecimal() or len(text) > 14:
        return now
    found = datetime.fromtimestamp(int(text) / 1000, UTC)
    return min(found, now) if found.year > periods.FIRST_YEAR else now


def choices(policy: Policy, now: datetime) -> list[tuple[str, list[Period]]]:
    """Periods by name: quarters, months, years, the newest first."""
    today = now.astimezone(policy.zone).date()
    made = []
    for kind, name, count in (
        ("quarterly", _("季度"), QUARTERS), ("monthly", _("月"), MONTHS), ("yearly", _("年"), YEARS),
    ):  # fmt: skip
        found = [periods.on(kind, today, policy.zone)]
        while len(found) < count:
            found.append(periods.before(found[-1]))
        made.append((name, found))
    return made


def names() -> list[tuple[str, str]]:
    """Ranking metrics with their names."""
    return [(code, METRICS[code].name) for code in RANKED]
