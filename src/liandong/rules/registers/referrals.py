"""Referrals (R68): a grave matter handed on to those who have the power over persons; only what they need is kept here."""

from __future__ import annotations

from datetime import date

from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, refuse, units_in_force

TO = {"discipline": "区纪委监委", "police": "公安机关", "procuratorate": "区检察院", "other": "其他有权机关"}
OFFICE, GOVERNMENT = ("duty_office",), ("government",)


def _named(draft: Draft) -> Refusal | None:
    if draft.f["to"] == "other" and not draft.f.get("to_name", "").strip():
        return refuse("missing_field", "R68", "移送其他机关，请写明机关名称", "to_name")
    return None


def _sanction_is_there(draft: Draft) -> Refusal | None:
    no = draft.f.get("sanction")
    unit = draft.facts.known.get("sanctions", {}).get(no) if no else None
    if no and unit is None:
        return refuse("not_found", "R68", f"没有编号为 {no[:60]} 的处理建议，请核对", "sanction")
    if no and unit != draft.f["unit"]:
        return refuse("wrong_evidence", "R68", "所填处理建议不是这个单位的，请核对", "sanction")
    return None


def _has_ground(draft: Draft) -> Refusal | None:
    if draft.f.get("sanction") or draft.f.get("cases"):
        return None
    return refuse("missing_field", "R68", "请附上依据：处理建议编号或案件号", "cases")


def _sent_by_now(draft: Draft) -> Refusal | None:
    if date.fromisoformat(draft.f["sent_on"]) > draft.now.astimezone(draft.facts.policy.zone).date():
        return refuse("in_future", "R68", "移送日期晚于今天，请核对", "sent_on")
    return None


def _drafted(draft: Draft) -> None:
    draft.unit = draft.f["unit"]
    draft.tell("government", "referral_drafted")


def _back(draft: Draft) -> None:
    draft.tell("duty_office", "referral_decided")


REFERRAL = Register(
    name="referral",
    label="移送",
    rule="R68",
    states={
        "drafted": "待区政府同意",
        "approved": "已同意，待移送",
        "sent": "已移送",
        "answered": "已回复",
        "refused": "不予移送",
        "withdrawn": "已撤回",
    },
    ended=("answered", "refused", "withdrawn"),
    steps=(
        Step(
            "refer", "提出移送", "R68", OFFICE, (),
            (
                f.unit("unit", "单位"),
                f.choice("to", "移送至", tuple(TO)),
                f.words("to_name", "机关名称（其他时填）", limit=60, required=False, public=True),
                f.words("matter", "事由（不写个人信息）", limit=300),
                f.code("sanction", "处理建议编号", required=False),
                f.cases("cases", "案件号", required=False),
            ),
            becomes="drafted",
            checks=(units_in_force("unit"), _named, _has_ground, cases_exist("cases"), _sanction_is_there),
            effect=_drafted,
            help="只登记移送所必需的；有关人员的材料随函移送，不录入本系统。",
        ),
        Step(
            "approve", "同意移送", "R68", GOVERNMENT, ("drafted",), (f.person("approved_by", "审批人"),),
            becomes="approved", effect=_back, others=("refer",),
        ),
        Step(
            "refuse", "不予移送", "R68", GOVERNMENT, ("drafted",),
            (f.person("approved_by", "审批人"), f.words("refused_for", "理由", limit=300)),
            becomes="refused", effect=_back, others=("refer",),
        ),
        Step(
            "send", "移送", "R68", OFFICE, ("approved",),
            (f.day("sent_on", "移送日期"), f.words("document", "移送文号", limit=60, public=True)),
            becomes="sent", checks=(_sent_by_now,),
        ),
        Step(
            "answer", "登记回复", "R68", OFFICE, ("sent",),
            (f.words("outcome", "回复结果（不写个人信息）", limit=300),), becomes="answered",
        ),
        Step(
            "withdraw", "撤回", "R68", OFFICE, ("drafted", "approved"),
            (f.words("withdrawn_for", "撤回理由", limit=300),), becomes="withdrawn",
        ),
    ),
    sees={"duty_office": Sight(ALL), "government": Sight(ALL)},
    number="{year}-YS-{n}",
    personal=("duty_office", "government"),
    words={**TO, "referral_drafted": "移送待审", "referral_decided": "移送已审"},
    listed=("to",),
    about="情节严重、造成严重后果的，依法依规移送有权机关。只有值班室和区政府看得到；只登记事由、文号和回复结果，不录入个人材料。",
)  # fmt: skip

REGISTERS = (REFERRAL,)
