"""Tasks (任务): what was resolved and who has to do it by when, from a meeting, a consultation or a report (R45, R47)."""

from __future__ import annotations

from ..model import Refusal
from ..periods import end_of
from ..register import ALL, OWN, Draft, Owed, Register, Sight, Step
from ..register import fields as f
from ..register.checks import units_in_force
from ..register.parties import day_not_past, files_known, parts_of

SOURCES = ("meeting", "consultation", "drill", "supervision_slip", "finding", "report", "other")
MARKS = (50, 75, 100)
"""Shares of a task's time, in percent, at which its units are reminded (norms C4.2)."""


def _assigned(draft: Draft) -> None:
    units = draft.f["units"]
    draft.unit = units[0] if len(units) == 1 else ""
    draft.due_at = end_of(draft.f["due"], draft.facts.policy.zone)
    draft.period = draft.f.get("period", "")
    draft.data |= {"original_due": draft.f["due"], "reminded": 0, "counted_from": draft.now}
    draft.owe(units, draft.due_at)
    for unit in units:
        draft.tell(f"unit:{unit}", "task")


def _noted(draft: Draft) -> None:
    """Progress stands in the log under its author; the entry keeps who reported last and when."""
    draft.data["reported_at"] = draft.now
    if draft.actor.role == "unit":
        draft.tell("duty_office", "task_progress")


def _claimed(draft: Draft) -> None:
    for unit in parts_of(draft):
        draft.did(unit)
    if all(one.done_at is not None for one in draft.owed.values()):
        draft.state = "claimed"
        draft.data["claimed_at"] = draft.now
        draft.tell("duty_office", "task_claimed")


def _accepted(draft: Draft) -> None:
    draft.data["accepted_at"] = draft.now
    for unit in draft.owed:
        draft.tell(f"unit:{unit}", "task_accepted")


def _returned(draft: Draft) -> None:
    """Only the units named have to do it again; none named: all of them."""
    again = draft.f.get("again") or list(draft.owed)
    for unit in again:
        if unit in draft.owed:
            draft.owed[unit] = Owed(draft.due_at)
            draft.tell(f"unit:{unit}", "task_returned")


def _asked(draft: Draft) -> None:
    draft.data["asked_by"] = draft.actor.unit
    draft.tell("duty_office", "task_extension_asked")


def _decided(draft: Draft) -> None:
    if draft.f["approve"]:
        draft.data["due"] = draft.data["asked_until"]
        draft.due_at = end_of(draft.data["asked_until"], draft.facts.policy.zone)
        draft.data |= {
            "reminded": 0,
            "counted_from": draft.now,
            "extended": draft.data.get("extended", 0) + 1,
        }
        draft.owed = {unit: one._replace(due_at=draft.due_at) for unit, one in draft.owed.items()}
    for unit in draft.owed:
        draft.tell(f"unit:{unit}", "task_extension_decided")


def _reminded(draft: Draft) -> None:
    draft.data["reminded"] = draft.f["percent"]
    for unit, one in draft.owed.items():
        if one.done_at is None:
            draft.tell(f"unit:{unit}", f"task_{draft.f['percent']}")
            if draft.f["percent"] == 100:
                draft.tell(f"unit:{unit}:responsible", "task_100")
    if draft.f["percent"] == 100:
        draft.tell("duty_office", "task_100")


def _withdrawn(draft: Draft) -> None:
    for unit in draft.owed:
        draft.tell(f"unit:{unit}", "task_withdrawn")


def _in_time(draft: Draft) -> Refusal | None:
    if draft.due_at is not None and draft.now > draft.due_at:
        return Refusal("too_late", "R37", "期限已过，不能再申请延期；请尽快办结，并在进展中说明原因")
    return None


def _later(draft: Draft) -> Refusal | None:
    if draft.f["asked_until"] <= draft.data["due"]:
        return Refusal("not_later", "R37", "申请的日期须晚于现在的期限", "asked_until")
    return None


def _not_done(draft: Draft) -> Refusal | None:
    mine = parts_of(draft)
    if mine and all(draft.owed[unit].done_at is not None for unit in mine):
        return Refusal("already_done", "R45", "本单位已报完成，等待其他单位或验收，不用再报")
    return None


def _named_take_part(draft: Draft) -> Refusal | None:
    strange = next((unit for unit in draft.f.get("again", ()) if unit not in draft.owed), None)
    if strange:
        return Refusal("not_a_party", "R45", f"{strange[:40]} 不承办这项任务，请核对", "again")
    return None


