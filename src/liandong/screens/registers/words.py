"""An entry in words: values of fields by their type, steps of the log, who was told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from liandong.registers.notices import Told
from liandong.registers.queries import Logged
from liandong.rules.fields import Field
from liandong.rules.register import Register
from liandong.screens.common import labels
from liandong.screens.common.labels import by_name
from liandong.screens.common.page import unit_name
from liandong.screens.common.story import who

from .inputs import _KEYS, CHOICES

READERS = {
    "desk": "110报警服务台", "desk_lead": "值班长", "duty_office": "区政府值班室", "inspector": "督检考评",
    "government": "区政府", "police": "公安",
}  # fmt: skip


class Told_(NamedTuple):
    """A receipt as a page shows it."""

    to: str
    kind: str
    at: datetime
    read_at: datetime | None
    read_by: str


class Line(NamedTuple):
    """One step that was taken, as a person reads it."""

    title: str
    rule: str
    at: datetime
    by: str
    rows: list[tuple[str, Any]]
    state: str


def rows(register: Register, data: Mapping[str, Any], *, skip: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """(name, value in words) of an entry's fields, in the order in which its steps give them; what effects added is
    theirs to show."""
    known: dict[str, Field] = {}
    for step in register.steps:
        known |= {field.name: field for field in step.fields if field.name not in known}
    return [
        (by_name(field.label), value(register, field, data[name]))
        for name, field in known.items()
        if name not in skip and data.get(name) not in (None, "", [])
    ]


def value(register: Register, field: Field, given: Any) -> Any:
    """One value in words: codes translated, units by name, cases as links."""
    kind = field.type
    if (register.name, field.name) in CHOICES:
        return by_name(CHOICES[register.name, field.name]().get(str(given), str(given)))
    if kind == "codes":
        return "、".join(str(code) for code in given)
    if kind == "unit":
        return unit_name(str(given))
    if kind == "units":
        return "、".join(unit_name(str(code)) for code in given)
    if kind == "case":
        return _case(str(given))
    if kind == "cases":
        return format_html_join("、", "{}", ((_case(str(no)),) for no in given))
    if kind == "choice":
        return by_name(register.words.get(str(given), str(given)))
    if kind == "boolean":
        return _("是") if given else _("否")
    if kind == "records":
        return format_html_join("", "<div>{}</div>", ((_record(one, register),) for one in given))
    return given


def _case(no: str) -> SafeString:
    return format_html('<a href="/cases/{}">{}</a>', no, no)


def _record(one: Mapping[str, Any], register: Register | None = None) -> str:
    return " · ".join(
        f"{by_name(_KEYS.get(key, key))} {_small(key, text, register)}" for key, text in one.items()
    )


def _small(key: str, given: Any, register: Register | None) -> str:
    """One value of a small object in words: units by name, codes by the register's words."""
    if isinstance(given, list):
        return "、".join(_small(key.removesuffix("s"), one, register) for one in given)
    if isinstance(given, bool):
        return _("是") if given else _("否")
    if key == "unit":
        return unit_name(str(given))
    return (
        by_name(register.words[given])
        if register and key == "type" and given in register.words
        else str(given)
    )


def lines(register: Register, log: list[Logged]) -> list[Line]:
    """The log as a person reads it, oldest first."""
    made = []
    for one in log:
        step = register.by_name.get(one.step)
        state = by_name(register.states.get(one.state, one.state)) if one.state else ""
        made.append(
            Line(
                by_name(step.label) if step else one.step,
                step.rule if step else "",
                one.at,
                who(one.by),
                rows(register, one.changed),
                state,
            )
        )
    return made


def receipts(register: Register, told: list[Told]) -> list[Told_]:
    """Who was told of what, and when they read it (R4)."""
    return [
        Told_(_recipient(one.to), by_name(register.words.get(one.kind, _kind(register, one.kind))), one.at, one.read_at, who(one.read_by) if one.read_by else "")
        for one in told
    ]  # fmt: skip


def _kind(register: Register, kind: str) -> str:
    step = register.by_name.get(kind)
    return step.label if step else register.label


def _recipient(to: str) -> str:
    if to.startswith("unit:"):
        _unit, code, *rest = to.split(":")
        return unit_name(code) + (_("（负责人）") if rest else "")
    return by_name(READERS.get(to, str(labels.label(labels.ROLES, to))))
