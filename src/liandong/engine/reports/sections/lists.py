"""What is listed: grave events, cases diverted wrongly, suspensions, rulings and gaps of the catalogue, statutory limits.

No case's number, no person and nothing of what was said stands here: codes, names of matters, instants.
"""

from __future__ import annotations

from liandong.casework import reported
from liandong.district.reporting import Section

from ..context import VIEWER, Context, instant
from ..values import Block, Cell, Table, Words
from . import section

LEVELS = {"larger": "较大", "major": "重大", "extreme": "特别重大"}
STATES = {"closed": "已办结", "answered": "已答复", "archived": "已归档", "withdrawn": "已撤回"}
OUTCOMES = {"on_time": "按时", "late": "超时", "": "尚未报告", None: "—", "superseded": "不再适用"}


@section("major")
def major(context: Context, asked: Section) -> list[Block]:
    """Events from 较大 on with both reports (R42, R43)."""
    found = reported.grave(VIEWER, context.window())
    if not found:
        return [Words("本期没有较大及以上事件。")]
    rows = tuple(
        (
            Cell(f"{instant(one.received_ms, context.policy):%-m月%-d日%H:%M}"),
            Cell(LEVELS[one.level]),
            Cell(context.matter(one.matter)),
            Cell(context.town(one.township)),
            Cell(OUTCOMES.get(one.phone, "—")),
            Cell(OUTCOMES.get(one.written, "—")),
            Cell(STATES.get(one.state, "处置中")),
        )
        for one in found
    )
    head = ("接报时间", "等级", "事项", "街镇", "10分钟电话", "40分钟书面", "状态")
    return [
        Words(f"本期较大及以上事件{len(found)}件。"),
        Table("较大及以上事件", head, rows, (1.7, 1, 2.6, 1.5, 1.2, 1.2, 1.1)),
    ]


@section("misdirected")
def misdirected(context: Context, asked: Section) -> list[Block]:
    """Cases that went to a unit and then to the police: the safety indicator, its target is 0."""
    number = context.number("misdirected")
    cell = context.cell("misdirected")
    if not number:
        return [Words("本期没有误分流（派给单位以后又转警务的件），达到安全目标0件。")]
    rows = tuple(
        (Cell(context.unit(str(unit))), context.cell("misdirected", unit, by="unit"))
        for unit in sorted(context.tally("unit"))
        if context.number("misdirected", unit, by="unit")
    )
    return [
        Words(f"本期误分流{number}件，安全目标是0件，须逐件复盘。"),
        Table("误分流", ("派给的单位", "件数"), (*rows, (Cell("合计"), cell)), (4, 1.5)),
    ]


@section("suspensions")
def suspensions(context: Context, asked: Section) -> list[Block]:
    """Cases that are suspended now: they are left out of the on-time rate and shown apart."""
    found = reported.suspended(VIEWER)
    if not found:
        return [Words("制表时没有挂起件。")]
    rows = tuple(
        (
            Cell(context.unit(one.unit)),
            Cell(context.matter(one.matter)),
            Cell(f"{instant(one.since_ms, context.policy):%Y-%m-%d}"),
            Cell(f"{instant(one.review_ms, context.policy):%Y-%m-%d}" if one.review_ms else "—"),
        )
        for one in found
    )
    return [
        Table(f"挂起件（{len(found)}件）", ("单位", "事项", "挂起日期", "复查日期"), rows, (3, 3, 1.6, 1.6))
    ]


@section("gaps")
def gaps(context: Context, asked: Section) -> list[Block]:
    """Matters for which the catalogue names nobody (AMB19), to be settled at the quarterly meeting."""
    found = [one for one in reported.ruled(VIEWER, context.window()) if one.gaps]
    blocks: list[Block] = [_share(context)]
    if not found:
        return [*blocks, Words("本期没有因“无目录项”上报的件。")]
    rows = tuple(
        (Cell(context.matter(one.matter)), Cell(context.unit(one.unit)), Cell(str(one.gaps), one.gaps))
        for one in found
    )
    return [*blocks, Table("无目录项上报", ("事项", "裁定后由谁办", "件数"), rows, (3, 3, 1))]


def _share(context: Context) -> Words:
    cell = context.cell("M25")
    return Words(f"目录缺口率（M25）{cell.text}。")


@section("rulings")
def rulings(context: Context, asked: Section) -> list[Block]:
    """Disputes and how they were decided; what is to become an item of the catalogue (R30, AMB6)."""
    found = reported.ruled(VIEWER, context.window())
    if not found:
        return [Words("本期没有争议。")]
    number, decided = sum(one.number for one in found), sum(one.decided for one in found)
    rows = tuple(
        (
            Cell(context.matter(one.matter)),
            Cell(context.unit(one.unit)),
            Cell(str(one.number), one.number),
            Cell(str(one.decided), one.decided),
            Cell(
                "建议列入职责目录"
                if one.gaps or one.decided >= 2
                else "作先例参考"
                if one.decided
                else "待裁定"
            ),
        )
        for one in found
    )
    context.used.add("disputed")
    head = ("事项", "现由谁办", "争议", "已裁定", "建议")
    return [
        Words(f"本期争议{number}件，已裁定{decided}件。"),
        Table("争议与裁定", head, rows, (3, 2.6, 1, 1, 1.8)),
    ]


@section("statutory")
def statutory(context: Context, asked: Section) -> list[Block]:
    """Cases whose limit is set by statute (R34)."""
    found = reported.statutory(VIEWER, context.window())
    if not found:
        return [Words("本期没有法定时限到期的件。")]
    rows = tuple(
        (Cell(context.matter(one.matter)), *(Cell(str(n), n) for n in (one.number, one.on_time, one.late)))
        for one in found
    )
    return [Table("法定时限件", ("事项", "到期", "按时", "超期"), rows, (4, 1.2, 1.2, 1.2))]