def _reached(draft: Draft) -> int:
    """The highest mark that the task's time has passed; 0 before the first."""
    if draft.due_at is None:
        return 0
    start = draft.data["counted_from"]
    share = 100 * (draft.now - start) / (draft.due_at - start) if draft.due_at > start else 100
    return max((mark for mark in MARKS if share >= mark), default=0)


def _is_reached(draft: Draft) -> Refusal | None:
    if not draft.data["reminded"] < draft.f["percent"] <= _reached(draft):
        return Refusal("not_yet", "R45", "还没有到提醒的时候，或已经提醒过", "percent")
    return None


_OPEN = ("open", "extension_asked")
_FILES = f.attachments()

TASK = Register(
    name="task",
    label="任务",
    rule="R45",
    states={
        "open": "办理中", "extension_asked": "申请延期待定", "claimed": "报完成待验收", "accepted": "已完成",
        "withdrawn": "已撤销",
    },
    ended=("accepted", "withdrawn"),
    steps=(
        Step(
            "assign", "交办任务", "R45", ("duty_office",), (),
            (f.choice("source", "来自", SOURCES), f.code("source_no", "来源编号", required=False),
             f.whole("item", "决议序号", 1, 60, required=False), f.period("period", "季度", required=False),
             f.words("title", "任务", limit=200, public=True), f.words("text", "要求", required=False),
             f.units("units", "承办单位"), f.day("due", "完成期限")),
            becomes="open", checks=(units_in_force("units"), day_not_past("due")), effect=_assigned,
            help="到期限当天24:00为止；时间过半、过四分之三、到期时自动提醒承办单位。",
        ),
        Step(
            "progress", "报进展", "R45", ("unit", "duty_office"), (*_OPEN, "claimed"),
            (f.words("progress", "进展"), _FILES), checks=(files_known,), effect=_noted, relation="party",
        ),
        Step(
            "claim", "报完成", "R45", ("unit",), _OPEN, (f.words("result", "完成情况"), _FILES),
            checks=(_not_done, files_known), effect=_claimed, relation="party",
            help="所有承办单位都报完成后，由区政府值班室验收。",
        ),
        Step(
            "accept", "验收通过", "R45", ("duty_office",), ("claimed",),
            (f.words("opinion", "验收意见", limit=500, required=False),), becomes="accepted", effect=_accepted,
        ),
        Step(
            "give_back", "退回重办", "R45", ("duty_office",), ("claimed",),
            (f.words("reason", "退回原因", limit=500), f.units("again", "须重办的单位", required=False)),
            becomes="open", checks=(_named_take_part,), effect=_returned, help="不选单位即全部重办；期限不变。",
        ),
        Step(
            "ask_extension", "申请延期", "R37", ("unit",), ("open",),
            (f.words("why", "延期理由", limit=500), f.day("asked_until", "申请延至")),
            becomes="extension_asked", checks=(_in_time, day_not_past("asked_until"), _later), effect=_asked,
            relation="party", help="须在期限之前申请；批准之前原期限照走。",
        ),
        Step(
            "decide_extension", "决定延期", "R37", ("duty_office",), ("extension_asked",),
            (f.yes_no("approve", "是否同意"), f.words("decision", "理由", limit=500)), becomes="open",
            effect=_decided, others=("ask_extension",),
        ),
        Step(
            "withdraw", "撤销任务", "R45", ("duty_office",), (*_OPEN, "claimed"),
            (f.words("withdrawn_because", "撤销原因", limit=500),), becomes="withdrawn", effect=_withdrawn,
        ),
        Step(
            "remind", "到点提醒", "R45", ("system",), _OPEN, (f.choice("percent", "已过时间", MARKS),),
            checks=(_is_reached,), effect=_reminded,
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "government": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-RW-{n}",
    titled="title",
    words={
        "meeting": "季度例会", "consultation": "专题会商", "drill": "点验", "supervision_slip": "督办", "finding": "抽查",
        "report": "报告", "other": "其他", "50": "时间过半", "75": "过四分之三", "100": "到期", "task": "新任务",
        "task_progress": "报了进展", "task_claimed": "报了完成", "task_accepted": "验收通过", "task_returned": "退回重办",
        "task_extension_asked": "申请延期", "task_extension_decided": "延期已决定", "task_50": "任务时间过半",
        "task_75": "任务时间已过四分之三", "task_100": "任务到期未完成", "task_withdrawn": "任务撤销",
    },
    listed=("source", "due"),
    about="例会、会商和报告中决定的事，逐项交办、到点提醒、报完成后验收。",
)  # fmt: skip

REGISTERS = (TASK,)
