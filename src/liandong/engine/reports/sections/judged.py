"""What is judged: the metrics M1-M25, and units among their equals, the best and the worst of enough cases alone."""

from __future__ import annotations

from liandong.casework.evaluation import METRICS, Result
from liandong.district.reporting import Section

from .. import meaning
from ..context import GROUPS, NOTHING, Context, said
from ..values import Block, Cell, Graph, Line, Table, Words
from . import section

BEST = 5
"""So many stand at each end of a group's list; a group too small for both ends shows its list whole."""


@section("metrics")
def metrics(context: Context, asked: Section) -> list[Block]:
    """All metrics of the district with the cases behind them."""
    codes = asked.figures or tuple(METRICS)
    rows = []
    for code in codes:
        result = context.result(code)
        counted = _counted(code, result)
        interval = (
            f"{result.low * 100:.1f}–{result.high * 100:.1f}%"
            if result.enough
            and result.low is not None
            and result.high is not None
            and METRICS[code].unit == "rate"
            else "—"
        )
        rows.append(
            (
                Cell(meaning.label(code)),
                context.cell(code),
                Cell(counted),
                Cell(interval),
                context.cell(code, before=True),
            )
        )
    head = ("指标", "本期", "分子/分母", "95%区间", "上期")
    return [Table("各项指标", head, tuple(rows), (3.4, 2, 1.8, 2, 2))]


def _counted(code: str, result: Result) -> str:
    """What a metric was counted from, in words."""
    kind = METRICS[code].unit
    if not result.denominator or kind in ("count", "score"):
        return "—"
    if kind == "hours":
        return f"{result.denominator:g}件"
    return f"{result.numerator:g}/{result.denominator:g}"


@section("ranking")
def ranking(context: Context, asked: Section) -> list[Block]:
    """Units in their groups by the chosen metrics (the first one where none is chosen: M2); 红榜 and 黑榜."""
    blocks: list[Block] = [
        Words(
            f"部门、街镇园区、公共企业分别排名；不足{context.fewest}件的不排名。名次只作参考，记档、约谈、通报须报区政府决定（R67）。"
        )
    ]
    for code in asked.figures or ("M2",):
        for group, name in GROUPS.items():
            blocks += _ranked(context, code, group, name)
    return blocks if len(blocks) > 1 else [Words(f"样本都不足{context.fewest}件，本期不排名。")]


def _ranked(context: Context, code: str, group: str, name: str) -> list[Block]:
    found = [
        (unit, results[code])
        for unit, results in context.judged("unit").items()
        if unit
        and code in results
        and results[code].enough
        and results[code].value is not None
        and context.group(unit) == group
    ]
    if not found:
        return []
    high = METRICS[code].better != "low"
    ordered = sorted(
        found, key=lambda one: ((one[1].value or 0) * (-1 if high else 1), -one[1].denominator, one[0])
    )
    places: dict[str, int] = {}
    for at, (unit, result) in enumerate(ordered):
        same = at and ordered[at - 1][1].value == result.value
        places[unit] = places[ordered[at - 1][0]] if same else at + 1
    lists = (
        [("红榜（前5位）", ordered[:BEST]), ("黑榜（后5位）", ordered[-BEST:])]
        if len(ordered) >= 2 * BEST
        else [("", ordered)]
    )
    blocks: list[Block] = []
    for title, part in lists:
        rows = tuple(
            (
                Cell(str(places[unit]), places[unit]),
                Cell(context.unit(unit)),
                context.cell(code, unit, by="unit"),
                Cell(f"{result.numerator:g}/{result.denominator:g}"),
            )
            for unit, result in part
        )
        caption = f"{name}{meaning.label(code)}{title}"
        blocks.append(Table(caption, ("名次", "单位", meaning.name(code), "分子/分母"), rows, (1, 4, 2, 2)))
    if METRICS[code].unit == "rate":
        names = tuple(context.unit(unit) for unit, _ in ordered)
        values = tuple((result.value or 0) * 100 for _, result in ordered)
        blocks.append(
            Graph(f"{name}{meaning.label(code)}", "bar", names, (Line(meaning.name(code), values),), "%")
        )
    return blocks


@section("townships")
def townships(context: Context, asked: Section) -> list[Block]:
    """Metrics by township of the matter: calls for 10,000 inhabitants (M24) and what else is chosen."""
    codes = asked.figures or ("M24",)
    rows = []
    for key, results in sorted(context.judged("township").items(), key=lambda one: context.town(one[0])):
        if any(results[code].value is not None for code in codes if code in results):
            cells = (Cell(said(code, results[code])) if code in results else Cell("—") for code in codes)
            rows.append((Cell(context.town(key)), *cells))
            context.used.update(codes)
    if not rows:
        return [Words(NOTHING + "。")]
    return [Table("各街镇情况", ("街镇", *map(meaning.label, codes)), tuple(rows))]
