"""What is kept of an incident from 较大 on beside its case: its written reports and the closing review.

Reports (R43, C7): drafted from the case, signed off by another account (I7), delivered, received by the duty office; a
signed text is never changed, what became known later is the next report.
"""

from __future__ import annotations

from ..codes import LARGER, LEVELS
from ..fields import Field
from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist

PARTS = {
    "received": "接报时间",
    "source": "信息来源",
    "happened": "时间",
    "place": "地点",
    "nature": "性质",
    "scope": "影响范围",
    "loss": "损失（伤亡、财产）",
    "trend": "发展趋势",
    "leaders": "领导到位",
    "measures": "已采取措施",
    "advice": "建议",
}
"""The fields of a written report in the order of the paper (norms C7); an empty one stands there as 待核."""
KINDS = {"first": "初报", "further": "续报", "final": "终报"}
FAULTS = {"late": "迟报", "omitted": "漏报", "false": "谎报", "concealed": "瞒报"}
"""Four distinct faults (C7): a late report shows itself by the clock; the other three a person must establish."""
OVER = ("closed", "answered", "archived")
"""States of a case in which the emergency is over."""
DESK, LEAD, DUTY = ("desk",), ("desk_lead", "duty_office"), ("duty_office",)
BOTH = ("desk", "duty_office")
READERS = {
    role: Sight(ALL) for role in ("desk", "desk_lead", "duty_office", "inspector", "police_inspectorate")
}
PERSONAL = ("desk", "desk_lead", "duty_office")


def _parts() -> tuple[Field, ...]:
    return tuple(f.words(name, label, limit=4000, required=False) for name, label in PARTS.items())


def of_case(draft: Draft) -> None:
    """The entry belongs to the case that was named."""
    draft.case = draft.f["case"]


# -- written reports ---------------------------------------------------------------------------------------------


def _case_is_grave(draft: Draft) -> Refusal | None:
    """R42–R43: written reports are owed from 较大 on."""
    known = draft.facts.known["cases"].get(draft.f["case"])
    if known is not None and LEVELS.index(known.level) < LARGER:
        return Refusal("wrong_state", "R43", "较大以上事件才写书面报告，请先做等级研判并定级", "case")
    return None


def _in_order(draft: Draft) -> Refusal | None:
    """C7: one 初报, then 续报一、二 …, the 终报 last and only when it is over (``known``: this case's reports, ``over``)."""
    kind, before = draft.f["kind"], draft.facts.known.get("reports", ())
    if draft.facts.known.get("unfinished"):
        return Refusal(
            "wrong_state", "C7", "上一份报告还没有报出，请先完成或作废那一份，再起草下一份", "kind"
        )
    if "final" in before:
        return Refusal(
            "wrong_state", "C7", "终报已经报出，不能再起草；如有新情况请重新立案或记录情况", "kind"
        )
    if kind == "first" and "first" in before:
        return Refusal("wrong_state", "C7", "初报已经报出，后来的情况请写续报", "kind")
    if kind != "first" and "first" not in before:
        return Refusal("wrong_state", "C7", "还没有初报，请先写初报", "kind")
    if kind == "final" and not draft.facts.known.get("over"):
        return Refusal("wrong_state", "C7", "处置还没有结束，终报要等事件办结以后再写；现在请写续报", "kind")
    return None


def _numbered(draft: Draft) -> None:
    of_case(draft)
    before = draft.facts.known.get("reports", ())
    draft.data["n"] = sum(one == "further" for one in before) + 1 if draft.f["kind"] == "further" else 0


def _something_said(draft: Draft) -> Refusal | None:
    """A report without a word about what happened reports nothing."""
    if not any(draft.data.get(name) for name in ("nature", "loss", "measures", "scope")):
        return Refusal(
            "missing_field",
            "R43",
            "性质、影响范围、损失、已采取措施至少写明一项，不清楚的可写“待核”",
            "nature",
        )
    return None


def _to_duty_office(draft: Draft) -> None:
    draft.tell("duty_office", "incident_report")


