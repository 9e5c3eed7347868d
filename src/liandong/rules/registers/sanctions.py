"""记档、约谈、通报 (R66, R67): proposed by the duty office with evidence, the unit heard, decided by the district government.

Nothing comes of a number by itself: every step is a person's, the clock only writes down that a unit was silent. Nobody
decides what they proposed. A proposal never shows to other units; the government sees it from the day it is submitted.
"""

from __future__ import annotations

from datetime import date

from ..fields import Field
from ..fields import codes as many_codes
from ..model import Refusal
from ..register import ALL, OWN, Check, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, refuse, units_in_force

KINDS = {"record": "记档", "talk": "约谈", "circular": "通报"}
VIOLATIONS = {"late": "不按时办理", "duty": "不履行职责", "perfunctory": "对群众求助敷衍塞责"}
"""The three of R66."""
DECISIONS = {"approve": "同意", "change": "改为其他方式", "refuse": "不予处理"}
NOTICES = {
    "sanction_statement": "请陈述",
    "sanction_stated": "单位已陈述",
    "sanction_silent": "单位期满未陈述",
    "sanction_submitted": "报请审批",
    "sanction_decided": "已审批",
    "sanction_notice": "处理通知",
    "sanction_revoked": "处理已撤销",
    "sanction_dropped": "不再报请处理",
}
LETTERS = {"statement": "陈述通知书", "request": "报请处理的请示", "decision": "处理决定通知书"}
EVIDENCE = ("cases", "findings", "figures")
OFFICE, GOVERNMENT = ("duty_office",), ("government",)
ASKED = (
    "asked",
    "heard",
    "reviewed",
    "submitted",
    "approved",
    "refused",
    "carried_out",
    "revoked",
    "dropped",
)
DECIDED = ("approved", "refused", "carried_out", "revoked")


def several(name: str, label: str) -> Field:
    """Numbers of other entries, none at all allowed."""
    return Field(name, many_codes, "codes", False, "public", (), label)


def _has_evidence(draft: Draft) -> Refusal | None:
    """R66: a proposal rests on at least one case, finding or frozen figure that can be opened."""
    if any(draft.data.get(name) for name in EVIDENCE):
        return None
    return refuse(
        "missing_field", "R66", "请至少附上一项证据：案件号、检查发现的编号，或已固定的考核数据", "cases"
    )


def _evidence_is_there(draft: Draft) -> Refusal | None:
    """Each piece exists and is about this unit."""
    known, unit = draft.facts.known, draft.data["unit"]
    parties = known.get("parties", {})
    for no in draft.f.get("cases", ()):
        if unit not in parties.get(no, ()):
            return refuse("wrong_evidence", "R66", f"案件 {no} 与该单位无关，不能作为证据，请核对", "cases")
    for no in draft.f.get("findings", ()):
        units = known.get("entries", {}).get(no)
        if units is None:
            return refuse("not_found", "R66", f"没有编号为 {no} 的检查记录，请核对", "findings")
        if unit not in units:
            return refuse("wrong_evidence", "R66", f"{no} 与该单位无关，不能作为证据，请核对", "findings")
    for no in draft.f.get("figures", ()):
        if no not in known.get("snapshots", ()):
            return refuse(
                "not_found", "R66", f"没有编号为 {no} 的考核数据快照，请先固定数据再引用", "figures"
            )
    return None


_EVIDENCE = (
    f.cases("cases", "证据：案件号", required=False),
    several("findings", "证据：检查、点验、督办编号"),
    several("figures", "证据：考核数据快照"),
)


def _proposed(draft: Draft) -> None:
    draft.unit = draft.f["unit"]
    draft.data["proposed_kind"] = draft.f["kind"]


def _more_evidence(draft: Draft) -> None:
    before = draft.entry.data if draft.entry else {}
    for name in EVIDENCE:
        draft.data[name] = list(dict.fromkeys([*before.get(name, ()), *draft.f.get(name, ())]))
    if draft.state == "heard":  # the unit speaks to all that is held against it (R67)
        draft.state = "asked"
        _ask(draft)


