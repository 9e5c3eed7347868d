"""接入待处理: what came from another system and does not fit, kept whole until a person repairs or discards it (R6).

``quarantine`` holds messages (or a whole file) with the reason; a person fills in what was missing and asks for another try,
which the worker makes. ``intake_task`` holds what only a person may do: the other system cancelled a case that is already
with a unit, and a case is never withdrawn behind a unit's back.
"""

from __future__ import annotations

from .. import codes
from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import refuse

REASONS = (
    "unreadable", "oversized", "not_a_file", "missing", "bad_time", "in_future", "bad_phone", "unknown_code",
    "unknown_unit", "unknown_field", "refused", "reused", "no_create",
)  # fmt: skip
ACTIONS = ("create", "append", "cancel", "accepted", "progress", "result", "returned")
REPAIRABLE = (
    "do", "message", "ref", "at", "received_at", "kind", "summary", "content", "text", "incident_no", "level", "name",
    "phone", "place", "township", "unit", "our_ref",
)  # fmt: skip
"""Fields that a person may fill in: those of the neutral message (``engine.intake.message``)."""
RAW_LIMIT = 20_000
"""Characters of a message kept in the entry; a longer file lies in the folder's quarantine/."""


def _set_aside(draft: Draft) -> None:
    draft.data["tries"] = 1
    draft.tell("desk", "intake_quarantined")


def _again(draft: Draft) -> None:
    draft.data["tries"] = int(draft.data.get("tries", 1)) + 1
    draft.tell("desk", "intake_quarantined")


def _whole(draft: Draft) -> Refusal | None:
    """A file nobody could read has no fields to repair: the sender sends it again."""
    if draft.entry is not None and not draft.entry.data.get("whole", True):
        return refuse(
            "wrong_state", "R6", "整个文件读不出来，无法逐项补正：请让对方重发，或由值班长写明理由后作废"
        )
    return None


def _something(draft: Draft) -> Refusal | None:
    if not any(draft.f.get(name) for name in (*REPAIRABLE, "drop")):
        return refuse(
            "missing_field", "R6", "请至少补正一项；不改内容、只再试一次的，请用“再试一次”", "summary"
        )
    return None


def _bound(draft: Draft) -> None:
    draft.case = draft.f.get("case") or ""


