"""From results to what a page shows: a number in words, its interval, the way to its cases; ranking in fair groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.casework.evaluation import METRICS, Metric, Result, Table, combine
from liandong.rules.periods import Period
from liandong.rules.policy import Policy, Unit
from liandong.rules.scoring import GROUPS, group_of, rank

GROUP_NAMES = {
    "department": gettext_lazy("区级部门"),
    "township": gettext_lazy("街镇和园区"),
    "utility": gettext_lazy("公共服务企业"),
    "other": gettext_lazy("其他单位"),
}
UNIT_METRICS = tuple(code for code, metric in METRICS.items() if metric.of == "unit")
DISTRICT_METRICS = tuple(
    code for code, metric in METRICS.items() if metric.of == "district" and code != "M24"
)
RATES = tuple(code for code, metric in METRICS.items() if metric.unit == "rate" and metric.how != "outside")

Linker = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: how it is said, under which counts, and where its parts open (no address where nothing may open)."""

    metric: Metric
    result: Result
    said: str
    note: str
    few: bool
    links: tuple[tuple[str, str, str], ...]
    """(what, count, address) of the parts that can be opened."""


def cell(code: str, result: Result, key: str | None, by: str, link: Linker | None) -> Cell:
    """One result as a page shows it."""
    metric = METRICS[code]
    few = result.value is not None and not result.enough
    return Cell(
        metric, result, said(metric, result), note(metric, result), few, parts(metric, result, key, by, link)
    )


def said(metric: Metric, result: Result) -> str:
    """The number in words; what cannot be computed says so."""
    value = result.value
    if value is None:
        if metric.how == "composite":
            return _("样本不足")
        return _("没有数据")
    if metric.unit == "rate":
        return percent(value)
    if metric.unit == "hours":
        return _("{n} 小时").format(n=f"{value:.1f}")
    if metric.unit == "count":
        return _("{n} 件").format(n=int(value))
    if metric.unit == "ratio":
        return _("{n} 次").format(n=f"{value:.2f}")
    return f"{value:.1f}"


def percent(share: float) -> str:
    """A share in percent, never rounded up to a whole it is not."""
    shown = f"{share * 100:.1f}"
    return "99.9%" if shown == "100.0" and share < 1 - 1e-9 else f"{shown}%"


def note(metric: Metric, result: Result) -> str:
    """What stands in small under a number: its interval, further numbers."""
    extra = result.extra
    if metric.how == "hours" and extra:
        return _("中位 {m}，P90 {p}；不扣暂停平均 {g}").format(
            m=f"{extra['median']:.1f}", p=f"{extra['p90']:.1f}", g=f"{extra['mean_with_pauses']:.1f}"
        )
    if metric.how == "overtime":
        if not result.denominator:
            return ""
        return _("{n} 件，最长 {h} 小时").format(n=int(result.denominator), h=f"{extra['longest']:.1f}")
    if metric.how == "minutes" and extra.get("longest"):
        return _("最晚的晚 {n} 分钟").format(n=f"{extra['longest']:.0f}")
    if metric.how == "composite" and extra:
        weights = "/".join(f"{extra[f'weight_{code}']:.0f}" for code in ("M12", "M13", "M14"))
        return _("权重 {w}").format(w=weights)
    if "median_seconds" in extra:
        return _("应答中位 {n} 秒").format(n=f"{extra['median_seconds']:.0f}")
    if result.low is not None and result.high is not None and result.enough:
        return _("区间 {low}–{high}").format(low=percent(result.low), high=percent(result.high))
    return ""


def parts(
    metric: Metric, result: Result, key: str | None, by: str, link: Linker | None
) -> tuple[tuple[str, str, str], ...]:
    """The counts of a number with the addresses of their cases."""
    if metric.rows is None:
        if metric.how == "outside" and result.denominator:
            return ((_("接通"), f"{result.numerator:.0f}", ""), (_("打出"), f"{result.denominator:.0f}", ""))
        return ()

    def one(part: str, what: str, count: float) -> tuple[str, str, str]:
        address = link(metric.code, part, key, by) if link is not None and count else ""
        return what, f"{count:.0f}", address

    if metric.how in ("hours", "overtime") or metric.unit == "count":
        return (one("denominator", _("共"), result.denominator),)
    if metric.how == "inhabitants":
        return (one("denominator", _("接报"), result.numerator),)
    if metric.half:
        full, half = result.extra["full"], result.extra["half"]
        return (
            one("numerator", _("是"), full), one("half", _("部分"), half), one("denominator", _("共"), result.denominator),
        )  # fmt: skip
    return (one("numerator", _("是"), result.numerator), one("denominator", _("共"), result.denominator))


