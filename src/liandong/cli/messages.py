"""Messages to be replayed: reading a file of them, moving their times, and answering the gate as a call-taker would.

Shared by ``replay`` and ``demo``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from liandong.rules.codes import KINDS
from liandong.rules.model import Screen
from liandong.rules.policy import Policy

from .boot import pack_directory
from .errors import AnswerIsNo, WrongUse

CHANNEL = "demonstration"
"""Channel of every replayed or invented case: nobody may take one for a real call."""
NOWHERE = re.compile(r"[A-Z][0-9]*[市区县镇]?")
"""Places of an anonymised text, like A3区: they count as none given."""
WEEK = timedelta(weeks=1)
SUMMARY_LENGTH = 60
CLEAR = {"life": "no", "property": "no", "public": "no"}
UNKNOWN = {"life": "unknown", "property": "unknown", "public": "unknown"}
DANGER = {"life": "yes", "property": "unknown", "public": "unknown"}


class Message(NamedTuple):
    """One message: the sender's reference, when it came, what it says, where (as given; may be empty)."""

    ref: str
    at: datetime
    summary: str
    content: str
    place: str = ""
    kind: str = "other"


class Reading(NamedTuple):
    """What a call-taker has before the eyes: ``flag`` danger or police matter, ``doubt`` something to be asked."""

    flag: bool
    doubt: bool
    township: str | None
    suggestions: list[dict[str, Any]]
    screen: Screen

    @property
    def safety(self) -> dict[str, str]:
        """The three answers (R1): any flag is a yes, any doubt an unknown, never a silent no."""
        return DANGER if self.flag else UNKNOWN if self.doubt else CLEAR


def read_messages(path: Path, limit: int | None = None) -> list[Message]:
    """The messages of a JSONL file in order of time; ``limit`` takes the first of the file.

    Raises WrongUse with the line number for anything that is no message.
    """
    if not path.is_file():
        raise WrongUse(f"没有文件 {path}。")
    found: list[Message] = []
    seen: set[str] = set()
    for number, row in _rows(path):
        if limit is not None and len(found) >= limit:
            break
        message = _message(number, row)
        if message.ref in seen:
            raise WrongUse(f"第 {number} 行：编号 {message.ref} 在文件里出现了两次，请改正文件。")
        seen.add(message.ref)
        found.append(message)
    return sorted(found, key=lambda message: message.at)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise WrongUse(f"第 {number} 行不是 JSON（UTF-8）：{error}") from error
            if not isinstance(row, dict):
                raise WrongUse(f"第 {number} 行不是 JSON 对象。")
            yield number, row


def _message(number: int, row: dict[str, Any]) -> Message:
    ref = row.get("ref", row.get("id"))
    if not isinstance(ref, (str, int)) or isinstance(ref, bool) or not str(ref).strip():
        raise WrongUse(f"第 {number} 行没有 ref 或 id。")
    stamp = row.get("received_at", row.get("time"))
    try:
        at = datetime.fromisoformat(stamp)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise WrongUse(f"第 {number} 行没有 received_at 或 time（ISO 8601）。") from error
    if at.tzinfo is None:
        raise WrongUse(f"第 {number} 行的时间没有时区，请写成 2018-06-01T16:20:00+08:00。")
    title, body = _words(row.get("title")), _words(row.get("body"))
    content = _words(row.get("text")) or "\n".join(part for part in (title, body) if part)
    if not content:
        raise WrongUse(f"第 {number} 行没有 text，也没有 title 和 body。")
    place = row.get("place")
    where = _words(place.get("text") if isinstance(place, dict) else place)
    return Message(
        str(ref).strip(),
        at,
        summary_of(title or content),
        content[:20000],
        "" if NOWHERE.fullmatch(where) else where,
        row["kind"] if row.get("kind") in KINDS else "other",
    )


def _words(value: object) -> str:
    """Text without control characters, which no field takes; anything but text is nothing."""
    if not isinstance(value, str):
        return ""
    return "".join(
        char for char in value if char in "\n\t" or (char.isprintable() or char == "\u3000")
    ).strip()


def summary_of(text: str) -> str:
    """The first line, at most a screen's row."""
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1] + "…"


def weeks_to(messages: list[Message], now: datetime) -> timedelta:
    """The whole weeks that bring the last message as near to ``now`` as possible without passing it."""
    if not messages:
        return timedelta(0)
    return ((now - messages[-1].at) // WEEK) * WEEK


class CallTaker:
    """Reads texts with the district's router; the machine adds doubt, the answers follow it (EB-R2)."""

    def __init__(self) -> None:
        from liandong.triage.pack import RoutingPackError
        from liandong.triage.router import Router

        try:
            self.router = Router.from_pack(pack_directory())
        except RoutingPackError as error:
            raise AnswerIsNo(f"分流数据包读不出：{error}") from error

    def read(self, text: str, place: str = "") -> Reading:
        """What the machine sees in one text."""
        answer = self.router.route(text, {"text": place} if place else None)
        danger, kept = answer["emergency"], answer["never_divert"]
        flag = bool(danger["flag"] or kept["flag"])
        reasons = tuple(dict.fromkeys((*kept["reasons"], *danger["reasons"])))
        # what router.screen says, without reading the text again
        screen = Screen(danger["flag"], kept["class"], reasons, kept["flag"] and not danger["flag"])
        where = answer["place"]
        doubt = bool(danger["reasons"])
        return Reading(flag, doubt, where["township"] if where else None, answer["suggestions"], screen)

    @staticmethod
    def unit_for(reading: Reading, policy: Policy, day: date) -> tuple[str, str, str] | None:
        """Unit, matter and basis of the first suggestion that may be dispatched to on that day, if there is one."""
        for one in reading.suggestions:
            matter = policy.matters.get(one["matter"] or "")
            unit = policy.units.get(one["unit"])
            if matter is None or unit is None or matter.never_divert or unit.code in ("GA", "YJ"):
                continue
            if unit.in_force(day):
                return unit.code, matter.code, one["why"]["clause"] or matter.name
        return None

    def registration(self, message: Message, reading: Reading) -> dict[str, Any]:
        """The fields of ``register`` for one message."""
        fields: dict[str, Any] = {
            "kind": message.kind,
            "summary": message.summary,
            "content": message.content,
            "safety": reading.safety,
            "received_at": message.at.isoformat(),
            "source": {"channel": CHANNEL, "ref": message.ref},
        }
        if message.place or reading.township:
            fields["place"] = {"text": message.place}
            if reading.township:
                fields["place"]["township"] = reading.township
        return fields
