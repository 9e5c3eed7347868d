"""The 督办单 as an official paper, with the receipt that the unit fills in and returns (R65, GB/T 9704)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from liandong.engine.official import Block, Heading, Paper, Rows, Text
from liandong.rules.register import Entry
from liandong.rules.registers.supervision import SLIP

GRADES = {1: "一级", 2: "二级", 3: "三级"}
FALLBACK_ISSUER = "区政府应急办（区政府值班室）"
FALLBACK_BASIS = "非紧急求助警情分流工作有关规定"
_BLANK = "　　年　　月　　日　　时　　分"


def paper(
    entry: Entry, case: Mapping[str, Any], settings: Mapping[str, Any], unit_name: Callable[[str], str]
) -> Paper:
    """The slip as it stands. ``case`` is the case as the printing person may see it (masked in lists): ``summary``,
    ``received``, ``matter``, ``place``; what it does not know is left out."""
    data = entry.data
    grade = GRADES.get(int(data["grade"]), str(data["grade"]))
    to = unit_name(entry.unit) if entry.unit else str(data.get("to") or "")
    issuer = str(settings.get("issuer") or FALLBACK_ISSUER)
    blocks: tuple[Block, ...] = (
        Text(f"根据{settings.get('basis') or FALLBACK_BASIS}，现对下列案件实行{grade}督办，请认真办理，按期答复。"),
        Rows(("项目", "内容"), tuple(_case_rows(entry, case, grade)), widths=(1, 4)),
        Heading("一、督办要求"),
        Text(str(data.get("requirement") or "—")),
        Text(f"请于{_instant(entry.due_at)}前将办理情况书面答复，并填写回执。"),
        *_rounds(entry),
        Heading(f"二、回执（{entry.no}）"),
        Rows(("项目", "内容"), tuple(_receipt(entry, to)), widths=(1, 4)),
    )  # fmt: skip
    return Paper(
        issuer=issuer,
        title=f"关于{_about(case)}的督办单",
        to=(to,),
        blocks=blocks,
        signed_by=issuer,
        on=entry.opened_at.date(),
        number=entry.no,
        copies=tuple(unit_name(code) for code in data.get("copies") or ()),
        note=f"本单由系统生成，编号连续；打印时：{SLIP.states[entry.state]}。",
    )


def _case_rows(entry: Entry, case: Mapping[str, Any], grade: str) -> list[tuple[str, str]]:
    data = entry.data
    found = [
        ("案件编号", entry.case),
        ("群众反映", str(case.get("summary") or "")),
        ("接报时间", str(case.get("received") or "")),
        ("事项", str(case.get("matter") or "")),
        ("地点", str(case.get("place") or "")),
        ("督办等级", f"{grade}督办"),
        ("转达", str(data.get("words_of") or "")),
        ("答复期限", _instant(entry.due_at)),
    ]
    return [(name, value) for name, value in found if value]


def _rounds(entry: Entry) -> list[Text]:
    rounds = int(entry.data.get("rounds", 1))
    if rounds < 2:
        return []
    return [Text(f"本单已退回补充 {rounds - 1} 次，需要补充：{entry.data.get('reason') or '—'}")]


def _receipt(entry: Entry, to: str) -> list[tuple[str, str]]:
    answered = entry.owed.get(entry.unit)
    at = answered.done_at if answered else None
    data = entry.data
    known = data.get("answer") if entry.state in ("answered", "accepted", "lifted") else ""
    return [
        ("答复单位", to),
        ("收到时间", _BLANK),
        ("办理情况", str(known or "\n\n")),
        ("答复时间", _instant(at) if known and at else _BLANK),
        ("负责人签字", ""),
        ("联系人及电话", ""),
    ]


def _instant(at: datetime | None) -> str:
    if at is None:
        return _BLANK
    if (at.hour, at.minute) == (0, 0):
        return f"{at.year}年{at.month}月{at.day}日0时"
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def _about(case: Mapping[str, Any]) -> str:
    """What the title says: the matter by its name, never a caller's words."""
    matter = str(case.get("matter") or "").partition(" ")[2].strip()
    return f"“{matter}”事项" if 0 < len(matter) <= 20 else "有关警情"