def standing(unit: Unit, period: Period, policy: Policy) -> tuple[int, int, str]:
    """Days of the period a unit was in force, days of the period, and in words what became of it (R22, AMB23)."""
    first, end = period.start.date(), (period.end - timedelta(microseconds=1)).date() + timedelta(days=1)
    begin, stop = max(first, unit.valid_from), min(end, unit.valid_to or date.max)
    days, whole = max(0, (stop - begin).days), (end - first).days
    told = ""
    if unit.valid_to is not None and unit.valid_to < end:
        heirs = "、".join(policy.units[code].name for code in unit.successors if code in policy.units)
        told = _("{day}起由{heirs}承接").format(day=f"{unit.valid_to:%Y-%m-%d}", heirs=heirs or _("（未定）"))
    elif unit.valid_from > first:
        told = _("{day}起在册").format(day=f"{unit.valid_from:%Y-%m-%d}")
    return days, whole, told


def groups(
    table: Table,
    period: Period,
    policy: Policy,
    by: str,
    link: Linker | None,
    *,
    together: Table | None = None,
) -> list[dict[str, Any]]:
    """Units in their fair groups, ranked by the chosen metric; places only among those with enough cases.

    ``together``: the whole table where ``table`` holds a part of it (a unit's own), for what the group has together.
    """
    made = []
    everybody = table if together is None else together
    for group in GROUPS:
        units = [
            unit for unit in policy.units.values() if group_of(unit.kind) == group and unit.code in table
        ]
        chosen = METRICS[by]
        entries = [(unit.code, table[unit.code][by].value, table[unit.code][by].enough) for unit in units]
        known = {unit.code: unit for unit in units}
        rows = []
        placed = rank(entries, better=chosen.better)
        ties = [one.place for one in placed if one.place is not None]
        for one in placed:
            code = str(one.key)
            days, whole, told = standing(known[code], period, policy)
            rows.append(
                {
                    "code": code,
                    "name": known[code].name,
                    "place": one.place,
                    "tied": one.place is not None and ties.count(one.place) > 1,
                    "why": {"few": _("样本不足，不排名"), "none": _("没有数据，不排名")}.get(one.why, ""),
                    "days": days if days < whole else None,
                    "told": told,
                    "cells": [
                        cell(metric, table[code][metric], code, "unit", link) for metric in UNIT_METRICS
                    ],
                }
            )
        if rows:
            made.append(
                {
                    "code": group,
                    "name": GROUP_NAMES[group],
                    "rows": rows,
                    "average": average(everybody, group, policy),
                }
            )
    return made


def average(table: Table, group: str, policy: Policy) -> list[Cell]:
    """What a group has together: by its cases, so that a unit with few of them does not weigh like one with many."""
    made = []
    units = [unit.code for unit in policy.units.values() if group_of(unit.kind) == group]
    for code in UNIT_METRICS:
        result = Result()
        if code in RATES:
            result = combine([table[unit][code] for unit in units if unit in table], 1)
        made.append(
            Cell(METRICS[code], result, said(METRICS[code], result) if code in RATES else "—", "", False, ())
        )
    return made


def whole(table: Table, link: Linker | None) -> list[Cell]:
    """The district's own numbers, and those of the units together."""
    found = table.get("", {})
    codes = (*DISTRICT_METRICS, *UNIT_METRICS)
    return [cell(code, found.get(code, Result()), None, "", link) for code in codes]


def towns(table: Table, policy: Policy, link: Linker | None) -> list[dict[str, Any]]:
    """M24 and how much came from each township; those with the most first, what has no township last."""
    named = {town.code: town.name for town in policy.townships.values()}
    keys = sorted(
        (key for key in table if key),
        key=lambda key: (key == "-", -(table[key]["M24"].numerator), key),
    )
    return [
        {
            "name": named.get(key, _("地点不详") if key == "-" else _("不在名册中的地点")),
            "cells": [
                cell(code, table[key][code], key, "township", link)
                for code in ("M24", "M20", "M10", "M25", "M2", "M14")
            ],
        }
        for key in keys
        if table[key]["M24"].numerator
    ]
