"""What a command's fields may be: one small type for each kind of value, each refusing with R32.

A field's ``keep`` says where its value goes: ``public`` into the event, ``text`` (free text) and ``personal`` (names,
numbers) into the erasable private part, ``none`` nowhere by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any

from .codes import SAFETY_ANSWERS, SAFETY_KEYS

Checker = Callable[[Any, tzinfo], Any]

_PHONE = re.compile(r"^\+?[0-9][0-9 ()\-]{2,24}$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_BAD_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]"
)
# Since U+202A: they turn letters around them or hide them (decision 069). Joiners, marks of writing (ZWJ, ZWNJ, LRM, RLM) and
# zero-width spaces reorder no letter and come with emoji, Uyghur and pasted text: they stay, but alone they are no text.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff]")


class Bad(ValueError):
    """A value that the field does not take; the text says in Chinese what it takes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a command: its name, type, whether it must be there, and where its value is kept."""

    name: str
    check: Checker
    type: str
    required: bool = True
    keep: str = "public"
    choices: tuple[Any, ...] = ()
    label: str = ""


def no_bad_characters(value: str) -> None:
    """Raises Bad for a character that no text may hold, and says which one stands where: most of them nobody sees."""
    found = _BAD_CHARACTERS.search(value)
    if found is None:
        return
    code = ord(found[0])
    if code < 0x202A or 0xD800 <= code <= 0xDFFF:
        raise Bad("含有不能保存的控制字符，请删除后再提交")
    near = value[max(0, found.start() - 4) : found.start()]
    where = f"“{near}”之后" if near else "开头"
    raise Bad(
        f"{where}有一个看不见的、会颠倒文字顺序的字符（U+{code:04X}），请把这几个字删去重新输入，不要粘贴"
    )


def text(limit: int, *, empty: bool = False) -> Checker:
    """A string of at most ``limit`` characters, none of them controlling or turning others; blank only where ``empty``."""

    def check(value: Any, zone: tzinfo) -> str:
        if not isinstance(value, str):
            raise Bad("应为文字")
        if len(value) > limit:
            raise Bad(f"最多 {limit} 个字，现有 {len(value)} 个，请删减后再提交")
        no_bad_characters(value)
        if not empty and not _UNSEEN.sub("", value).strip():
            raise Bad("不能为空，请填写")
        return value

    return check


def choice(options: tuple[Any, ...]) -> Checker:
    """One of a closed list."""

    def check(value: Any, zone: tzinfo) -> Any:
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value not in options:
            raise Bad("应为下列之一：" + "、".join(str(o) for o in options))
        return value

    return check


def boolean(value: Any, zone: tzinfo) -> bool:
    """True or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise Bad("应为 true 或 false")
    return value


