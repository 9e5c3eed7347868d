"""What a unit has ready: documents (R23, R54), tests of its lines (R48, R55), funding and equipment (R60)."""

from __future__ import annotations

from ..model import Refusal
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import not_future, units_in_force
from ..register.parties import day_not_future, files_known, own_unit

DOCUMENTS = ("workflow", "regulation", "reward", "plan", "kickoff", "other")
"""内部工作流程, 管理规章, 考核奖惩 (R23); 工作方案, 动员部署 (R54)."""
INTERNAL = ("workflow", "regulation", "reward")
RESOURCES = ("funding", "terminal", "telephone", "room", "vehicle", "other")
POSTS = ("responsible", "liaison", "duty")


def _filed(draft: Draft) -> None:
    draft.unit = draft.f.get("unit", draft.unit)
    draft.data["filed_at"] = draft.now
    draft.due_at = draft.due("check")
    draft.tell("duty_office", "document_filed")


def _checked(draft: Draft) -> None:
    draft.data["accepted_at" if draft.state == "accepted" else "returned_at"] = draft.now
    draft.due_at = None
    draft.tell(f"unit:{draft.unit}", "document_checked")


def _ended(draft: Draft) -> None:
    draft.data["ended_at"] = draft.now
    draft.due_at = None


def _dates_in_order(draft: Draft) -> Refusal | None:
    until = draft.f.get("valid_to")
    if until is not None and until <= draft.f["valid_from"]:
        return Refusal("not_later", "R23", "失效日期须晚于生效日期", "valid_to")
    return None


def _has_a_file(draft: Draft) -> Refusal | None:
    if draft.f["kind"] in INTERNAL and not draft.f.get("attachments"):
        return Refusal("missing_field", "R23", "请上传制度文件", "attachments")
    return None


_DOCUMENT = (
    f.choice("kind", "种类", DOCUMENTS),
    f.words("title", "名称", limit=150, public=True),
    f.words("edition", "版本或文号", limit=60, public=True),
    f.day("valid_from", "生效日期"),
    f.day("valid_to", "失效日期", required=False),
    f.words("note", "说明", required=False),
    f.attachments(),
)

