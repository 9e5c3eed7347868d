"""The neutral message: what any other system wants done to one of its cases, in the contract's own fields.

``do`` create, append or cancel, or an answer to a ticket of ours (``REPLIES``, ``our_ref`` names it); ``channel`` and ``ref`` are the case's source (R2), ``id`` is the message's own number in
that channel, by which a repetition is known. Safety answers that nobody gave are unknown (R1).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from liandong.district.intake import MEANINGS, REPLIES
from liandong.rules import codes
from liandong.rules.fields import Bad, caller, place
from liandong.rules.policy import Policy

from .problems import Problem, Unfit

SUMMARY_LENGTH = 60
LONGEST = {"ref": 200, "id": 120, "text": 5000, "summary": 1000, "content": 19_000}
REPLY_LENGTH = 1900
"""Characters of an answer; the register keeps them as one field of a step."""


@dataclass(frozen=True)
class Message:
    """One message, ready to be applied. ``fields`` are those of ``register`` for a create; ``text`` what an append or cancel says."""

    channel: str
    id: str
    ref: str
    do: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    our_ref: str = ""

    @property
    def digest(self) -> str:
        """What makes two messages of one number the same; instants may have been cut to our clock and do not count."""
        said = {key: value for key, value in self.fields.items() if key != "received_at"}
        return _hash([self.do, self.ref, said, self.text, *filter(None, [self.our_ref])])


def _hash(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def dumped(message: Message) -> str:
    """As JSON text, the same for the same message."""
    body = {**message.__dict__, "at": message.at.isoformat(), "fields": dict(message.fields)}
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def loaded(text: str) -> Message:
    """What ``dumped`` wrote."""
    body = json.loads(text)
    return Message(**{**body, "at": datetime.fromisoformat(body["at"])})


def read(values: Mapping[str, Any], channel: str, now: datetime, policy: Policy, ahead: timedelta) -> Message:
    """The message that these values (names of ``district.intake.FIELDS``) make.

    ``ahead``: so far another clock may run before ours; such an instant counts as now (R42). Raises Unfit naming every fault.
    """
    wrong: list[Problem] = []
    do = values.get("do")
    if do not in MEANINGS["do"]:
        wrong.append(Problem("missing", "没有说明是登记、补充还是撤销（do）：请补正操作"))
    ref = _line(values, "ref", wrong)
    our_ref = _line(values, "our_ref", wrong) if do in REPLIES else ""
    if do in REPLIES and not our_ref:
        wrong.append(
            Problem("missing", "没有我方的对接编号（our_ref）：不知道答复的是哪一件，请补正我方对接编号")
        )
    if do == "returned":  # they may give it back without a number of theirs
        ref = ref or our_ref
    if not ref:
        wrong.append(Problem("missing", "没有对方的单号（ref）：不知道是哪一件，请补正对方单号"))
    at = _time(values, "at", now, ahead, wrong)
    fields: dict[str, Any] = {}
    text = str(values.get("text") or "").strip()
    if do not in ("append", "cancel", *REPLIES):  # whatever it is: its other faults are told at once
        fields = _create(values, channel, ref, at, now, policy, ahead, wrong)
        text = ""
    elif do == "append":
        text = text or "\n".join(str(values[k]).strip() for k in ("summary", "content") if values.get(k))
        if not text:
            wrong.append(Problem("missing", "补充没有内容：请补正补充的内容（text）"))
    elif do in REPLIES and do != "accepted" and not text:
        wrong.append(Problem("missing", "没有写进展、结果或退回的理由（text）：请补正内容"))
    limit = REPLY_LENGTH if do in REPLIES else LONGEST["text"]
    if len(text) > limit:
        wrong.append(Problem("oversized", f"补充、撤销或答复的内容超过 {limit} 字：请让对方分几次发送"))
    if any((ord(one) < 32 and one not in "\t\n\r") or 0xD800 <= ord(one) < 0xE000 for one in text):
        wrong.append(Problem("refused", "内容含有不能保存的控制字符：请让对方改正后重发，或补正内容"))
    if wrong:
        raise Unfit(*wrong)
    sent = at or (datetime.fromisoformat(fields["received_at"]) if fields else now)
    given = _line(values, "message", wrong)
    if wrong:
        raise Unfit(*wrong)
    draft = Message(channel, given, ref, str(do), sent, fields, text, our_ref)
    # without a number of its own a message is known by what it says and the instants it names
    named = [values[key].isoformat() for key in ("at", "received_at") if values.get(key)]
    return draft if given else replace(draft, id=f"={_hash([draft.digest, *named])[:40]}")


_LINES = {"message": "消息编号", "ref": "对方单号", "our_ref": "我方对接编号"}


def _line(values: Mapping[str, Any], name: str, wrong: list[Problem]) -> str:
    text = str(values.get(name) or "").strip()
    limit = LONGEST["id" if name == "message" else "ref"]
    if len(text) > limit or any(ord(one) < 32 or 0xD800 <= ord(one) < 0xE000 for one in text):
        wrong.append(
            Problem(
                "refused",
                f"{_LINES[name]}超过 {limit} 字或含有控制字符：请补正",
            )
        )
        return ""
    return text


def _time(
    values: Mapping[str, Any], name: str, now: datetime, ahead: timedelta, wrong: list[Problem]
) -> datetime | None:
    value = values.get(name)
    if value is None:
        return None
    label = "接报时间" if name == "received_at" else "发出时间"
    if value > now + ahead:
        shown = value.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")
        wrong.append(Problem("in_future", f"{label} {shown} 在将来：请核对对方的时钟，或补正{label}（R42）"))
        return None
    if value.year < 1990:
        wrong.append(Problem("bad_time", f"{label}早于 1990 年：请核对并补正{label}"))
        return None
    return min(value, now).astimezone(now.tzinfo).replace(microsecond=value.microsecond // 1000 * 1000)  # type: ignore[no-any-return]


def _create(
    values: Mapping[str, Any], channel: str, ref: str, at: datetime | None, now: datetime, policy: Policy,
    ahead: timedelta, wrong: list[Problem],
) -> dict[str, Any]:  # fmt: skip
    received = _time(values, "received_at", now, ahead, wrong)
    if received is None and values.get("received_at") is None:
        received = at
        if received is None and values.get("at") is None:
            wrong.append(Problem("missing", "没有接报时间：请补正接报时间（R42）"))
    content, summary = str(values.get("content") or "").strip(), str(values.get("summary") or "").strip()
    if not summary and not content:
        wrong.append(Problem("missing", "没有摘要也没有详情：请补正摘要"))
    for name, text in (("summary", summary), ("content", content)):
        if len(text) > LONGEST[name]:
            wrong.append(
                Problem(
                    "oversized",
                    f"{'摘要' if name == 'summary' else '详情'}超过 {LONGEST[name]} 字：请让对方缩短后重发，或补正",
                )
            )
    if not summary:
        summary = " ".join(content.split())[:SUMMARY_LENGTH]
    content = "\n".join(one for one in (content, _unit(values, policy, now, wrong)) if one)
    fields: dict[str, Any] = {
        "kind": values.get("kind") or "help",
        "summary": summary,
        "safety": {key: values.get(key) or "unknown" for key in codes.SAFETY_KEYS},
        "received_at": received.isoformat() if received else "",
        "source": {"channel": channel, "ref": ref},
    }
    if content and content != fields["summary"]:
        fields["content"] = content
    fields |= {k: values[k] for k in ("incident_no", "level", "recording_ref") if values.get(k)}
    _checked("place", _place(values, policy), place, policy, fields, wrong)
    who = {k: values[k] for k in ("name", "phone", "language", "anonymous", "confidential", "contact_ok") if values.get(k) not in (None, "")}  # fmt: skip
    _checked("caller", who, caller, policy, fields, wrong)
    return fields


def _unit(values: Mapping[str, Any], policy: Policy, now: datetime, wrong: list[Problem]) -> str:
    """The unit the other system suggests: told to the desk, which alone dispatches."""
    named = str(values.get("unit") or "").strip()
    if not named:
        return ""
    found = policy.units.get(named) or next((u for u in policy.units.values() if u.name == named), None)
    if found is None:
        wrong.append(
            Problem(
                "unknown_unit",
                f"本区没有单位“{named[:40]}”：请补正对方建议单位，或用“不要的项”写 unit（R22）",
            )
        )
        return ""
    if not found.in_force(now.date()):
        heirs = "、".join(found.successors) or "无"
        wrong.append(
            Problem("unknown_unit", f"{found.name}已不在册（承接单位：{heirs}）：请补正对方建议单位（R22）")
        )
        return ""
    return f"对方建议单位：{found.name}（{found.code}）"


def _place(values: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """The place; a township nobody knows here is kept as part of the text."""
    made: dict[str, Any] = {
        k: values[k] for k in ("village", "lon", "lat") if values.get(k) not in (None, "")
    }
    text, township = str(values.get("place") or "").strip(), str(values.get("township") or "").strip()
    if township and township in policy.townships:
        made["township"] = policy.townships[township].code
    elif township and township not in text:
        text = f"{township} {text}".strip()
    if text:
        made["text"] = text
    return made


def _checked(
    name: str, value: dict[str, Any], check: Any, policy: Policy, fields: dict[str, Any], wrong: list[Problem]
) -> None:
    """The contract's own test of an object, so that what fails is named before anything is written."""
    if not value:
        return
    try:
        check(value, policy.zone)
    except Bad as bad:
        phone = name == "caller" and str(bad).startswith("phone")
        label = "电话" if phone else "来电人" if name == "caller" else "地点"
        told = str(bad).removeprefix("phone ")
        wrong.append(Problem("bad_phone" if phone else "refused", f"{label}{told}；请补正{label}"))
        return
    fields[name] = value
