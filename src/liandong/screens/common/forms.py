"""Forms made from the command table: a field's type chooses the widget, the labels come from one table.

Nothing is validated here: what a person typed becomes the contract's JSON value as it stands, and the rules say what
is wrong with it (CONTRACT §3). So a page can never allow or forbid what the interface would not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.rules.codes import GUARDED
from liandong.rules.fields import Field
from liandong.rules.table import COMMANDS

from . import labels
from .policy import current
from .times import ZONE, to_instant
from .whole import whole

MISSING = object()
SKIPPED = ("attachments", "second", "recording_ref")
SHORT = {"summary"}
CONFIRMED = ("void", "set_safety")
"""What a second person may confirm (I7)."""
UNIT_FIELDS = ("unit", "lead_unit", "suggested_unit")
UNITS_FIELDS = ("units", "assist_units", "joint_units")
DAYS = ("review_on", "promised_at")
"""Instants that people agree on by the day: a review begins it, a promise ends it (24:00)."""
PAST = ("at", "contacted_at", "told_caller_at", "received_at")

HELP = {
    ("dispatch", "basis"): gettext_lazy("为什么属于该单位：写明职责条款。"),
    ("return", "why_no_answer_now"): gettext_lazy("28号文要求凡能现时答复的均现时答复；请写明为什么不能。"),
    ("return", "suggested_unit"): gettext_lazy("您认为应由哪个单位办理；不清楚就选“不清楚”。"),
    ("request_extension", "promised_at"): gettext_lazy(
        "到这一天24:00为止；必须晚于现在的期限，批准后成为新的期限。"
    ),
    ("request_extension", "told_caller_at"): gettext_lazy("申请之前须先向来电人说明原因（R37）。"),
    ("to_police", "joint_units"): gettext_lazy("公安与这些单位同时收到通知，各自确认（R41）。"),
    ("answer", "knowledge"): gettext_lazy("所依据的知识条目编号；没有就填 none。"),
    ("police_done", "remainder"): gettext_lazy("处警之后还要由联动单位办理的事；没有就留空。"),
    ("merge", "target"): gettext_lazy("并入哪个案件：填写对方的案件号。"),
    ("acknowledge", "instruction"): gettext_lazy("上面列出的指令的编号。"),
    ("amend", "content"): gettext_lazy("只填写需要更正的栏目，留空表示不变。"),
}


LABELS = {
    ("register", "content"): gettext_lazy("来电人原话"),
    ("register", "summary"): gettext_lazy("一句话概括"),
    ("register", "safety"): gettext_lazy("安全三问"),
}
"""Labels that say more on this form than the command table's own word for the field."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field."""

    value: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Choices under a heading (matters of one unit)."""

    name: str
    units: str
    options: tuple[Option, ...]


@dataclass(slots=True)
class Input:
    """One field as a template shows it."""

    name: str
    label: str
    widget: str
    required: bool = False
    value: str = ""
    options: tuple[Option, ...] = ()
    groups: tuple[Group, ...] = ()
    help: str = ""
    error: str = ""
    whole: bool = True
    parts: tuple[Input, ...] = field(default_factory=tuple)


Raw = MultiValueDict[str, str]


def raw(values: Mapping[str, Any]) -> Raw:
    """Initial values in the shape a submitted form has."""
    result: Raw = MultiValueDict()
    for key, value in values.items():
        if value is None:
            continue
        result.setlist(key, [str(v) for v in value] if isinstance(value, list | tuple) else [_shown(value)])
    return result


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%Y-%m-%dT%H:%M}"
    return str(value)


def _options(table: Mapping[Any, Any], chosen: str | Iterable[str]) -> tuple[Option, ...]:
    taken = {chosen} if isinstance(chosen, str) else set(chosen)
    return tuple(Option(code, str(name), code in taken) for code, name in table.items())


def unit_table(now: datetime) -> dict[str, str]:
    """Units that take work today, by code: departments first, then the territories, as the catalogue names them."""
    day = now.astimezone(ZONE).date()
    units = [u for u in current().units.values() if u.in_force(day)]
    units.sort(key=lambda u: (u.code.startswith(("JZ-", "YQ-", "QT-")), u.code.startswith("U-"), u.code))
    return {u.code: f"{u.name}（{u.code}）" for u in units}


def matter_groups(chosen: str, now: datetime) -> tuple[Group, ...]:
    """The catalogue's matters under the unit whose duty they are; each group says for which unit codes it counts."""
    policy = current()
    by_unit: dict[str, list[Option]] = {}
    for matter in policy.matters.values():
        if matter.ended(now.astimezone(ZONE).date()):
            continue
        by_unit.setdefault(matter.unit, []).append(
            Option(matter.code, f"{matter.code} {matter.name}", matter.code == chosen)
        )
    table = unit_table(now)
    groups = []
    for code, options in by_unit.items():
        known = policy.units.get(code)
        territory = [u for u in table if u.startswith(("JZ-", "YQ-"))] if code == "JZ" else []
        groups.append(Group(known.name if known else code, " ".join([code, *territory]), tuple(options)))
    return tuple(groups)


