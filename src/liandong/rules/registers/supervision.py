"""督办单: the numbered slip of a supervision, from its issue to its lifting (R11, R65; norms C4.7, D4).

The supervision itself lies over the case; the slip is its paper. ``known["standing"]`` says how the case stands at this
moment, so that no slip can say what its case does not: whoever begins, answers or lifts one gives the case's command and
takes the slip's step in one transaction (``engine.supervising``), and a step alone is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .. import codes
from ..model import Refusal
from ..register import ALL, OWN, Check, Draft, Owed, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, is_future, refuse

DUTY = ("duty_office",)
VOICES = {1: "voice_1", 2: "voice_2", 3: "voice_3"}
"""Settings that say whose words a slip of each grade carries (一级 110, 二级 应急办, 三级 区领导)."""
RUNNING = ("issued", "answered", "accepted", "returned")


class Standing(NamedTuple):
    """A case as its supervision stands: the last one begun (``n`` 0: none), what it requires, what was answered.

    ``proposed``: the case ended after two reworks with a caller who is neither served nor content (R33)."""

    is_open: bool
    proposed: bool = False
    lead_unit: str = ""
    n: int = 0
    grade: int = 0
    unit: str = ""
    at: datetime | None = None
    answered_at: datetime | None = None
    lifted_at: datetime | None = None
    requirement: str = ""
    reply_due: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether a supervision lies over the case."""
        return self.n > 0 and self.lifted_at is None


def _standing(draft: Draft) -> Standing:
    found: Standing = draft.facts.known["standing"]
    return found


def _to_be_slipped(draft: Draft) -> Refusal | None:
    """R65: a slip stands for a supervision that runs and has none yet, or for one that the rules propose."""
    known = _standing(draft)
    if known.is_open:
        if not known.runs:
            return refuse("none_pending", "R65", "该案件没有督办，请从“督办”页面开始，督办和督办单一次办好", "case")  # fmt: skip
        if known.n in draft.facts.known.get("slipped", ()):
            return refuse("already_done", "R65", "这次督办已经开过督办单，请在原督办单上办理", "case")
        return None
    if not known.proposed:
        return refuse("wrong_state", "R65", "案件已经结束；只有两次重办后仍未解决的案件才能在办结后督办", "case")  # fmt: skip
    if draft.facts.known.get("open_slip"):
        return refuse("already_done", "R65", "该案件已有没有解除的督办单，请在原督办单上办理", "case")
    for name in ("grade", "requirement", "reply_due"):
        if draft.f.get(name) is None:
            label = ISSUE.known[name].label
            return refuse("missing_field", "R65", f"案件已经结束，开单须写明{label}", name)
    return None


def _leader_is_named(draft: Draft) -> Refusal | None:
    """C4.7: a slip of grade three carries a district leader's words, so it says whose."""
    grade = _standing(draft).grade if _standing(draft).runs else draft.f.get("grade")
    return leader_missing(grade, draft.f.get("words_of"))


def leader_missing(grade: object, words_of: str | None) -> Refusal | None:
    """Why a slip of this grade cannot do without saying whose words it carries."""
    if grade == 3 and not (words_of or "").strip():
        return refuse(
            "missing_field", "R11", "三级督办转达区领导的批示，请写明是哪位领导、何时批示", "words_of"
        )
    return None


def _issued(draft: Draft) -> None:
    known = _standing(draft)
    if known.runs:
        grade, due, unit = known.grade, known.reply_due, known.unit
        draft.data["requirement"] = known.requirement
    else:
        grade, due, unit = int(draft.f["grade"]), draft.f["reply_due"], known.lead_unit
        draft.data["requirement"] = draft.f["requirement"]
    draft.data |= {
        "grade": grade,
        "n": known.n if known.runs else 0,
        "to": unit,
        "rounds": 1,
        "reply_due": due,
    }
    draft.data.setdefault("words_of", "")
    if not draft.data["words_of"]:
        draft.data["words_of"] = str(draft.facts.settings.get(VOICES[grade], ""))
    draft.case, draft.due_at = draft.f["case"], due
    draft.period = f"{draft.now.year}Q{(draft.now.month - 1) // 3 + 1}"
    if unit in draft.facts.policy.units:
        draft.unit = unit
        draft.owe([unit], due)
        draft.tell(f"unit:{unit}", "slip_issued")
        draft.tell(f"unit:{unit}:responsible", "slip_issued")
    for copy in draft.f.get("copies") or ():
        draft.owed.setdefault(copy, Owed(None, draft.now))  # to be read, nothing is owed
        draft.tell(f"unit:{copy}", "slip_copied")


