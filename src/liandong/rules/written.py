"""A leader's written instruction (领导批示) inside the text of an ``instruct`` command, and a unit's reply to one.

The contract's command has units and a text, and refuses whatever else is sent (R32). So who wrote, on which day, what is
wanted and by when stand in the text itself, in lines a person reads and this module reads back. A text without the first
line is an ordinary order of the duty office (R11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

HEAD = "【领导批示】"
_LEADER, _DAY, _BY, _TEXT = "批示领导：", "批示日期：", "回复期限：", "批示内容："
_WHEN = "%Y-%m-%d %H:%M"
_REPLY = re.compile(r"【回复指令(\d{1,4})】\n?")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMED = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
LEADER_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote (name and post), the day it bears, until when units are to reply (None: not said), the words."""

    leader: str
    day: date
    reply_by: datetime | None
    text: str


def one_line(text: str) -> str:
    """A name as it can stand in one line: blanks and line ends become single spaces."""
    return " ".join(text.split())


def compose(written: Written) -> str:
    """The text of the command: ``parse`` gives back the same, ``reply_by`` to the minute.

    Raises ValueError for a leader's name that is empty, longer than ``LEADER_LIMIT`` or more than one line.
    """
    if not written.leader or len(written.leader) > LEADER_LIMIT or one_line(written.leader) != written.leader:
        raise ValueError("批示领导应为一行姓名和职务")
    lines = [HEAD, _LEADER + written.leader, _DAY + written.day.isoformat()]
    if written.reply_by is not None:
        lines.append(_BY + written.reply_by.strftime(_WHEN))
    return "\n".join([*lines, _TEXT, written.text])


def parse(text: str, zone: tzinfo) -> Written | None:
    """What ``compose`` wrote; None for any other text. ``zone`` is the district's, in which the limit is written."""
    lines = text.split("\n")
    if lines[0] != HEAD or len(lines) < 5:
        return None
    leader, day, rest = lines[1], lines[2], 3
    if not leader.startswith(_LEADER) or not day.startswith(_DAY):
        return None
    reply_by: datetime | None = None
    try:
        if not _DATED.fullmatch(day.removeprefix(_DAY)):
            return None
        dated = date.fromisoformat(day.removeprefix(_DAY))
        if lines[rest].startswith(_BY):
            until = lines[rest].removeprefix(_BY)
            if not _TIMED.fullmatch(until):
                return None
            reply_by = datetime.strptime(until, _WHEN).replace(tzinfo=zone)
            rest += 1
    except ValueError:
        return None  # no such day: somebody typed the lines by hand, they stay what they are
    if rest + 1 >= len(lines) or lines[rest] != _TEXT:
        return None
    return Written(leader.removeprefix(_LEADER), dated, reply_by, "\n".join(lines[rest + 1 :]))


def compose_reply(number: int, text: str) -> str:
    """The text of a ``note`` that answers the instruction with this number in the case."""
    return f"【回复指令{number}】\n{text}"


def parse_reply(text: str) -> tuple[int, str] | None:
    """Which instruction a note answers, and with what; None for a note that answers none."""
    found = _REPLY.match(text)
    return (int(found[1]), text[found.end() :]) if found else None
