"""The parts of the page: key figures, trends, the hours of the week, the map, tables by kind, open cases, ranking."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from liandong.casework.figures import FIGURES, NOWHERE, Count
from liandong.rules.policy import Policy
from liandong.screens.common import labels
from liandong.screens.common.page import unit_name

from .asked import Asked
from .sheet import NOTHING, POLICE, Sheet, add
from .showing import Rate, bar, buckets, change_of_number, change_of_rate, day_number, spark, step_of, steps
from .words import AGES, CARDS, COUNTS, RANKS, UNKNOWN, WEEKDAYS, WORDS, holder_name

SPARK_FROM = 3
"""Days from which on a small trend says something."""


class Links:
    """Addresses of the cases behind numbers; none for who sees no cases."""

    def __init__(self, asked: Asked, open_: bool) -> None:
        self.asked, self.open = asked, open_

    def __call__(self, figure: str, part: str = "among", **changes: Any) -> str:
        return self.asked.cases(figure, part, **changes) if self.open else ""


def cards(sheet: Sheet, fewest: int, links: Links) -> list[dict[str, Any]]:
    """The key figures with their change, a small trend, their definition and the way to their cases."""
    days = sheet.asked.period.days
    made = []
    for code in CARDS:
        words, total, before = WORDS[code], sheet.total(code), sheet.before.get(code, NOTHING)
        rate = Rate(total, total.among >= fewest)
        daily = [sheet.by_day.get(day_number(day), {}).get(code, NOTHING) for day in days]
        made.append(
            {
                "code": code,
                "name": words.name,
                "means": words.means,
                "metric": FIGURES[code].metric,
                "words": words,
                "plain": code in COUNTS,
                "now": code == "overdue",
                "count": total,
                "rate": rate,
                "change": _change(code, rate, Rate(before, before.among >= fewest)),
                "spark": _spark(code, daily, fewest) if len(days) >= SPARK_FROM else "",
                "all": links(code),
                "right": links(code, "right"),
                "rest": links(code, "rest"),
            }
        )
    return made


def _change(code: str, now: Rate, before: Rate) -> str:
    if code == "overdue":
        return ""
    if code in COUNTS:
        return change_of_number(now.count.among, before.count.among)
    return change_of_rate(now, before)


def _spark(code: str, daily: list[Count], fewest: int) -> str:
    if code == "overdue":
        return ""
    if code in COUNTS:
        return spark([count.among for count in daily])
    return spark([Rate(count, True).share if count.among >= fewest else None for count in daily])


def trends(sheet: Sheet, fewest: int, links: Links) -> dict[str, Any]:
    """Points over time as rows of a table and as the script draws them: days, or weeks of a long period. A rate of too
    few cases is no point of a line: it stands in the table alone."""
    rows = []
    for first, last in buckets(sheet.asked.period.days, sheet.asked.step):
        range_ = [sheet.by_day.get(n, {}) for n in range(day_number(first), day_number(last) + 1)]
        counts = {code: add(day.get(code, NOTHING) for day in range_) for code in CARDS if code != "overdue"}
        own = {"period": "custom", "from": first.isoformat(), "to": last.isoformat()}
        rows.append(
            {
                "label": _span(first, last),
                "counts": [_cell(code, counts[code], links, own) for code in _TREND],
            }
        )
    charts = [
        _chart(_("接报、分流、办结（件）"), rows, ("received", "diverted", "closed"), "count"),
        _chart(_("按时签收率、按期办结率（%）"), rows, ("sign", "handle"), "rate", fewest),
        _chart(_("退单、争议、误分流（次）"), rows, ("returned", "disputed", "misdirected"), "bar"),
    ]
    return {"rows": rows, "charts": charts, "heads": [WORDS[code].name for code in _TREND]}


_TREND = ("received", "diverted", "closed", "sign", "handle", "returned", "disputed", "misdirected")


def _cell(code: str, count: Count, links: Links, own: Mapping[str, str]) -> dict[str, Any]:
    counted = code in COUNTS or code == "diverted"
    part = "right" if code == "diverted" else "among"
    return {
        "code": code,
        "value": count.right if code == "diverted" else count.among,
        "share": None if counted or not count.among else count.right / count.among,
        "count": count,
        "counted": counted,
        "url": links(code, part, **own) if count.among else "",
    }


def _span(first: date, last: date) -> str:
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d}–{last:%m-%d}"


def _chart(
    title: str, rows: list[dict[str, Any]], codes: tuple[str, ...], kind: str, fewest: int = 0
) -> dict[str, Any]:
    series = []
    for code in codes:
        cells = [next(cell for cell in row["counts"] if cell["code"] == code) for row in rows]
        values = [
            cell["value"]
            if kind != "rate"
            else round(100 * cell["share"], 1)
            if cell["count"].among >= fewest
            else None
            for cell in cells
        ]
        series.append({"name": _("分流") if code == "diverted" else str(WORDS[code].name), "values": values})
    known = any(value is not None and (value or kind == "rate") for one in series for value in one["values"])
    data = {"kind": kind, "labels": [row["label"] for row in rows], "series": series}
    return {"title": title, "data": json.dumps(data, ensure_ascii=False), "empty": not known}


def week(sheet: Sheet, links: Links) -> dict[str, Any]:
    """Received calls by hour and weekday, shaded in five steps."""
    counts = {int(key): entry["received"].among for key, entry in sheet.by_hour.items()}
    bounds = steps([value for value in counts.values() if value])
    rows = []
    for hour in range(24):
        cells: list[dict[str, Any]] = []
        for weekday in range(7):
            value = counts.get(weekday * 24 + hour, 0)
            cells.append(
                {
                    "value": value,
                    "step": step_of(value, bounds) if value else 0,
                    "url": links("received", hour=weekday * 24 + hour) if value else "",
                    "name": _("{day} {hour} 时：{n} 件").format(day=WEEKDAYS[weekday], hour=hour, n=value),
                }
            )
        rows.append({"hour": f"{hour:02d}", "cells": cells})
    return {"rows": rows, "days": WEEKDAYS, "empty": not any(counts.values())}


def table(
    counts: Mapping[Any, Mapping[str, Count]], named: Mapping[str, Any], by: str, links: Links, most: int = 0
) -> dict[str, Any]:
    """Received calls by a property of theirs, the most frequent first; ``most`` shows only so many and adds up the rest."""
    found = [(str(key), entry.get("received", NOTHING).among) for key, entry in counts.items()]
    pairs = [pair for pair in found if pair[1]]
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    longest, whole = max((n for _key, n in pairs), default=0), sum(n for _key, n in pairs)
    rows: list[dict[str, Any]] = [
        {
            "name": str(named.get(key, key)) if key else str(UNKNOWN.get(by, "—")),
            "value": n,
            "share": n / whole,
            "bar": bar(n, longest),
            "url": links("received", **{by: key or NOWHERE}),
        }
        for key, n in (pairs[:most] if most else pairs)
    ]
    return {
        "rows": rows,
        "others": whole - sum(row["value"] for row in rows),
        "more": max(0, len(pairs) - len(rows)),
    }


def kinds_of(sheet: Sheet, policy: Policy, links: Links) -> list[tuple[str, dict[str, Any]]]:
    """Tables by kind, by class and by matter."""
    matters = {code: f"{matter.name}（{code}）" for code, matter in policy.matters.items()}
    return [
        (_("按诉求类型"), table(sheet.by_kind, labels.KINDS, "kind", links)),
        (_("按类别"), table(sheet.by_class, labels.CLASSES, "class", links)),
        (_("按事项（前15项）"), table(sheet.by_matter, matters, "matter", links, most=15)),
    ]


def police(sheet: Sheet, policy: Policy, links: Links) -> dict[str, Any]:
    """R51: what concerns the police, by kind of police matter (of the catalogue), then what else went to them. Branches
    and stations have no field of their own in a case: the kind of matter and the township are what the data knows."""
    ours = [
        code
        for code, matter in policy.matters.items()
        if (unit := policy.units.get(matter.unit)) is not None and unit.kind == "police"
    ]
    others = [
        str(code) for code, entry in sheet.by_matter.items()
        if code not in ours and entry.get("to_police", NOTHING).among
    ]  # fmt: skip
    rows = []
    for code in (*ours, *sorted(others)):
        entry = sheet.by_matter.get(code, {})
        cells = []
        for figure in POLICE:
            part = "right" if figure == "diverted" else "among"
            value = getattr(entry.get(figure, NOTHING), part)
            name = _("派发") if figure == "diverted" else WORDS[figure].name
            url = links(figure, part, matter=code or NOWHERE) if value else ""
            cells.append({"name": name, "value": value, "url": url})
        if any(cell["value"] for cell in cells):
            name = policy.matters[code].name if code in policy.matters else code or UNKNOWN["matter"]
            rows.append(
                {"name": name, "code": code, "cells": cells, "other": bool(code) and code not in ours}
            )
    heads = [_("派发") if figure == "diverted" else WORDS[figure].name for figure in POLICE]
    return {"rows": rows, "heads": heads}


def holders(sheet: Sheet, links: Links) -> list[dict[str, Any]]:
    """Who holds open cases, the one with most overdue first."""
    found = [(str(key), entry["overdue"]) for key, entry in sheet.by_holder.items()]
    found.sort(key=lambda pair: (-pair[1].right, -pair[1].among, pair[0]))
    longest = max((count.right for _code, count in found), default=0)
    return [
        {
            "name": holder_name(code),
            "count": count,
            "bar": bar(count.right, longest),
            "all": links("overdue", holder=code),
            "right": links("overdue", "right", holder=code) if count.right else "",
        }
        for code, count in found
    ]


def ages(sheet: Sheet, links: Links) -> list[dict[str, Any]]:
    """How long open cases have been open."""
    found = [sheet.by_age.get(band, {}).get("overdue", NOTHING) for band in range(len(AGES))]
    longest = max((count.among for count in found), default=0)
    return [
        {
            "name": name,
            "count": count,
            "bar": bar(count.among, longest),
            "all": links("overdue", age=band) if count.among else "",
            "right": links("overdue", "right", age=band) if count.right else "",
        }
        for band, (name, count) in enumerate(zip(AGES, found, strict=True))
    ]


def ranking(
    sheet: Sheet, members: Iterable[tuple[str, Any, tuple[str, ...]]], fewest: int, links: Links
) -> list[dict[str, Any]]:
    """Units in order inside each fair group by the chosen rate; below the fewest cases nobody has a place."""
    chosen = sheet.asked.rank
    made = []
    for code, name, units in members:
        rows: list[dict[str, Any]] = []
        for unit in units:
            entry = sheet.by_unit.get(unit)
            if entry is None:
                continue
            rates = {
                rank: Rate(entry.get(rank, NOTHING), entry.get(rank, NOTHING).among >= fewest)
                for rank in RANKS
            }
            returned = entry.get("returned", NOTHING).among
            if not returned and not sum(rate.count.among for rate in rates.values()):
                continue
            rows.append(
                {
                    "name": unit_name(unit),
                    "rates": [
                        {
                            "name": WORDS[rank].name,
                            "rate": rates[rank],
                            "all": links(rank, unit=unit),
                            "rest": links(rank, "rest", unit=unit),
                        }
                        for rank in RANKS
                    ],
                    "chosen": rates[chosen],
                    "returned": returned,
                    "returns": links("returned", unit=unit) if returned else "",
                }
            )
        rows.sort(key=lambda row: (not row["chosen"].enough, -(row["chosen"].share or 0), row["name"]))
        placed = [row["chosen"].share for row in rows if row["chosen"].enough]
        for row in rows:
            row["place"] = placed.index(row["chosen"].share) + 1 if row["chosen"].enough else None
        few = [row for row in rows if row["place"] is None]
        made.append({"code": code, "name": name, "rows": rows[: len(placed)], "few": few})
    return made
