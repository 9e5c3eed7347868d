"""The written report of an incident as a paper: drafted from the case, set after GB/T 9704 (R43, norms C7).

What the case does not know stays empty and stands in the paper as 待核: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from liandong.engine.official import Heading, Paper, Text
from liandong.rules import written
from liandong.rules.grading import LEVEL_NAMES, Table, numbers_in
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.incident import KINDS, PARTS

UNKNOWN = "待核"
CHANNELS = {
    "110": "群众拨打110",
    "12110": "群众发12110短信",
    "app": "群众用110APP",
    "12345": "12345热线转入",
    "duty_office": "区政府值班室转入",
    "site": "现场移交",
    "unit": "单位转入",
    "web": "网络反映",
}
NUMERALS = "零一二三四五六七八九"
SCOPE = frozenset(("evacuated", "threatened", "stranded", "participants"))
"""Numbers of a level that tell how far it reaches; all others are what was lost."""
MOST_MEASURES = 30
"""Lines of measures a draft takes over: the newest; a person shortens them."""


def numeral(n: int) -> str:
    """A number from 1 to 99 in Chinese, as reports are counted: 续报一, 续报十二."""
    tens, ones = divmod(n, 10)
    if n <= 0 or n > 99:
        return str(n)
    return ("" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十") + (
        NUMERALS[ones] if ones else ""
    )


def name_of(data: Mapping[str, Any]) -> str:
    """初报, 续报一, 终报."""
    kind = KINDS[data["kind"]]
    return kind + (numeral(int(data.get("n") or 1)) if data["kind"] == "further" else "")


def missing(data: Mapping[str, Any]) -> list[str]:
    """The parts nothing is said about, by their names."""
    return [label for name, label in PARTS.items() if not str(data.get(name) or "").strip()]


def instant(value: Any, policy: Policy) -> str:
    """An instant as papers write it: 2018年6月1日16时20分."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    at = at.astimezone(policy.zone)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def prefill(
    case: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    policy: Policy,
    before: Entry | None = None,
    used: Sequence[str] = (),
    table: Table | None = None,
) -> dict[str, str]:
    """What the case itself says for each part; after an earlier report that one's words, with what was done since.

    ``events`` oldest first, as this reader may read them; ``used`` are lines about resources deployed; ``table`` is what
    levels are given by: the numbers named as the reason of a level are losses and scope, as far as nobody wrote them down
    in an earlier report.
    """
    town = policy.townships.get((case.get("place") or {}).get("township") or "")
    spot = str((case.get("place") or {}).get("text") or "")
    place = spot if town is None or spot.startswith(town.name) else town.name + spot
    graded = next((e for e in reversed(events) if e["type"] == "set_level"), None)
    reason = str(graded["fields"].get("reason") or "") if graded else ""
    matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
    nature = "，".join(
        filter(None, [matter.name if matter else "", LEVEL_NAMES[case["level"]] + "事件", reason])
    )
    channel = CHANNELS.get((case.get("source") or {}).get("channel") or "", "群众报警")
    incident = case.get("incident_no")
    numbers = _numbers(events, table, before.opened_at if before else None)
    known = {
        "received": instant(case["received_at"], policy),
        "source": channel + (f"（接警单号{incident}）" if incident else ""),
        "happened": "",
        "place": place,
        "nature": nature,
        "scope": "、".join(said for code, said in numbers.items() if code in SCOPE),
        "loss": "、".join(said for code, said in numbers.items() if code not in SCOPE),
        "trend": "",
        "leaders": _leaders(events, policy),
        "measures": "\n".join([*_measures(events, policy, before.opened_at if before else None), *used]),
        "advice": "",
    }
    if before is not None:
        kept = {
            name: str(before.data.get(name) or "")
            for name in ("happened", "place", "scope", "loss", "trend", "leaders", "advice")
        }
        for name in ("scope", "loss"):  # what was graded since stands under what was reported before
            kept[name] = "\n".join(filter(None, [kept[name], known[name]]))
        known |= {name: text for name, text in kept.items() if text}
        known["measures"] = known["measures"] or "（上一份报告以后没有新的措施）"
    return known


def _numbers(
    events: Sequence[Mapping[str, Any]], table: Table | None, since: datetime | None
) -> dict[str, str]:
    """The latest number of each measure that a reason for a level named."""
    found: dict[str, str] = {}
    for event in events:
        if table is not None and event["type"] == "set_level" and (since is None or _at(event) > since):
            found |= numbers_in(table, str(event["fields"].get("reason") or ""))
    return found


