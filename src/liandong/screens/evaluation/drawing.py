"""The pictures of the evaluation: each unit's rate with its interval, and the groups' rate from period to period.

Both stand beside a table that says the same. The line is drawn from frozen evaluations alone (and the period on the
page): what was published is what is compared, and nothing is counted again for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from liandong.casework.evaluation import METRICS, Result, Table, combine, snapshots
from liandong.rules.periods import BadPeriod, Period, before
from liandong.rules.policy import Policy
from liandong.rules.scoring import GROUPS, group_of

from .showing import GROUP_NAMES, RATES, percent

PERIODS = 8
"""Points of the line, the one on the page among them: two years of quarters."""
LINED = tuple(group for group in GROUPS if group in ("department", "township", "utility"))


def drawn(code: str) -> str:
    """The metric the pictures show: the one that ranks where it is a rate, else the on-time rate."""
    return code if code in RATES else "M2"


def intervals(groups: list[dict[str, Any]], table: Table, code: str, policy: Policy) -> dict[str, Any]:
    """Every ranked unit's rate with its 95 % Wilson interval, and its group's rate, on one scale in percent."""
    made = []
    for group in groups:
        rows = [
            (row["name"], one)
            for row in group["rows"]
            if (one := table[row["code"]][code]).enough and one.value is not None
        ]
        if rows:
            rows.sort(key=lambda row: -(row[1].value or 0) * (1 if METRICS[code].better != "low" else -1))
            made.append((group["name"], rows, together(table, group["code"], code, policy)))
    known = [one for _name, rows, _group in made for _unit, one in rows]
    if not known:
        return {}
    low = int(min(one.low or 0.0 for one in known) * 10) * 10
    high = min(100, -(-int(max(one.high or 0.0 for one in known) * 1000) // 100) * 10)

    def at(share: float | None) -> str:
        return f"{((share or 0.0) * 100 - low) / ((high - low) or 1) * 100:.2f}"

    return {
        "name": METRICS[code].name,
        "number": METRICS[code].number,
        "low": low,
        "high": high,
        "groups": [
            {
                "name": name,
                "line": at(group.value),
                "said": percent(group.value or 0.0),
                "rows": [
                    {
                        "name": unit, "low": at(one.low), "high": at(one.high), "at": at(one.value),
                        "said": percent(one.value or 0.0), "among": f"{one.denominator:.0f}",
                        "span": f"{percent(one.low or 0.0)}–{percent(one.high or 0.0)}",
                    }
                    for unit, one in rows
                ],
            }
            for name, rows, group in made
        ],
    }  # fmt: skip


def together(table: Mapping[str, Mapping[str, Result]], group: str, code: str, policy: Policy) -> Result:
    """A group's rate by its cases, not by its units."""
    units = [unit.code for unit in policy.units.values() if group_of(unit.kind) == group]
    return combine([table[unit][code] for unit in units if unit in table], 1)


def course(
    period: Period, table: Table, code: str, policy: Policy, fewest: int, running: bool
) -> dict[str, Any]:
    """The groups' rate over the periods up to this one. Empty where the kind of period is never frozen or none was."""
    if period.kind not in snapshots.KINDS:
        return {}
    found: list[tuple[Period, Mapping[str, Mapping[str, Result]] | None]] = [(period, table)]
    while len(found) < PERIODS:
        try:
            earlier = before(found[-1][0])
        except BadPeriod:
            break
        frozen = snapshots.latest(earlier)
        found.append((earlier, frozen.table("unit") if frozen else None))
    while found and found[-1][1] is None:
        found.pop()
    if len(found) < 2:
        return {}
    found.reverse()
    labels = [one.name + (_("（至今）") if running and one is period else "") for one, _table in found]
    results = [
        [together(known, group, code, policy) if known is not None else None for group in LINED]
        for _one, known in found
    ]
    series = [
        {
            "name": str(GROUP_NAMES[group]),
            "values": [
                round(100 * one.value, 1)
                if (one := row[n]) is not None and one.value is not None and one.denominator >= fewest
                else None
                for row in results
            ],
        }
        for n, group in enumerate(LINED)
    ]
    return {
        "name": METRICS[code].name,
        "data": json.dumps({"kind": "rate", "labels": labels, "series": series}, ensure_ascii=False),
        "empty": not any(value is not None for one in series for value in one["values"]),
        "heads": [GROUP_NAMES[group] for group in LINED],
        "rows": [
            (label, [_told(one, fewest) for one in row]) for label, row in zip(labels, results, strict=True)
        ],
    }


def _told(one: Result | None, fewest: int) -> str:
    """One place of the table beside the line."""
    if one is None:
        return _("没有冻结")
    if one.value is None:
        return _("没有数据")
    of = f"{one.numerator:.0f}/{one.denominator:.0f}"
    return f"{percent(one.value)}（{of}）" if one.denominator >= fewest else _("样本不足") + f"（{of}）"
