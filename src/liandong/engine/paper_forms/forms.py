"""The forms themselves: rows of boxes to fill in by hand. The same rows become DOCX and PDF.

接警登记表 and 派单电话记录 and 单位签收（反馈）记录 carry a slip's number; 交接班清单 is one a shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

COLUMNS = 12
"""A row's cells have widths that add up to this."""
_AT = "　　月　　日　　时　　分"
_GATE = "□ 是　□ 否　□ 不清楚"


class Cell(NamedTuple):
    """One box: its label, how many of the twelve columns, how many lines high, what is printed in it already."""

    label: str
    columns: int = 12
    lines: int = 1
    text: str = ""


class Form(NamedTuple):
    """One sheet. ``number`` stands at its upper right; "" where it has none."""

    code: str
    title: str
    rows: tuple[tuple[Cell, ...], ...]
    note: str
    number: str = ""


CALL = Form(
    "call", "接警登记表",
    (
        (Cell("接报时间", 6, 1, _AT), Cell("接警员", 6)),
        (Cell("接警单号", 6), Cell("来源", 6, 1, "□ 110电话　□ 12345　□ 现场　□ 其他")),
        (Cell("来电人", 6, 1, "　　　　　　　□ 匿名　□ 要求保密"), Cell("电话", 6)),
        (Cell("诉求类型", 12, 1, "□ 咨询　□ 求助　□ 投诉　□ 举报　□ 建议　□ 表扬　□ 纠纷　□ 其他"),),
        (Cell("地点（街镇、路名、门牌、附近标志）", 12, 2),),
        (Cell("生命危险", 4, 1, _GATE), Cell("财产危险", 4, 1, _GATE), Cell("公共安全危险", 4, 1, _GATE)),
        (Cell("来电人原话", 12, 9),),
        (Cell("处理", 12, 2, "□ 转警务（时间　　　　）　□ 派发单位　　　　　　　　　　□ 直接答复　□ 待系统恢复再派"),),
        (Cell("答复或交代了什么", 12, 3),),
        (Cell("补录人", 4), Cell("补录时间", 4), Cell("案件号", 4)),
    ),
    "安全三问有一项不是“否”的，一律转警务，不派单位（I8）。系统恢复后当班补录，原件存档。",
)  # fmt: skip
DISPATCH = Form(
    "dispatch", "派单电话记录",
    (
        (Cell("主办单位", 6), Cell("协办单位", 6)),
        (Cell("拨打时间", 6, 1, _AT), Cell("拨打的号码", 6)),
        (Cell("接听人、职务", 6), Cell("派单人", 6)),
        (Cell("没打通的：换了哪些号码、各在什么时候", 12, 3),),
        (Cell("告知的内容（事项、地点、期限）", 12, 5),),
        (Cell("对方的答复", 12, 3, "□ 接单　□ 认为不属本单位（仍须先接，系统恢复后按程序退回）"),),
        (Cell("签收时限到", 6, 1, _AT), Cell("办理时限到", 6, 1, _AT)),
    ),
    "电话派单同样计时：从打通之时起算签收，系统恢复后按本表补录。",
)  # fmt: skip
ANSWER = Form(
    "answer", "单位签收（反馈）记录",
    (
        (Cell("单位", 6), Cell("经办人、电话", 6)),
        (Cell("签收时间", 6, 1, _AT), Cell("签收人", 6)),
        (Cell("联系来电人的时间", 6, 1, _AT), Cell("联系方式", 6, 1, "□ 电话　□ 上门　□ 短信　□ 书面")),
        (Cell("办理经过", 12, 8),),
        (Cell("结果", 12, 2, "□ 已解决　□ 部分解决　□ 已解释　□ 政策不允许　□ 条件不具备　□ 依法定途径　□ 未查到"),),
        (Cell("反馈时间", 6, 1, _AT), Cell("单位负责人签字", 6)),
        (Cell("分流台记录人", 6), Cell("记录时间", 6, 1, _AT)),
    ),
    "单位电话反馈的，由分流台按通话记录填写；系统恢复后逐项补记到案件里。",
)  # fmt: skip
HANDOVER = Form(
    "handover", "交接班清单",
    (
        (Cell("岗位", 4), Cell("交班人", 4), Cell("接班人", 4)),
        (Cell("交班时间", 6, 1, _AT), Cell("接班时间", 6, 1, _AT)),
        (Cell("单号（案件号）", 3), Cell("事项", 4), Cell("在谁手里、期限", 3), Cell("接班人已看", 2)),
        *(((Cell("", 3), Cell("", 4), Cell("", 3), Cell("", 2, 1, "□"))),) * 12,
        (Cell("需要接着盯的事、领导批示", 12, 3),),
        (Cell("本班用掉的单号", 6, 1, "ZZ-　　　　　—　　　至　　　"), Cell("还没有打通电话的单位", 6)),
        (Cell("交班人签字", 6), Cell("接班人签字（逐件看过）", 6)),
    ),
    "提前 10 分钟到岗，逐件看过再签字（R24）。",
)  # fmt: skip
FORMS = {one.code: one for one in (CALL, DISPATCH, ANSWER, HANDOVER)}


def sheets(
    day: date, slips: Sequence[str], codes: Sequence[str] = ("call", "dispatch", "answer")
) -> list[Form]:
    """Every sheet of a block: for each slip one of every form, then two hand-over lists of the day."""
    found = [FORMS[code]._replace(number=slip) for slip in slips for code in codes]
    return found + [HANDOVER._replace(number=f"{day.year}年{day.month}月{day.day}日")] * 2
