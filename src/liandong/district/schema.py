"""The shape of a pack's files, as data: which tables, which keys, which kinds of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

LENGTH = re.compile(r"^[1-9][0-9]{0,3}(wd|d|wh|h|min)$")
UNIT_CODE = re.compile(r"^[A-Z][A-Z0-9]*(-[A-Za-z0-9]+)?$")
_CLOCK = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


def clock(text: str) -> time:
    """``"09:00"`` as a time of day."""
    return time.fromisoformat(text)


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_hours(value: Any) -> bool:
    return (
        _is_strings(value) and len(value) == 2 and all(_CLOCK.match(v) for v in value) and value[0] < value[1]
    )


@dataclass(frozen=True)
class Kind:
    """A kind of value: how a person would describe it, and the test."""

    says: str
    test: Callable[[Any], bool]


def one_of(*values: str) -> Kind:
    """A closed list of words."""
    return Kind("应为 " + "、".join(values) + " 之一", lambda value: value in values)


TEXT = Kind("应为非空文字（加引号）", lambda v: isinstance(v, str) and bool(v.strip()))
MAYBE_TEXT = Kind("应为文字（加引号，可以是空的）", lambda v: isinstance(v, str))
TEXTS = Kind('应为文字的列表，如 ["甲", "乙"]', _is_strings)
WHOLE = Kind("应为整数", lambda v: isinstance(v, int) and not isinstance(v, bool))
YES_NO = Kind("应为 true 或 false", lambda v: isinstance(v, bool))
DAY = Kind(
    "应为日期，写作 2018-06-01，不加引号", lambda v: isinstance(v, date) and not isinstance(v, datetime)
)
CLOCK = Kind('应为时刻，如 "08:00"', lambda v: isinstance(v, str) and bool(_CLOCK.match(v)))
HOURS = Kind('应为起止时刻，如 ["09:00", "12:00"]，起早于止', _is_hours)
LIMIT = Kind("应为时限，如 2wd、15d、4wh、24h、10min", lambda v: isinstance(v, str) and bool(LENGTH.match(v)))
CODE = Kind(
    "应为单位代码，如 CG、U-W、JZ-500110001", lambda v: isinstance(v, str) and bool(UNIT_CODE.match(v))
)

REQUEST_KINDS = (
    "consult", "help", "complaint", "report", "suggestion", "praise", "dispute", "police_nonurgent", "other",
)  # fmt: skip
"""CONTRACT §3, ``kind``."""
KINDS = Kind(
    "应为诉求类型的列表：" + "、".join(REQUEST_KINDS),
    lambda v: _is_strings(v) and all(item in REQUEST_KINDS for item in v),
)


@dataclass(frozen=True)
class Table:
    """A table: its keys (those in ``optional`` may be left out), one or many, and tables inside it."""

    keys: Mapping[str, Kind]
    optional: frozenset[str] = frozenset()
    many: bool = True
    inside: Mapping[str, Table] = field(default_factory=dict)


_FROM = {"from": DAY, "to": DAY}
_CITED = {"source": TEXT, "clause": TEXT}
_END = frozenset({"to"})

PACK = {
    "pack": Table(
        {
            "district": TEXT, "name": TEXT, "zone": TEXT, "number_prefix": TEXT, "version": TEXT,
            "population": TEXT, "from": DAY, **_CITED,
        },
        optional=frozenset({"population"}), many=False,
    ),
    "hours": Table({"morning": HOURS, "afternoon": HOURS, **_CITED}, many=False),
}  # fmt: skip
UNITS = {
    "unit": Table(
        {
            "code": CODE,
            "kind": one_of("command", "police", "department", "utility", "township", "park", "other"),
            "successors": TEXTS, "aliases": TEXTS, "township": TEXT, **_FROM, **_CITED,
        },
        optional=frozenset({"to", "successors", "aliases", "township"}),
        inside={"name": Table({"text": TEXT, **_FROM}, optional=_END)},
    )
}  # fmt: skip
CATALOGUE = {
    "class": Table(
        {"code": CODE, "name": TEXT, "expands": TEXTS, "note": TEXT, **_CITED}, optional=frozenset({"note"})
    ),
    "entry": Table(
        {"no": WHOLE, "unit": CODE, "version": TEXT, "text": TEXT, **_FROM, **_CITED},
        optional=_END,
        inside={
            "matter": Table(
                {
                    "code": TEXT, "name": TEXT, "phrase": MAYBE_TEXT, "clause": TEXT, "kinds": KINDS,
                    "emergency": YES_NO, "never_divert": TEXT, "restricted": YES_NO, "stages": TEXTS,
                },
                optional=frozenset({"clause", "emergency", "never_divert", "restricted", "stages"}),
            )
        },
    ),
}  # fmt: skip
EMERGENCY = {
    "class": Table(
        {"code": TEXT, "name": TEXT, "triggers": TEXTS, "parallel": TEXTS, "outside": TEXTS, **_CITED}
    )
}
LIMITS = {
    "limit": Table(
        {"kind": TEXT, "name": TEXT, "length": LIMIT, "outside": LIMIT, "source": one_of("notice", "default"),
         "clause": TEXT},
        optional=frozenset({"outside"}),
    )
}  # fmt: skip
STATUTORY = {
    "statutory": Table(
        {"matters": TEXTS, "length": LIMIT, "citation": TEXT, "confirmed": YES_NO,
         "stage": one_of("finish", "step"), "mark": TEXT, "note": MAYBE_TEXT, **_FROM},
        optional=frozenset({"to", "note"}),
    )
}  # fmt: skip
TOWNSHIPS = {
    "township": Table(
        {"code": TEXT, "name": TEXT, "kind": one_of("subdistrict", "town", "township"), "ours": YES_NO,
         "governed_by": TEXT, "villages": TEXTS, "source": TEXT},
        optional=frozenset({"villages"}),
    )
}  # fmt: skip
HOTLINES = {"hotline": Table({"number": TEXT, "name": TEXT, "unit": MAYBE_TEXT, "purpose": TEXT, **_CITED})}
_PAIR = {"responsible": TEXT, "responsible_phone": TEXT, "liaison": TEXT, "liaison_phone": TEXT}
PEOPLE = {
    "contact": Table({"unit": CODE, **_PAIR, "duty_phone": TEXT, **_FROM, **_CITED}, optional=_END),
    "subunit": Table({"code": TEXT, "unit": CODE, "name": TEXT, **_PAIR, **_FROM, **_CITED}, optional=_END),
    "shift": Table(
        {"unit": CODE, "starts": CLOCK, "ends": CLOCK, "post": one_of("main", "deputy"), "person": TEXT,
         "phone": TEXT, **_FROM, **_CITED},
        optional=_END,
    ),
}  # fmt: skip
REFORM = {"reform": Table({"unit": CODE, "successor_names": TEXTS, "on": DAY, "confirmed": YES_NO, **_CITED})}
CALENDAR = {
    "calendar": Table({"year": WHOLE, "version": TEXT, "source": TEXT}, many=False),
    "day": Table({"date": DAY, "kind": one_of("off", "work"), "name": TEXT}, optional=frozenset({"name"})),
}

FILES: Mapping[str, Mapping[str, Table]] = {
    "pack.toml": PACK,
    "units.toml": UNITS,
    "townships.toml": TOWNSHIPS,
    "catalogue.toml": CATALOGUE,
    "emergency.toml": EMERGENCY,
    "limits.toml": LIMITS,
    "statutory.toml": STATUTORY,
    "hotlines.toml": HOTLINES,
    "people.toml": PEOPLE,
    "reform.toml": REFORM,
}
"""Every file a pack must have beside ``calendar/YYYY.toml``."""

KNOWLEDGE = {
    "entry": Table(
        {"ref": TEXT, "title": TEXT, "text": TEXT, "basis": MAYBE_TEXT, "words": TEXTS, "matters": TEXTS,
         "unit": MAYBE_TEXT, "hotline": MAYBE_TEXT, "owner": CODE, "review_on": DAY, "public": YES_NO, **_CITED},
        optional=frozenset({"basis", "words", "unit", "hotline", "public"}),
    )
}  # fmt: skip
TEMPLATES = {
    "template": Table(
        {"code": TEXT, "name": TEXT, "command": TEXT, "unit": MAYBE_TEXT, "owner": CODE, "text": TEXT, **_FROM,
         **_CITED},
        optional=frozenset({"to", "unit"}),
    )
}  # fmt: skip
TRAINING = {
    "part": Table({"code": TEXT, "title": TEXT, "text": TEXT}),
    "question": Table({"code": TEXT, "ask": TEXT, "options": TEXTS, "right": WHOLE, "why": TEXT}),
    "course": Table(
        {"role": TEXT, "version": WHOLE, "title": TEXT, "pass_mark": WHOLE, "renew_days": WHOLE, "parts": TEXTS,
         "questions": TEXTS, **_CITED}
    ),
}  # fmt: skip
HOUSE = {
    "rule": Table(
        {"kind": TEXT, "name": TEXT, "length": LIMIT, "source": one_of("notice", "default"), "clause": TEXT}
    )
}

LIBRARY_FILES: Mapping[str, Mapping[str, Table]] = {
    "knowledge.toml": KNOWLEDGE,
    "texts.toml": TEMPLATES,
    "training.toml": TRAINING,
    "house.toml": HOUSE,
}
"""Files of a pack that tell people what to say and how to work; no rule asks them, so they move no policy id."""

HOUSE_KINDS = ("handover_read", "roster_ahead", "knowledge_warn", "knowledge_again")
"""The lengths the house keeps for itself."""

GRADE_FILE = "workbench.toml"
GRADE_CODES = ("green", "yellow", "red")
GRADES = {"grade": Table({"code": one_of(*GRADE_CODES), "upto": WHOLE, **_CITED})}
"""What the units' pages call pressing; no rule asks it."""

LIMIT_KINDS = (
    "triage", "sign", "handle_general", "handle_special", "handle_half_general", "handle_half_special",
    "handle_half_other", "contact", "return_window", "return_decision", "ruling", "decision", "review",
    "callback", "police_feedback", "ack", "phone_report", "written_report", "assist_general",
    "assist_special", "archive", "rework_window", "suspension_max",
)  # fmt: skip
"""The limits the rules ask for (CONTRACT §4)."""
