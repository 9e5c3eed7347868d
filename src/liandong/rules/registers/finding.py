"""问题与整改: what a check found, the unit's own words, its rectification, and who looked again (R66, R67; C4.8).

Nothing follows from a number: a person enters a finding and says which rule was broken and by what it is shown, the
unit is heard before anything is ordered, another person verifies, and a sanction is proposed by a person, in the
register of sanctions, which names the finding.
"""

from __future__ import annotations

from ..model import Refusal
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, is_future, refuse, units_in_force

WHO = ("duty_office", "inspector")
SOURCES = ("sampling", "test_call", "drill", "appeal", "case")
RULES = ("late", "not_performed", "perfunctory", "other")
"""R66: 不按时办理, 不履行职责, 敷衍塞责; ``other`` for what no word of the notice names."""
HEARD = ("noted", "stated")
STATEMENT = "5wd"
"""How long a unit has to state, where neither the pack nor the person who enters the finding says."""


def _evidence(draft: Draft) -> Refusal | None:
    """R66: a finding is shown by cases or by the entry in which it was found, never by a rumour."""
    if not draft.f.get("cases") and not (draft.f.get("source_no") or "").strip():
        return refuse("missing_field", "R66", "请写明依据：案件编号，或者抽查、暗访、点验的编号", "cases")
    return None


def _noted(draft: Draft) -> None:
    unit, at = draft.f["unit"], draft.now
    cases = draft.f.get("cases") or []
    hidden = [no for no in cases if no in draft.facts.known.get("restricted", ())]
    draft.unit, draft.period = unit, f"{at.year}Q{(at.month - 1) // 3 + 1}"
    draft.case = next(iter([*hidden, *cases]), "")
    length = str(draft.facts.settings.get("statement", STATEMENT))
    draft.due_at = draft.f.get("statement_due") or draft.facts.policy.calendar.due(at, length)[0]
    draft.owe([unit], draft.due_at)
    draft.tell(f"unit:{unit}", "finding_noted")
    draft.tell(f"unit:{unit}:responsible", "finding_noted")


def _stated(draft: Draft) -> None:
    draft.did(draft.unit)
    draft.tell("duty_office", "finding_stated")


def _was_heard(draft: Draft) -> Refusal | None:
    """R67: the unit speaks first; its silence counts once its time is over."""
    entry = draft.entry
    assert entry is not None
    if entry.state == "noted" and not entry.is_overdue(draft.now):
        return refuse("before_due", "R67", "单位还没有陈述，陈述期限也没有到，请等单位陈述或期满后再办", "no")
    return None


def _ordered(draft: Draft) -> None:
    draft.due_at = draft.f["due"]
    draft.owe([draft.unit], draft.due_at)
    draft.tell(f"unit:{draft.unit}", "finding_ordered")
    draft.tell(f"unit:{draft.unit}:responsible", "finding_ordered")


def _in_time(draft: Draft) -> Refusal | None:
    """R37 by analogy: who needs more time asks before the limit, and for a later day."""
    entry = draft.entry
    assert entry is not None
    if entry.is_overdue(draft.now):
        return refuse(
            "after_due", "R37", "整改期限已过，不能再申请延期，请报告整改情况并说明超期原因", "until"
        )
    if entry.due_at is not None and draft.f["until"] <= entry.due_at:
        return refuse("bad_value", "R37", "申请的日期应晚于现在的整改期限", "until")
    return None


def _asked(draft: Draft) -> None:
    draft.tell("duty_office", "finding_extension_asked")


def _granted(draft: Draft) -> None:
    if draft.f["granted"]:
        draft.due_at = draft.data["due"] = draft.data["until"]
        draft.owe([draft.unit], draft.due_at)
    draft.tell(f"unit:{draft.unit}", "finding_extension_decided")


def _reported(draft: Draft) -> None:
    draft.did(draft.unit)
    draft.tell("duty_office", "finding_rectified")


def _told(draft: Draft) -> None:
    for unit, owed in list(draft.owed.items()):
        if owed.done_at is None:
            draft.did(unit)
    draft.tell(f"unit:{draft.unit}", "finding_ended")


