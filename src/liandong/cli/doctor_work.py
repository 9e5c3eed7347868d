"""What ``doctor`` asks of the work itself: who can be reached, what waits for a person, what is late (R4, R24, R6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from .findings import Finding

NAMED = 5
"""So many are named; the rest are counted."""
LATE_SECONDS = 3600
"""A report may take so long to be drawn up."""
DRIFT_MS = 5_000
"""Worker and database differ by more: their machines' times drift apart."""


def work(now: datetime) -> Iterator[Finding]:
    """Every finding, in the order in which somebody would look at them."""
    yield rosters_ahead(now)
    yield phones(now)
    yield calls(now)
    yield channels()
    yield quarantine()
    yield exchange_gaps()
    yield reports(now)
    yield slips(now)
    yield drift(now)


def _some(names: Sequence[str]) -> str:
    shown = "、".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} 等 {len(names)} 个"


def rosters_ahead(now: datetime) -> Finding:
    """Posts that stand empty within the house's look ahead."""
    from liandong.district import rosters

    try:
        gaps = rosters.gaps_ahead(rosters.places(), now)
    except rosters.RosterError as error:
        return Finding("值班表", "warn", f"{error}。")
    if not gaps:
        return Finding("值班表", "ok", "一天之内没有空档")
    places = sorted({gap.unit for gap in gaps})
    return Finding("值班表", "warn", f"一天之内有空档：{_some(places)}。请在“片区管理—值班表”补排。")


def phones(now: datetime) -> Finding:
    """Units that nobody could telephone: a call at night would end there."""
    from liandong.district import reach

    found = reach.without_phone(now)
    if not found:
        return Finding("单位电话", "ok", "每个单位都有可拨的电话")
    return Finding(
        "单位电话", "warn", f"没有任何可拨电话：{_some(found)}。请在“片区管理—单位”登记值班电话和联系人。"
    )


def calls(now: datetime) -> Finding:
    """What the desk has to telephone."""
    from liandong.engine import phoning

    number, late = phoning.waiting(now)
    if not number:
        return Finding("电话通知", "ok", "没有等着打的电话")
    minutes = int(late.total_seconds() // 60) if late else 0
    text = f"有 {number} 个电话等着打" + (f"，最久的已过时限 {minutes} 分钟" if minutes else "")
    return Finding("电话通知", "warn" if minutes else "ok", f"{text}。请分流台在工作台上逐个拨打。")


def channels() -> Finding:
    """Peers left alone because they failed, and messages that failed by every way."""
    from liandong.engine import breaker
    from liandong.engine.channels import dead
    from liandong.engine.models import Channel

    shut = sorted(peer for peer in breaker.shut() if ":" not in peer)  # webhooks are told of as 推送
    letters = dead.count()
    active = Channel.objects.filter(active=True).count()
    if shut:
        return Finding(
            "通知渠道",
            "warn",
            f"对方连续失败，暂停呼叫：{_some(shut)}。请到 /district/channels 看原因，修好后点“马上再试”。",
        )
    if letters:
        return Finding(
            "通知渠道",
            "warn",
            f"有 {letters} 条消息各种方式都没送出。请到 /district/channels/dead 重发，或写明理由不再发。",
        )
    return Finding(
        "通知渠道",
        "ok",
        f"启用 {active} 个"
        if active
        else "没有启用短信或邮件，通知只在页面上（可在“片区管理—通知渠道”启用）",
    )


def quarantine() -> Finding:
    """What came from other systems and waits to be repaired."""
    number = _open("quarantine") + _open("intake_task")
    if not number:
        return Finding("接入待处理", "ok", "没有")
    return Finding("接入待处理", "warn", f"有 {number} 条等人处理。请分流台到“台账—接入待处理”补正或作废。")


def _open(register: str) -> int:
    from liandong.registers import queries
    from liandong.registers.queries import Asking
    from liandong.rules.model import SYSTEM
    from liandong.rules.registers import registers

    if register not in registers():
        return 0
    return sum(queries.count(SYSTEM, register, Asking(is_open=True)).values())


def exchange_gaps() -> Finding:
    """Segments of the other network's log that have not come, or that it misses of ours."""
    from liandong.engine.exchange import standing

    found = standing.standing()
    if found is None:
        return Finding("两网交换缺段", "ok", "只有一个实例，不交换")
    if found.missing or found.missing_there:
        here, there = len(found.missing), len(found.missing_there)
        return Finding(
            "两网交换缺段", "warn",
            f"本侧缺 {here} 段，对侧缺 {there} 段。请运行 liandong exchange status 看缺哪几段，请发出一侧重新导出。",
        )  # fmt: skip
    return Finding("两网交换缺段", "ok", "没有缺段")


def reports(now: datetime) -> Finding:
    """Reports of the clock that are due and not drawn up."""
    from liandong.casework import reported
    from liandong.casework.jsontext import to_ms
    from liandong.district import policy, reporting
    from liandong.engine.reports import schedule
    from liandong.engine.reports.context import VIEWER

    rules = policy.current()
    first = reported.first_received(VIEWER)
    late = []
    for setting in reporting.settings().values():
        due = schedule.last_due(setting, now.astimezone(rules.zone), rules)
        if due is None or (now - due[0]).total_seconds() < LATE_SECONDS or schedule.is_there(due[1]):
            continue
        if first is not None and first < to_ms(due[1].end):  # there was something to report
            late.append(due[1].label)
    if late:
        return Finding(
            "定时报告",
            "warn",
            f"到时没有生成：{_some(late)}。请看 worker 的日志，或用 liandong report 补出。",
        )
    return Finding("定时报告", "ok", "没有拖欠")


def slips(now: datetime) -> Finding:
    """Paper slips of days that are over of which nobody said what became of them."""
    from liandong.district import policy
    from liandong.engine import paper_slips
    from liandong.rules.model import SYSTEM

    today = now.astimezone(policy.current().zone).date()
    over = [one for one in paper_slips.waiting(SYSTEM, today) if one.over]
    if not over:
        return Finding("纸质单据", "ok", "没有遗漏")
    number = sum(len(one.left) for one in over)
    return Finding(
        "纸质单据", "warn", f"有 {number} 张纸单没有交代。请到“纸单补录”补录，或由值班长清点交回。"
    )


def drift(now: datetime) -> Finding:
    """Whether the machines that work on one store agree on the time."""
    from django.db import connection

    from liandong.engine.instants import now_ms
    from liandong.engine.models import Heartbeat

    ahead = Heartbeat.objects.filter(at_ms__gt=now_ms() + DRIFT_MS).values_list("worker", flat=True)
    if ahead:
        return Finding(
            "各机时间", "bad", f"这些机器的时间比本机快：{_some(list(ahead))}。请各机都启用 NTP 校时。"
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp()) * 1000")
            off = int(cursor.fetchone()[0]) - now_ms()
        if abs(off) > DRIFT_MS:
            return Finding(
                "各机时间", "warn", f"数据库服务器与本机相差 {off / 1000:.1f} 秒，请都启用 NTP 校时。"
            )
    return Finding("各机时间", "ok", "一致")