QUARANTINE = Register(
    name="quarantine",
    label="接入待处理",
    rule="R6",
    states={"waiting": "待处理", "retrying": "待重试", "settled": "已收下", "discarded": "已作废"},
    ended=("settled", "discarded"),
    steps=(
        Step(
            "set_aside", "隔离", "R6", ("system",), (),
            (
                f.choice("reason", "原因", REASONS), f.words("detail", "怎么办", limit=500),
                f.code("mapping", "来源（字段对照）"), f.words("origin", "文件或记录", limit=300),
                f.yes_no("whole", "能逐项补正"), f.words("raw", "原文", limit=RAW_LIMIT, required=False),
            ),
            becomes="waiting", effect=_set_aside,
        ),
        Step(
            "repair", "补正", "R6", ("desk",), ("waiting",),
            (
                f.choice("do", "操作", ACTIONS, required=False), f.words("message", "消息编号", limit=200, required=False),
                f.words("ref", "对方单号", limit=200, required=False),
                f.words("at", "发出时间", limit=40, required=False),
                f.words("received_at", "接报时间", limit=40, required=False),
                f.choice("kind", "诉求类型", codes.KINDS, required=False),
                f.words("summary", "摘要", limit=1000, required=False), f.words("content", "详情", required=False),
                f.words("text", "补充或撤销的内容", required=False),
                f.words("incident_no", "接警单号", limit=100, required=False),
                f.choice("level", "响应等级", codes.LEVELS, required=False),
                f.person("name", "来电人", required=False), f.phone("phone", "电话", required=False),
                f.words("place", "地点", limit=500, required=False),
                f.words("township", "街镇", limit=40, required=False), f.unit("unit", "对方建议单位", required=False),
                f.words("our_ref", "我方对接编号", limit=60, required=False),
                f.words("drop", "不要的项", limit=200, required=False, public=True),
            ),
            becomes="retrying", checks=(_whole, _something),
            help="时间写作 2018-06-01 09:00:00 或 2018-06-01T09:00:00+08:00；没有填的项照原文；“不要的项”写字段名，用顿号或空格分开。填好后系统马上再试一次。",
        ),
        Step(
            "repeat", "再试一次", "R6", ("desk",), ("waiting",), becomes="retrying", checks=(_whole,),
            help="对照表改好之后用：原文不变，再试一次。",
        ),
        Step(
            "settle", "收下", "R6", ("system",), ("retrying",),
            (f.case("case", "案件", required=False), f.words("outcome", "结果", limit=300)),
            becomes="settled", effect=_bound,
        ),
        Step(
            "refuse", "仍不能收下", "R6", ("system",), ("retrying",),
            (f.choice("reason", "原因", REASONS), f.words("detail", "怎么办", limit=500)),
            becomes="waiting", effect=_again,
        ),
        Step(
            "discard", "作废", "R6", ("desk_lead",), ("waiting",), (f.words("discarded_for", "作废的理由"),),
            becomes="discarded",
        ),
    ),
    sees={"desk": Sight(ALL), "desk_lead": Sight(ALL)},
    personal=("desk", "desk_lead"),
    number="JR-{year}-{n:05d}",
    titled="detail",
    listed=("reason", "mapping"),
    words={
        "unreadable": "读不出来", "oversized": "过大", "not_a_file": "不是普通文件", "missing": "缺项",
        "bad_time": "时间不对", "in_future": "时间在将来", "bad_phone": "不是电话号码", "unknown_code": "没有的代码",
        "unknown_unit": "没有的单位", "unknown_field": "没有的字段", "refused": "规则不许", "reused": "编号重复而内容不同",
        "no_create": "一直没有收到登记", "intake_quarantined": "有一条接入待处理", "create": "登记", "append": "补充",
        "cancel": "撤销", "accepted": "对方受理", "progress": "对方进展", "result": "对方办结", "returned": "对方退回", **dict(zip(codes.KINDS, ("咨询", "求助", "投诉", "举报", "建议", "表扬", "纠纷", "涉警非紧急", "其他"), strict=True)),
        "none": "无", "general": "一般", "larger": "较大", "major": "重大", "extreme": "特别重大",
    },
    about="110接警系统、12345等送来而不能直接收下的：原文、原因、怎么办，补正后再试，不会丢失（R6）。",
)  # fmt: skip


def _task(draft: Draft) -> None:
    draft.case = draft.f["case"]
    draft.tell("desk", "intake_cancelled")


TASK = Register(
    name="intake_task",
    label="对方撤销待办",
    rule="R6",
    states={"waiting": "待处理", "done": "已处理"},
    ended=("done",),
    steps=(
        Step(
            "open", "对方要求撤销", "R6", ("system",), (),
            (
                f.case("case", "案件"), f.words("said", "对方的理由", required=False),
                f.words("detail", "怎么办", limit=500), f.words("channel", "来源", limit=40, public=True),
            ),
            becomes="waiting", effect=_task,
        ),
        Step(
            "finish", "已处理", "R6", ("desk",), ("waiting",),
            (f.choice("outcome", "结果", ("withdrawn", "goes_on")), f.words("note", "说明")),
            becomes="done",
            help="先向来电人核实：确要撤回的，在案件页办理“来电人撤回”后选“已撤回”；仍要办理的，选“继续办理”。",
        ),
    ),
    sees={"desk": Sight(ALL), "desk_lead": Sight(ALL), "duty_office": Sight(ALL)},
    personal=("desk", "desk_lead"),
    number="JRCX-{year}-{n:05d}",
    titled="detail",
    listed=("channel",),
    words={"withdrawn": "已撤回", "goes_on": "继续办理", "intake_cancelled": "对方撤销，待核实"},
    about="对方系统撤销了已经派出的案件：不自动撤回，由分流台核实后办理（R6、R33）。",
)  # fmt: skip

REGISTERS = (QUARANTINE, TASK)
