"""Convenience measures of each quarter (R64) and publicity (R61, R62)."""

from __future__ import annotations

from ..model import Refusal
from ..periods import quarter
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import units_in_force
from ..register.parties import day_not_future, files_known, is_quarter, label_of, own_unit

CHANNELS = (
    "press",
    "tv_radio",
    "web",
    "wechat",
    "board",
    "leaflet",
    "street",
    "school",
    "community",
    "other",
)


def _filed(draft: Draft) -> None:
    draft.unit = draft.f["unit"]
    draft.period = draft.f["period"]
    draft.due_at = None


def _in_its_time(draft: Draft) -> Refusal | None:
    """A measure is of the quarter it is filed in; of the last one only for so long after its end as the pack allows."""
    policy = draft.facts.policy
    period = quarter(draft.f["period"], policy.zone)
    now = draft.now.astimezone(policy.zone)
    if now < period.start:
        return Refusal("in_future", "R64", f"{label_of(period.name, draft)}还没有开始，请填本季度", "period")
    if now >= period.end and now > draft.due("late", period.end):
        return Refusal(
            "too_late", "R64", f"{label_of(period.name, draft)}的举措已过补报时间，请填本季度", "period"
        )
    return None


def _published(draft: Draft) -> None:
    draft.data["published_at"] = draft.now


_MEASURE_TEXT = (
    f.words("title", "举措名称", limit=100, public=True),
    f.words("text", "举措内容"),
    f.attachments(),
)

MEASURE = Register(
    name="measure",
    label="便民举措",
    rule="R64",
    states={"proposed": "已登记", "published": "已推出", "withdrawn": "已撤回"},
    ended=("published", "withdrawn"),
    steps=(
        Step(
            "register", "登记举措", "R64", ("unit", "duty_office"), (),
            (f.unit("unit", "单位"), f.period("period", "季度"), *_MEASURE_TEXT), becomes="proposed",
            checks=(own_unit(), units_in_force("unit"), is_quarter("period"), _in_its_time, files_known),
            effect=_filed, help="各联动单位每季度研究推出一项以上新的便民利民惠民举措。",
        ),
        Step(
            "change", "修改", "R64", ("unit", "duty_office"), ("proposed",), _MEASURE_TEXT, relation="own",
            checks=(files_known,),
        ),
        Step(
            "publish", "登记推出", "R64", ("unit", "duty_office"), ("proposed",),
            (f.day("published_on", "推出日期"), f.words("channel", "公布渠道", limit=200, public=True)),
            becomes="published", checks=(day_not_future("published_on"),), effect=_published, relation="own",
            help="举措已对群众公布、开始实行。",
        ),
        Step(
            "withdraw", "撤回", "R64", ("unit", "duty_office"), ("proposed", "published"),
            (f.words("withdrawn_because", "撤回原因", limit=500),), becomes="withdrawn", relation="own",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "government": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-JC-{n}",
    titled="title",
    listed=("published_on",),
    about="28号文 五（三）：各联动单位每季度结合社会联动工作实际研究推出新的便民利民惠民举措。",
)  # fmt: skip


def _planned(draft: Draft) -> None:
    draft.unit = draft.f["unit"]
    draft.period = draft.f["on"][:4]


def _carried_out(draft: Draft) -> None:
    draft.data["done_at"] = draft.now


CAMPAIGN = Register(
    name="campaign",
    label="宣传活动",
    rule="R61",
    states={"planned": "已安排", "done": "已开展", "cancelled": "已取消"},
    ended=("done", "cancelled"),
    steps=(
        Step(
            "plan", "安排宣传", "R61", ("unit", "duty_office"), (),
            (f.unit("unit", "单位"), f.words("title", "活动名称", limit=100, public=True), f.day("on", "日期"),
             f.choice("channel", "渠道", CHANNELS), f.words("audience", "对象", limit=200, public=True),
             f.words("text", "内容", required=False), f.attachments()),
            becomes="planned", checks=(own_unit(), units_in_force("unit"), files_known), effect=_planned,
            help="有针对性地宣传本辖区、本部门的职责范围。",
        ),
        Step(
            "carry_out", "登记开展", "R61", ("unit", "duty_office"), ("planned",),
            (f.day("done_on", "开展日期"), f.words("material", "宣传材料", limit=300),
             f.whole("reached", "受众人数", 0, 2_000_000, required=False), f.attachments()),
            becomes="done", checks=(day_not_future("done_on"), files_known), effect=_carried_out, relation="own",
        ),
        Step(
            "cancel", "取消", "R61", ("unit", "duty_office"), ("planned",),
            (f.words("cancel_reason", "取消原因", limit=300),), becomes="cancelled", relation="own",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-XC-{n}",
    titled="title",
    words={
        "press": "报刊", "tv_radio": "广播电视", "web": "网站", "wechat": "微信公众号", "board": "宣传栏",
        "leaflet": "宣传单", "street": "街头宣传", "school": "进校园", "community": "进社区", "other": "其他",
    },
    listed=("on", "channel", "audience"),
    about="28号文 五（二）：各联动单位有针对性地宣传好本辖区、本部门职责范围内的分流工作；结合110宣传日（1月10日）大力宣传。",
)  # fmt: skip

REGISTERS = (MEASURE, CAMPAIGN)