UNIT_DOCUMENT = Register(
    name="unit_document",
    label="单位文件",
    rule="R23",
    states={"filed": "待核", "accepted": "合格", "returned": "已退回", "withdrawn": "已废止"},
    ended=("accepted", "withdrawn"),
    steps=(
        Step(
            "file", "报送文件", "R23", ("unit", "duty_office"), (), (f.unit("unit", "单位"), *_DOCUMENT),
            becomes="filed",
            checks=(own_unit(), units_in_force("unit"), _dates_in_order, _has_a_file, files_known), effect=_filed,
            help="内部工作流程、管理规章、考核奖惩三项制度缺一不可；新版本另报一件。",
        ),
        Step(
            "file_again", "修改后再报", "R23", ("unit", "duty_office"), ("returned",), _DOCUMENT, becomes="filed",
            checks=(_dates_in_order, _has_a_file, files_known), effect=_filed, relation="own",
        ),
        Step(
            "accept", "核为合格", "R23", ("duty_office",), ("filed",),
            (f.words("opinion", "核查意见", limit=500, required=False),), becomes="accepted", effect=_checked,
            others=("file", "file_again"),
        ),
        Step(
            "give_back", "退回", "R23", ("duty_office",), ("filed",), (f.words("reason", "退回原因", limit=500),),
            becomes="returned", effect=_checked, others=("file", "file_again"),
        ),
        Step(
            "withdraw", "废止", "R23", ("unit", "duty_office"), ("filed", "accepted", "returned"),
            (f.words("withdrawn_because", "废止原因", limit=500),), becomes="withdrawn", effect=_ended,
            relation="own",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-ZD-{n}",
    titled="title",
    words={
        "workflow": "内部工作流程", "regulation": "管理规章", "reward": "考核奖惩", "plan": "工作方案", "kickoff": "动员部署",
        "other": "其他", "document_filed": "报送了文件", "document_checked": "文件已核",
    },
    listed=("kind", "edition", "valid_from"),
    about="28号文 三（二）：建立内部工作流程、管理规章、考核奖惩等制度；四（一）：制定工作方案，开展动员部署。",
)  # fmt: skip


# -- tests of the line ----------------------------------------


def _sent(draft: Draft) -> None:
    draft.unit = draft.f["unit"]
    draft.data |= {"kind": "system", "word": draft.facts.known["word"], "sent_at": draft.now}
    draft.due_at = draft.due("answer")
    draft.owe([draft.unit], draft.due_at)
    draft.tell(f"unit:{draft.unit}", "connection_test")


def _answered(draft: Draft) -> None:
    """The way there was received when somebody opened it, and when nobody did, with the answer."""
    draft.data |= {"read_at": draft.facts.known.get("read_at") or draft.now, "answered_at": draft.now}
    in_time = draft.due_at is None or draft.now <= draft.due_at
    draft.state = "passed" if in_time else "failed"
    draft.data["ended_at"] = draft.now
    draft.did(draft.unit)
    draft.due_at = None
    draft.tell("duty_office", f"connection_{draft.state}")


def _expired(draft: Draft) -> None:
    draft.data |= {"read_at": draft.facts.known.get("read_at"), "ended_at": draft.now}
    draft.due_at = None
    draft.tell("duty_office", "connection_failed")
    draft.tell(f"unit:{draft.unit}", "connection_failed")


def _right_word(draft: Draft) -> Refusal | None:
    typed = draft.f["typed"].strip().upper()
    if draft.entry is None or typed != draft.entry.data["word"]:
        return Refusal("wrong_word", "R55", "回执码不对，请照通知上的回执码填写", "typed")
    return None


def _is_due(draft: Draft) -> Refusal | None:
    if draft.due_at is None or draft.now <= draft.due_at:
        return Refusal("not_yet", "R55", "还在答复时间之内，请等待单位答复")
    return None


def _called(draft: Draft) -> None:
    draft.unit = draft.f["unit"]
    draft.data |= {"kind": "phone", "ended_at": draft.now}
    draft.state = "passed" if draft.f["answered"] else "failed"
    if not draft.f["answered"]:
        draft.tell(f"unit:{draft.unit}", "phone_unanswered")


CONNECTION_TEST = Register(
    name="connection_test",
    label="联通测试",
    rule="R55",
    states={"sent": "等待单位答复", "passed": "通过", "failed": "未通过"},
    ended=("passed", "failed"),
    steps=(
        Step(
            "send", "发系统测试", "R55", ("duty_office", "desk_lead", "sysadmin"), (), (f.unit("unit", "单位"),),
            becomes="sent", checks=(units_in_force("unit"),), effect=_sent,
            help="测试通知直接进入单位的收件箱；单位照回执码答复，往返时间由系统记录。测试不计入任何数据。",
        ),
        Step(
            "call", "电话核实", "R48", ("duty_office", "desk_lead"), (),
            (f.unit("unit", "单位"), f.choice("post", "岗位", POSTS),
             f.code("subunit", "内部单位代码", required=False), f.instant("called_at", "拨打时间"),
             f.yes_no("answered", "是否接通本人"), f.words("remark", "说明", limit=300, required=False)),
            becomes="passed", checks=(units_in_force("unit"), not_future("called_at")), effect=_called,
            help="拨打名录上的电话，核实负责人、联络员本人能够接通。",
        ),
        Step(
            "answer", "答复测试", "R55", ("unit",), ("sent",),
            (f.words("typed", "回执码", limit=20, public=True), f.words("remark", "说明", limit=300, required=False)),
            checks=(_right_word,), effect=_answered, relation="own", becomes=None,
        ),
        Step(
            "expire", "记为未通过", "R55", ("duty_office", "desk_lead", "system"), ("sent",), (), becomes="failed",
            checks=(_is_due,), effect=_expired,
        ),
    ),
    sees={
        "duty_office": Sight(ALL), "inspector": Sight(ALL), "desk_lead": Sight(ALL), "sysadmin": Sight(ALL),
        "unit": Sight(OWN),
    },
    number="{year}-LT-{n}",
    titled="",
    words={
        "system": "系统往返", "phone": "电话核实", "responsible": "负责人", "liaison": "联络员", "duty": "值班电话",
        "connection_test": "系统联通测试，请答复", "connection_passed": "联通测试通过", "connection_failed": "联通测试未通过",
        "phone_unanswered": "电话核实未接通",
    },
    listed=("post",),
    about="28号文 四（二）：完成系统的安装调试对接；测试通知的推送、接收、反馈走一个来回。",
)  # fmt: skip


# -- funding and equipment ----------------------------------------


def _recorded(draft: Draft) -> None:
    draft.unit = draft.f["unit"]


EQUIPMENT = Register(
    name="equipment",
    label="经费与装备",
    rule="R60",
    states={"recorded": "已登记", "verified": "已核实", "removed": "已停用"},
    ended=("verified", "removed"),
    steps=(
        Step(
            "record", "登记", "R60", ("unit", "duty_office"), (),
            (f.unit("unit", "单位"), f.choice("kind", "种类", RESOURCES),
             f.words("title", "名称", limit=120, public=True), f.whole("quantity", "数量", 1, 10000, required=False),
             f.day("since", "启用日期"), f.words("note", "说明", limit=500, required=False), f.attachments()),
            becomes="recorded", checks=(own_unit(), units_in_force("unit"), day_not_future("since"), files_known),
            effect=_recorded, help="工作经费、终端、值班电话、值班场所等。",
        ),
        Step(
            "verify", "核实", "R60", ("duty_office",), ("recorded",),
            (f.words("opinion", "核实情况", limit=300, required=False),), becomes="verified",
            effect=lambda draft: draft.data.update(verified_at=draft.now), others=("record",),
        ),
        Step(
            "remove", "停用", "R60", ("unit", "duty_office"), ("recorded", "verified"),
            (f.words("removed_because", "停用原因", limit=300),), becomes="removed", effect=_ended, relation="own",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-ZB-{n}",
    titled="title",
    words={
        "funding": "工作经费", "terminal": "终端设备", "telephone": "值班电话", "room": "值班场所", "vehicle": "车辆",
        "other": "其他",
    },
    listed=("kind", "quantity", "since"),
    about="28号文 五（一）：给予相应的工作经费保障，配置相应装备和设施。",
)  # fmt: skip

REGISTERS = (UNIT_DOCUMENT, CONNECTION_TEST, EQUIPMENT)
