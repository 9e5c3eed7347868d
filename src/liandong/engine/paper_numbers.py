"""File numbers of papers (发文字号): one series for each organ word and year, without a gap, given when a paper is issued.

A paper that is only looked at has none. The same paper issued again keeps its number; a void number stays in the
register with its reason, nobody gets it again, and its paper gets a fresh one when it is issued anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from liandong.casework import looks, rows
from liandong.engine.models import PaperNumber
from liandong.registers import lock
from liandong.rules.model import Actor

ISSUED, VOID = "issued", "void"
VOIDERS = ("duty_office",)
"""Who declares a number void: the office that issues the papers."""
LONGEST_REASON = 300


class BadNumber(ValueError):
    """A number that cannot be made void, in words."""


class Line(NamedTuple):
    """One number of the register; ``void_ms`` None: it holds."""

    number: str
    title: str
    at_ms: int
    by: str
    void_ms: int | None
    void_by: str | None
    reason: str | None


def word_of(pattern: str) -> str:
    """The organ word (机关代字) of a pattern like 綦应急报〔{year}〕{n}号: what stands before the year."""
    return pattern.partition("〔")[0].partition("{")[0].strip()


def give(pattern: str, subject: str, title: str, by: str, now: datetime) -> str:
    """The number of this paper: the one it has, or the next of its word and year (of the day of issue, in the zone of
    ``now``). Inside the transaction that keeps the paper: both stand or fall together."""
    with transaction.atomic():
        lock.hold()  # one at a time: no gap, no number twice
        known = rows.one(
            "SELECT n.number FROM engine_paper_number n WHERE n.subject = %s AND n.what = 'issued' AND NOT EXISTS "
            "(SELECT 1 FROM engine_paper_number v WHERE v.word = n.word AND v.year = n.year AND v.serial = n.serial "
            "AND v.what = 'void')",
            [subject],
        )
        if known:
            return str(known[0])
        word, year = word_of(pattern), now.year
        last = rows.one(
            "SELECT MAX(serial) FROM engine_paper_number WHERE word = %s AND year = %s", [word, year]
        )
        serial = int(last[0] or 0) + 1 if last else 1
        number = pattern.format(year=year, n=serial)
        PaperNumber(
            word=word, year=year, serial=serial, what=ISSUED, number=number, subject=subject, title=title[:300],
            at_ms=int(now.timestamp() * 1000), by=by[:120], reason="",
        ).save(force_insert=True)  # fmt: skip
        return number


def make_void(number: str, reason: str, actor: Actor, now: datetime) -> None:
    """Declare a number void. Raises BadNumber for another role, no reason, no such number, one that is void already."""
    reason = reason.strip()
    if actor.role not in VOIDERS:
        raise BadNumber("只有区政府值班室可以作废文号。")
    if not reason:
        raise BadNumber("请写明作废的原因，它会和文号一起留在登记簿上。")
    if len(reason) > LONGEST_REASON:
        raise BadNumber(f"作废原因最多 {LONGEST_REASON} 字。")
    with transaction.atomic():
        lock.hold()
        found = rows.ask(
            "SELECT word, year, serial, what, subject, title FROM engine_paper_number WHERE number = %s",
            [number],
        )
        if not found:
            raise BadNumber("登记簿上没有这个文号。")
        if any(row[3] == VOID for row in found):
            raise BadNumber(f"{number} 已经作废。")
        word, year, serial, _what, subject, title = found[0]
        PaperNumber(
            word=word, year=year, serial=serial, what=VOID, number=number, subject=subject, title=title,
            at_ms=int(now.timestamp() * 1000), by=str(actor)[:120], reason=reason,
        ).save(force_insert=True)  # fmt: skip
        looks.exported(actor, f"作废文号：{number}", 1, now)


def void_reason(number: str) -> str | None:
    """Why a number is void; None while it holds."""
    if not number:
        return None
    found = rows.one("SELECT reason FROM engine_paper_number WHERE number = %s AND what = 'void'", [number])
    return str(found[0]) if found else None


def register(limit: int = 500) -> list[Line]:
    """The register of numbers, the latest first; void ones stay in it."""
    found = rows.ask(
        "SELECT n.number, n.title, n.at_ms, n.by, v.at_ms, v.by, v.reason FROM engine_paper_number n "
        "LEFT JOIN engine_paper_number v ON v.word = n.word AND v.year = n.year AND v.serial = n.serial "
        "AND v.what = 'void' WHERE n.what = 'issued' ORDER BY n.at_ms DESC, n.word, n.serial DESC LIMIT %s",
        [limit],
    )
    return [Line(*row) for row in found]
