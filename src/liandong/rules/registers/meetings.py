"""Quarterly meetings and case consultations (28号文 三（四）: R45–R47)."""

from __future__ import annotations

from .. import fields as base
from ..model import Refusal
from ..register import ALL, OWN, Draft, Owed, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, is_future, not_future, units_in_force
from ..register.parties import (
    ANSWER,
    answered,
    called,
    forget_answers,
    inside,
    invited,
    is_quarter,
    quarter_of,
    says_who_or_why,
    some_present,
)

AGENDA = ("stage", "measure", "gap", "dispute", "evaluation", "drill", "sanction", "training", "other")
"""Kinds of agenda items: 阶段性工作, 新举措 (R46), 目录缺口 (M25), 争议与裁定, 考评, 点验, 处理, 培训, 其他."""
FORCES = ("binding", "advisory")

WORDS = {
    "stage": "阶段性工作", "measure": "新举措", "gap": "目录缺口", "dispute": "争议与裁定", "evaluation": "考评",
    "drill": "点验", "sanction": "处理", "training": "培训", "other": "其他", "binding": "须执行", "advisory": "供参考",
    "meeting_notice": "会议通知", "meeting_changed": "会议时间地点更改", "meeting_cancelled": "会议取消",
    "minutes": "会议纪要", "consultation_notice": "会商通知", "consultation_concluded": "会商结论",
}  # fmt: skip
"""Codes and kinds of notices in words."""


def agenda(*, required: bool = True) -> base.Field:
    """What is to be talked about."""
    keys = {"type": base.choice(AGENDA), "text": base.text(500), "unit": base.code}
    return f.records("agenda", "议程", keys, ("type", "text"), required=required, most=40)


def resolutions() -> base.Field:
    """What was resolved: each with its units and its limit, so that a task can be made of it."""
    keys = {"text": base.text(1000), "units": base.codes, "due": f._day}
    return f.records("resolutions", "决议", keys, ("text",), required=False, most=60)


def _convened(draft: Draft) -> None:
    draft.period = draft.f["period"]
    draft.due_at = draft.f["at"]
    _invite(draft, "meeting_notice")


def _invite(draft: Draft, kind: str) -> None:
    """Units are told and owe an answer by the pack's limit, at the latest when it begins."""
    reply = min(draft.due("reply"), draft.data["at"])
    units = draft.data["units"]
    draft.owed = {unit: Owed(reply) for unit in units}
    for unit in units:
        draft.tell(f"unit:{unit}", kind)


def _changed(draft: Draft) -> None:
    draft.due_at = draft.data["at"]
    forget_answers(draft)
    _invite(draft, "meeting_changed")


def _after_it_was_called(draft: Draft) -> Refusal | None:
    """R45: not on a day before its notice; otherwise a later one would make up for a quarter that had none."""
    entry, zone = draft.entry, draft.facts.policy.zone
    assert entry is not None
    if draft.f["held_at"].astimezone(zone).date() < entry.opened_at.astimezone(zone).date():
        return Refusal("in_past", "R45", "召开日期早于发出会议通知的日期，请按实际召开的时间填写", "held_at")
    return None


def _held(draft: Draft) -> None:
    called(draft)
    draft.due_at = draft.due("minutes", draft.f["held_at"])
    if draft.period:
        draft.period = quarter_of(draft.f["held_at"], draft.facts.policy.zone)


def _minuted(draft: Draft) -> None:
    for unit in sorted(
        {*draft.owed, *(u for one in draft.f.get("resolutions", ()) for u in one.get("units", ()))}
    ):
        draft.tell(f"unit:{unit}", "minutes")
    draft.due_at = None


def _cancelled(draft: Draft) -> None:
    draft.due_at = None
    for unit in draft.owed:
        draft.tell(f"unit:{unit}", "meeting_cancelled")


def _units_of_resolutions(draft: Draft) -> Refusal | None:
    today = draft.now.astimezone(draft.facts.policy.zone).date()
    for n, one in enumerate(draft.f.get("resolutions", ()), 1):
        for code in one.get("units", ()):
            unit = draft.facts.policy.units.get(code)
            if unit is None or not unit.in_force(today):
                return Refusal(
                    "unknown_unit", "R22", f"第 {n} 项决议的单位 {code[:40]} 不在册，请核对", "resolutions"
                )
        if one.get("units") and not one.get("due"):
            return Refusal("missing_field", "R45", f"第 {n} 项决议有承办单位，请写明完成期限", "resolutions")
        if one.get("due") and one["due"] < today.isoformat():
            return Refusal("in_past", "R45", f"第 {n} 项决议的期限已经过去，请改为今天或以后", "resolutions")
    return None


_ASKED = (
    f.instant("at", "时间"),
    f.words("place", "地点", limit=200, public=True),
)
_CONFIRM = Step(
    "confirm", "回复参会", "R45", ("unit",), ("convened",), ANSWER, checks=(says_who_or_why,), effect=answered,
    relation="party", help="写明由谁参加；不能参加的写明原因。",
)  # fmt: skip
_CANCEL = Step(
    "cancel", "取消", "R45", ("duty_office",), ("convened",), (f.words("cancel_reason", "取消原因", limit=500),),
    becomes="cancelled", effect=_cancelled,
)  # fmt: skip