def _radio(name: str, table: Mapping[str, Any], values: Raw, *, required: bool, label: str = "") -> Input:
    widget = "radio" if len(table) <= 5 else "select"
    return Input(
        name,
        label or labels.label(labels.FIELDS, name),
        widget,
        required,
        options=_options(table, values.get(name, "")),
    )


BOOLEAN = {"true": gettext_lazy("是"), "false": gettext_lazy("否")}
APPROVAL = {"true": gettext_lazy("同意"), "false": gettext_lazy("不同意")}


def make(spec: Field, command: str, values: Raw, now: datetime) -> Input:
    """The input for one field of a command, filled with what was typed (or proposed)."""
    name, kind = spec.name, spec.type
    label = str(LABELS.get((command, name)) or _(spec.label or name))
    made = Input(name, label, "text", spec.required, value=values.get(name, "") or "")
    made.help = str(HELP.get((command, name), ""))
    if kind == "safety" or name == "safety":
        made.widget = "safety"
        made.parts = tuple(
            Input(
                part,
                str(labels.FIELDS[part]),
                "radio",
                spec.required,
                options=_options(labels.YES_NO_UNKNOWN, values.get(part, "") or ""),
            )
            for part in ("life", "property", "public")
        )
    elif name == "place":
        made.widget, made.parts = "group", _place(values)
    elif name == "caller":
        made.widget, made.parts = "group", _caller(values)
    elif name == "parts":
        made.widget = "parts"
        made.parts = tuple(
            Input(
                f"part-{n}",
                "",
                "part",
                n < 2,
                value=values.get(f"part-{n}-summary", "") or "",
                help=values.get(f"part-{n}-content", "") or "",
            )
            for n in range(4)
        )
    elif name in UNIT_FIELDS:
        table = unit_table(now)
        if name == "suggested_unit":
            table = {**table, "unknown": _("不清楚")}
        made.widget, made.options = "select", _options(table, made.value)
    elif name in UNITS_FIELDS:
        made.widget, made.options = "checks", _options(unit_table(now), values.getlist(name))
    elif name == "matter":
        made.widget, made.groups = "groups", matter_groups(made.value, now)
    elif name == "command":
        table = {
            code: labels.label(labels.COMMANDS, code)
            for code in (GUARDED if command == "release" else CONFIRMED)
        }
        made.widget, made.options = "select", _options(table, made.value)
    elif kind == "boolean":
        made.widget = "radio"
        made.options = _options(APPROVAL if name == "approve" else BOOLEAN, made.value)
    elif spec.choices:
        known = labels.SUSPENSION_REASONS if command == "request_suspension" else labels.CHOICES.get(name, {})
        table = {str(c): labels.label(known, c) for c in spec.choices}
        made.widget = "radio" if len(table) <= 5 else "select"
        made.options = _options(table, made.value)
    elif kind == "instant":
        made.widget = "instant"
        made.value = made.value or (_shown(now) if name in PAST else "")
    elif kind not in ("line", "case", "code") and name not in SHORT:
        made.widget = "long"
    if name in DAYS:
        made.widget = "day"
    if name == "method":
        made.widget, made.options = "text", _options({str(v): v for v in labels.METHODS.values()}, made.value)
    if command == "register" and name in ("summary", "content"):
        made.required = name == "content"  # the page makes a title of the first sentence where none is typed
    made.whole = made.widget not in ("instant", "day")
    return made


