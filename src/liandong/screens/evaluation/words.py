"""What the settings of evaluation are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from liandong.district.measuring import Setting

SETTINGS = {
    "go_live": _("正式运行日（以前的件不考评）"),
    "weight_M12": _("综合得分：响应率的权重"),
    "weight_M13": _("综合得分：解决率的权重"),
    "weight_M14": _("综合得分：满意率的权重"),
    "partly_percent": _("“部分解决”算百分之几"),
    "appeal_working_days": _("申诉期（工作日）"),
    "last_minutes": _("期限前最后几分钟"),
    "last_minutes_share": _("卡点反馈占百分之几以上"),
    "same_text_cases": _("一字不差的多少件以上"),
    "reopened_share": _("重办占百分之几以上"),
    "unrecorded_share": _("无联系记录占百分之几以上"),
    "far_promise_days": _("承诺期限离派单多少天以上"),
    "fewest_signs": _("一个单位少于多少件不列"),
}


def named(settings: Iterable[Setting]) -> list[dict[str, Any]]:
    """Settings with their names, values and sources."""
    return [
        {
            "key": SETTINGS.get(one.key, one.key),
            "value": one.value,
            "source": one.source,
            "clause": one.clause,
        }
        for one in settings
    ]
