"""Instants and remaining time in the reader's words; the exact instant stays reachable (title, datetime)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

ZONE = ZoneInfo(settings.TIME_ZONE)
SOON = timedelta(hours=2)
SOON_SHARE = 0.25


def to_instant(value: object) -> datetime | None:
    """An aware instant in the district's zone from a datetime or an ISO 8601 text; ``None`` for nothing.

    Raises ValueError for a text that is no instant, or one outside the years that a calendar has here.
    """
    if value is None or value == "":
        return None
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    try:
        return instant.replace(tzinfo=ZONE) if instant.tzinfo is None else instant.astimezone(ZONE)
    except OverflowError as error:
        raise ValueError(f"no instant of this calendar: {value}") from error


def exact(value: object) -> str:
    """The exact instant with its offset, for hovering and for machines."""
    instant = to_instant(value)
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} ({instant:%z})"


def in_words(value: object, now: datetime, *, end: bool = False) -> str:
    """An instant as a person says it: 今天 09:20, 昨天 14:00, 6月5日 24:00.

    ``end``: the instant is the end of a limit; midnight then reads as 24:00 of the day before (CONTRACT §4).
    """
    instant = to_instant(value)
    if instant is None:
        return "—"
    day: date = instant.date()
    clock = f"{instant:%H:%M}"
    if end and instant.time() == time(0, 0):
        day -= timedelta(days=1)
        clock = "24:00"
    away = (day - now.astimezone(ZONE).date()).days
    names = {0: _("今天"), -1: _("昨天"), 1: _("明天"), -2: _("前天"), 2: _("后天")}
    if away in names:
        return f"{names[away]} {clock}"
    if day.year == now.astimezone(ZONE).year:
        return _("{month}月{day}日 {clock}").format(month=day.month, day=day.day, clock=clock)
    return _("{year}年{month}月{day}日 {clock}").format(
        year=day.year, month=day.month, day=day.day, clock=clock
    )


def length_in_words(span: timedelta) -> str:
    """A length of time as a person says it: 3天2小时, 45分钟; two units at most, never a bare zero."""
    minutes = int(abs(span).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return (
            _("{days}天{hours}小时").format(days=days, hours=hours)
            if hours
            else _("{days}天").format(days=days)
        )
    if hours:
        return (
            _("{hours}小时{minutes}分").format(hours=hours, minutes=rest)
            if rest
            else _("{hours}小时").format(hours=hours)
        )
    return _("{minutes}分钟").format(minutes=rest) if rest else _("不到1分钟")


_LIMIT = re.compile(r"(\d+)(wd|wh|d|h|min)")


def limit_in_words(limit: str) -> str:
    """The length of a limit as a person says it: ``2wd`` is 2个工作日 (CONTRACT §4). What is none stays as it is."""
    found = _LIMIT.fullmatch(limit)
    if found is None:
        return limit
    words = {
        "wd": _("{n}个工作日"),
        "wh": _("{n}个工作小时"),
        "d": _("{n}日"),
        "h": _("{n}小时"),
        "min": _("{n}分钟"),
    }
    return words[found[2]].format(n=found[1])


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands now: a code for style and icon, the words, and the order of urgency (small = urgent)."""

    code: str
    words: str
    icon: str
    rank: float


def standing(clock: dict[str, object], now: datetime) -> Standing:
    """How one clock of the contract view stands at ``now``: overdue, soon, running, paused or stopped."""
    if clock.get("stopped_at"):
        outcome = str(clock.get("outcome") or "")
        words = {
            "on_time": _("按时停止"),
            "late": _("超期停止"),
            "lapsed": _("期满"),
            "superseded": _("不再适用"),
        }
        icon = {"on_time": "check-circle", "late": "exclamation-triangle-fill"}.get(outcome, "dash-circle")
        return Standing(f"stopped-{outcome or 'none'}", words.get(outcome, _("已停止")), icon, float("inf"))
    if clock.get("paused"):
        return Standing("paused", _("暂停中"), "pause-circle", 1e12)
    due, started = to_instant(clock.get("due_at")), to_instant(clock.get("started_at"))
    if due is None:
        used = _("已用 ") + length_in_words(now - started) if started else _("无期限")
        return Standing("calm", used, "hourglass-split", 1e11)
    left = due - now
    if left < timedelta(0):
        return Standing(
            "overdue", _("已超期 ") + length_in_words(left), "exclamation-octagon-fill", left.total_seconds()
        )
    whole = due - started if started else left
    soon = left <= SOON if whole > SOON * 4 else left <= whole * SOON_SHARE
    words_left = _("还剩 ") + length_in_words(left)
    if soon:
        return Standing("soon", words_left, "exclamation-triangle-fill", left.total_seconds())
    return Standing("running", words_left, "clock", left.total_seconds())


NOT_URGENT = ("total", "return_window")


def most_urgent(clocks: list[dict[str, object]], now: datetime) -> dict[str, object] | None:
    """The running clock that wants attention first; ``total`` and the unit's own right to return do not press."""
    running = [c for c in clocks if not c.get("stopped_at") and c["kind"] not in NOT_URGENT]
    return min(running, key=lambda c: standing(c, now).rank, default=None)
