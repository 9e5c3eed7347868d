"""A year's holiday table as a person writes it: a line for each day that is not like its weekday (R38).

``2027-01-01 休 元旦`` a day off, ``2027-02-06 班 春节调休`` a working weekend. What is missing is as its weekday is.
"""

from __future__ import annotations

import re
from datetime import date

from . import values as v
from .errors import SettingError

KINDS = {"休": False, "班": True, "off": False, "work": True}
WEEKDAYS = "一二三四五六日"
_LINE = re.compile(r"^(\d{4}-\d{1,2}-\d{1,2})[\s,，]+(\S+?)(?:[\s,，]+(.*))?$")
FEWEST = 7
"""A year has at least so many days off in the week: fewer, and something was forgotten (国务院《全国年节及纪念日放假办法》:
11 days until 2024, 13 from 2025, some of which fall on weekends)."""


def read(year: int, version: str, source: str, text: str) -> v.CalendarRow:
    """The table of ``year`` from lines. Raises SettingError naming the first line that is wrong and what to write."""
    if not 2000 <= year <= 2100:
        raise SettingError("年份写作四位数，如 2027。")
    for value, says, most in ((version, "版本", 20), (source, "出处", 300)):
        if not value.strip() or len(value.strip()) > most:
            raise SettingError(f"请填写{says}，最多 {most} 个字（R38）。")
    days: dict[date, bool] = {}
    names: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        day, works, name = _line(number, line)
        if day.year != year:
            raise SettingError(f"第 {number} 行：{day} 不在 {year} 年。")
        if day in days:
            raise SettingError(f"第 {number} 行：{day} 写了两次。")
        if works and day.weekday() < 5:
            raise SettingError(
                f"第 {number} 行：{day} 是星期{WEEKDAYS[day.weekday()]}，本来就上班，不用写“班”。"
            )
        days[day], names[day] = works, name
    off = [day for day, works in days.items() if not works and day.weekday() < 5]
    if len(off) < FEWEST:
        raise SettingError(f"工作日里只有 {len(off)} 天放假，太少：请照国务院办公厅当年的通知写全（R38）。")
    if date(year, 1, 1) not in days and date(year, 1, 1).weekday() < 5:
        raise SettingError(f"没有写 {year}-01-01 元旦放假，请补上。")
    return v.CalendarRow(year, version.strip(), source.strip(), dict(sorted(days.items())), names)


def _line(number: int, line: str) -> tuple[date, bool, str]:
    found = _LINE.match(line)
    if found is None or found[2] not in KINDS:
        raise SettingError(
            f"第 {number} 行“{line[:30]}”看不懂：请写作 2027-01-01 休 元旦，或 2027-02-06 班 春节调休。"
        )
    try:
        year, month, day = (int(part) for part in found[1].split("-"))
        return date(year, month, day), KINDS[found[2]], (found[3] or "").strip()[:60]
    except ValueError:
        raise SettingError(f"第 {number} 行：没有 {found[1]} 这一天。") from None


def written(row: v.CalendarRow) -> str:
    """The table as lines."""
    return "\n".join(
        f"{day} {'班' if works else '休'} {row.names.get(day, '')}".rstrip()
        for day, works in sorted(row.days.items())
    )
