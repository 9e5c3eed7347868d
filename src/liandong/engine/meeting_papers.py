"""会议通知 and 会议纪要 of the quarterly meeting as official papers (R45, GB/T 9704)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from liandong.engine.official import Block, Heading, Paper, Rows, Text
from liandong.registers.meetings import Resolution
from liandong.rules.register import Entry
from liandong.rules.register.parties import attendance
from liandong.rules.registers.meetings import MEETING

FALLBACK_ISSUER = "区政府应急办（区政府值班室）"
_NUMBERS = "一二三四五六七八九十"
Names = Callable[[str], str]


def notice(meeting: Entry, settings: Mapping[str, Any], unit_name: Names) -> Paper:
    """The notice that goes to the units: when, where, what about, until when to say who comes."""
    data = meeting.data
    reply = min((one.due_at for one in meeting.owed.values() if one.due_at is not None), default=None)
    issuer = _issuer(settings)
    blocks: tuple[Block, ...] = (
        Text(f"根据非紧急求助警情分流工作每季度召开专题例会的规定，定于{_instant(data['at'])}召开{data['title']}。现将有关事项通知如下："),
        Heading("一、时间和地点"),
        Text(f"{_instant(data['at'])}，{data['place']}。"),
        Heading("二、会议内容"),
        *(Text(f"{n}. {_agenda(one, unit_name)}") for n, one in enumerate(data.get("agenda", ()), 1)),
        Heading("三、参会单位"),
        Text("、".join(unit_name(unit) for unit in data["units"]) + "。"),
        Heading("四、有关要求"),
        Text("请各参会单位明确1名负责人参会" + (f"，于{_instant(reply)}前回复参会人员姓名、职务" if reply else "") + "；因故不能参加的，说明原因。"),
    )  # fmt: skip
    return Paper(
        issuer=issuer,
        title=f"关于召开{data['title']}的通知",
        to=tuple(unit_name(unit) for unit in data["units"]),
        blocks=blocks,
        signed_by=issuer,
        on=meeting.opened_at.date(),
        number=meeting.no,
        note=_note(meeting),
    )


def minutes(
    meeting: Entry, resolutions: Sequence[Resolution], settings: Mapping[str, Any], unit_name: Names, on: date
) -> Paper:
    """The minutes: who was there, what was said, what was resolved with its units and limits."""
    data, issuer = meeting.data, _issuer(settings)
    roll = attendance(data)
    here = [unit for unit in roll if roll[unit].get("present")]
    absent = [unit for unit in data["units"] if unit not in here]
    held = data["held_at"]
    blocks: list[Block] = [
        Text(f"{_instant(held)}，{issuer}在{data['place']}召开{data['title']}。现将会议情况纪要如下："),
        Text(str(data.get("minutes", ""))),
        Heading("议定事项"),
    ]
    if resolutions:
        blocks += [_resolution(n, one, unit_name) for n, one in enumerate(resolutions, 1)]
    else:
        blocks.append(Text("会议没有议定需要落实的事项。"))
    rows = [(unit_name(unit), roll[unit].get("person", ""), roll[unit].get("post", "")) for unit in here]
    blocks += [Heading("到会单位"), Rows(("单位", "参加人", "职务"), tuple(rows), widths=(3, 2, 2))]
    if absent:
        blocks.append(Text(f"未到会：{'、'.join(unit_name(unit) for unit in absent)}。"))
    return Paper(
        issuer=issuer,
        title=f"{data['title']}纪要",
        to=tuple(unit_name(unit) for unit in data["units"]),
        blocks=tuple(blocks),
        signed_by=issuer,
        on=on,
        number=meeting.no,
        note=_note(meeting),
    )


def _resolution(n: int, one: Resolution, unit_name: Names) -> Text:
    number = _NUMBERS[n - 1] if n <= len(_NUMBERS) else str(n)
    who = "、".join(unit_name(unit) for unit in one.units)
    tail = f"（承办单位：{who}；完成期限：{_day(one.due)}）" if who else ""
    return Text(f"（{number}）{one.text}{tail}")


def _agenda(one: Mapping[str, Any], unit_name: Names) -> str:
    who = f"（{unit_name(one['unit'])}汇报）" if one.get("unit") else ""
    return f"{MEETING.words[one['type']]}：{one['text']}{who}"


def _issuer(settings: Mapping[str, Any]) -> str:
    return str(settings.get("issuer") or FALLBACK_ISSUER)


def _note(meeting: Entry) -> str:
    return f"{meeting.no}，{MEETING.states[meeting.state]}。本件由系统按台账生成，编号连续。"


def _instant(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def _day(text: str) -> str:
    one = date.fromisoformat(text)
    return f"{one.year}年{one.month}月{one.day}日"
