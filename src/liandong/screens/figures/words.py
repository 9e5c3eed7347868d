"""What the figures are called and how they are defined; the metric of part E that is alike is named, never shown as one."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from liandong.screens.common import labels
from liandong.screens.common.page import unit_name


class Words(NamedTuple):
    """A figure on a page: its name, what it means, what ``among`` and ``right`` and the rest are called."""

    name: Any
    means: Any
    among: Any = ""
    right: Any = ""
    rest: Any = ""


WORDS = {
    "received": Words(
        _("接报"),
        _("时段内接报并登记的件数。作废和合并的不计（合并的算在并入的那一件里）。"),
        _("接报的"),
    ),
    "diverted": Words(
        _("分流率"),
        _("时段内接报的件数中，已派发给联动单位的。直接答复、转警务和还没派发的不算。"),
        _("接报的"),
        _("已派发给单位的"),
        _("没有派发的"),
    ),
    "closed": Words(
        _("办结"),
        _("时段内办结的件数，含直接答复。之后又重办的，按最后一次办结计。"),
        _("办结的"),
    ),
    "sign": Words(
        _("按时签收率"),
        _("签收期限落在时段内的派单中，按期限签收的。到期仍未签收的算超期；撤回、转警务的不计。"),
        _("签收到期的派单"),
        _("按时签收的"),
        _("超期的"),
    ),
    "handle": Words(
        _("按期办结率"),
        _(
            "办理期限（含批准的延期）落在时段内的派单中，按期办结的。正在挂起、待审等暂停的，恢复以后按新期限计；转走、撤回的不计。"
        ),
        _("办理到期的派单"),
        _("按期办结的"),
        _("超期的"),
    ),
    "handle_original": Words(
        _("原始按期率"),
        _("与按期办结率是同一批派单，但按派发时定的期限判断，不算延期、挂起和改类别。"),
        _("办理到期的派单"),
        _("不靠延期也按期的"),
        _("超过原期限的"),
    ),
    "first_right": Words(
        _("首派准确率"),
        _("时段内办结、派发过的工单中，最后由首接单位办结的。退回或裁定后换了单位的，算首派不准。"),
        _("派发过并已办结的"),
        _("由首接单位办结的"),
        _("换过单位的"),
    ),
    "returned": Words(_("退单"), _("时段内单位申请退回的次数；一件退两次算两次。"), _("申请退回的")),
    "disputed": Words(
        _("争议"),
        _("时段内报到区政府值班室裁定的次数，含第二次退回自动报争议的。"),
        _("报裁定的"),
    ),
    "to_police": Words(
        _("转警务"),
        _("时段内转公安处置的件数，含没有派发就直接转的。"),
        _("转警务的"),
    ),
    "misdirected": Words(
        _("误分流"),
        _("时段内派发给单位以后又转警务的件数。这是安全指标，目标是 0。"),
        _("派发后转警务的"),
    ),
    "satisfied": Words(
        _("满意率"),
        _("时段内办结、回访表了态的工单中，满意和基本满意的。未接通、拒绝评价的不进分母。"),
        _("回访表了态的"),
        _("满意和基本满意的"),
        _("不满意的"),
    ),
    "solved": Words(
        _("解决率"),
        _("时段内办结、回访说明了是否解决的工单中，说“已解决”的。“部分解决”不算解决。"),
        _("回访说明了的"),
        _("已解决的"),
        _("部分解决和未解决的"),
    ),
    "reworked": Words(
        _("重办率"),
        _("时段内办结的工单中，重办过的。"),
        _("办结的"),
        _("重办过的"),
        _("没有重办的"),
    ),
    "overdue": Words(
        _("现在超期"),
        _("此刻在办的工单中，手里这一步已经超期的。是现在的数，不随时段变，也不与上期比较。"),
        _("此刻在办的"),
        _("已超期的"),
        _("没有超期的"),
    ),
}

CARDS = (
    "received", "diverted", "closed", "sign", "handle", "handle_original", "first_right", "satisfied", "solved",
    "overdue", "returned", "disputed", "reworked", "misdirected",
)  # fmt: skip
COUNTS = ("received", "closed", "returned", "disputed", "to_police", "misdirected")
"""Figures that are plain numbers."""
MAPS = ("received", "overdue", "handle", "sign", "satisfied")
"""What the map may show."""
RANKS = ("handle", "sign", "satisfied")
"""What units may be put in order by."""

GROUPS = {"department": _("部门"), "place": _("街镇、园区"), "utility": _("公共企业")}
"""Fair groups: a department and a township do not do the same work (part E)."""
GROUP_OF = {"township": "place", "park": "place", "utility": "utility"}

AGES = (_("1天以内"), _("1–3天"), _("3–7天"), _("7–15天"), _("15–30天"), _("30天以上"))
WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
PARTS = ("among", "right", "rest")
UNKNOWN = {
    "township": _("地点不详"),
    "matter": _("还没有定事项"),
    "class": _("还没有定类别"),
    "unit": _("还没有派发"),
}


def holder_name(code: str) -> str:
    """Who holds a case: an office by its word, a unit by its name."""
    return str(labels.HOLDERS[code]) if code in ("desk", "duty_office", "police") else unit_name(code)
