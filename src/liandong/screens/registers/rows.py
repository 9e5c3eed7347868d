"""Lists of small objects in forms, where a plain text box would not do: choices, units to tick, days, presence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.rules.fields import Field
from liandong.rules.register import Register
from liandong.rules.registers.meetings import AGENDA
from liandong.screens.common.forms import Input, Option, Raw, unit_table
from liandong.screens.common.labels import by_name

BLANK = 3
"""Empty lines offered beside those filled in."""
LABELS: Mapping[str, str] = {
    "type": "类型", "text": "内容", "unit": "单位", "units": "承办单位", "due": "完成期限", "person": "参加人", "post": "职务",
    "present": "到会",
}  # fmt: skip
SHOWN: Mapping[str, tuple[str, ...]] = {
    "agenda": ("type", "text", "unit"),
    "resolutions": ("text", "units", "due"),
    "attendance": ("present", "unit", "person", "post"),
}
"""The lists made here, and which of their keys a form asks for."""
CHECKS, FLAG, DAY, LONG, TEXT, SELECT = "checks", "flag", "day", "long", "text", "select"
_WIDGET = {"units": CHECKS, "present": FLAG, "due": DAY, "unit": SELECT, "type": SELECT}


def made_here(spec: Field) -> bool:
    """Whether this list is shown and read here."""
    return spec.name in SHOWN


def lines(register: Register, spec: Field, values: Raw, now: datetime) -> tuple[Input, ...]:
    """The lines of a list: those typed or proposed, and some blank ones."""
    units = unit_table(now)
    last = _last(spec, values)
    blank = 0 if spec.name == "attendance" and last >= 0 else BLANK
    return tuple(
        Input(
            f"{spec.name}-{n}",
            str(n + 1),
            "row",
            parts=tuple(_part(register, spec, key, n, values, units) for key in SHOWN[spec.name]),
        )
        for n in range(last + 1 + blank)
    )


def _part(register: Register, spec: Field, key: str, n: int, values: Raw, units: Mapping[str, str]) -> Input:
    name = f"{spec.name}-{n}-{key}"
    value = values.get(name, "") or ""
    widget = _WIDGET.get(key, LONG if spec.name == "resolutions" else TEXT)
    made = Input(name, by_name(LABELS[key]), widget, value=value)
    if key == "units":
        taken = set(values.getlist(name))
        made.options = tuple(Option(code, says, code in taken) for code, says in units.items())
        made.value = "、".join(says for code, says in units.items() if code in taken)
    elif key == "unit":
        made.options = tuple(Option(code, says, code == value) for code, says in units.items())
    elif key == "type":
        made.options = tuple(
            Option(c, by_name(w), c == value) for c, w in ((c, register.words[c]) for c in AGENDA)
        )
    return made


def _last(spec: Field, values: Raw) -> int:
    found = re.compile(rf"{re.escape(spec.name)}-(\d{{1,3}})-")
    return max((int(m[1]) for key in values if (m := found.match(key)) and values.get(key)), default=-1)


def typed(spec: Field, values: Raw) -> list[dict[str, Any]]:
    """The list as JSON values; lines left blank are not sent, one of the roll without presence is sent as absent."""
    made = []
    for n in range(_last(spec, values) + 1):
        row: dict[str, Any] = {}
        for key in SHOWN[spec.name]:
            name = f"{spec.name}-{n}-{key}"
            text = (values.get(name, "") or "").strip()
            if key == "units":
                if values.getlist(name):
                    row[key] = values.getlist(name)
            elif key == "present":
                row[key] = text == "true"
            elif text:
                row[key] = text
        if any(value for key, value in row.items() if key != "type"):
            made.append(row)
    return made
