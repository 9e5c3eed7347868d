"""A step's form: inputs from its fields, and what was typed as the JSON values that ``registers.store.act`` takes.

Nothing is validated here: what a person typed goes to the rules as it stands, and the rules say what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.rules import periods
from liandong.rules.fields import Field
from liandong.rules.register import Register, Step
from liandong.screens.common.forms import MISSING, Input, Option, Raw, unit_table
from liandong.screens.common.labels import by_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE, to_instant
from liandong.screens.common.whole import whole

from . import rows

BLANK_ROWS = 3
"""Empty lines that a list of small objects offers beside those filled in; as many again after each refusal."""
_SPLIT = re.compile(r"[\s,，、;；]+")
HELP: dict[tuple[str, str], Callable[[], str]] = {}
"""What stands under a field: (register, field) → words, where a setting decides."""
YES_NO = (("true", gettext_lazy("是")), ("false", gettext_lazy("否")))

NOT_ITSELF = ("drill", "drill_plan")
"""Registers in which the duty office asks others: its own unit is not offered, for it would stand there without an answer."""

CHOICES: dict[tuple[str, str], Callable[[], Mapping[str, str]]] = {}
"""What may be chosen for a code that stands in the pack or in another register: (register, field) → names by code."""


def inputs(
    register: Register, step: Step, values: Raw, now: datetime, *, wrong: str | None = None, detail: str = ""
) -> list[Input]:
    """The inputs of a step's form, filled with what was typed; ``wrong`` names the refused field."""
    made = []
    for spec in step.fields:
        one = _input(register, spec, values, now)
        if wrong == spec.name:
            one.error = detail
        made.append(one)
    return made


def _input(register: Register, spec: Field, values: Raw, now: datetime) -> Input:
    made = Input(spec.name, by_name(spec.label), "text", spec.required, value=values.get(spec.name, "") or "")
    kind = spec.type
    if kind == "text" and spec.keep != "public":
        made.widget = "long"
    elif kind == "choice":
        chosen = made.value
        made.options = tuple(
            Option(str(code), by_name(register.words.get(str(code), str(code))), str(code) == chosen)
            for code in spec.choices
        )
        made.widget = "radio" if len(made.options) <= 5 else "select"
    elif (register.name, spec.name) in CHOICES:
        made.widget = "select"
        named = CHOICES[register.name, spec.name]()
        made.options = tuple(Option(code, by_name(name), code == made.value) for code, name in named.items())
    elif kind == "boolean":
        made.widget = "radio"
        made.options = tuple(Option(code, str(name), code == made.value) for code, name in YES_NO)
    elif kind == "unit":
        made.widget = "select"
        made.options = tuple(Option(c, n, c == made.value) for c, n in unit_table(now).items())
    elif kind == "units":
        taken = set(values.getlist(spec.name))
        made.widget = "checks"
        known = current().units if register.name in NOT_ITSELF else {}
        made.options = tuple(
            Option(code, name, code in taken)
            for code, name in unit_table(now).items()
            if code not in known or known[code].kind != "command"
        )
    elif kind == "attachments":
        made.widget, made.name = "files", "files"
        made.help = _(
            "可选多个，每个不超过 20 MB：图片、PDF、Word、Excel、录音。图片的拍摄地点等信息会去掉。"
        )
    elif kind == "cases":
        made.widget, made.help = "long", _("每行一个案件号。")
    elif kind == "codes":
        made.widget, made.help = "long", _("每行一个编号。")
    elif kind == "case":
        made.help = _("案件号，如 QJFL-500110-20180601-00001-7。")
    elif kind in ("instant", "day"):
        made.widget = kind
    elif kind == "period":
        made.value = made.value or periods.on("quarterly", now.astimezone(ZONE).date(), ZONE).name
        made.help = _("季度写作 2018Q3，月写作 2018-06，年写作 2018。")
    elif (register.name, spec.name) in HELP:
        made.help = HELP[register.name, spec.name]()
    elif kind == "phone":
        made.widget = "phone"
    elif kind == "records":
        made.widget = "records"
        own = rows.made_here(spec)
        made.parts = rows.lines(register, spec, values, now) if own else _rows(spec, values)
    return made


def _rows(spec: Field, values: Raw) -> tuple[Input, ...]:
    """Lines of a list of small objects: those typed, and some blank ones."""
    keys = [str(key) for key in spec.choices]
    typed = [
        n for n in range(_lines(spec, values)) if any(values.get(f"{spec.name}-{n}-{key}") for key in keys)
    ]
    count = max(typed, default=-1) + 1 + BLANK_ROWS
    return tuple(
        Input(
            f"{spec.name}-{n}",
            str(n + 1),
            "row",
            parts=tuple(
                Input(
                    f"{spec.name}-{n}-{key}", by_name(_KEYS.get(key, key)), "text",
                    value=values.get(f"{spec.name}-{n}-{key}", "") or "",
                )
                for key in keys
            ),
        )
        for n in range(count)
    )  # fmt: skip


def _lines(spec: Field, values: Raw) -> int:
    found = re.compile(rf"{re.escape(spec.name)}-(\d{{1,3}})-")
    return max((int(match[1]) for key in values if (match := found.match(key))), default=-1) + 1


_KEYS = {
    "title": "题目", "text": "内容", "unit": "单位", "name": "姓名", "post": "岗位", "due": "期限", "type": "类型",
    "count": "数量", "result": "结果", "note": "备注", "who": "何人", "what": "何事", "when": "何时", "number": "号码",
    "person": "参加人", "attends": "能否参加", "present": "到会", "reason": "原因", "units": "承办单位", "phone": "电话",
}  # fmt: skip


def values_of(step: Step, typed: Raw) -> dict[str, Any]:
    """Everything typed into a step's form; what was left blank is not sent."""
    found = {}
    for spec in step.fields:
        value = _value(spec, typed)
        if value is not MISSING:
            found[spec.name] = value
    return found


def _value(spec: Field, typed: Raw) -> Any:
    kind = spec.type
    if kind in ("units", "attachments"):
        return typed.getlist(spec.name) or MISSING
    if kind == "records":
        return (rows.typed(spec, typed) or MISSING) if rows.made_here(spec) else _records(spec, typed)
    text = (typed.get(spec.name, "") or "").strip()
    if not text:
        return MISSING
    if kind in ("cases", "codes"):
        return [part for part in _SPLIT.split(text) if part]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "number" or (kind == "choice" and all(isinstance(one, int) for one in spec.choices)):
        number = whole(text)
        return text if number is None else number
    if kind == "instant":
        try:
            instant = to_instant(text)
        except ValueError:
            return text  # the rules say what an instant looks like
        return text if instant is None else instant.isoformat()
    return text


def _records(spec: Field, typed: Raw) -> Any:
    made = []
    for n in range(_lines(spec, typed)):
        row = {
            str(key): text
            for key in spec.choices
            if (text := (typed.get(f"{spec.name}-{n}-{key}", "") or "").strip())
        }
        if row:
            made.append(row)
    return made or MISSING


def raw_of(step: Step, data: Mapping[str, Any]) -> dict[str, Any]:
    """Values an entry has already, in the shape a submitted form has (for steps that change them)."""
    return {spec.name: data[spec.name] for spec in step.fields if data.get(spec.name) is not None and spec.type not in ("records", "instant")}  # fmt: skip
