"""What the registers (台账) hold of the period, for the quarterly meeting (R45): resolutions, measures, roll calls, findings,
sanctions; and what is proposed to it. A register that the district does not keep yet is said to be empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from liandong.casework import reported
from liandong.district.reporting import Section
from liandong.registers import measures as registered
from liandong.registers import queries
from liandong.rules.masking import mask_text
from liandong.rules.register import Entry, Register
from liandong.rules.registers import registers

from .. import meaning
from ..context import MACHINE, VIEWER, Context
from ..values import Block, Cell, Table, Words
from . import section

MOST = 100
SECRET = {"test_call": ("planned", "cancelled")}


@dataclass(frozen=True)
class Found:
    """Entries of a register, at most ``MOST`` of them, and how many stand in each state."""

    table: Register
    entries: list[Entry]
    states: dict[str, int]

    @property
    def number(self) -> int:
        """All of them."""
        return sum(self.states.values())


def _find(name: str, since: datetime, until: datetime) -> Found | None:
    """Entries that were opened between two instants; None where there is no such register."""
    table = registers().get(name)
    if table is None:
        return None
    return _ask(table, queries.Asking(since=since, until=until))


def _ask(table: Register, asking: queries.Asking) -> Found:
    """What is secret until it happens (a call that is only planned) is left out: units read these papers, too."""
    viewer = VIEWER if queries.may_see(table, VIEWER) else MACHINE
    hidden = SECRET.get(table.name, ())
    states = {
        state: n for state, n in queries.count(viewer, table.name, asking).items() if state not in hidden
    }
    shown = queries.find(viewer, table.name, asking, limit=MOST).items
    return Found(table, [entry for entry in shown if entry.state not in hidden], states)


def _of_period(name: str, period: str, since: datetime, until: datetime) -> Found | None:
    """Entries that belong to a period by its name, or to its days where the register knows no periods."""
    table = registers().get(name)
    if table is None:
        return None
    found = _ask(table, queries.Asking(period=period))
    return found if found.number else _find(name, since, until)


def _states(found: Found) -> str:
    return "，".join(
        f"{found.table.states.get(state, state)}{number}" for state, number in sorted(found.states.items())
    )


def _table(context: Context, found: Found, caption: str) -> Table:
    rows = tuple(
        (
            Cell(entry.no),
            Cell(_title(entry, found.table)),
            Cell(context.unit(entry.unit) if entry.unit else _parties(context, entry)),
            Cell(f"{entry.due_at:%Y-%m-%d}" if entry.due_at else "—"),
            Cell(_standing(entry, found.table, context.now)),
        )
        for entry in found.entries
    )
    return Table(caption, ("编号", "内容", "单位", "期限", "状态"), rows, (2.2, 3.4, 2, 1.4, 1.2))


def _title(entry: Entry, table: Register) -> str:
    return mask_text(table.title_of(entry)) or "—"


def _parties(context: Context, entry: Entry) -> str:
    names = [context.unit(code) for code in entry.owed]
    return "、".join(names[:3]) + (f"等{len(names)}个单位" if len(names) > 3 else "") if names else "—"


def _standing(entry: Entry, table: Register, now: datetime) -> str:
    state = table.states.get(entry.state, entry.state)
    return f"{state}（超期）" if entry.is_overdue(now) else state


@section("resolutions")
def resolutions(context: Context, asked: Section) -> list[Block]:
    """Meetings since the quarter before, and what became of the tasks they set (R45)."""
    since, until = context.before.start, context.until
    meetings, tasks = _find("meeting", since, until), _find("task", since, until)
    blocks: list[Block] = []
    if meetings is None or not meetings.number:
        blocks.append(Words("上期以来没有登记会议。每季度应召开一次例会（R45）。"))
    else:
        blocks.append(Words(f"上期以来登记会议{meetings.number}次：{_states(meetings)}。"))
    if tasks is None or not tasks.number:
        blocks.append(Words("上期以来没有会议议定事项。"))
    else:
        late = sum(entry.is_overdue(context.now) for entry in tasks.entries)
        blocks.append(Words(f"议定事项{tasks.number}件：{_states(tasks)}；其中超期未完成{late}件。"))
        blocks.append(_table(context, tasks, "议定事项落实情况"))
    return blocks


@section("measures")
def measures(context: Context, asked: Section) -> list[Block]:
    """Each unit's convenience measure of the quarter, and who has none (R64)."""
    found = _of_period("measure", context.period.name, context.period.start, context.until)
    blocks: list[Block] = []
    if found is None or not found.number:
        blocks.append(Words("本期没有登记便民利民举措。各联动单位每季度至少一项（R64）。"))
    else:
        blocks.append(Words(f"本期登记便民利民举措{found.number}项：{_states(found)}。"))
        blocks.append(_table(context, found, "便民利民举措"))
    if context.period.kind == "quarterly":
        standing = registered.standing(VIEWER, context.period, context.policy, at=context.until)
        names = "、".join(context.policy.units[code].name for code in standing.missing)
        blocks.append(Words(f"应登记的单位{standing.owing}个，已登记{standing.met}个。"))
        if names:
            blocks.append(Words(f"尚未登记的单位{len(standing.missing)}个：{names}。"))
    return blocks


