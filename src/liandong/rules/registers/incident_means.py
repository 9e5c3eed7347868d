"""Resources of an incident and its partners (R44, R52, R53): who used what and when, what is free, what was said to whom.

Two incidents never use one resource; a hospital or a channel may serve many.
"""

from __future__ import annotations

from ..model import Refusal
from ..register import Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist
from .incident import BOTH, DUTY, PERSONAL, READERS, of_case

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
    of_case(draft)
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

REGISTERS = (DEPLOYMENT, RESOURCE_STATUS, PARTNER_MESSAGE)
