"""The period a reader asks for in the address bar, and the one before it, as milliseconds the counts understand.

A running period ends at the instant of asking; the period before is cut at the same length, so that half a day is never
compared with a whole one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.casework.figures import Window
from liandong.screens.common.times import ZONE

PERIODS: dict[str, Any] = {
    "today": gettext_lazy("今天"),
    "7": gettext_lazy("近7天"),
    "30": gettext_lazy("近30天"),
    "quarter": gettext_lazy("本季度"),
    "custom": gettext_lazy("自选"),
}
DEFAULT = "7"
LONGEST = 400
"""Days a period of one's own may have: a year and what is compared with it."""
EARLIEST, LATEST = date(1949, 10, 1), date(9998, 12, 31)
"""Between these every period has a day before it and a day after it."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days ``first`` to ``last``, counted until ``now``; ``trouble`` says what of the question was not usable."""

    code: str
    first: date
    last: date
    now: datetime
    before_first: date
    trouble: str = ""

    @property
    def window(self) -> Window:
        """What is counted."""
        return self._window(self.first, min(_midnight(self.last + timedelta(days=1)), self.now))

    @property
    def before(self) -> Window:
        """The same length of time before it."""
        start = _midnight(self.before_first)
        length = min(_midnight(self.last + timedelta(days=1)), self.now) - _midnight(self.first)
        end = min(start + max(length, timedelta(0)), _midnight(self.first))
        return self._window(self.before_first, end)

    @property
    def days(self) -> list[date]:
        """Its days up to the one of asking."""
        last = min(self.last, self.now.astimezone(ZONE).date())
        return [self.first + timedelta(days=n) for n in range((last - self.first).days + 1)]

    def _window(self, first: date, end: datetime) -> Window:
        start = _midnight(first)
        offset = start.utcoffset() or timedelta(0)
        return Window(
            _ms(start), max(_ms(end), _ms(start)), _ms(self.now), int(offset.total_seconds() * 1000)
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _day(text: str | None) -> date | None:
    """A day as the browser sends it; what is none, or lies where no period of this house can, counts as not given."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is not None and EARLIEST <= day <= LATEST else None


def period_of(asked: Mapping[str, str], now: datetime) -> Period:
    """The period named in an address: ``period``, and ``from``/``to`` for one's own. What is no period is the default."""
    code = asked.get("period") or DEFAULT
    today = now.astimezone(ZONE).date()
    if code == "custom":
        return _own(_day(asked.get("from")), _day(asked.get("to")), today, now)
    if code == "quarter":
        first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        before = (first - timedelta(days=1)).replace(day=1)
        before = date(before.year, (before.month - 1) // 3 * 3 + 1, 1)
        after = (first + timedelta(days=95)).replace(day=1)
        return Period(code, first, after - timedelta(days=1), now, before)
    if code not in PERIODS:
        code = DEFAULT
    days = 1 if code == "today" else int(code)
    first = today - timedelta(days=days - 1)
    return Period(code, first, today, now, first - timedelta(days=days))


def _own(first: date | None, last: date | None, today: date, now: datetime) -> Period:
    trouble = ""
    if first is None or last is None:
        trouble = _("请填写起止日期，如 2018-06-01。现在显示近7天。")
        first, last = today - timedelta(days=6), today
    elif first > last:
        trouble = _("起始日期晚于结束日期，已为您互换。")
        first, last = last, first
    if (last - first).days >= LONGEST:
        trouble = _("一次最多看 {n} 天，已从结束日期往前取。").format(n=LONGEST)
        first = last - timedelta(days=LONGEST - 1)
    length = (last - first).days + 1
    return Period("custom", first, last, now, first - timedelta(days=length), trouble)


def in_words(window: Window) -> str:
    """A stretch of time as people write it; the last instant belongs to the day before midnight."""
    start = datetime.fromtimestamp(window.start / 1000, ZONE)
    end = datetime.fromtimestamp(window.end / 1000, ZONE)
    whole = end.time() == time(0, 0) and end > start
    last = end.date() - timedelta(days=1) if whole else end.date()
    until = "" if whole else f" {end:%H:%M}"
    if start.date() == last:
        return f"{start:%Y-%m-%d}{until and _('（截至{at}）').format(at=until)}"
    return _("{first} 至 {last}").format(first=f"{start:%Y-%m-%d}", last=f"{last:%Y-%m-%d}{until}")