def instant(value: Any, zone: tzinfo) -> datetime:
    """ISO 8601 with an offset, answered in the district's zone to the millisecond (what stores keep)."""
    if not isinstance(value, str) or len(value) > 40:
        raise Bad("应为带时区的时间，如 2018-06-01T09:00:00+08:00")
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None or not 1990 <= parsed.year <= 2200:
            raise ValueError
        return parsed.astimezone(zone).replace(microsecond=parsed.microsecond // 1000 * 1000)
    except (ValueError, OverflowError):
        raise Bad("应为带时区的时间，如 2018-06-01T09:00:00+08:00") from None


def day_or_instant(end_of_day: bool) -> Checker:
    """An instant, or a day: its end (24:00) for a promise, its beginning for a review."""

    def check(value: Any, zone: tzinfo) -> datetime:
        if isinstance(value, str) and _DAY.match(value):
            try:
                day = date.fromisoformat(value)
                if not 1990 <= day.year <= 2200:
                    raise ValueError
            except ValueError:
                raise Bad("没有这一天，请核对日期") from None
            if end_of_day:
                day = date.fromordinal(day.toordinal() + 1)
            return datetime.combine(day, time(0), zone)
        return instant(value, zone)

    return check


def nullable(inner: Checker) -> Checker:
    """The same, or null."""

    def check(value: Any, zone: tzinfo) -> Any:
        return None if value is None else inner(value, zone)

    return check


def code(value: Any, zone: tzinfo) -> str:
    """A short code (unit, matter, township): checked against the district's tables by the rules."""
    if not isinstance(value, str) or not 0 < len(value) <= 64 or _BAD_CHARACTERS.search(value):
        raise Bad("应为代码，如 CG 或 CG-02")
    return value


def codes(value: Any, zone: tzinfo) -> list[str]:
    """A list of codes without repetition."""
    if not isinstance(value, list) or len(value) > 100:
        raise Bad('应为代码的列表，如 ["CG"]')
    found = [code(item, zone) for item in value]
    if len(set(found)) != len(found):
        raise Bad("同一代码出现了两次，请去掉重复的")
    return found


def some_codes(value: Any, zone: tzinfo) -> list[str]:
    """The same, at least one."""
    found = codes(value, zone)
    if not found:
        raise Bad("至少选一个")
    return found


def ids(value: Any, zone: tzinfo) -> list[str]:
    """Attachment ids."""
    if not isinstance(value, list) or len(value) > 50:
        raise Bad("应为附件编号的列表")
    return [
        str(item) if isinstance(item, int) and not isinstance(item, bool) else code(item, zone)
        for item in value
    ]


def obj(keys: Mapping[str, Checker], required: tuple[str, ...] = ()) -> Checker:
    """An object with exactly known keys; null values count as not given."""

    def check(value: Any, zone: tzinfo) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Bad("应为对象")
        for key in value:
            if key not in keys:
                raise Bad(f"不认识的键 {str(key)[:40]!r}，可用：" + "、".join(keys))
        result: dict[str, Any] = {}
        for key, inner in keys.items():
            if value.get(key) is None:
                if key in required:
                    raise Bad(f"缺少 {key}，请补上")
                continue
            try:
                result[key] = inner(value[key], zone)
            except Bad as bad:
                raise Bad(f"{key} {bad}") from None
        return result

    return check


safety = obj(dict.fromkeys(SAFETY_KEYS, choice(SAFETY_ANSWERS)), SAFETY_KEYS)
source = obj({"channel": text(40), "ref": text(200)}, ("channel", "ref"))


def _phone(value: Any, zone: tzinfo) -> str:
    if not isinstance(value, str) or not _PHONE.match(value):
        raise Bad("不是电话号码，请核对，如 13800001234 或 023-48660000")
    return value


def _degrees(limit: float) -> Checker:
    def check(value: Any, zone: tzinfo) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Bad("应为经纬度数值")
        if not math.isfinite(value) or abs(value) > limit:
            raise Bad(f"应在 -{limit:g} 到 {limit:g} 之间")
        return float(value)

    return check


place = nullable(
    obj(
        {
            "text": text(500, empty=True),
            "township": text(40),
            "village": text(80),
            "lon": _degrees(180),
            "lat": _degrees(90),
        }
    )
)
caller = nullable(
    obj(
        {
            "name": text(80, empty=True),
            "phone": _phone,
            "anonymous": boolean,
            "confidential": boolean,
            "contact_ok": boolean,
            "language": text(40),
        }
    )
)


def parts(value: Any, zone: tzinfo) -> list[dict[str, Any]]:
    """The parts of a split: at least two, each with a summary."""
    if not isinstance(value, list) or not 2 <= len(value) <= 20:
        raise Bad("拆分至少两件、至多二十件，每件写明 summary")
    one = obj({"summary": text(1000), "content": text(20000, empty=True), "matter": code}, ("summary",))
    return [one(item, zone) for item in value]


def remainder(value: Any, zone: tzinfo) -> dict[str, Any] | None:
    """What is left after the police: nothing (null, false, blank), true (as the case says), a sentence, or an object."""
    if value is None or value is False or value == "":
        return None
    if value is True:
        return {}
    if isinstance(value, str):
        return {"summary": text(1000)(value, zone)}
    given: dict[str, Any] = obj({"summary": text(1000), "content": text(20000, empty=True)})(value, zone)
    return given


def instruction(value: Any, zone: tzinfo) -> str:
    """Which instruction is acknowledged: its number in the case."""
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not 0 < len(str(value)) <= 2000:
        raise Bad("应为指令的编号")
    no_bad_characters(str(value))
    return str(value)


def unit_ref(value: Any, zone: tzinfo) -> str:
    """A unit's code, or "unknown"."""
    return code(value, zone)