def _some(draft: Draft) -> Refusal | None:
    if any(draft.f.get(name) for name in EVIDENCE):
        return None
    return refuse("missing_field", "R66", "请填要补充的证据", "cases")


def _ask(draft: Draft) -> None:
    """The unit is heard before anybody decides (R67): its responsible person is told, with a date."""
    draft.due_at = draft.due("statement")
    draft.owe([draft.unit], draft.due_at)
    draft.tell(f"unit:{draft.unit}:responsible", "sanction_statement")


def _stated(draft: Draft) -> None:
    draft.data["silent"] = False
    draft.did(draft.unit)
    draft.due_at = None
    draft.tell("duty_office", "sanction_stated")


def _was_silent(draft: Draft) -> Refusal | None:
    if draft.due_at is not None and draft.now > draft.due_at:
        return None
    return refuse("too_early", "R67", "陈述期限还没有到，请等单位陈述", None)


def _silent(draft: Draft) -> None:
    draft.data["silent"] = True
    draft.due_at = None
    draft.tell("duty_office", "sanction_silent")


def _submitted(draft: Draft) -> None:
    draft.tell("government", "sanction_submitted")


def _upheld(draft: Draft) -> Refusal | None:
    if draft.data.get("uphold") is True:
        return None
    return refuse("wrong_state", "R67", "复核意见是不再报请，请撤回；改变意见请重新复核", None)


def _decision_is_whole(draft: Draft) -> Refusal | None:
    decision, kind = draft.f["decision"], draft.f.get("new_kind")
    if decision == "change" and kind in (None, draft.data["kind"]):
        return refuse("missing_field", "R67", "改为其他方式时，请选与报请不同的一种", "new_kind")
    if decision != "change" and kind is not None:
        return refuse("bad_value", "R67", "只有改为其他方式时才填这一项，请清空", "new_kind")
    if decision != "approve" and not draft.f.get("decision_reason", "").strip():
        return refuse("missing_field", "R67", "不同意报请的处理，请写明理由", "decision_reason")
    return _not_ahead("decided_on")(draft)


def _not_ahead(field: str) -> Check:
    def check(draft: Draft) -> Refusal | None:
        day = draft.f.get(field)
        today = draft.now.astimezone(draft.facts.policy.zone).date()
        if day is not None and date.fromisoformat(day) > today:
            return refuse("in_future", "R67", "日期晚于今天，请核对", field)
        begun = draft.entry.opened_at.astimezone(draft.facts.policy.zone).date() if draft.entry else today
        if day is not None and date.fromisoformat(day) < begun:
            return refuse("bad_value", "R67", f"日期早于提出建议的{begun}，请核对", field)
        return None

    return check


def _decided(draft: Draft) -> None:
    decision = draft.f["decision"]
    draft.state = "refused" if decision == "refuse" else "approved"
    if decision == "change":
        draft.data["kind"] = draft.f["new_kind"]
    draft.tell("duty_office", "sanction_decided")
    draft.tell(f"unit:{draft.unit}:responsible", "sanction_decided")


def _carried(draft: Draft) -> None:
    draft.tell(f"unit:{draft.unit}", "sanction_notice")


def _withdrawn(draft: Draft) -> None:
    """Whom nobody had asked learns nothing; a unit that was asked is told that it is over."""
    asked = draft.entry is not None and draft.entry.state in ASKED
    draft.state = "dropped" if asked else "withdrawn"
    draft.due_at = None
    if asked:
        draft.tell(f"unit:{draft.unit}:responsible", "sanction_dropped")


def _revoked(draft: Draft) -> None:
    draft.tell(f"unit:{draft.unit}", "sanction_revoked")
    draft.tell("duty_office", "sanction_revoked")


