"""电话通知: nobody sleeps through a case (R4, R24). One entry for each limit to sign or acknowledge that nobody answers.

Half of the limit gone: the next person of the unit's roster is told. All of it gone, or no other way to reach somebody:
the desk telephones, number after number, and writes down who answered, when, and what was said. What is signed meanwhile
ends by itself.
"""

from __future__ import annotations

from typing import Any

from ..fields import boolean, instant, text
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import not_future

ABOUT = ("sign", "ack", "channel")
ROLES = ("duty_phone", "on_duty", "liaison", "responsible", "next")
MISSED = ("no_answer", "busy", "switched_off", "wrong_number")
BECAUSE = ("signed", "acknowledged", "moved", "case_over", "read", "told", "desk_calls")
_ABOUT_IT = (
    f.case("case", "案件"), f.code("recipient", "通知对象"), f.choice("about", "为何通知", ABOUT),
    f.code("kind", "通知种类", required=False),
)  # fmt: skip
_NUMBERS = f.records(
    "numbers", "可拨的电话", {"type": text(20), "name": text(80, empty=True), "phone": text(40)}, ("type", "phone"),
    required=False, personal=True, most=20,
)  # fmt: skip


def unit_of(recipient: str) -> str:
    """The unit of ``unit:CG`` or ``unit:CG:responsible``; "" for the desk and the offices."""
    return recipient.split(":")[1] if recipient.startswith("unit:") else ""


def _about(draft: Draft) -> None:
    draft.case = draft.f["case"]
    draft.unit = unit_of(draft.f["recipient"])
    draft.data["tries"] = 0


def _remind(draft: Draft) -> None:
    _about(draft)
    draft.due_at = draft.f["until"]
    draft.tell(f"unit:{draft.unit}", "phone_reminded")
    draft.tell(f"unit:{draft.unit}:responsible", "phone_reminded")


def _number(draft: Draft, at: int) -> None:
    """Which number is the one to call now; after the last comes the first again."""
    known: list[dict[str, Any]] = draft.data.get("numbers") or []
    one = known[at % len(known)] if known else {}
    draft.data["call_role"] = one.get("type") or ""
    draft.data["call_name"] = one.get("name") or ""
    draft.data["call_phone"] = one.get("phone") or ""


def _ring(draft: Draft) -> None:
    if draft.entry is None:
        _about(draft)
    _number(draft, 0)
    draft.due_at = draft.due("call_within") if "call_within" in draft.facts.settings else None
    draft.tell("desk", "phone_needed")


def _called(draft: Draft, reached: bool, note: str) -> None:
    calls = list(draft.data.get("calls") or ())
    calls.append(
        {
            "at": draft.f["called_at"].isoformat(),
            "name": draft.f.get("answered_by") or draft.data.get("call_name") or "",
            "phone": draft.data.get("call_phone") or "",
            "reached": reached,
            "note": note,
        }
    )
    draft.data["calls"] = calls
    draft.data["tries"] = len(calls)


def _reached(draft: Draft) -> None:
    _called(draft, True, draft.f["said"])


def _missed(draft: Draft) -> None:
    _called(draft, False, draft.f.get("remark") or "")
    tries, known = draft.data["tries"], len(draft.data.get("numbers") or ())
    _number(draft, tries)
    if "call_within" in draft.facts.settings:
        draft.due_at = draft.due("call_within")
    if (
        tries >= max(1, known) and tries % max(1, known) == 0
    ):  # nobody of the unit answers: that is for its superiors
        draft.tell("duty_office", "phone_nobody")
        if draft.unit:
            draft.tell(f"unit:{draft.unit}:responsible", "phone_nobody")


_CALLED_AT = f.instant("called_at", "拨打时间")

