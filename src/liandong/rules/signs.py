"""What may point to playing with the figures (part E, anti-gaming): clues for people to look into, never a verdict (R67).

Each sign says what it looks at, from how many cases and from which share of them on it is shown; both are settings. Nobody
is ranked, marked or sanctioned by a sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Sign(NamedTuple):
    """One detector. ``share`` is the setting with the least share in percent that is shown, "" where every case counts
    by itself; ``proof``: the rules make it impossible, its 0 is shown as the proof."""

    code: str
    name: str
    means: str
    among: str
    share: str = ""
    settings: tuple[str, ...] = ()
    proof: bool = False


SIGNS: Mapping[str, Sign] = {
    sign.code: sign
    for sign in (
        Sign(
            "last_minutes", "卡点反馈", "反馈恰在期限前最后几分钟内提交：可能先交后办。", "按期办结的派单",
            "last_minutes_share", ("last_minutes", "last_minutes_share"),
        ),
        Sign(
            "same_text", "雷同答复", "同一单位多件的办理情况一字不差：可能没有逐件办理。只比较是否相同，不显示原文。",
            "已反馈的派单", "", ("same_text_cases",),
        ),
        Sign(
            "reopened", "办结后重办", "办结或答复以后又被重办：可能先结后办。", "办结件", "reopened_share",
            ("reopened_share",),
        ),
        Sign(
            "unrecorded", "无记录的“已联系”", "反馈时勾选“已联系来电人”，此前却没有登记过联系：请听录音或回访核对。",
            "已联系的派单", "unrecorded_share", ("unrecorded_share",),
        ),
        Sign(
            "far_promise", "承诺期过远", "批准的承诺期限离派单过远：请核对延期理由。", "批准延期的派单", "",
            ("far_promise_days",),
        ),
        Sign(
            "upgraded", "派单后改为特殊", "派单以后性质由一般改为特殊，期限变长（改性质只能由110或值班室办理，R36）。",
            "派单后改过性质的", "", (),
        ),
        Sign(
            "own_call_back", "单位自己回访", "回访由承办单位人员作出。规则不允许（R9），所以应当永远是0。", "回访", "", (),
            proof=True,
        ),
    )
}  # fmt: skip


def is_shown(sign: Sign, count: int, among: int, settings: Mapping[str, int]) -> bool:
    """Whether a unit's cases are shown as a clue: enough of them, and enough of all. A proof is shown from the first."""
    if sign.proof:
        return count > 0
    if count < max(1, settings["fewest_signs"]):
        return False
    if not sign.share:
        return True
    return among > 0 and 100 * count >= settings[sign.share] * among
