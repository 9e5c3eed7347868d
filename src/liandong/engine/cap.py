"""A draft of a public warning in the Common Alerting Protocol 1.2 (OASIS), made from a case.

A draft only: to publish is a person's act in the warning centre's own system. It says what, where (a township) and how
bad, by the district's table; never a word of the caller, a person or a house. The same case at the same point of its
log gives the same draft: an alert's identifier is the event that set its level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from lxml import etree

from liandong.casework import history, queries
from liandong.district.policy import current, current_pack
from liandong.district.warning import Warnings, read
from liandong.rules.codes import OPEN
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from .routing import pack_directory

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
DRILLS = {"drill": "Exercise", "test": "Test"}


class NoWarning(Exception):
    """Nothing of this case becomes a warning; the text says why and what to do, in Chinese."""


class _Message(NamedTuple):
    """One message of the case's life as a warning: when, of what level (none: called off)."""

    seq: int
    at: datetime
    level: str


def draft(no: str, viewer: Actor) -> bytes | None:
    """The draft as XML; None where the case is not visible. Raises NoWarning."""
    case, events = queries.get_case(no, viewer), history.events_of(no, viewer)
    if case is None or events is None:
        return None
    table, policy = read(pack_directory()), current()
    if table is None:
        raise NoWarning("本区的数据包没有预警对照表（warnings.toml），请系统管理员补上。")
    matter = policy.matters.get((case["matter"] or {}).get("code", ""))
    if matter is not None and matter.restricted:
        raise NoWarning("涉警投诉不形成预警稿（R19）。")
    messages = _messages(events)
    if not messages:
        raise NoWarning("本件没有定响应等级，不形成预警稿；需要时先用 set_level 定级。")
    return _xml(case, messages, table, policy)


def _messages(events: Sequence[Mapping[str, Any]]) -> list[_Message]:
    """Every event that changed what the public would be told: a level set, the case ended or taken up again."""
    found: list[_Message] = []
    level, is_open = "none", True
    for event in events:
        changed = event["set"]
        level = changed.get("level") or level
        is_open = changed.get("state", OPEN[0] if is_open else "") in OPEN
        told = level if is_open else "none"
        if told != (found[-1].level if found else "none"):
            found.append(_Message(event["seq"], datetime.fromisoformat(event["at"]), told))
    return found


def _xml(case: Mapping[str, Any], messages: Sequence[_Message], table: Warnings, policy: Policy) -> bytes:
    last = messages[-1]
    called_off = last.level == "none"
    level = next(one.level for one in reversed(messages) if one.level != "none")
    alert = etree.Element("alert", nsmap={None: NAMESPACE})
    _add(alert, "identifier", _identifier(case["no"], last))
    _add(alert, "sender", table.sender)
    _add(alert, "sent", _instant(last.at))
    _add(alert, "status", DRILLS.get(case["source"]["channel"], "Draft"))
    _add(alert, "msgType", "Cancel" if called_off else "Update" if len(messages) > 1 else "Alert")
    _add(alert, "scope", "Public")
    _add(alert, "note", "由工单生成的草稿，未经审定不得发布")
    if len(messages) > 1:
        told = [f"{table.sender},{_identifier(case['no'], one)},{_instant(one.at)}" for one in messages[:-1]]
        _add(alert, "references", " ".join(told))
    _info(alert, case, level, called_off, table, policy)
    return bytes(etree.tostring(alert, encoding="utf-8", xml_declaration=True))


def _info(
    alert: Any, case: Mapping[str, Any], level: str, called_off: bool, table: Warnings, policy: Policy
) -> None:
    code = (case["matter"] or {}).get("code", "")
    matter = policy.matters.get(code)
    sort, grade = table.sort_of(code, matter.unit if matter else ""), table.grades[level]
    town = policy.townships.get(str((case["place"] or {}).get("township") or ""))
    where = town.name if town else current_pack().name
    info = etree.SubElement(alert, "info")
    _add(info, "language", "zh-CN")
    _add(info, "category", sort.category)
    _add(info, "event", sort.event)
    _add(info, "responseType", "AllClear" if called_off else "Monitor")
    _add(info, "urgency", "Past" if called_off else grade.urgency)
    _add(info, "severity", grade.severity)
    _add(info, "certainty", grade.certainty)
    _add(info, "senderName", table.sender_name)
    what = f"{sort.event}（{grade.label}）"
    _add(info, "headline", f"{where}{what}{'已解除' if called_off else ''}")
    about = f"事项：{matter.name}。" if matter else ""
    standing = "处置已结束或等级已撤销。" if called_off else "有关单位正在处置。"
    _add(info, "description", f"{where}发生{what}。{about}{standing}")
    area = etree.SubElement(info, "area")
    _add(area, "areaDesc", where)
    _geocode(area, "GB/T 2260", policy.district)
    if town:
        _geocode(area, "GB/T 10114", town.code)


def _geocode(area: Any, name: str, value: str) -> None:
    code = etree.SubElement(area, "geocode")
    _add(code, "valueName", name)
    _add(code, "value", value)


def _add(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _identifier(no: str, message: _Message) -> str:
    return f"{no}.{message.seq}"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