def _place(values: Raw) -> tuple[Input, ...]:
    towns = {code: t.name for code, t in current().townships.items() if code == t.code}
    return (
        Input("place-text", _("地点描述"), "text", value=values.get("place-text", "") or ""),
        Input(
            "place-township",
            str(labels.FIELDS["township"]),
            "select",
            options=_options(towns, values.get("place-township", "") or ""),
            whole=False,
        ),
        Input(
            "place-village",
            str(labels.FIELDS["village"]),
            "text",
            value=values.get("place-village", "") or "",
            whole=False,
        ),
    )


def _caller(values: Raw) -> tuple[Input, ...]:
    return (
        Input("caller-name", _("称呼或姓名"), "text", value=values.get("caller-name", "") or "", whole=False),
        Input("caller-phone", _("电话"), "phone", value=values.get("caller-phone", "") or "", whole=False),
        Input(
            "caller-flags",
            _("来电人的要求"),
            "checks-plain",
            options=_options(
                {"anonymous": _("匿名"), "confidential": _("要求保密"), "no_contact": _("不要回访")},
                values.getlist("caller-flags"),
            ),
        ),
    )


def inputs(
    command: str, values: Raw, now: datetime, *, wrong: str | None = None, detail: str = ""
) -> list[Input]:
    """The inputs of a command's form in the order of its row; ``wrong`` names the refused field."""
    made = []
    for spec in COMMANDS[command].fields:
        if spec.name in SKIPPED or spec.name == "source":
            continue
        one = make(spec, command, values, now)
        if wrong and wrong.split(".")[0] == spec.name:
            one.error = detail
        made.append(one)
    return made


def value_of(spec: Field, values: Raw) -> Any:
    """What was typed into one field, as the contract's JSON value; ``MISSING`` where nothing was typed."""
    name, kind = spec.name, spec.type
    if kind == "safety" or name == "safety":
        answers = {part: values[part] for part in ("life", "property", "public") if values.get(part)}
        return answers or MISSING
    if name == "place":
        keys = {
            key: (values.get(f"place-{key}", "") or "").strip() for key in ("text", "township", "village")
        }
        return {key: value for key, value in keys.items() if value} or MISSING
    if name == "caller":
        return _typed_caller(values)
    if name == "parts":
        return _typed_parts(values)
    if name in UNITS_FIELDS:
        return values.getlist(name) or ([] if spec.required else MISSING)
    typed = (values.get(name, "") or "").strip()
    if not typed and spec.required and kind == "remainder":
        return None  # nothing is left for a unit: said, not forgotten
    if not typed:
        return "" if spec.required and kind in ("text", "line") else MISSING
    if kind == "boolean":
        return {"true": True, "false": False}.get(typed, typed)
    if spec.choices and all(isinstance(choice, int) for choice in spec.choices) and whole(typed) is not None:
        return whole(typed)
    if "T" in typed and len(typed) in (16, 19) and typed[4] == "-":
        return _typed_instant(typed)
    return typed


def _typed_instant(typed: str) -> str:
    try:
        instant = to_instant(typed)
    except ValueError:
        return typed  # the rules say what an instant looks like
    return typed if instant is None else instant.isoformat()


def _typed_caller(values: Raw) -> Any:
    keys: dict[str, Any] = {
        key: (values.get(f"caller-{key}", "") or "").strip() for key in ("name", "phone", "language")
    }
    keys = {key: value for key, value in keys.items() if value}
    flags = values.getlist("caller-flags")
    if "anonymous" in flags:
        keys["anonymous"] = True
    if "confidential" in flags:
        keys["confidential"] = True
    if "no_contact" in flags:
        keys["contact_ok"] = False
    return keys or MISSING


def _typed_parts(values: Raw) -> Any:
    rows = []
    for n in range(4):
        summary = (values.get(f"part-{n}-summary", "") or "").strip()
        content = (values.get(f"part-{n}-content", "") or "").strip()
        if summary or content:
            rows.append({"summary": summary, **({"content": content} if content else {})})
    return rows or MISSING


def fields_of(command: str, values: Raw) -> dict[str, Any]:
    """Everything typed into a command's form as the contract's fields; blank ones are not sent."""
    found = {}
    for spec in COMMANDS[command].fields:
        value = value_of(spec, values)
        if value is not MISSING:
            found[spec.name] = value
    if found.get("contacted_caller") is not True:
        found.pop("contacted_at", None)  # the proposed time means nothing where nobody was called
    return found
