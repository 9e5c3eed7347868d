"""What holds between the rows of a whole district, whoever wrote them: a pack's author, or a person on a page.

Rows of one key never overlap, so that on any day there is at most one name, one responsible person, one unit for a
matter (R22, R48, R59). ``parts.py`` says the same of a pack's files with line numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

from . import values as v
from .pack import Pack

KEYS: Mapping[str, str] = {
    "units": "code",
    "contacts": "unit",
    "subunits": "code",
    "matters": "code",
}
"""Parts that people change here, and the field that names what a row is about."""
SAYS = {"contacts": "联系人", "subunits": "内部单位", "matters": "事项"}


def key_of(part: str, row: Any) -> str:
    """What a row is about."""
    return str(getattr(row, KEYS[part]))


def merge(pack: Pack, stored: Pack, decided: Mapping[str, Set[str]]) -> Pack:
    """``pack`` with the rows of ``stored`` for the keys of ``decided``, by part."""
    parts: dict[str, Any] = {}
    for part in KEYS:
        keys = decided.get(part, frozenset())
        own = [row for row in getattr(stored, part) if key_of(part, row) in keys]
        parts[part] = (*(row for row in getattr(pack, part) if key_of(part, row) not in keys), *own)
    return replace(pack, **parts)


def faults(pack: Pack) -> list[str]:
    """Everything that cannot be so, in Chinese; empty for a sound district."""
    return [*_overlaps(pack), *_unknown(pack), *_circles(pack)]


def _overlaps(pack: Pack) -> Iterator[str]:
    for part, says in SAYS.items():
        rows = sorted(getattr(pack, part), key=lambda row: (key_of(part, row), row.valid_from))
        for key, own in groupby(rows, key=lambda row: key_of(part, row)):
            yield from _twice(f"{says} {key}", list(own))
    for unit in pack.units:
        if not unit.names:
            yield f"单位 {unit.code} 没有名称"
        yield from _twice(f"单位 {unit.code} 的名称", sorted(unit.names, key=lambda name: name.valid_from))


def _twice(what: str, rows: list[Any]) -> Iterator[str]:
    for earlier, later in pairwise(rows):
        if v.overlap(earlier, later):
            yield f"{what} 自 {later.valid_from} 起有两行同时有效"


def _unknown(pack: Pack) -> Iterator[str]:
    classes = {row.code for row in pack.classes}
    entries = {entry.no for entry in pack.entries}
    for matter in pack.matters:
        if matter.unit not in pack.unit_by_code and matter.unit not in classes:
            yield f"事项 {matter.code} 的单位 {matter.unit} 不存在"
        if matter.entry_no not in entries:
            yield f"事项 {matter.code} 所属的目录第 {matter.entry_no} 段不存在"
    for code in (*(row.unit for row in pack.contacts), *(row.unit for row in pack.subunits)):
        if code not in pack.unit_by_code:
            yield f"单位 {code} 不存在"
    for unit in pack.units:
        for heir in unit.successors:
            if heir not in pack.unit_by_code:
                yield f"单位 {unit.code} 的承接单位 {heir} 不存在"


def _circles(pack: Pack) -> Iterator[str]:
    for unit in pack.units:
        seen: set[str] = set()
        ahead = list(unit.successors)
        while ahead:
            code = ahead.pop()
            if code == unit.code:
                yield f"承接关系成环：{unit.code} 最终又由自己承接"
                break
            if code not in seen and code in pack.unit_by_code:
                seen.add(code)
                ahead.extend(pack.unit_by_code[code].successors)
