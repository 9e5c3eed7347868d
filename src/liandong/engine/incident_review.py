"""What became of an incident: each clock planned and actual, who confirmed late, what was used, and the review's paper.

Everything is read from the case's own events and clocks and from the registers; nothing is counted by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from liandong.engine.official import Heading, Paper, Rows, Text
from liandong.rules.grading import LEVEL_NAMES
from liandong.rules.policy import Policy

from .incident_papers import instant, numeral

CLOCKS = {
    "phone_report": "10分钟电话报告",
    "written_report": "40分钟书面报告",
    "ack": "确认指令",
    "police_feedback": "警务反馈",
    "supervision": "督办答复",
    "handle": "办理",
    "sign": "签收",
    "triage": "分流",
    "contact": "首次联系",
}
"""The clocks that tell how an emergency was met, in the order of the review."""
OUTCOMES = {"on_time": "按时", "late": "超时", "superseded": "不再需要", "lapsed": "期满"}
REVIEW = {"course": "经过小结", "good": "做得好的", "lessons": "问题和教训", "actions": "改进措施"}


class Measured(NamedTuple):
    """One clock as planned and as it was. ``over``: whole minutes late (begun ones count), 0 in time."""

    what: str
    who: str
    started: datetime
    due: datetime | None
    done: datetime | None
    outcome: str
    over: int

    @property
    def took(self) -> str:
        """How long it took in words; nothing while it runs."""
        return length(self.done - self.started) if self.done is not None else ""


def length(span: Any) -> str:
    """A length in hours and minutes: 1小时5分, 不到1分."""
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return "不到1分"
    return (f"{hours}小时" if hours else "") + (f"{rest}分" if rest else "")


def _at(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def measured(case: Mapping[str, Any], policy: Policy, now: datetime) -> list[Measured]:
    """Every clock that counts in a review, in the order of their kinds, then as they started."""
    found = []
    order = list(CLOCKS)
    for clock in case["clocks"]:
        started = _at(clock["started_at"])
        if clock["kind"] not in CLOCKS or started is None:
            continue
        due, done = _at(clock["due_at"]), _at(clock["stopped_at"])
        ended = done or now
        superseded = clock.get("outcome") == "superseded"
        over = 0
        if due is not None and not superseded and ended > due:
            over = int(-(-(ended - due).total_seconds() // 60))
        if done is None:
            outcome = "超时未完成" if over else "进行中"
        else:
            outcome = OUTCOMES.get(str(clock.get("outcome")), "按时")
        name = (
            policy.units[clock["unit"]].name
            if clock["unit"] in policy.units
            else PARTIES.get(clock["unit"], clock["unit"])
        )
        found.append(Measured(CLOCKS[clock["kind"]], name, started, due, done, outcome, over))
    return sorted(found, key=lambda one: (order.index(_kind(one.what)), one.started))


PARTIES = {"desk": "110报警服务台", "duty_office": "区政府值班室", "police": "公安"}


def _kind(what: str) -> str:
    return next(kind for kind, name in CLOCKS.items() if name == what)


def paper(
    case: Mapping[str, Any],
    clocks: Sequence[Measured],
    used: Sequence[tuple[str, str, str, str]],
    timeline: Sequence[tuple[str, str]],
    said: Mapping[str, Any],
    policy: Policy,
    *,
    issuer: str,
    on: date,
    number: str,
    finished: bool,
) -> Paper:
    """The review as an official paper. ``used``: resource, assigned, on site, released; ``timeline``: instant, words."""
    late = [one for one in clocks if one.over]
    place = str((case.get("place") or {}).get("text") or "")[:30]
    blocks: list[Any] = [
        Text(
            f"案件编号：{case['no']}。等级：{LEVEL_NAMES[case['level']]}。接报：{instant(case['received_at'], policy)}。"
        ),
        Heading("一、经过小结"),
        Text(str(said.get("course") or "见下列时间线。")),
        Heading("二、时间线"),
        Rows(("时间", "情况"), tuple(timeline), widths=(3, 9)),
        Heading("三、计划时限与实际"),
        Rows(
            ("事项", "责任方", "期限", "实际", "结果"),
            tuple(
                (
                    one.what,
                    one.who,
                    instant(one.due, policy) if one.due else "—",
                    instant(one.done, policy) if one.done else "—",
                    f"超时{one.over}分钟" if one.over else one.outcome,
                )
                for one in clocks
            ),
            widths=(2.4, 2.6, 3, 3, 2),
        ),
        Text(
            "超时的有：" + "；".join(f"{one.who}{one.what}超时{one.over}分钟" for one in late) + "。"
            if late
            else "各项都在期限以内。"
        ),
        Heading("四、使用的资源"),
        Rows(("资源", "派出", "到场", "归队"), tuple(used), widths=(4, 3, 3, 3))
        if used
        else Text("没有调用登记的资源。"),
    ]
    for n, name in enumerate(("good", "lessons", "actions"), 5):
        blocks += [Heading(f"{numeral(n)}、{REVIEW[name]}"), Text(str(said.get(name) or "（未填写）"))]
    return Paper(
        issuer=issuer,
        title=f"关于{place}{LEVEL_NAMES[case['level']]}突发事件处置情况的复盘",
        to=("区政府领导",),
        blocks=tuple(blocks),
        signed_by=issuer,
        on=on,
        number=number,
        note="" if finished else "草稿，尚未定稿",
    )
