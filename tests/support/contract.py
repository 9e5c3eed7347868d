"""CONTRACT §3 written down a second time, by hand, as the oracle of the tests: who, from where, with which fields.

``VALID`` gives for each command fields that are good in the world that ``support.ways.reach`` builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

OPEN = (
    "registered", "dispatched", "handling", "return_review", "disputed", "suspended", "feedback_review", "callback",
    "police",
)  # fmt: skip
FINISHED = ("closed", "answered")
TERMINAL = ("archived", "merged", "voided", "withdrawn")
STATES = OPEN + FINISHED + TERMINAL
HOLDERS = {
    "registered": "desk", "dispatched": "unit", "handling": "unit", "return_review": "desk",
    "disputed": "duty_office", "suspended": "unit", "feedback_review": "desk", "callback": "desk", "police": "police",
    "closed": "none", "answered": "none", "archived": "none", "merged": "none", "voided": "none", "withdrawn": "none",
}  # fmt: skip
NEVER = ("inspector", "police_inspectorate", "auditor", "sysadmin", "secadmin", "government", "reader")

SAFE = {"life": "no", "property": "no", "public": "no"}
D, U, G, M, S, C = "desk", "unit", "duty_office", "integration", "system", "caller"


class Line(NamedTuple):
    """One line of the command table of the contract."""

    who: tuple[str, ...]
    frm: tuple[str, ...]
    required: dict[str, Any]
    optional: Mapping[str, Any] = MappingProxyType({})


BASE = {"received_at": "2018-06-01T09:00:00+08:00", "source": {"channel": "110", "ref": "X"}}
LINES: dict[str, Line] = {
    "register": Line(
        (D, M), (),
        {"kind": "help", "summary": "路灯不亮", "safety": SAFE, **BASE},
        {"content": "", "incident_no": "JJ1", "place": {"text": "某路"}, "caller": {"name": "张三"}, "level": "none",
         "recording_ref": "R1"},
    ),
    "amend": Line(
        (D,), ("registered", "return_review"),
        {"reason": "写错了"}, {"kind": "help", "summary": "新", "content": "新", "place": None, "caller": None},
    ),
    "set_safety": Line((D, U), OPEN, {"safety": SAFE, "reason": "核实"}, {"second": "desk:zhou"}),
    "reclassify": Line(
        (D, G), ("dispatched", "handling"), {"class": "special", "matter": "CG-02", "reason": "情况复杂"}
    ),
    "answer": Line((D,), ("registered", "return_review"), {"text": "已答复", "knowledge": "none"}),
    "dispatch": Line(
        (D,), ("registered", "return_review"),
        {"lead_unit": "HB", "class": "general", "matter": "HB-01", "basis": "职责"}, {"assist_units": ["JT"]},
    ),
    "recall": Line((D,), ("dispatched",), {"reason": "派错了"}),
    "sign": Line((U,), ("dispatched",), {"receiver": "王"}),
    "contact": Line(
        (U,), ("dispatched", "handling"), {"at": "2018-06-01T09:00:00+08:00", "method": "电话", "note": "已告知"}
    ),
    "assign_inside": Line((U,), ("handling",), {"to": "环卫科"}),
    "add_assist": Line((D, G), ("dispatched", "handling"), {"unit": "JT", "task": "协助"}),
    "assist_reply": Line((U,), ("dispatched", "handling"), {"text": "已协助"}),
    "answer_now": Line((U,), ("dispatched", "handling"), {"text": "现时答复"}),
    "return": Line(
        (U,), ("dispatched", "handling"),
        {"reason_code": "not_our_duty", "explanation": "不是", "why_no_answer_now": "不明", "suggested_unit": "HB"},
    ),
    "reject_return": Line((D,), ("return_review",), {"reason": "属你局"}),
    "raise_dispute": Line(
        (D,), ("return_review", "dispatched", "handling"), {"unit_position": "不是我们", "desk_position": "是"}
    ),
    "designate": Line((G,), ("disputed",), {"unit": "HB", "ruling": "由环保局办", "basis": "职责"}),
    "request_extension": Line(
        (U,), ("handling",),
        {"reason": "难办", "told_caller_at": "2018-06-01T09:00:00+08:00", "told_by": "王", "promised_at": "2018-06-20"},
    ),
    "decide_extension": Line((D, G), ("handling",), {"approve": True, "reason": "可以"}),
    "request_suspension": Line(
        (U,), ("handling",), {"reason": "seasonal", "review_on": "2018-06-28"}, {"explanation": "汛期"}
    ),
    "decide_suspension": Line((G,), ("handling",), {"approve": True, "reason": "可以"}),
    "resume": Line((U, S), ("suspended",), {}, {"reason": "可以了"}),
    "feedback": Line(
        (U,), ("handling",), {"result": "resolved", "text": "办好了", "contacted_caller": False},
        {"contacted_at": None},
    ),
    "reject_feedback": Line((D,), ("feedback_review",), {"reason": "不够"}),
    "accept_feedback": Line((D,), ("feedback_review",), {}),
    "call_back": Line(
        (D,), ("callback",), {"reached": True, "satisfaction": "satisfied", "solved": "yes"}, {"note": ""}
    ),
    "rework": Line((D, G), ("closed", "answered"), {"reason": "没办好"}),
    "urge": Line((D, C), OPEN, {}),
    "supervise": Line((G,), OPEN, {"grade": 2, "requirement": "尽快", "reply_due": "2018-09-20"}),
    "answer_supervision": Line((U,), OPEN, {"text": "正在办"}),
    "lift_supervision": Line((G,), OPEN, {"reason": "已好"}),
    "set_level": Line((D, U, G), OPEN, {"level": "general", "reason": "升级"}),
    "report_by_phone": Line((D, U), OPEN, {"callee": "值班室", "content": "情况"}),
    "report_in_writing": Line((D, U), OPEN, {"document": "报告"}),
    "instruct": Line((G,), OPEN, {"units": ["CG", "JT"], "text": "到场"}),
    "acknowledge": Line((U,), OPEN, {"instruction": "1"}),
    "release": Line((G,), OPEN, {"command": "answer", "reason": "可以"}),
    "to_police": Line((D, U, G), OPEN, {"reason": "有危险"}, {"joint_units": ["JT"]}),
    "police_done": Line((D, M), ("police",), {"outcome": "handled", "remainder": None}),
    "merge": Line(
        (D,), ("registered", "dispatched", "handling", "return_review"), {"target": "B", "reason": "同一件"}
    ),
    "split": Line(
        (D,), ("registered", "return_review"),
        {"parts": [{"summary": "一"}, {"summary": "二", "content": "详", "matter": "CG-02"}], "reason": "两件事"},
    ),
    "void": Line(("desk_lead",), ("registered",), {"reason": "误登"}, {"second": "desk:zhou"}),
    "withdraw": Line((D, M), OPEN, {"reason": "来电人说不用了"}),
    "archive": Line((S,), ("closed", "answered"), {}),
    "reopen": Line((G,), ("archived",), {"reason": "又发生"}),
    "note": Line((D, U, G, M, C), STATES, {"text": "备注"}, {"to": "CG"}),
}  # fmt: skip
"""``second`` is optional in form: without a confirmation by another account the command is refused all the same."""

REFUSALS = {
    "missing_field": "R32", "unknown_field": "R32", "bad_value": "R32", "received_in_future": "R42",
    "wrong_role": "R12", "not_your_case": "R33", "stale_version": "I6", "wrong_state": "I5", "terminal": "I9",
    "safety_not_clear": "I8", "never_divert": "R19", "not_our_territory": "AMB21", "unknown_unit": "R22",
    "unit_not_in_force": "R22", "same_unit_again": "R29", "return_after_ruling": "R30", "return_window_over": "R29",
    "returned_before": "R29", "only_desk_disputes": "R30", "only_duty_office_rules": "R30",
    "complex_needs_promise": "R37", "extension_too_late": "R37", "caller_not_told": "R37", "promise_not_later": "R37",
    "request_pending": "I7", "nothing_pending": "I7", "own_request": "I7", "second_person_missing": "I7",
    "command_passed": "R44", "level_down": "R44", "handling_unit_calls": "R9", "rework_too_late": "R33",
    "rework_limit": "R33", "final_ruling": "R30",
}  # fmt: skip
"""Code → rule, in the order of the contract's list."""
NOTICES = (
    "assigned", "assist", "warning_50", "warning_75", "warning_90", "overdue", "returned", "return_rejected",
    "disputed", "ruled", "extension_asked", "extension_decided", "suspension_asked", "suspension_decided", "feedback",
    "feedback_rejected", "rework", "urged", "supervised", "police", "instructed", "level", "merged",
)  # fmt: skip
