"""What differs between two districts, row by row: for storing, for taking back, for showing before → after.

Names and numbers of persons are shown to the person who enters them, and kept nowhere but in the rows themselves: the
record of changes only says that they changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, NamedTuple

from . import values as v
from .consistency import KEYS, key_of
from .pack import Pack

LABELS: Mapping[str, Mapping[str, str]] = {
    "units": {
        "kind": "类别", "valid_to": "撤销日", "successors": "承接单位", "township": "街镇", "clause": "依据",
    },
    "names": {"text": "名称"},
    "contacts": {
        "responsible": "负责人", "responsible_phone": "负责人电话", "liaison": "联络员", "liaison_phone": "联络员电话",
        "duty_phone": "值班电话",
    },
    "subunits": {
        "name": "内部单位", "responsible": "负责人", "responsible_phone": "负责人电话", "liaison": "联络员",
        "liaison_phone": "联络员电话", "valid_to": "撤销日",
    },
    "matters": {"unit": "承办单位", "name": "名称", "kinds": "诉求类型", "clause": "依据", "version": "版本", "valid_to": "移出目录"},
}  # fmt: skip
"""What a change is shown by; other fields follow from these."""
PERSONAL = frozenset({"responsible", "responsible_phone", "liaison", "liaison_phone", "duty_phone"})
NOTHING = "—"


class Difference(NamedTuple):
    """One row that is new (``old`` None), gone (``new`` None) or otherwise than before."""

    part: str
    key: str
    old: Any
    new: Any

    @property
    def valid_from(self) -> date:
        """The row's first day: with part and key it names the row."""
        day: date = (self.new if self.new is not None else self.old).valid_from
        return day


class Line(NamedTuple):
    """One thing that changes, for people."""

    what: str
    before: str
    after: str


def _rows(pack: Pack) -> dict[tuple[str, str, date], Any]:
    found: dict[tuple[str, str, date], Any] = {}
    for part in KEYS:
        for row in getattr(pack, part):
            found[part, key_of(part, row), row.valid_from] = row
    for unit in pack.units:
        for name in unit.names:
            found["names", unit.code, name.valid_from] = name
    return found


def differences(before: Pack, after: Pack) -> list[Difference]:
    """Every row that differs, ended ones before new ones; a unit's names stand apart from the unit."""
    old, new = _rows(before), _rows(after)
    made = []
    for name in {**old, **new}:
        one, other = old.get(name), new.get(name)
        if _plain(one) != _plain(other):
            made.append(Difference(name[0], name[1], one, other))
    return made


def _plain(row: Any) -> Any:
    """A row's own values: a unit without its names."""
    if isinstance(row, v.UnitRow):
        return tuple(getattr(row, one.name) for one in fields(row) if one.name != "names")
    return row


def lines(before: Pack, after: Pack, *, open_persons: bool) -> list[Line]:
    """What changes, for people. ``open_persons``: names and numbers as they are; else only that they changed."""
    found = differences(before, after)
    begun = {(one.part, one.key, one.valid_from) for one in found if one.old is None}
    rows = _rows(before)
    made: list[Line] = []
    for one in found:
        if one.new is None:
            continue
        previous = one.old
        if previous is None:
            own = [row for (part, key, _), row in rows.items() if (part, key) == (one.part, one.key)]
            previous = v.at(own, one.valid_from)
        for field, label in LABELS[one.part].items():
            was = getattr(previous, field) if previous is not None else None
            now = getattr(one.new, field)
            if field == "valid_to" and (now is None or (one.part, one.key, now) in begun or one.old is None):
                continue  # it ends because the next one begins
            if was == now or (not was and not now):
                continue
            made.append(
                Line(
                    f"{_subject(one, after)} {label}",
                    *_pair(after, one.new.valid_from, field, was, now, open_persons),
                )
            )
    return made


def _subject(one: Difference, pack: Pack) -> str:
    if one.part in ("units", "names", "contacts"):
        return f"{pack.unit_by_code[one.key].name_at(one.valid_from)}（{one.key}）"
    return f"{one.key} {one.new.name}" if one.part == "matters" else one.key


def _pair(pack: Pack, on: date, field: str, was: Any, now: Any, open_persons: bool) -> tuple[str, str]:
    if field in PERSONAL and not open_persons:
        return ("已登记" if was else "空缺", "已更换" if was and now else "已登记" if now else "空缺")
    return (_shown(pack, on, field, was), _shown(pack, on, field, now))


def _shown(pack: Pack, on: date, field: str, value: Any) -> str:
    if not value:
        return NOTHING
    if field in ("unit", "successors"):
        return "、".join(_unit(pack, on, code) for code in ((value,) if isinstance(value, str) else value))
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _unit(pack: Pack, on: date, code: str) -> str:
    return f"{pack.name_at(code, on) if code in pack.unit_by_code else pack.name_of(code)}（{code}）"


def undoing(found: list[Difference]) -> list[dict[str, Any]]:
    """How to take these differences back, as JSON: rows to remove, and the days and successors to restore.

    Changes never remove a row or alter a person in one that stays, so nothing personal stands here.
    """
    return [dict(_undo(one)) for one in found]


def _undo(one: Difference) -> Iterator[tuple[str, Any]]:
    yield from (("part", one.part), ("key", one.key), ("from", one.valid_from.isoformat()))
    if one.old is None:
        yield from (("remove", True), ("expect", {"valid_to": _json(one.new.valid_to)}))
        return
    restore, expect = {}, {}
    for name in ("valid_to", "successors"):
        was, now = getattr(one.old, name, None), getattr(one.new, name, None)
        if was != now:
            restore[name], expect[name] = _json(was), _json(now)
    yield from (("restore", restore), ("expect", expect))


def _json(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
    )