MEETING = Register(
    name="meeting",
    label="季度例会",
    rule="R45",
    states={"convened": "已通知", "held": "已召开", "minuted": "纪要已印发", "cancelled": "已取消"},
    ended=("minuted", "cancelled"),
    steps=(
        Step(
            "convene", "召集例会", "R45", ("duty_office",), (),
            (f.period("period", "季度"), f.words("title", "会议名称", limit=100, public=True), *_ASKED, agenda(),
             f.units("units", "参会单位")),
            becomes="convened",
            checks=(is_quarter("period"), is_future("at"), inside("at", "period"), units_in_force("units")),
            effect=_convened, help="每个季度至少召开一次；通知发到各参会单位，各单位回复由谁参加。",
        ),
        Step(
            "change", "更改时间地点", "R45", ("duty_office",), ("convened",),
            (*_ASKED, agenda(required=False), f.units("units", "参会单位", required=False)),
            checks=(is_future("at"), units_in_force("units")), effect=_changed,
            help="更改后各单位重新收到通知，须重新回复。",
        ),
        _CONFIRM,
        Step(
            "hold", "登记召开", "R45", ("duty_office",), ("convened",),
            (f.instant("held_at", "召开时间"), invited()), becomes="held",
            checks=(not_future("held_at"), _after_it_was_called, some_present), effect=_held,
            help="以实际召开的时间计入季度。",
        ),
        Step(
            "minutes", "印发纪要", "R45", ("duty_office",), ("held",),
            (f.words("minutes", "纪要正文", limit=20000), resolutions()), becomes="minuted",
            checks=(_units_of_resolutions,), effect=_minuted,
            help="决议写明承办单位和期限，逐项立为任务。",
        ),
        _CANCEL,
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "government": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-LH-{n}",
    titled="title",
    words=WORDS,
    listed=("at", "place"),
    kept=(invited(),),
    about="28号文 三（四）：区政府应急办每季度组织有关联动单位召开专题例会，部署阶段性工作，研究推出服务社会新举措。",
)  # fmt: skip


def _nothing_hidden_beside(draft: Draft) -> Refusal | None:
    """R19: whoever sees the case reads the numbers beside it; a complaint about police is talked of by itself."""
    hidden = draft.facts.known.get("restricted", ())
    if draft.f["case"] in hidden or not any(no in hidden for no in draft.f.get("related", ())):
        return None
    return Refusal("wrong_evidence", "R19", "相关案件中有涉警投诉，请去掉；涉警投诉请单独会商", "related")


def _called_together(draft: Draft) -> None:
    draft.case = draft.f["case"]
    draft.due_at = draft.f["at"]
    _invite(draft, "consultation_notice")


def _concluded(draft: Draft) -> None:
    called(draft)
    draft.due_at = None
    for unit in draft.owed:
        draft.tell(f"unit:{unit}", "consultation_concluded")
    draft.tell("desk", "consultation_concluded")


def _binding_names_a_unit(draft: Draft) -> Refusal | None:
    if draft.f["force"] == "binding" and not draft.f.get("responsible"):
        return Refusal("missing_field", "R47", "有约束力的结论须写明牵头落实的单位", "responsible")
    return None


CONSULTATION = Register(
    name="consultation",
    label="专题会商",
    rule="R47",
    states={"convened": "已召集", "concluded": "已形成结论", "cancelled": "已取消"},
    ended=("concluded", "cancelled"),
    steps=(
        Step(
            "convene", "召集会商", "R47", ("duty_office",), (),
            (f.case("case", "案件"), f.cases("related", "相关案件", required=False),
             f.words("title", "会商事项", limit=100, public=True), *_ASKED, f.units("units", "参加单位"),
             f.words("question", "需要会商的问题")),
            becomes="convened",
            checks=(cases_exist("case", "related"), _nothing_hidden_beside, is_future("at"), units_in_force("units")),
            effect=_called_together, help="紧急、敏感、重大事件适时召集；可以定在几分钟之后。",
        ),
        _CONFIRM,
        Step(
            "conclude", "形成结论", "R47", ("duty_office",), ("convened",),
            (f.instant("held_at", "会商时间"), invited(), f.words("conclusion", "结论", limit=5000),
             f.choice("force", "效力", FORCES), f.unit("responsible", "牵头落实单位", required=False)),
            becomes="concluded",
            checks=(not_future("held_at"), _after_it_was_called, some_present, units_in_force("responsible"), _binding_names_a_unit),
            effect=_concluded, help="写明结论是须执行的，还是供参考的。",
        ),
        _CANCEL,
    ),
    sees={
        "duty_office": Sight(ALL), "inspector": Sight(ALL), "desk": Sight(ALL), "desk_lead": Sight(ALL),
        "unit": Sight(OWN),
    },
    number="{year}-HS-{n}",
    titled="title",
    words=WORDS,
    listed=("at", "force"),
    kept=(invited(),),
    about="28号文 三（四）：对紧急、敏感、重大事件，区政府应急办适时组织有关联动单位专题会商。",
)  # fmt: skip

REGISTERS = (MEETING, CONSULTATION)
