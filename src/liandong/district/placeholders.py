"""Placeholders of templates: ``{no}``, ``{place}`` … A template may say nothing that a case does not know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

KNOWN: Mapping[str, str] = {
    "no": "案件号",
    "summary": "标题",
    "place": "地点",
    "received_at": "接报时间",
    "unit": "主办单位",
    "matter": "事项",
    "due_at": "办理期限",
    "promised_at": "承诺办结时间",
    "hotline": "公布的热线",
    "today": "今天的日期",
}
"""What a template may ask of a case; none of it is a person's data."""
NAMES = "、".join(f"{{{name}}}" for name in KNOWN)
_HOLDER = re.compile(r"\{([^{}]*)\}")


def unknown(text: str) -> list[str]:
    """The placeholders of ``text`` that no case can fill, and stray braces as ``{`` or ``}``."""
    found = [name for name in _HOLDER.findall(text) if name not in KNOWN]
    return found + [brace for brace in "{}" if brace in _HOLDER.sub("", text)]


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its placeholders filled; what is not known is left as a blank to write on: 【案件号】."""
    return _HOLDER.sub(lambda found: values.get(found[1]) or f"【{KNOWN.get(found[1], found[1])}】", text)


def day_in_words(value: Any) -> str:
    """An instant or a day as an official text writes it: 2018年6月1日 9时5分."""
    if not value:
        return ""
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    day = f"{instant.year}年{instant.month}月{instant.day}日"
    return day if (instant.hour, instant.minute) == (0, 0) else f"{day}{instant.hour}时{instant.minute}分"


def end_in_words(value: Any) -> str:
    """The end of a limit: midnight is the 24:00 of the day before, so that day is named (CONTRACT §4)."""
    if not value:
        return ""
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if (instant.hour, instant.minute) == (0, 0):
        instant -= timedelta(days=1)
        return f"{instant.year}年{instant.month}月{instant.day}日24时"
    return day_in_words(instant)