def _case_agrees(what: str) -> Check:
    """The case's own command came first, in the same transaction; a slip after the end of its case stands alone."""

    def check(draft: Draft) -> Refusal | None:
        known, entry = _standing(draft), draft.entry
        assert entry is not None
        if not known.is_open or not entry.data.get("n"):
            return None
        done = {
            "answered": known.n == entry.data["n"] and known.answered_at is not None,
            "lifted": known.n != entry.data["n"] or known.lifted_at is not None,
            "asked_again": known.runs and known.n > entry.data["n"] and known.answered_at is None,
        }[what]
        if not done:
            return refuse("wrong_state", "R65", "案件上的督办与督办单不一致，请刷新后从督办单页面办理", "no")
        return None

    return check


def _answered(draft: Draft) -> None:
    if draft.unit:
        draft.did(draft.unit)
    draft.tell("duty_office", "slip_answered")


def _asked_again(draft: Draft) -> None:
    known = _standing(draft)
    draft.data["rounds"] = int(draft.data.get("rounds", 1)) + 1
    if known.runs:
        draft.data["n"] = known.n
    draft.due_at = draft.data["reply_due"] = draft.f["reply_due"]
    if draft.unit:
        draft.owe([draft.unit], draft.due_at)
        draft.tell(f"unit:{draft.unit}", "slip_returned")
        draft.tell(f"unit:{draft.unit}:responsible", "slip_returned")


def _ended(draft: Draft) -> None:
    for unit, owed in list(draft.owed.items()):
        if owed.done_at is None:
            draft.did(unit)
    if draft.unit:
        draft.tell(f"unit:{draft.unit}", "slip_lifted")


ISSUE = Step(
    "issue", "开督办单", "R65", DUTY, (),
    (
        f.case("case", "案件"),
        f.words("words_of", "转达谁的意见", limit=200, required=False),
        f.units("copies", "抄送单位", required=False),
        f.choice("grade", "督办等级", codes.GRADES, required=False),
        f.words("requirement", "要求", required=False),
        f.instant("reply_due", "答复期限", required=False),
    ),
    becomes="issued",
    checks=(cases_exist("case"), _to_be_slipped, _leader_is_named),
    effect=_issued,
    help="等级、要求、期限取自案件上的督办；案件已经结束的才在这里填写。",
)  # fmt: skip

SLIP = Register(
    name="supervision_slip",
    label="督办单",
    rule="R65",
    states={
        "issued": "待答复", "answered": "已答复待审", "accepted": "已认可待解除", "returned": "退回补充",
        "lifted": "已解除",
    },
    ended=("lifted",),
    steps=(
        ISSUE,
        Step(
            "answer", "答复督办单", "R65", ("unit", "system"), ("issued", "returned"), (f.words("answer", "答复"),),
            becomes="answered", checks=(_case_agrees("answered"),), effect=_answered, relation="own",
        ),
        Step(
            "accept", "认可答复", "R65", DUTY, ("answered",),
            (f.words("opinion", "意见", required=False),), becomes="accepted",
            help="认可之后仍在督办中，落实了再解除。",
        ),
        Step(
            "return_for_more", "退回补充", "R65", DUTY, ("answered", "accepted"),
            (f.words("reason", "需要补充什么"), f.instant("reply_due", "答复期限")),
            becomes="returned", checks=(is_future("reply_due"), _case_agrees("asked_again")), effect=_asked_again,
        ),
        Step(
            "lift", "解除督办", "R11", (*DUTY, "system"), RUNNING, (f.words("lifted_for", "解除的理由"),),
            becomes="lifted", checks=(_case_agrees("lifted"),), effect=_ended,
        ),
    ),
    sees={
        "duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN), "desk_lead": Sight(ALL),
    },
    number="督办〔{year}〕{n}号",
    titled="requirement",
    listed=("grade",),
    words={
        "1": "一级（110）", "2": "二级（应急办）", "3": "三级（区领导）", "slip_issued": "督办单送达",
        "slip_copied": "督办单抄送", "slip_answered": "单位答复督办", "slip_returned": "答复退回补充",
        "slip_lifted": "督办解除",
    },
    about="对一件案件的督办单：要求、期限、答复、解除，编号连续不断（R11、R65）。",
)  # fmt: skip

REGISTERS = (SLIP,)
