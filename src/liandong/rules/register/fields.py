"""Fields of steps, in the few kinds that registers need beside those of commands (``rules.fields``)."""

from __future__ import annotations

import re
from datetime import date, tzinfo
from typing import Any

from .. import fields as base
from ..fields import Bad, Checker, Field

_CASE = re.compile(r"[A-Z]{2,8}-\d{6}-\d{8}-\d{5,7}-\d")
_PERIOD = re.compile(r"\d{4}Q[1-4]|\d{4}-(0[1-9]|1[0-2])|\d{4}")


def words(name: str, label: str, *, limit: int = 2000, required: bool = True, public: bool = False) -> Field:
    """Free text; sealed unless ``public`` (titles of meetings and the like, without persons)."""
    return Field(name, base.text(limit, empty=not required), "text", required, "public" if public else "text", (), label)  # fmt: skip


def person(name: str, label: str, *, required: bool = True) -> Field:
    """A person's name: sealed, shown in full only to the register's ``personal`` roles."""
    return Field(name, base.text(80, empty=not required), "person", required, "personal", (), label)


def phone(name: str, label: str, *, required: bool = True) -> Field:
    """A telephone number: sealed, masked like a person."""
    return Field(name, base._phone, "phone", required, "personal", (), label)


def choice(name: str, label: str, options: tuple[Any, ...], *, required: bool = True) -> Field:
    """One of a closed list of codes (or whole numbers)."""
    return Field(name, base.choice(options), "choice", required, "public", options, label)


def unit(name: str, label: str, *, required: bool = True) -> Field:
    """One unit's code."""
    return Field(name, base.code, "unit", required, "public", (), label)


def units(name: str, label: str, *, required: bool = True) -> Field:
    """Codes of units; at least one where required."""
    many = _many(base.code, 400)
    return Field(name, _some(many) if required else many, "units", required, "public", (), label)


def case(name: str, label: str, *, required: bool = True) -> Field:
    """A case's number. That it exists and is visible, the facts say (``checks.cases_exist``)."""
    return Field(name, _case, "case", required, "public", (), label)


def cases(name: str, label: str, *, required: bool = True) -> Field:
    """Numbers of cases; at least one where required."""
    many = _many(_case, 500)
    return Field(name, _some(many) if required else many, "cases", required, "public", (), label)


def instant(name: str, label: str, *, required: bool = True) -> Field:
    """An instant with its offset."""
    return Field(name, base.instant, "instant", required, "public", (), label)


def day(name: str, label: str, *, required: bool = True) -> Field:
    """A calendar day, kept as ``2018-06-01``."""
    return Field(name, _day, "day", required, "public", (), label)


def whole(name: str, label: str, low: int, high: int, *, required: bool = True) -> Field:
    """A whole number between two bounds, both included."""
    return Field(name, _whole(low, high), "number", required, "public", (), label)


def yes_no(name: str, label: str, *, required: bool = True) -> Field:
    """True or false."""
    return Field(name, base.boolean, "boolean", required, "public", (), label)


def period(name: str, label: str, *, required: bool = True) -> Field:
    """A quarter (2018Q3), month (2018-06) or year (2018)."""
    return Field(name, _period, "period", required, "public", (), label)


def code(name: str, label: str, *, required: bool = True) -> Field:
    """A short code: a key of another table, an entry's number."""
    return Field(name, base.text(120), "code", required, "public", (), label)


def records(
    name: str, label: str, keys: dict[str, Checker], needed: tuple[str, ...], *, required: bool = True, most: int = 200,
    personal: bool = False,
) -> Field:  # fmt: skip
    """A list of small objects with known keys (agenda items, trainees); sealed."""
    one = base.obj(keys, needed)

    def check(value: Any, zone: tzinfo) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(value) > most:
            raise Bad(f"应为列表，至多 {most} 项")
        if required and not value:
            raise Bad("至少写明一项")
        return [one(item, zone) for item in value]

    return Field(name, check, "records", required, "personal" if personal else "text", tuple(keys), label)


def attachments() -> Field:
    """Ids of files kept with the entry (``registers.files``)."""
    return Field("attachments", base.ids, "attachments", False, "public", (), "附件")


def _many(one: Checker, most: int) -> Checker:
    def check(value: Any, zone: tzinfo) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise Bad(f"应为列表，至多 {most} 项")
        found = [one(item, zone) for item in value]
        if len(set(found)) != len(found):
            raise Bad("有重复，请去掉重复的")
        return found

    return check


def _some(many: Checker) -> Checker:
    def check(value: Any, zone: tzinfo) -> Any:
        found = many(value, zone)
        if not found:
            raise Bad("至少写明一个")
        return found

    return check


def _case(value: Any, zone: tzinfo) -> str:
    if not isinstance(value, str) or not _CASE.fullmatch(value.strip().upper()):
        raise Bad("应为案件号，如 QJFL-500110-20180601-00001-7")
    return value.strip().upper()


def _day(value: Any, zone: tzinfo) -> str:
    try:
        found = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        found = None
    if found is None or not 1990 <= found.year <= 2200:
        raise Bad("应为日期，如 2018-06-01")
    return found.isoformat()


def _period(value: Any, zone: tzinfo) -> str:
    if not isinstance(value, str) or not _PERIOD.fullmatch(value) or not 1990 <= int(value[:4]) <= 2200:
        raise Bad("应为季度（2018Q3）、月（2018-06）或年（2018）")
    return value


def _whole(low: int, high: int) -> Checker:
    def check(value: Any, zone: tzinfo) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Bad(f"应为 {low} 到 {high} 的整数")
        return value

    return check