SANCTION = Register(
    name="sanction",
    label="记档、约谈、通报",
    rule="R67",
    states={
        "proposed": "已提出",
        "asked": "听取陈述",
        "heard": "陈述已毕",
        "reviewed": "已复核",
        "submitted": "已报区政府",
        "approved": "区政府已同意",
        "refused": "区政府不予处理",
        "carried_out": "已执行",
        "revoked": "已撤销",
        "withdrawn": "已撤回",
        "dropped": "不再报请",
    },
    ended=("refused", "carried_out", "revoked", "withdrawn", "dropped"),
    steps=(
        Step(
            "propose", "提出处理建议", "R67", OFFICE, (),
            (
                f.unit("unit", "单位"),
                f.choice("kind", "处理方式", tuple(KINDS)),
                f.choice("violation", "情形", tuple(VIOLATIONS)),
                f.words("post", "责任岗位", limit=100, required=False, public=True),
                f.person("person", "责任人", required=False),
                f.words("facts", "事实"),
                *_EVIDENCE,
            ),
            becomes="proposed",
            checks=(units_in_force("unit"), _has_evidence, cases_exist("cases"), _evidence_is_there),
            effect=_proposed,
            help="由值班室的人依据证据提出，系统不会因为某个数字自动提出。",
        ),
        Step(
            "add_evidence", "补充证据", "R66", OFFICE, ("proposed", "asked", "heard"), _EVIDENCE,
            checks=(_some, cases_exist("cases"), _evidence_is_there), effect=_more_evidence,
            help="单位陈述以后补充的，重新请单位陈述。",
        ),
        Step(
            "ask", "请单位陈述", "R67", OFFICE, ("proposed",), (),
            becomes="asked", effect=_ask, help="单位从这时起看到这件事，并有期限陈述。",
        ),
        Step(
            "state", "提交陈述", "R67", ("unit",), ("asked",),
            (f.words("statement", "陈述"), f.attachments()),
            becomes="heard", effect=_stated, relation="own",
        ),
        Step(
            "record_silence", "登记未陈述", "R67", ("duty_office", "system"), ("asked",), (),
            becomes="heard", checks=(_was_silent,), effect=_silent,
        ),
        Step(
            "review", "复核", "R67", OFFICE, ("heard", "reviewed"),
            (f.yes_no("uphold", "仍报请处理"), f.words("opinion", "复核意见")),
            becomes="reviewed",
        ),
        Step(
            "submit", "报请区政府", "R67", OFFICE, ("reviewed",),
            (f.words("document", "报请文号", limit=60, required=False, public=True),),
            becomes="submitted", checks=(_upheld,), effect=_submitted,
        ),
        Step(
            "decide", "审批", "R67", GOVERNMENT, ("submitted",),
            (
                f.choice("decision", "审批意见", tuple(DECISIONS)),
                f.choice("new_kind", "改为", tuple(KINDS), required=False),
                f.words("decision_reason", "理由", required=False),
                f.person("decided_by", "审批人"),
                f.day("decided_on", "审批日期"),
            ),
            checks=(_decision_is_whole,), effect=_decided, others=("propose", "review", "submit"),
        ),
        Step(
            "carry_out", "执行", "R67", OFFICE, ("approved",),
            (
                f.day("carried_on", "执行日期"),
                f.words("notice_no", "通知文号", limit=60, public=True),
                f.words("how", "执行情况", required=False),
            ),
            becomes="carried_out", checks=(_not_ahead("carried_on"),), effect=_carried,
        ),
        Step(
            "revoke", "撤销", "R67", GOVERNMENT, ("approved", "carried_out"),
            (f.words("revoked_for", "撤销理由"),), becomes="revoked", effect=_revoked,
        ),
        Step(
            "withdraw", "撤回建议", "R67", OFFICE, ("proposed", "asked", "heard", "reviewed"),
            (f.words("withdrawn_for", "撤回理由"),), effect=_withdrawn,
        ),
    ),
    sees={
        "duty_office": Sight(ALL),
        "government": Sight(ALL, ("submitted", *DECIDED)),
        "unit": Sight(OWN, ASKED),
    },
    number="{year}-CL-{n}",
    personal=("duty_office", "government"),
    words={**KINDS, **VIOLATIONS, **DECISIONS, **NOTICES, **LETTERS},
    listed=("kind", "violation"),
    about="对不按时办理、不履行职责、敷衍塞责的，值班室附证据提出，听取单位陈述，复核后报请区政府，由区政府决定记档、约谈或通报。系统不依据任何数字自动提出。",
)  # fmt: skip

REGISTERS = (SANCTION,)