@section("drills")
def drills(context: Context, asked: Section) -> list[Block]:
    """点验 and test calls of the quarter (R24, R50), and what was found."""
    blocks: list[Block] = []
    for name, what in (
        ("drill", "点验"),
        ("test_call", "电话抽查"),
        ("sampling", "工单抽查"),
        ("finding", "发现问题"),
    ):
        found = _find(name, context.period.start, context.until)
        if found is None or not found.number:
            blocks.append(Words(f"本期没有登记{what}。"))
            continue
        blocks.append(Words(f"{what}{found.number}次（项）：{_states(found)}。"))
        if name == "drill":
            blocks.append(_table(context, found, "点验情况"))
    return blocks


@section("sanctions")
def sanctions(context: Context, asked: Section) -> list[Block]:
    """记档, 约谈, 通报: how many stand where; whom they are about is told to who decides, not to every reader (R67)."""
    found = _find("sanction", context.period.start, context.until)
    if found is None or not found.number:
        return [Words("本期没有提请记档、约谈、通报。")]
    return [Words(f"本期提请{found.number}件：{_states(found)}。均由区政府决定（R67）。")]


@section("proposals")
def proposals(context: Context, asked: Section) -> list[Block]:
    """What follows from the figures for the meeting to decide: proposals in words, nothing automatic (R46, R67)."""
    made: list[str] = []
    ruled = reported.ruled(VIEWER, context.window())
    gaps = sum(one.gaps for one in ruled)
    if gaps:
        made.append(f"对{gaps}件“无目录项”上报明确承办单位，列入职责目录。")
    again = [one for one in ruled if one.decided >= 2 and not one.gaps]
    if again:
        named = "、".join(context.matter(one.matter) for one in again[:5])
        made.append(f"将反复发生争议、已有裁定的事项列为目录先例：{named}。")
    if context.number("misdirected"):
        context.used.add("misdirected")
        made.append(f"对本期{context.number('misdirected')}件误分流逐件复盘，修订分流要点。")
    late = context.result("M2")
    if late.enough and late.value is not None and late.denominator > late.numerator:
        context.used.add("M2")
        number = late.denominator - late.numerator
        made.append(
            f"督促未按期办结的{number:g}件所在单位说明原因（{meaning.label('M2')}{late.value * 100:.1f}%）。"
        )
    if not made:
        return [Words("从本期数据看，没有需要提请会议研究的事项；各单位可另行提出。")]
    return [Words("\n".join(f"（{at}）{text}" for at, text in enumerate(made, 1)))]