def _at(event: Mapping[str, Any]) -> datetime:
    at = event["at"]
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def _leaders(events: Sequence[Mapping[str, Any]], policy: Policy) -> str:
    found = []
    for event in events:
        text = str(event["fields"].get("text") or "")
        if event["type"] == "instruct" and (said := written.parse(text, policy.zone)) is not None:
            found.append(f"{said.leader}{said.day.month}月{said.day.day}日批示：{said.text}")
    return "\n".join(found)


def _names(codes: Sequence[str], policy: Policy) -> str:
    return "、".join(policy.units[code].name if code in policy.units else code for code in codes)


def _unit_of(by: str, policy: Policy) -> str:
    parts = by.split(":")
    return _names([parts[1]], policy) if parts[0] == "unit" and len(parts) > 1 else ""


def _measures(events: Sequence[Mapping[str, Any]], policy: Policy, since: datetime | None) -> list[str]:
    lines = []
    for event in events:
        at = _at(event)
        if since is not None and at <= since:
            continue
        said = _measure(event, policy)
        if said:
            lines.append(f"{instant(at, policy)}，{said}")
    return lines[-MOST_MEASURES:]


def _measure(event: Mapping[str, Any], policy: Policy) -> str:
    """What an event did about the emergency, in one line; nothing for what is no measure."""
    given, kind = event["fields"], event["type"]
    text = str(given.get("text") or "")
    if kind == "dispatch":
        return f"110报警服务台分流{_names([given.get('lead_unit', '')], policy)}办理。"
    if kind == "to_police":
        joint = given.get("joint_units") or []
        return "指令公安民警先期处警" + (f"，同时通知{_names(joint, policy)}联合处置。" if joint else "。")
    if kind == "instruct":
        if written.parse(text, policy.zone) is not None:
            return ""
        units = given.get("units") or []
        named = (
            _names(units, policy) if len(units) <= 6 else f"{_names(units[:6], policy)}等{len(units)}个单位"
        )
        return f"区政府值班室向{named}下达指令：{text.rstrip('。')}。"
    if kind == "acknowledge":
        return f"{_unit_of(event['by'], policy)}确认收到指令。"
    if kind == "report_by_phone":
        return f"电话报告{given.get('callee') or '区政府值班室'}。"
    if kind in ("feedback", "answer_now", "note") and text:
        return f"{_unit_of(event['by'], policy)}{'反馈' if kind != 'note' else '情况'}：{text.rstrip('。')}。"
    if kind == "police_done":
        return "警务处置完毕。"
    return ""


def document(data: Mapping[str, Any], issuer: str) -> str:
    """The report's words as one text: what stands in the case under 书面报告 and what its clock was stopped with."""
    lines = [f"{name_of(data)}（{issuer}）"]
    lines += [f"{label}：{str(data.get(name) or '').strip() or UNKNOWN}" for name, label in PARTS.items()]
    return "\n".join(lines)


def paper(
    entry: Entry, case: Mapping[str, Any], policy: Policy, *, issuer: str, signer: str = "", note: str = ""
) -> Paper:
    """The official paper of a report in any state: an unsigned one says so in its urgency line."""
    data = entry.data
    place = str(data.get("place") or "").split("\n")[0]
    title = f"关于{place[:30]}{LEVEL_NAMES[case['level']]}突发事件的{name_of(data)}"
    blocks: list[Heading | Text] = [
        Text(f"案件编号：{case['no']}。报告编号：{entry.no}。现将有关情况报告如下：")
    ]
    for n, (name, label) in enumerate(PARTS.items(), 1):
        blocks.append(Heading(f"{numeral(n)}、{label}"))
        blocks.append(Text(str(data.get(name) or "").strip() or UNKNOWN))
    gaps = missing(data)
    if gaps:
        blocks.append(Text(f"以上“{UNKNOWN}”各项（{'、'.join(gaps)}）正在核实，查明后续报。"))
    state = {"drafted": "草稿，未经签发", "dropped": "已作废"}.get(entry.state, "")
    return Paper(
        issuer=issuer,
        title=title,
        to=("区政府应急办（区政府值班室）",),
        blocks=tuple(blocks),
        signed_by=issuer,
        on=entry.opened_at.astimezone(policy.zone).date(),
        number=entry.no,
        signer=signer,
        urgency="特急" if data["kind"] == "first" else "紧急",
        note="。".join(filter(None, [state, note])),
    )
