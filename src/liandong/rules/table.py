"""The command table: for every command who may give it, from where, with what, which rules guard it, which clocks move,
and what the case becomes. This is CONTRACT §3 as data; ``decide`` only reads it.

Clock moves: X stop and judge, XS stop as superseded, S start, P pause, R resume. ``becomes`` None leaves the state (or
the effect decides: return, decide_suspension, call_back, accept_feedback, reject_feedback, rework).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from . import codes, effects
from .change import Change
from .fields import (
    Checker,
    Field,
    boolean,
    caller,
    choice,
    code,
    day_or_instant,
    ids,
    instant,
    instruction,
    nullable,
    parts,
    place,
    remainder,
    safety,
    some_codes,
    source,
    text,
    unit_ref,
)
from .fields import (
    codes as code_list,
)


class Move(NamedTuple):
    """One clock effect: ``op`` X, XS, S, P or R on clocks of ``kind`` (or a named group)."""

    op: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One command. ``relation`` says which units: lead, assist, party, or any unit that is a party."""

    name: str
    label: str
    rule: str
    who: tuple[str, ...]
    frm: tuple[str, ...]
    fields: tuple[Field, ...]
    checks: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    becomes: str | None = None
    effect: Callable[[Change], None] | None = None
    relation: str = "lead"
    soft: tuple[str, ...] = ()
    bumps: bool = True
    scope: str | None = None
    extra_from: tuple[str, ...] = ()
    extra_when: Callable[[Change], bool] | None = None
    outcomes: tuple[str, ...] = ()
    """Where an effect that chooses the next state itself may lead (``becomes`` None); empty: the state stays."""
    known: dict[str, Field] = field(init=False, repr=False, compare=False)
    """The fields by name, ``attachments`` among them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {one.name: one for one in (*self.fields, ATTACHMENTS)})


def X(*kinds: str) -> tuple[Move, ...]:
    """Stop and judge."""
    return tuple(Move("X", kind) for kind in kinds)


def XS(*kinds: str) -> tuple[Move, ...]:
    """Stop as superseded."""
    return tuple(Move("XS", kind) for kind in kinds)


def S(*kinds: str) -> tuple[Move, ...]:
    """Start."""
    return tuple(Move("S", kind) for kind in kinds)


def P(*kinds: str) -> tuple[Move, ...]:
    """Pause."""
    return tuple(Move("P", kind) for kind in kinds)


def R(*kinds: str) -> tuple[Move, ...]:
    """Resume."""
    return tuple(Move("R", kind) for kind in kinds)


def required(
    name: str, check: Checker, kind: str, label: str, keep: str = "public", choices: tuple[object, ...] = ()
) -> Field:
    """A field that must be there."""
    return Field(name, check, kind, True, keep, choices, label)


def optional(
    name: str, check: Checker, kind: str, label: str, keep: str = "public", choices: tuple[object, ...] = ()
) -> Field:
    """A field that may be left out."""
    return Field(name, check, kind, False, keep, choices, label)


def words(name: str, label: str, limit: int = 5000) -> Field:
    """A required free text."""
    return required(name, text(limit), "text", label, "text")


def pick(name: str, label: str, options: tuple[object, ...]) -> Field:
    """A required choice."""
    return required(name, choice(options), "choice", label, "public", options)


REASON = words("reason", "理由")
UNIT = required("unit", code, "unit", "单位")
MATTER = required("matter", code, "matter", "事项")
ATTACHMENTS = optional("attachments", ids, "attachments", "附件")
SUMMARY = words("summary", "摘要", 1000)
CONTENT = optional("content", text(20000, empty=True), "text", "详情", "text")
SAFETY = required("safety", safety, "safety", "三项安全问题")
PLACE = optional("place", place, "place", "地点", "none")
CALLER = optional("caller", caller, "caller", "来电人", "none")
CLASS = pick("class", "事项性质", codes.CLASSES)
LEVEL = pick("level", "响应等级", codes.LEVELS)
SECOND = optional("second", nullable(text(80)), "account", "第二人", "text")

OPEN = codes.OPEN
DESK, UNITS, DUTY = "desk", "unit", "duty_office"
START_HANDLING = S("handling_clocks")
"""Handle and contact: full for a new unit, what was left for one that held the case before."""

# fmt: off
ROWS: tuple[Row, ...] = (
    Row(
        "register", "登记", "R1", (DESK, "integration"), (),
        (
            pick("kind", "诉求类型", codes.KINDS), SUMMARY, CONTENT, SAFETY,
            required("received_at", instant, "instant", "接报时间"),
            required("source", source, "source", "来源"),
            optional("incident_no", text(100), "line", "接警单号"),
            PLACE, CALLER,
            optional("level", choice(codes.LEVELS), "choice", "响应等级", "public", codes.LEVELS),
            optional("recording_ref", text(300), "line", "录音编号", "text"),
        ),
        checks=("received_in_future",),
        becomes="registered", effect=effects.register, scope="register",
    ),
    Row(
        "amend", "更正", "R32", (DESK,), OPEN,
        (
            optional("kind", choice(codes.KINDS), "choice", "诉求类型", "public", codes.KINDS),
            optional("summary", text(1000), "text", "摘要", "text"),
            CONTENT, PLACE, CALLER, REASON,
        ),
        checks=("something_changes",),
        effect=effects.amend,
    ),
    Row(
        "set_safety", "更正安全回答", "R1", (DESK, UNITS, "system"), OPEN,
        (SAFETY, REASON, SECOND),
        checks=("second_person_safety", "doubt_only"),
        effect=effects.set_safety, relation="party",
    ),
    Row(
        "reclassify", "改性质", "R36", (DESK, DUTY), ("dispatched", "handling"),
        (CLASS, MATTER, REASON),
        checks=("known_matter", "never_divert", "no_complex"),
        effect=effects.reclassify,
    ),
    Row(
        "answer", "直接答复", "R28", (DESK,), ("registered", "return_review"),
        (words("text", "答复", 10000), required("knowledge", text(300), "line", "知识条目")),
        checks=("released", "reports_done"),
        moves=X("triage", "return_decision"),
        becomes="answered", effect=effects.answer,
    ),
    Row(
        "dispatch", "派发", "R3", (DESK,), ("registered", "return_review"),
        (
            required("lead_unit", code, "unit", "主办单位"), CLASS, MATTER,
            words("basis", "派发依据"),
            optional("assist_units", code_list, "units", "协办单位"),
        ),
        checks=(
            "known_matter", "other_units", "safety", "never_divert", "territory", "unknown_unit", "unit_in_force",
            "same_unit", "no_complex", "before_ruling",
        ),
        moves=(
            *X("triage", "return_decision"), Move("XS", "old_lead"), *S("sign"), *START_HANDLING, *S("return_window"),
            *S("assists"),
        ),
        becomes="dispatched", effect=effects.dispatch,
    ),
    Row(
        "recall", "撤回派发", "T32", (DESK,), ("dispatched",),
        (REASON,),
        checks=("before_ruling",),
        moves=(*XS("sign", "handle", "contact", "return_window"), *S("triage")),
        becomes="registered", effect=effects.recall,
    ),
    Row(
        "sign", "签收", "R32", (UNITS,), ("dispatched",),
        (required("receiver", text(80), "line", "签收人", "text"),),
        moves=X("sign"),
        becomes="handling",
    ),
    Row(
        "contact", "联系来电人", "R33", (UNITS,), ("dispatched", "handling"),
        (
            required("at", instant, "instant", "联系时间"),
            required("method", text(80), "line", "方式"),
            required("note", text(5000, empty=True), "text", "情况", "text"),
        ),
        checks=("past_instant", "after_call"),
        moves=X("contact"),
        effect=effects.contact,
    ),
    Row(
        "assign_inside", "内部转派", "R48", (UNITS,), ("handling",),
        (required("to", text(200), "line", "科室或人员", "text"),),
        relation="party",
    ),
    Row(
        "add_assist", "增派协办", "R20", (DESK, DUTY), ("dispatched", "handling"),
        (UNIT, words("task", "协办事项")),
        checks=("other_units", "unknown_unit", "unit_in_force"),
        moves=S("assists"),
        effect=effects.add_assist,
    ),
    Row(
        "assist_reply", "协办答复", "R20", (UNITS,), ("dispatched", "handling"),
        (words("text", "答复"),),
        checks=("assist_open",),
        moves=(Move("X", "own_assist"),),
        relation="assist",
    ),
    Row(
        "answer_now", "现时答复", "R28", (UNITS,), ("dispatched", "handling"),
        (words("text", "答复", 10000),),
        moves=(*X("sign", "return_window"), *P("handle"), *S("review")),
        becomes="feedback_review", effect=effects.answer_now,
    ),
    Row(
        "return", "申请退回", "R29", (UNITS,), ("dispatched", "handling"),
        (
            pick("reason_code", "退回原因", codes.RETURN_REASONS),
            words("explanation", "说明"),
            words("why_no_answer_now", "为何不能现时答复"),
            required("suggested_unit", unit_ref, "unit_or_unknown", "建议单位"),
        ),
        checks=("unknown_unit", "after_ruling", "window", "returned_before"),
        moves=(*X("sign", "return_window"), *P("handle", "contact")),
        effect=effects.return_, outcomes=("return_review", "disputed"),
    ),
    Row(
        "reject_return", "驳回退回", "R29", (DESK,), ("return_review",),
        (REASON,),
        checks=("safety",),
        moves=(*X("return_decision"), *R("handle", "contact")),
        becomes="handling", effect=effects.reject_return,
    ),
    Row(
        "raise_dispute", "上报争议", "R30", (DESK,), ("return_review", "dispatched", "handling"),
        (words("unit_position", "单位意见"), words("desk_position", "报警服务台意见")),
        checks=("only_desk_disputes",),
        moves=(
            *X("sign", "return_decision"), *XS("triage", "return_window", "decision"), *P("handle", "contact"),
            *S("ruling"),
        ),
        becomes="disputed", effect=effects.raise_dispute, soft=(UNITS, DUTY),
        extra_from=("registered",), extra_when=effects.is_gap,
    ),
    Row(
        "designate", "指定管辖", "R30", (DUTY,), ("disputed",),
        (UNIT, words("ruling", "裁定"), words("basis", "依据")),
        checks=(
            "safety", "never_divert", "territory", "unknown_unit", "unit_in_force", "only_duty_office_rules",
        ),
        moves=(
            *X("ruling"), *XS("sign", "return_window"), Move("XS", "old_lead"), *S("sign"), *START_HANDLING,
        ),
        becomes="dispatched", effect=effects.designate, soft=(DESK, UNITS),
        extra_from=("dispatched", "handling"), extra_when=lambda c: bool(c.state["final"]),
    ),
    Row(
        "request_extension", "申请延期", "R37", (UNITS,), ("handling",),
        (
            REASON,
            required("told_caller_at", nullable(instant), "instant", "告知来电人时间"),
            required("told_by", text(80), "line", "告知人", "text"),
            required("promised_at", day_or_instant(True), "instant", "承诺期限"),
        ),
        checks=("before_due", "caller_told", "later_promise", "none_pending"),
        effect=effects.request_extension,
    ),
    Row(
        "decide_extension", "审批延期", "R37", (DESK, DUTY), ("handling",),
        (required("approve", boolean, "boolean", "同意"), REASON),
        checks=("extension_pending", "own_request"),
        effect=effects.decide_extension, soft=(UNITS,),
    ),
    Row(
        "request_suspension", "申请挂起", "D5", (UNITS,), ("handling",),
        (
            pick("reason", "挂起原因", codes.SUSPENSION_REASONS),
            optional("explanation", text(5000, empty=True), "text", "说明", "text"),
            required("review_on", day_or_instant(False), "instant", "复查日"),
        ),
        checks=("unreachable_proved", "review_day", "none_pending", "released"),
        effect=effects.request_suspension,
    ),
    Row(
        "decide_suspension", "审批挂起", "D5", (DUTY,), ("handling",),
        (required("approve", boolean, "boolean", "同意"), REASON),
        checks=("suspension_pending", "own_request"),
        effect=effects.decide_suspension, outcomes=("suspended", "handling"), soft=(UNITS,),
    ),
    Row(
        "resume", "恢复办理", "D5", (UNITS, "system"), ("suspended",),
        (optional("reason", text(5000, empty=True), "text", "理由", "text"),),
        checks=("safety",),
        moves=(*X("suspension"), *R("handle", "contact")),
        becomes="handling",
    ),
    Row(
        "feedback", "反馈", "R33", (UNITS,), ("handling",),
        (
            pick("result", "办理结果", codes.RESULTS),
            words("text", "办理情况", 10000),
            required("contacted_caller", boolean, "boolean", "已联系来电人"),
            optional("contacted_at", instant, "instant", "联系时间"),
        ),
        checks=("past_instant", "after_call"),
        moves=(*X("sign", "return_window"), Move("X", "contact_if_made"), *P("handle"), *S("review")),
        becomes="feedback_review", effect=effects.feedback,
    ),
    Row(
        "reject_feedback", "退回补充", "R33", (DESK,), ("feedback_review",),
        (REASON,),
        checks=("safety",),
        moves=(*X("review"), *R("handle")),
        effect=effects.reject_feedback, outcomes=("dispatched", "handling"),
    ),
    Row(
        "accept_feedback", "审核通过", "R33", (DESK,), ("feedback_review",),
        (),
        checks=("released", "reports_done"),
        moves=X("review"),
        effect=effects.accept_feedback, outcomes=("callback", "closed"),
    ),
    Row(
        "call_back", "回访", "R9", (DESK,), ("callback",),
        (
            required("reached", boolean, "boolean", "已接通"),
            optional("satisfaction", nullable(choice(codes.SATISFACTION)), "choice", "满意度", "public", codes.SATISFACTION),
            optional("solved", nullable(choice(codes.SOLVED)), "choice", "是否解决", "public", codes.SOLVED),
            optional("note", text(5000, empty=True), "text", "备注", "text"),
        ),
        checks=("call_answers", "safety_target", "released", "reports_done", "not_handling_unit"),
        effect=effects.call_back, outcomes=("callback", "closed", "handling"), soft=(UNITS,),
    ),
    Row(
        "rework", "重办", "R33", (DESK, DUTY), codes.FINISHED,
        (REASON,),
        checks=("safety", "rework_window", "rework_count"),
        effect=effects.rework, outcomes=("handling", "registered"),
    ),
    Row("urge", "催办", "R65", (DESK, "caller"), OPEN, (), effect=effects.urge),
    Row(
        "supervise", "督办", "R11", (DUTY,), OPEN,
        (
            pick("grade", "督办等级", codes.GRADES), words("requirement", "要求"),
            required("reply_due", day_or_instant(True), "instant", "答复期限"),
        ),
        checks=("future_reply",),
        effect=effects.supervise,
    ),
    Row(
        "answer_supervision", "答复督办", "R65", (UNITS,), OPEN,
        (words("text", "答复"),),
        checks=("supervision_open",),
        moves=X("supervision"),
        effect=effects.answer_supervision,
    ),
    Row(
        "lift_supervision", "解除督办", "R11", (DUTY,), OPEN,
        (REASON,),
        checks=("supervision_open",),
        effect=effects.lift_supervision,
    ),
    Row(
        "set_level", "定级", "R39", (DESK, UNITS, DUTY), OPEN,
        (LEVEL, REASON),
        checks=("only_up",),
        effect=effects.set_level, relation="party",
    ),
    Row(
        "report_by_phone", "电话报告", "R42", (DESK, UNITS), OPEN,
        (required("callee", text(80), "line", "接报人", "text"), words("content", "报告内容")),
        checks=("report_owed",),
        moves=X("phone_report"), relation="party",
    ),
    Row(
        "report_in_writing", "书面报告", "R43", (DESK, UNITS), OPEN,
        (words("document", "报告文稿", 20000),),
        checks=("report_owed",),
        moves=X("written_report"), relation="party",
    ),
    Row(
        "instruct", "调度指令", "R11", (DUTY,), OPEN,
        (required("units", some_codes, "units", "单位"), words("text", "指令")),
        checks=("unknown_unit", "unit_in_force"),
        effect=effects.instruct,
    ),
    Row(
        "acknowledge", "确认指令", "R8", (UNITS,), OPEN,
        (required("instruction", instruction, "line", "指令编号"),),
        checks=("known_instruction",),
        effect=effects.acknowledge, relation="party",
    ),
    Row(
        "release", "放行", "R44", (DUTY,), OPEN,
        (required("command", text(40), "line", "放行的操作"), REASON),
        checks=("releasable",),
        effect=effects.release,
    ),
    Row(
        "to_police", "转警务", "R41", (DESK, UNITS, DUTY), OPEN,
        (REASON, optional("joint_units", code_list, "units", "联合处置单位")),
        checks=("unknown_unit", "unit_in_force"),
        moves=XS(*codes.DIVERSION_CLOCKS),
        becomes="police", effect=effects.to_police, relation="party",
    ),
    Row(
        "police_done", "警务处置完毕", "R41", (DESK, "integration"), ("police",),
        (
            pick("outcome", "处置结果", codes.OUTCOMES),
            required("remainder", remainder, "remainder", "遗留事项", "none"),
        ),
        checks=("reports_done",),
        moves=X("police_feedback", "police_ack"),
        becomes="closed", effect=effects.police_done, scope="police_done",
    ),
    Row(
        "merge", "合并", "T29", (DESK,), ("registered", "dispatched", "handling", "return_review"),
        (required("target", code, "case", "并入"), REASON),
        checks=("mergeable", "target_open", "released"),
        becomes="merged", effect=effects.merge,
    ),
    Row(
        "split", "拆分", "T30", (DESK,), ("registered", "return_review"),
        (required("parts", parts, "parts", "各件", "none"), REASON),
        checks=("known_matter",),
        moves=X("triage", "return_decision"),
        becomes="merged", effect=effects.split,
    ),
    Row(
        "void", "作废", "T31", ("desk_lead",), ("registered",),
        (REASON, SECOND),
        checks=("second_person", "released", "reports_done"),
        becomes="voided", effect=effects.void,
    ),
    Row(
        "withdraw", "来电人撤回", "T33", (DESK, "integration"), OPEN,
        (REASON,),
        checks=("released", "reports_done"),
        becomes="withdrawn", effect=effects.withdraw, scope="cancel",
    ),
    Row("archive", "归档", "T35", ("system",), codes.FINISHED, (), becomes="archived"),
    Row("reopen", "重开", "T36", (DUTY,), ("archived",), (REASON,), effect=effects.reopen, bumps=False),
    Row(
        "confirm", "第二人确认", "I7", (DESK,), OPEN,
        (required("command", text(40), "line", "确认的操作"),),
        checks=("confirmable",),
        effect=effects.confirm,
    ),
    Row(
        "note", "备注", "R31",
        (DESK, UNITS, DUTY, "inspector", "police_inspectorate", "integration", "caller", "system"), codes.STATES,
        (words("text", "内容"), optional("to", text(80), "line", "告知")),
        relation="party", bumps=False, scope="append",
    ),
)
# fmt: on

COMMANDS: dict[str, Row] = {row.name: row for row in ROWS}
LEVEL_COMMANDS = ("report_by_phone", "report_in_writing", "release")
"""Commands that exist only from level 较大 on."""
LATER_AMENDMENTS = ("caller", "place", "reason", "attachments")
"""What may still be amended once a case has left the desk."""
