"""Drawing up: from a kind and a day (or days of one's own) to a Report. Nothing is kept here and no file is made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, date, datetime

from liandong.casework import history
from liandong.district import policy as district_policy
from liandong.district import reporting
from liandong.district.reporting import Setting
from liandong.rules import periods
from liandong.rules.periods import BadPeriod, Period
from liandong.rules.policy import Policy

from . import meaning
from .context import Context
from .sections import drawers
from .values import Report, Section, Words

EMPTY = "本期没有数据：这段时间没有接报、没有办结，也没有到期的工单。"
_HAPPENED = ("received", "closed", "returned", "disputed", "misdirected")


class CannotReport(ValueError):
    """No report can be drawn up of what was asked; the text says in Chinese why and what to do."""


def period_of(kind: str, day: date, policy: Policy) -> Period:
    """The period of a kind that a day asks for. Raises CannotReport for one there is not."""
    try:
        return periods.on(kind, day, policy.zone)
    except BadPeriod as error:
        raise CannotReport(f"{error}。") from error


def own_period(first: date, last: date, policy: Policy) -> Period:
    """The period of a special report. Raises CannotReport."""
    try:
        return periods.special(first, last, policy.zone)
    except BadPeriod as error:
        raise CannotReport(f"{error}。") from error


def setting_of(kind: str) -> Setting:
    """What the district's pack says of a kind of report. Raises CannotReport where it says nothing, and where the report
    would go to nobody."""
    setting = reporting.settings().get(kind)
    if setting is None:
        raise CannotReport(f"数据包里没有 {kind} 报告的设置，请在 reports.toml 中补上后重新装入。")
    if not setting.to or not setting.recipients:
        raise CannotReport(f"{setting.name}没有收件人，请先填写主送（reports.toml 的 to 和 recipients）。")
    return setting


def draw(
    period: Period, *, now: datetime | None = None, title: str = "", setting: Setting | None = None
) -> Report:
    """The report of a period as things stand. A running period is counted until now; one that has not begun is refused.

    Raises CannotReport.
    """
    moment = now or datetime.now(UTC)
    policy = district_policy.current(moment)
    moment = moment.astimezone(policy.zone).replace(microsecond=0)
    if period.start > moment:
        raise CannotReport(f"{period.label}还没有开始，不能编制报告；请改用今天或以前的日期。")
    found = setting or setting_of(period.kind)
    unknown = [one for asked in found.sections for one in asked.figures if not meaning.is_known(one)]
    if unknown:
        raise CannotReport(f"{found.name}里有不认识的指标 {'、'.join(unknown)}，请改正 reports.toml。")
    context = Context(found, period, policy, moment)
    pack = district_policy.current_pack()
    empty = not any(context.number(code) for code in _HAPPENED) and not _due(context)
    sections = (Section("empty", "本期情况", (Words(EMPTY),)),) if empty else _sections(context)
    return Report(
        kind=period.kind,
        title=title.strip() or found.title.format(district=pack.name, period=_in_title(period)),
        issuer=found.issuer,
        signed_by=found.signed_by,
        number="",
        to=found.to,
        copies=found.copies,
        period=period.name,
        period_label=period.label,
        start=period.start,
        end=period.end,
        as_of=moment,
        running=context.running,
        empty=empty,
        district=policy.district,
        snapshot=context.frozen.id if context.frozen else f"log-{history.tail_position()}",
        setting=digest_of(found),
        sections=sections,
        definitions=meaning.definitions(context.used),
        notes=_notes(context, policy),
    )


def _in_title(period: Period) -> str:
    """The period as a title names it: a daily report by its day; the text says the hours."""
    on = period.end
    return f"{on.year}年{on.month}月{on.day}日" if period.kind == "daily" else period.label


def _due(context: Context) -> bool:
    """Whether anything fell due in the period, although nothing was received in it."""
    return any(result.denominator for result in context.judged().get("", {}).values())


def _sections(context: Context) -> tuple[Section, ...]:
    known = drawers()
    made = []
    for asked in context.setting.sections:
        drawer = known.get(asked.code)
        if drawer is None:
            raise CannotReport(
                f"{context.setting.name}里有不认识的部分 {asked.code}，可用：{'、'.join(sorted(known))}。"
            )
        made.append(Section(asked.code, asked.title, tuple(drawer(context, asked))))
    return tuple(made)


def _notes(context: Context, policy: Policy) -> tuple[str, ...]:
    until = "，时段未完，截至制表时" if context.running else ""
    return (
        f"统计时段：{context.period.start:%Y-%m-%d %H:%M}至{context.until:%Y-%m-%d %H:%M}（不含末刻）{until}；"
        f"制表时间：{context.now:%Y-%m-%d %H:%M}；所用设置：{policy.id}。",
        f"比率不足{context.fewest}件的写“样本不足”。涉警投诉（R19）不在本报告之内。",
    )


def digest_of(setting: Setting) -> str:
    """What a report's definition is known by."""
    text = json.dumps(asdict(setting), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
