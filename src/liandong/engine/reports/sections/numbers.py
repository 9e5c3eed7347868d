"""What was counted: the whole, by unit, by kind, over time, by matter and place, what is overdue now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from liandong.district.reporting import Section

from .. import meaning
from ..context import GROUPS, NOTHING, Context, day, ms
from ..values import Block, Cell, Graph, Line, Table, Words
from . import section

KINDS = {
    "consult": "咨询", "help": "求助", "complaint": "投诉", "report": "举报", "suggestion": "建议", "praise": "表扬",
    "dispute": "纠纷", "police_nonurgent": "报警（非紧急）", "other": "其他",
}  # fmt: skip
TOP = 10
DAYS_BY_DAY, DAYS_BY_WEEK = 45, 200


@section("overview")
def overview(context: Context, asked: Section) -> list[Block]:
    """One sentence, and the chosen figures beside those of the period before."""
    numbers = {code: context.number(code) for code in ("received", "diverted", "closed", "overdue")}
    before = context.number("received", before=True)
    context.used.update(numbers)
    sentence = (
        f"{_when(context)}，110报警服务台共接报非紧急求助{numbers['received']}件，{_change(context, numbers['received'], before)}；"
        f"分流到联动单位{numbers['diverted']}件，办结{numbers['closed']}件。"
        f"制表时在办{context.number('open')}件，其中超期{numbers['overdue']}件。"
    )
    rows = tuple(
        (
            Cell(meaning.label(code)),
            context.cell(code),
            Cell("—") if code in ("overdue", "open") else context.cell(code, before=True),
        )
        for code in asked.figures
    )
    table = Table("主要指标", ("指标", "本期", "上期"), rows, (4, 2, 2))
    return [Words(sentence), *([table] if rows else [])]


def _when(context: Context) -> str:
    return f"{context.period.label}" + (
        f"（截至{context.now:%Y年%-m月%-d日%H:%M}）" if context.running else ""
    )


def _change(context: Context, now: int, before: int) -> str:
    """How a number stands to the one before; a share only of enough cases."""
    than = "上期同样时长" if context.running else "上期"
    if now == before:
        return f"与{than}持平"
    share = f"（{abs(now - before) / before * 100:.1f}%）" if before >= context.fewest else ""
    return f"比{than}{'增加' if now > before else '减少'}{abs(now - before)}件{share}"


def _of_units(context: Context, codes: tuple[str, ...]) -> list[str]:
    """Units that have anything to tell, in the order of their groups and names."""
    chosen = set(codes)
    seen = {str(key) for key in context.tally("unit")} if chosen & set(meaning.COUNTED) else set()
    if chosen & {"open", "overdue"}:
        seen |= set(context.standing)
    for key, results in context.judged("unit").items() if chosen - set(meaning.COUNTED) else ():
        if any(one.denominator for code, one in results.items() if code in chosen):
            seen.add(key)
    order = [*GROUPS]
    known = [code for code in seen if code in context.policy.units]
    return sorted(known, key=lambda code: (order.index(context.group(code) or "other"), context.unit(code)))


@section("units")
def units(context: Context, asked: Section) -> list[Block]:
    """The chosen figures of every unit that had anything to do."""
    rows = tuple(
        (Cell(context.unit(code)), *(context.cell(figure, code, by=_by(figure)) for figure in asked.figures))
        for code in _of_units(context, asked.figures)
    )
    if not rows:
        return [Words(NOTHING + "。")]
    head = ("单位", *map(meaning.label, asked.figures))
    return [Table("各联动单位情况", head, rows, (3.2, *[1.6] * len(asked.figures)))]


def _by(figure: str) -> str:
    return "holder" if figure in ("overdue", "open") else "unit"


@section("kinds")
def kinds(context: Context, asked: Section) -> list[Block]:
    """Calls by kind of request, with a chart."""
    found = context.tally("kind")
    counted = [(code, context.number("received", code, by="kind")) for code in found]
    counted = sorted((one for one in counted if one[1]), key=lambda one: (-one[1], str(one[0])))
    if not counted:
        return [Words(NOTHING + "。")]
    names = tuple(KINDS.get(str(code), "未定类型") for code, _ in counted)
    rows = tuple(
        (Cell(name), context.cell("received", code, by="kind"), context.cell("diverted", code, by="kind"))
        for name, (code, _) in zip(names, counted, strict=True)
    )
    chart = Graph(
        "各类诉求接报件数", "bar", names, (Line("接报", tuple(float(n) for _, n in counted)),), "件"
    )
    return [Table("诉求类型", ("类型", "接报", "分流"), rows, (3, 2, 2)), chart]


@section("trend")
def trend(context: Context, asked: Section) -> list[Block]:
    """Received, diverted and closed over the period: by day, by week or by month."""
    steps = _steps(context)
    if not steps:
        return [Words(NOTHING + "。")]
    lines = []
    for code in ("received", "diverted", "closed"):
        context.used.add(code)
        values = tuple(
            float(sum(context.number(code, number, by="day") for number in days)) for _, days in steps
        )
        lines.append(Line(meaning.name(code), values))
    return [Graph("接报、分流、办结趋势", "line", tuple(name for name, _ in steps), tuple(lines), "件")]


def _steps(context: Context) -> list[tuple[str, list[int]]]:
    """The points of a trend: their name and the days (counted from the epoch) that are added up in each."""
    offset = context.window().offset
    first = (ms(context.period.start) + offset) // 86_400_000
    last = (ms(context.until - timedelta(milliseconds=1)) + offset) // 86_400_000
    days = list(range(first, last + 1))
    named: dict[str, list[int]] = {}
    for number in days:
        on = day(number)
        if len(days) <= DAYS_BY_DAY:
            name = f"{on.month}月{on.day}日"
        elif len(days) <= DAYS_BY_WEEK:
            monday = on - timedelta(days=on.weekday())
            name = f"{monday.month}月{monday.day}日周"
        else:
            name = f"{on.year}年{on.month}月"
        named.setdefault(name, []).append(number)
    return list(named.items())


@section("matters")
def matters(context: Context, asked: Section) -> list[Block]:
    """The matters people called about most."""
    return _top(context, "matter", "诉求最多的事项", "事项", context.matter)


@section("places")
def places(context: Context, asked: Section) -> list[Block]:
    """The townships people called from most."""
    return _top(context, "township", "诉求最多的街镇", "街镇", context.town)


def _top(context: Context, by: str, caption: str, head: str, named: Any) -> list[Block]:
    added: dict[str, list[Any]] = {}
    for key in context.tally(by):
        added.setdefault(named(str(key)), []).append(key)
    counted = [
        (name, keys, sum(context.number("received", key, by=by) for key in keys))
        for name, keys in added.items()
    ]
    ranked = sorted((one for one in counted if one[2]), key=lambda one: (-one[2], one[0]))[:TOP]
    if not ranked:
        return [Words(NOTHING + "。")]
    whole = context.number("received")
    rows = []
    for place, (name, keys, number) in enumerate(ranked, 1):
        one = context.cell("received", keys[0], by=by)
        count = one if len(keys) == 1 else Cell(str(number), number, "received")
        share = f"{number / whole * 100:.1f}%" if whole else "—"
        rows.append((Cell(str(place)), Cell(name), count, Cell(share, number / whole if whole else None)))
    chart = Graph(
        f"{caption}（前{len(ranked)}位）", "bar", tuple(name for name, *_ in ranked),
        (Line("接报", tuple(float(number) for *_, number in ranked)),), "件",
    )  # fmt: skip
    return [
        Table(
            f"{caption}（前{len(ranked)}位）", ("名次", head, "接报", "占比"), tuple(rows), (1, 4, 1.4, 1.4)
        ),
        chart,
    ]


@section("overdue")
def overdue(context: Context, asked: Section) -> list[Block]:
    """Who has something overdue now."""
    held = [(code, count) for code, count in context.standing.items() if count.right]
    if not held:
        return [Words("制表时没有超期件。")]
    ordered = sorted(held, key=lambda one: (-one[1].right, one[0]))
    rows = tuple(
        (
            Cell(context.holder(code)),
            context.cell("overdue", code, by="holder"),
            context.cell("open", code, by="holder"),
        )
        for code, _ in ordered
    )
    return [
        Table(f"超期情况（{context.now:%-m月%-d日%H:%M}）", ("在谁手里", "超期", "在办"), rows, (4, 1.5, 1.5))
    ]