PHONE_TASK = Register(
    name="phone_task",
    label="电话通知",
    rule="R4",
    states={
        "told": "已提醒下一班", "waiting": "待打电话", "tried": "已拨未通", "reached": "已通知到", "unneeded": "不再需要",
    },
    ended=("reached", "unneeded"),
    steps=(
        Step(
            "remind", "提醒下一班", "R24", ("system",), (),
            (
                *_ABOUT_IT, f.whole("clock", "时钟", 0, 1_000_000), f.instant("until", "期限"),
                f.choice("told_role", "提醒谁", ROLES, required=False), f.person("told_name", "提醒的人", required=False),
            ),
            becomes="told", effect=_remind,
        ),
        Step(
            "open", "须打电话", "R4", ("system",), (),
            (*_ABOUT_IT, f.words("why", "原因", limit=300), f.code("message", "消息", required=False), _NUMBERS),
            becomes="waiting", effect=_ring,
        ),
        Step(
            "ring", "到期未签，改打电话", "R4", ("system",), ("told",), (f.words("why", "原因", limit=300), _NUMBERS),
            becomes="waiting", effect=_ring,
        ),
        Step(
            "reached", "打通了", "R4", ("desk",), ("waiting", "tried"),
            (_CALLED_AT, f.person("answered_by", "接听人"), f.words("said", "怎么说的", limit=500)),
            becomes="reached", checks=(not_future("called_at"),), effect=_reached,
            help="写明谁接的、什么时候、怎么答复。签收仍由单位在系统里办理。",
        ),
        Step(
            "missed", "没打通", "R4", ("desk",), ("waiting", "tried"),
            (_CALLED_AT, f.choice("missed", "情况", MISSED), f.words("remark", "说明", limit=300, required=False)),
            becomes="tried", checks=(not_future("called_at"),), effect=_missed,
            help="记下之后换下一个号码：值班电话、值班人、联络员、分管负责人，依次再拨。",
        ),
        Step(
            "settle", "不再需要", "R4", ("system",), ("told", "waiting", "tried"), (f.choice("because", "缘由", BECAUSE),),
            becomes="unneeded",
        ),
    ),
    sees={
        "desk": Sight(ALL), "desk_lead": Sight(ALL), "duty_office": Sight(ALL), "inspector": Sight(ALL),
        "unit": Sight(OWN),
    },
    personal=("desk", "desk_lead", "duty_office"),
    number="DH-{year}-{n:05d}",
    titled="case",
    listed=("about", "tries"),
    kept=(
        f.choice("call_role", "现在拨谁", ROLES, required=False), f.person("call_name", "现在拨给", required=False),
        f.phone("call_phone", "现在拨的号码", required=False), f.whole("tries", "已拨次数", 0, 10_000, required=False),
        f.records(
            "calls", "通话记录",
            {"at": instant, "name": text(80, empty=True), "phone": text(40, empty=True), "reached": boolean,
             "note": text(500, empty=True)},
            ("at",), required=False, personal=True, most=200,
        ),
    ),
    words={
        "sign": "逾期未签收", "ack": "逾期未确认指令", "channel": "其他方式都没有送达", "duty_phone": "值班电话",
        "on_duty": "值班人", "liaison": "联络员", "responsible": "分管负责人", "next": "下一班",
        "no_answer": "无人接听", "busy": "占线", "switched_off": "关机", "wrong_number": "号码不对",
        "signed": "已签收", "acknowledged": "已确认", "moved": "案件已转出", "case_over": "案件已了结", "read": "已在系统里看到",
        "told": "已另行通知", "desk_calls": "改由公安侧接警台打电话", "phone_reminded": "过了一半时限，还没有签收（确认）", "phone_needed": "请打电话通知单位",
        "phone_nobody": "一个单位的号码都没有打通",
    },
    about="派出的案件、下达的指令过了时限还没人签收，由分流台打电话：打给谁、谁接的、怎么说的，逐次记录（R4、R24）。",
)  # fmt: skip

REGISTERS = (PHONE_TASK,)