FINDING = Register(
    name="finding",
    label="问题与整改",
    rule="R66",
    states={
        "noted": "待单位陈述", "stated": "已陈述待研究", "rectifying": "整改中", "extension_asked": "申请延期待审",
        "rectified": "已整改待核验", "closed": "已销号", "dismissed": "不成立", "proposed": "已转提请处理",
    },
    ended=("closed", "dismissed", "proposed"),
    steps=(
        Step(
            "open", "登记问题", "R66", WHO, (),
            (
                f.unit("unit", "单位"), f.choice("source", "来源", SOURCES), f.choice("rule", "违反哪一条", RULES),
                f.words("text", "发现了什么"), f.cases("cases", "案件", required=False),
                f.code("source_no", "来源编号", required=False),
                f.instant("statement_due", "陈述期限", required=False),
            ),
            becomes="noted",
            checks=(units_in_force("unit"), cases_exist("cases"), _evidence, is_future("statement_due")),
            effect=_noted, help="登记之后先听单位陈述；不填陈述期限的按默认期限。",
        ),
        Step(
            "state", "陈述", "R67", ("unit",), ("noted",), (f.words("statement", "单位的陈述"),), becomes="stated",
            effect=_stated, relation="own",
        ),
        Step(
            "dismiss", "问题不成立", "R66", WHO, HEARD, (f.words("reason", "理由"),), becomes="dismissed",
            effect=_told,
        ),
        Step(
            "order", "责令整改", "R66", WHO, HEARD, (f.words("demand", "整改要求"), f.instant("due", "整改期限")),
            becomes="rectifying", checks=(is_future("due"), _was_heard), effect=_ordered,
        ),
        Step(
            "ask_extension", "申请整改延期", "R37", ("unit",), ("rectifying",),
            (f.instant("until", "延期到"), f.words("why_more", "延期理由")), becomes="extension_asked",
            checks=(is_future("until"), _in_time), effect=_asked, relation="own",
        ),
        Step(
            "decide_extension", "审批整改延期", "R37", WHO, ("extension_asked",),
            (f.yes_no("granted", "是否同意"), f.words("decided_for", "意见")), becomes="rectifying", effect=_granted,
        ),
        Step(
            "report", "报告整改情况", "R66", ("unit",), ("rectifying", "extension_asked"),
            (f.words("done", "整改情况"),), becomes="rectified", effect=_reported, relation="own",
        ),
        Step(
            "send_back", "核验不通过", "R66", WHO, ("rectified",),
            (f.words("missing", "还差什么"), f.instant("due", "整改期限")), becomes="rectifying",
            checks=(is_future("due"),), effect=_ordered,
        ),
        Step(
            "verify", "核验销号", "R66", WHO, ("rectified",), (f.words("seen", "核验情况"),), becomes="closed",
            effect=_told, others=("order", "open"),
            help="由登记、责令整改以外的人核验（I7）。",
        ),
        Step(
            "propose", "转提请处理", "R67", ("duty_office",), ("stated", "noted", "rectifying", "rectified"),
            (f.words("proposed_for", "提请处理的理由"),), becomes="proposed", checks=(_was_heard,), effect=_told,
            help="只是结束整改程序；记档、约谈、通报另在同名台账中报请区政府决定，引用本条编号。",
        ),
    ),
    sees={
        "duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN),
        "government": Sight(ALL, ("proposed",)),
    },
    personal=(*WHO, "unit"),
    number="WT-{year}-{n:03d}",
    titled="text",
    listed=("rule", "source"),
    words={
        "late": "不按时办理", "not_performed": "不履行职责", "perfunctory": "敷衍塞责", "other": "其他",
        "sampling": "随机抽查", "test_call": "暗访电话", "drill": "点验", "appeal": "申诉", "case": "案件",
        "finding_noted": "登记了问题，请陈述", "finding_stated": "单位已陈述", "finding_ordered": "责令整改",
        "finding_extension_asked": "申请整改延期", "finding_extension_decided": "整改延期已审批",
        "finding_rectified": "报告整改情况", "finding_ended": "问题已了结",
    },
    about="抽查、暗访、点验、申诉中发现的问题：先听单位陈述，再整改、核验、销号，或转提请处理（R66、R67）。",
)  # fmt: skip

REGISTERS = (FINDING,)
