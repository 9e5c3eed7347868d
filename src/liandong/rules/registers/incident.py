"""What is kept of an incident from 较大 on beside its case: written reports, deployed resources, partners, the review.

Reports (R43, C7): drafted from the case, signed off by another account (I7), delivered, received by the duty office; a
signed text is never changed, what became known later is the next report. Resources (R44, R52, R53): who used what, when.
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


def _of_case(draft: Draft) -> None:
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
    _of_case(draft)
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

# -- resources ---------------------------------------------------------------------------------------------------

PLACES = {"assigned": "已派", "en_route": "在途", "on_site": "到场", "released": "已归队"}


def _resource_free(draft: Draft) -> Refusal | None:
    """Two incidents cannot use one vehicle: what is deployed or out of service is refused, with the reason."""
    known, code = draft.facts.known, draft.f["resource"]
    resource = known["resources"].get(code)
    if resource is None:
        return Refusal("bad_value", "R44", f"资源 {code[:40]} 今天不在册，请从列表中选择", "resource")
    if known["out"].get(code):
        return Refusal(
            "wrong_state",
            "R44",
            f"{resource.name}已报停用：{known['out'][code]}；请另选，或先恢复可调",
            "resource",
        )
    busy = known["busy"].get(code, ())
    if draft.f["case"] in busy:
        return Refusal("wrong_state", "R44", f"{resource.name}已经派到本事件，不必再派", "resource")
    if busy and not resource.shared:
        return Refusal(
            "wrong_state", "R44", f"{resource.name}正用于 {busy[0]}，请先在那里归队，或另选一个", "resource"
        )
    return None


def _case_open(draft: Draft) -> Refusal | None:
    known = draft.facts.known["cases"].get(draft.f["case"])
    if known is not None and not known.is_open:
        return Refusal("wrong_state", "R44", "这个案件已经结束，不能再派资源", "case")
    return None


def _deployed(draft: Draft) -> None:
    _of_case(draft)
    draft.unit = draft.facts.known["resources"][draft.f["resource"]].unit
    draft.tell(f"unit:{draft.unit}", "deployment")


UNITS_TOO = {**READERS, "unit": Sight("own")}
MOVES = ("duty_office", "desk", "unit")

DEPLOYMENT = Register(
    name="deployment",
    label="资源调用",
    rule="R44",
    states=PLACES,
    ended=("released",),
    number="DY-{year}-{n:05d}",
    sees=UNITS_TOO,
    personal=(*PERSONAL, "unit"),
    titled="resource",
    about="把车辆、队伍、装备、医疗机构、协作渠道派到一起事件：已派、在途、到场、归队，各记何时何人（R44、R52、R53）。",
    steps=(
        Step(
            "assign",
            "派出",
            "R44",
            DUTY,
            (),
            (f.case("case", "案件"), f.code("resource", "资源"), f.words("task", "任务", limit=500)),
            "assigned",
            (cases_exist("case"), _case_open, _resource_free),
            _deployed,
        ),
        Step("set_out", "出发", "R44", MOVES, ("assigned",), (), "en_route", relation="own"),
        Step("arrive", "到场", "R44", MOVES, ("assigned", "en_route"), (), "on_site", relation="own"),
        Step(
            "release",
            "归队",
            "R44",
            DUTY,
            ("assigned", "en_route", "on_site"),
            (f.words("reason", "说明", limit=300, required=False),),
            "released",
        ),
    ),
)


def _known_resource(draft: Draft) -> Refusal | None:
    code = draft.f["resource"]
    if code not in draft.facts.known["resources"]:
        return Refusal("bad_value", "R52", f"资源 {code[:40]} 今天不在册，请从列表中选择", "resource")
    if draft.facts.known["status"].get(code):
        return Refusal("wrong_state", "R52", "这个资源已有状态记录，请在它那一条上更新", "resource")
    return _own_resource(draft)


def _own_resource(draft: Draft) -> Refusal | None:
    """A unit speaks for its own resources."""
    resource = draft.facts.known["resources"].get(draft.data["resource"])
    if draft.actor.role == "unit" and resource is not None and resource.unit != draft.actor.unit:
        return Refusal("not_your_entry", "R52", "这个资源不由本单位主管，状态请由主管单位或值班室填报")
    return None


def _within(draft: Draft) -> Refusal | None:
    """Free beds cannot be more than there are."""
    resource = draft.facts.known["resources"].get(draft.data["resource"])
    for name in COUNTS:
        given = draft.f.get(name)
        most = resource.capacity.get(name.removesuffix("_free")) if resource else None
        if given is not None and (most is None or given > most):
            says = "没有这一项容量" if most is None else f"一共只有 {most}"
            return Refusal("bad_value", "R52", f"{COUNTS[name]}不对：{says}，请核对", name)
    return None


def _marked(draft: Draft) -> None:
    """Who changed it last, and when: every status on a page says so."""
    draft.data |= {"changed_at": draft.now, "changed_by": str(draft.actor)}


def _entered(draft: Draft) -> None:
    draft.unit = draft.facts.known["resources"][draft.f["resource"]].unit
    _marked(draft)


COUNTS = {
    "beds_free": "空床",
    "ambulances_free": "可用救护车",
    "people_free": "可出动人数",
    "pieces_free": "可用数量",
}
_FREE = tuple(f.whole(name, label, 0, 10**6, required=False) for name, label in COUNTS.items())
RESOURCE_STATUS = Register(
    name="resource_status",
    label="资源状态",
    rule="R52",
    states={"ready": "可调", "out": "停用"},
    ended=(),
    number="ZT-{year}-{n:05d}",
    sees=UNITS_TOO,
    personal=(*PERSONAL, "unit"),
    titled="resource",
    about="每个资源一条：可调或停用，空床、可用救护车、可出动人数；每次更新记何时何人（R52）。",
    steps=(
        Step(
            "enter",
            "填报",
            "R52",
            MOVES,
            (),
            (f.code("resource", "资源"), *_FREE),
            "ready",
            (_known_resource, _within),
            _entered,
        ),
        Step(
            "update",
            "更新",
            "R52",
            MOVES,
            ("ready", "out"),
            _FREE,
            None,
            (_own_resource, _within),
            _marked,
            relation="own",
        ),
        Step(
            "take_out",
            "停用",
            "R52",
            MOVES,
            ("ready",),
            (f.words("reason", "原因", limit=300),),
            "out",
            (_own_resource,),
            _marked,
            relation="own",
        ),
        Step(
            "bring_back",
            "恢复可调",
            "R52",
            MOVES,
            ("out",),
            (),
            "ready",
            (_own_resource,),
            _marked,
            relation="own",
        ),
    ),
)

# -- partners and the review -------------------------------------------------------------------------------------


def _known_partner(draft: Draft) -> Refusal | None:
    if draft.f["partner"] not in draft.facts.known["resources"]:
        return Refusal("bad_value", "R53", "没有这个协作渠道，请从列表中选择", "partner")
    return None


def _case_if_any(draft: Draft) -> None:
    draft.case = draft.f.get("case", "")


_MESSAGE = (
    f.code("partner", "协作渠道"),
    f.case("case", "案件", required=False),
    f.words("text", "内容", limit=2000),
    f.words("person", "对方经办人", limit=80, required=False),
)
PARTNER_MESSAGE = Register(
    name="partner_message",
    label="协作信息",
    rule="R53",
    states={"sent": "已发出待复", "answered": "已答复", "received": "收到"},
    ended=("answered", "received"),
    number="XZ-{year}-{n:05d}",
    sees=READERS,
    personal=PERSONAL,
    titled="partner",
    about="与高速公路执法、公交、铁路等协作渠道往来的信息（R53）。",
    steps=(
        Step("send", "发出", "R53", BOTH, (), _MESSAGE, "sent", (cases_exist("case"), _known_partner), _case_if_any),
        Step("receive", "记收到的信息", "R53", BOTH, (), _MESSAGE, "received", (cases_exist("case"), _known_partner), _case_if_any),
        Step("answer", "记答复", "R53", BOTH, ("sent",), (f.words("answer", "答复", limit=2000),), "answered"),
    ),
)  # fmt: skip


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
        Step("begin", "撰写", "R44", DUTY, (), (f.case("case", "案件"), *_REVIEW), "open", (cases_exist("case"), _case_over, _one_review), _of_case),
        Step("revise", "修改", "R44", DUTY, ("open",), _REVIEW),
        Step("finish", "定稿", "R44", DUTY, ("open",), (), "finished"),
    ),
)  # fmt: skip

REGISTERS = (INCIDENT_REPORT, DEPLOYMENT, RESOURCE_STATUS, PARTNER_MESSAGE, INCIDENT_REVIEW)
