"""What 12345 answers to a ticket of ours moves its entry in the register: in any order, and nothing that was said is lost.

A status or result that comes before the acknowledgement is an acknowledgement as well; one that comes after the end is
kept as a remark. What contradicts the entry (another number of theirs, given back and done) waits for a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from liandong.casework.execute import Refused
from liandong.district.intake import IntakeMapping
from liandong.registers import queries
from liandong.registers.store import act
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.hotline_transfer import HOTLINE, OUT

from .message import Message
from .problems import Problem, Unfit

SYSTEM: Final = Actor("system", "intake")
_WORDS: Final = {"accepted": "对方受理", "progress": "", "result": "对方办结：", "returned": "对方退回："}
_UNANSWERED: Final = ("transferred", "to_send", "sent")


def record(one: Message, used: IntakeMapping, now: datetime, policy: Policy) -> str:
    """Take the steps that an answer means, in the caller's transaction; the number of the entry's case. Raises Unfit."""
    if used.outgoing is None:
        raise Unfit(
            Problem("refused", f"{used.label}不是接收我方工单的平台，不能答复对接：请核对来源和对照表")
        )
    entry = queries.get(SYSTEM, HOTLINE.name, one.our_ref, policy=policy)
    if entry is None or entry.data["direction"] != OUT:
        detail = f"没有转给12345的对接 {one.our_ref[:40]}：请与对方核对，补正我方对接编号"
        raise Unfit(Problem("unknown_code", detail))
    known = entry.data.get("ticket")
    theirs = "" if one.ref == one.our_ref else one.ref
    if known and theirs and known != theirs:
        detail = f"{entry.no} 的对方工单号是 {known[:40]}，来的是 {theirs[:40]}：请与对方核对，补正对方单号"
        raise Unfit(Problem("refused", detail))
    try:
        _answered(entry, one, theirs, now, policy)
    except Refused as refused:
        detail = f"{refused.refusal.detail}（{refused.refusal.rule}）"
        raise Unfit(Problem("refused", f"{entry.no}：{detail}")) from refused
    return entry.case


def _answered(entry: Entry, one: Message, theirs: str, now: datetime, policy: Policy) -> None:
    def step(name: str, **fields: Any) -> None:
        act(HOTLINE.name, name, fields, SYSTEM, no=entry.no, now=now, policy=policy)

    at, state = one.at.isoformat(), entry.state
    number = {"ticket": theirs} if theirs else {}
    if one.do == "returned" and state != "returned":
        return step("give_back", why=one.text)
    if one.do != "returned" and state in _UNANSWERED:
        step("accept", accepted_at=at, **number)
        state = "accepted"
        if one.do == "accepted" and not one.text:
            return None
    if one.do == "result" and state != "done":
        return step("finish", result=one.text)
    if one.do == "result" and one.text == entry.data.get("result"):
        return None
    return step("progress", progress=f"{_WORDS[one.do]}{one.text}", progress_at=at, **number)
