"""Settings of the registers (台账): read from the pack's ``registers/*.toml``, loaded with it, asked by ``liandong.registers``.

They are apart from ``Pack``: no rule of a case asks them, so a changed pattern must not change the policy that stands on
every event. A pack without them is sound: registers then use the patterns and limits of their own tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liandong.rules.registers import registers

from . import models as m
from .errors import PackError, Problem
from .reader import read_file
from .schema import TEXT, Kind, Table

DIRECTORY = "registers"
BESIDE = ("readiness",)
"""What is set among the registers and is none itself: the table of what a unit has ready."""
_VALUE = Kind(
    "应为文字、数字或文字的列表",
    lambda v: (
        (isinstance(v, str | int | float) and v != "")
        or (isinstance(v, list) and all(isinstance(item, str) for item in v))
    ),
)
_FILE = {"setting": Table({"register": TEXT, "key": TEXT, "value": _VALUE, "source": TEXT, "clause": TEXT})}


class Setting(NamedTuple):
    """One setting and where it comes from."""

    register: str
    key: str
    value: Any
    source: str
    clause: str


def read(directory: Path | str) -> tuple[Setting, ...]:
    """The settings of all files in ``registers/``. Raises PackError: an unknown register, a setting given twice."""
    problems: list[Problem] = []
    found: dict[tuple[str, str], Setting] = {}
    for file in sorted((Path(directory) / DIRECTORY).glob("*.toml")):
        for row in read_file(Path(directory), f"{DIRECTORY}/{file.name}", _FILE, problems)["setting"]:
            one = Setting(row["register"], row["key"], row["value"], row["source"], row["clause"])
            if one.register not in registers() and one.register not in BESIDE:
                row.wrong("register", f"没有台账 {one.register}，可用：{'、'.join(sorted(registers()))}")
            elif (one.register, one.key) in found:
                row.wrong("key", f"{one.register} 的 {one.key} 写了两次，请去掉一处")
            found[one.register, one.key] = one
    if problems:
        raise PackError(problems)
    return tuple(found.values())


def replace(settings: tuple[Setting, ...]) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.RegisterSetting.objects.all().delete()
    m.RegisterSetting.objects.bulk_create([m.RegisterSetting(**one._asdict()) for one in settings])


def of(register: str) -> Mapping[str, Any]:
    """The values set for one register, by key."""
    return dict(m.RegisterSetting.objects.filter(register=register).values_list("key", "value"))


def cited(register: str) -> tuple[Setting, ...]:
    """The settings of one register with their sources, for pages that show them."""
    rows = m.RegisterSetting.objects.filter(register=register).order_by("key")
    return tuple(Setting(*row) for row in rows.values_list("register", "key", "value", "source", "clause"))