INCIDENT_REPORT = Register(
    name="incident_report",
    label="突发事件书面报告",
    rule="R43",
    states={
        "drafted": "起草中",
        "signed": "已签发",
        "delivered": "已报出",
        "received": "已签收",
        "dropped": "已作废",
    },
    ended=("received", "dropped"),
    number="BG-{year}-{n:04d}",
    sees=READERS,
    personal=PERSONAL,
    titled="kind",
    words={**KINDS, "late": "迟报", "omitted": "漏报", "false": "谎报", "concealed": "瞒报"},
    about="较大以上事件的初报、续报、终报：起草、签发、报出、签收；签发以后文稿不再改动（R43）。",
    steps=(
        Step(
            "draft",
            "起草",
            "R43",
            BOTH,
            (),
            (f.case("case", "案件"), f.choice("kind", "种类", tuple(KINDS)), *_parts()),
            "drafted",
            (cases_exist("case"), _case_is_grave, _in_order, _something_said),
            _numbered,
        ),
        Step("revise", "修改", "R43", BOTH, ("drafted",), _parts(), None, (_something_said,)),
        Step(
            "sign",
            "签发",
            "R43",
            LEAD,
            ("drafted",),
            (f.words("opinion", "签发意见", limit=300, required=False),),
            "signed",
            (_something_said,),
            others=("draft", "revise"),
            help="签发人不能是起草人或最后修改人（I7）。",
        ),
        Step(
            "deliver",
            "报出",
            "R43",
            BOTH,
            ("signed",),
            (f.whole("late_minutes", "迟报分钟", 0, 10**6, required=False),),
            "delivered",
            effect=_to_duty_office,
        ),
        Step(
            "receive",
            "签收",
            "R43",
            DUTY,
            ("delivered",),
            (),
            "received",
            others=("deliver",),
            help="值班室确认收到，记下时间和人；报出人自己不能签收（I7）。",
        ),
        Step(
            "drop",
            "作废",
            "R43",
            BOTH,
            ("drafted", "signed"),
            (f.words("reason", "理由", limit=300),),
            "dropped",
        ),
        Step(
            "fault",
            "记为过错",
            "C7",
            (*DUTY, "inspector"),
            ("delivered", "received"),
            (f.choice("fault", "过错", tuple(FAULTS)), f.words("finding", "认定的事实")),
            help="迟报由时钟显示；漏报、谎报、瞒报须由人查明后记录，处理由区政府决定。",
        ),
    ),
)


# -- the review -----------------------------------------------------------------------------------------------


def _case_over(draft: Draft) -> Refusal | None:
    known = draft.facts.known["cases"].get(draft.f["case"])
    if known is not None and known.is_open:
        return Refusal(
            "wrong_state", "R44", "事件还没有办结，复盘要等办结以后；现在的想法请记为情况记录", "case"
        )
    return None


def _one_review(draft: Draft) -> Refusal | None:
    if draft.facts.known.get("reviewed"):
        return Refusal("wrong_state", "R44", "这起事件已有复盘，请在那一份上修改", "case")
    return None


_REVIEW = (
    f.words("course", "经过小结", limit=4000, required=False),
    f.words("good", "做得好的", limit=4000, required=False),
    f.words("lessons", "问题和教训", limit=4000),
    f.words("actions", "改进措施（何单位、何时完成）", limit=4000, required=False),
)
INCIDENT_REVIEW = Register(
    name="incident_review",
    label="事件复盘",
    rule="R44",
    states={"open": "撰写中", "finished": "已定稿"},
    ended=("finished",),
    number="FP-{year}-{n:04d}",
    sees=READERS,
    personal=PERSONAL,
    titled="case",
    about="较大以上事件办结后的复盘：计划时限与实际、谁迟、用了什么资源、教训和改进。",
    steps=(
        Step("begin", "撰写", "R44", DUTY, (), (f.case("case", "案件"), *_REVIEW), "open", (cases_exist("case"), _case_over, _one_review), of_case),
        Step("revise", "修改", "R44", DUTY, ("open",), _REVIEW),
        Step("finish", "定稿", "R44", DUTY, ("open",), (), "finished"),
    ),
)  # fmt: skip

REGISTERS = (INCIDENT_REPORT, INCIDENT_REVIEW)
