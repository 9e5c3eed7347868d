"""Appeals against a frozen evaluation (part E, fairness): by the unit, within three working days, decided by another.

What is upheld is left out of the numbers by an exclusion and a revision of the snapshot; the snapshot itself stays.
"""

from __future__ import annotations

from ..model import Refusal
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, refuse
from ..register.parties import files_known, own_unit

DECIDE = ("duty_office", "inspector")
GROUNDS = ("wrong_time", "not_ours", "beyond_us", "malicious", "wrong_answer", "other")


def _in_time(draft: Draft) -> Refusal | None:
    known = draft.facts.known.get("snapshot")
    if known is None:
        return refuse("not_found", "R65", "没有这个编号的考评快照，请在考评页面核对编号", "snapshot")
    if known["revised_by"]:
        return refuse(
            "wrong_state", "R65", f"这一版已有修订（{known['revised_by']}），请对最新的一版申诉", "snapshot"
        )
    if draft.now > known["until"]:
        until = known["until"].astimezone(draft.facts.policy.zone)
        return refuse(
            "too_late", "R65", f"申诉期已过（截止{until:%Y年%m月%d日%H:%M}）；有情况请在例会提出", "snapshot"
        )
    return None


def _counted(draft: Draft) -> Refusal | None:
    """Only what was counted for this unit can be struck from its numbers."""
    if draft.f["case"] not in draft.facts.known.get("counted", ()):
        return refuse("wrong_evidence", "R65", "这一件没有算在该单位这次考评里，不需要申诉", "case")
    return None


def _once(draft: Draft) -> Refusal | None:
    """One case of a period, one appeal: what was decided is not decided again."""
    before = draft.facts.known.get("filed")
    if before:
        return refuse(
            "already_done", "R65", f"这一件已经申诉过（{before}），一件一份，请在那一份上查看", "case"
        )
    return None


def _filed(draft: Draft) -> None:
    draft.unit, draft.case = draft.f["unit"], draft.f["case"]
    draft.period = draft.facts.known["snapshot"]["name"]
    draft.due_at = draft.due("decide")
    draft.tell("duty_office", "appeal_filed")
    draft.tell("inspector", "appeal_filed")


def _decided(draft: Draft) -> None:
    draft.due_at = None
    draft.tell(f"unit:{draft.unit}", "appeal_decided")


def _not_its_own(draft: Draft) -> Refusal | None:
    """The duty office stands in no ranking (AMB22); what is appealed in its name the inspectors decide (I7)."""
    unit = draft.facts.policy.units.get(draft.unit)
    if draft.actor.role == "duty_office" and unit is not None and unit.kind == "command":
        return refuse("own_request", "I7", "涉及值班室自己的申诉由督检考评人员决定", None)
    return None


_DECISION = (f.words("decision", "决定理由", limit=500),)

APPEAL = Register(
    name="appeal",
    label="考评申诉",
    rule="R65",
    states={"filed": "待决定", "upheld": "申诉成立", "refused": "不成立", "withdrawn": "已撤回"},
    ended=("upheld", "refused", "withdrawn"),
    steps=(
        Step(
            "file", "提出申诉", "R65", ("unit",), (),
            (
                f.code("snapshot", "考评快照编号"), f.unit("unit", "单位"), f.case("case", "案件"),
                f.choice("ground", "理由类别", GROUNDS), f.words("explanation", "说明"), f.attachments(),
            ),
            becomes="filed",
            checks=(own_unit(), _in_time, cases_exist("case"), _counted, _once, files_known), effect=_filed,
            help="考评公布后3个工作日内，对算在本单位的一件提出；一件一份。",
        ),
        Step(
            "uphold", "申诉成立", "R65", DECIDE, ("filed",), _DECISION, becomes="upheld", checks=(_not_its_own,),
            effect=_decided, others=("file",),
            help="成立的，到考评快照页面剔除并形成修订版；原快照不变。",
        ),
        Step(
            "refuse", "申诉不成立", "R65", DECIDE, ("filed",), _DECISION, becomes="refused", checks=(_not_its_own,),
            effect=_decided, others=("file",),
        ),
        Step("withdraw", "撤回申诉", "R65", ("unit",), ("filed",), becomes="withdrawn", relation="own"),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-SS-{n}",
    words={
        "wrong_time": "时限算错", "not_ours": "不是本单位职责", "beyond_us": "非本单位原因", "malicious": "恶意或不合理诉求",
        "wrong_answer": "回访记录有误", "other": "其他", "appeal_filed": "单位提出考评申诉", "appeal_decided": "考评申诉已有决定",
    },
    listed=("snapshot", "ground"),
    about="考评公布后单位可以申诉；由值班室或督检考评人员说明理由决定，没有人决定自己的申诉（I7）。",
)  # fmt: skip

REGISTERS = (APPEAL,)
