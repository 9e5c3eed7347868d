"""What the figures of a report are called and how they are counted; each definition bears a digest of what counts it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from liandong.casework.evaluation import METRICS
from liandong.casework.figures import FIGURES

from .values import Definition

COUNTED: dict[str, tuple[str, str]] = {
    "received": ("接报", "时段内接报并登记的件数"),
    "diverted": ("分流", "时段内接报的件中，派给联动单位的"),
    "closed": ("办结", "时段内办结的件数，含直接答复；重办的按最后一次办结计"),
    "returned": ("退单", "时段内单位申请退回的次数；一件退两次算两次"),
    "disputed": ("争议", "时段内报到区政府值班室裁定的次数"),
    "misdirected": ("误分流", "时段内派给单位以后又转警务的件数；安全指标，目标是0"),
    "overdue": ("现在超期", "制表时在办、手里这一步已经超期的件数；不随时段变"),
    "open": ("现在在办", "制表时在办的件数；不随时段变"),
}
"""Numbers that are counted over cases (``casework.figures``): their name and what they mean."""
EXCLUDED = "不计：作废、合并、涉警投诉（R19）"
_SAME = {"open": "overdue"}
"""Figures that are the denominator of another one."""


def is_count(code: str) -> bool:
    """Whether this is a plain number of ``casework.figures``; else it is a metric M1-M25."""
    return code in COUNTED


def is_known(code: str) -> bool:
    """Whether reports have a figure of this code."""
    return code in COUNTED or code in METRICS


def counted_as(code: str) -> tuple[str, str]:
    """The figure of ``casework.figures`` that counts a number, and its part."""
    if code in _SAME:
        return _SAME[code], "among"
    return code, "right" if FIGURES[code].right else "among"


def name(code: str) -> str:
    """What a figure is called."""
    return COUNTED[code][0] if code in COUNTED else METRICS[code].name


def label(code: str) -> str:
    """Its name with its number in part E."""
    number = _number(code)
    return f"{name(code)}（{number}）" if number else name(code)


def _number(code: str) -> str:
    return METRICS[code].number if code in METRICS else ""


def definition(code: str) -> Definition:
    """The whole definition of a figure."""
    if code in METRICS:
        metric = METRICS[code]
        return Definition(
            code, metric.number, metric.name, metric.formula, metric.exclusions, _digest(tuple(metric))
        )
    figure = FIGURES[counted_as(code)[0]]
    return Definition(
        code,
        _number(code),
        COUNTED[code][0],
        COUNTED[code][1],
        EXCLUDED,
        _digest((tuple(figure), counted_as(code))),
    )


def definitions(codes: Iterable[str]) -> tuple[Definition, ...]:
    """The definitions of several figures, each once, in the order of their numbers."""
    return tuple(sorted(map(definition, set(codes)), key=lambda one: (_order(one.number), one.code)))


def _order(number: str) -> int:
    return int(number[1:]) if number[1:].isdigit() else 0


def _digest(counted: object) -> str:
    return hashlib.sha256(repr(counted).encode()).hexdigest()[:12]
