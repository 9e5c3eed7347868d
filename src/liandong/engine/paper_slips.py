"""Blocks of paper slips: taking the next numbers of a day, and entering later what was written on them (R6).

A case entered late carries its slip as ``source`` (channel ``paper``), the time on the paper as ``received_at``, and a
note that says so: the contract's own fields, so that the same slip twice is the same case and every clock runs from the
time the caller called.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from liandong.casework import rows
from liandong.casework.execute import Done, Refused, batch, execute
from liandong.casework.jsontext import canonical
from liandong.registers import queries
from liandong.registers.lock import together
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.codec import loads
from liandong.rules.model import SYSTEM, Actor, Command, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers.paper_slips import MOST, SHAPE, left_of, read_slip, slip_no, slips_of

from . import routing

REGISTER = "paper_slip"
CHANNEL = "paper"
_DOCS = "SELECT no, doc FROM registers_entry WHERE register = %s AND period = %s ORDER BY id"
LAST = 9999


def take_block(day: date, count: int, by: str, *, now: datetime | None = None) -> Entry:
    """Reserve the next ``count`` numbers of a day. Raises Refused where the day has no numbers left or too many are asked."""
    if not 1 <= count <= MOST:
        raise Refused(Refusal("bad_value", "R32", f"一次可印 1 到 {MOST} 张，请改张数", "count"))
    with together():
        last = max((int(data["last"]) for data in _blocks(day)), default=0)
        if last + count > LAST:
            raise Refused(Refusal("bad_value", "R32", f"这一天只剩 {LAST - last} 个号，请减少张数", "count"))
        fields = {"day": day.isoformat(), "first": last + 1, "last": last + count, "printed_by": by[:120]}
        return act(REGISTER, "print", fields, SYSTEM, now=now)


def _blocks(day: date) -> list[dict[str, Any]]:
    found = [loads(doc)["data"] for _no, doc in rows.ask(_DOCS, [REGISTER, f"{day:%Y-%m}"])]
    return [data for data in found if data["day"] == day.isoformat()]


def numbers_of(entry: Entry) -> list[str]:
    """The slips of a block, in order."""
    return slips_of(entry.data)


def block_of(slip: str) -> Entry | None:
    """The block that a slip was printed with; None where no such slip was ever printed."""
    read = read_slip(slip)
    if read is None:
        return None
    day, n = read
    for no, doc in rows.ask(_DOCS, [REGISTER, f"{day:%Y-%m}"]):
        data = loads(doc)["data"]
        if data["day"] == day.isoformat() and int(data["first"]) <= n <= int(data["last"]):
            return queries.get(SYSTEM, REGISTER, str(no))
    return None


class Waiting(NamedTuple):
    """A block of which slips are left: of a day that is over they are overdue."""

    entry: Entry
    left: list[str]
    over: bool


def waiting(viewer: Actor, today: date) -> list[Waiting]:
    """Blocks with slips of which nobody said what became of them, the oldest day first."""
    found = queries.find(viewer, REGISTER, Asking(is_open=True), limit=200).items
    made = [
        Waiting(one, left_of(one.data), date.fromisoformat(str(one.data["day"])) < today) for one in found
    ]
    return sorted(made, key=lambda one: (str(one.entry.data["day"]), int(one.entry.data["first"])))


class Entered(NamedTuple):
    """A slip that was entered: its case, and whether it was there before."""

    no: str
    existing: bool


def enter(slip: str, fields: Mapping[str, Any], taken_by: str, actor: Actor) -> Entered:
    """Register what stands on a slip. ``fields`` are those of ``register`` without ``source``; ``received_at`` is the time on
    the paper. All of it or nothing. Raises Refused."""
    read = read_slip(slip)
    if read is None:
        raise Refused(Refusal("bad_value", "R32", SHAPE, "slip"))
    number = slip_no(*read)
    block = block_of(number)
    if block is None:
        raise Refused(
            Refusal(
                "bad_value", "R32", f"没有印发过 {number}，请核对单号；用白纸写的请先印一批再誊写", "slip"
            )
        )
    if number not in left_of(block.data) and not block.data[f"slip:{number}"].get("case"):
        raise Refused(Refusal("wrong_state", "I5", f"{number} 已登记为作废，请核对单号", "slip"))
    order = {**fields, "source": {"channel": CHANNEL, "ref": number}}
    with batch():  # case, mark and slip stand or fall together
        done = execute(Command("register", None, order, screen=routing.screen(order)), actor)
        if not done.existing:
            _mark(number, str(order["received_at"]), taken_by, done, actor)
        if number in left_of(block.data):
            act(
                REGISTER, "enter", {"slip": number, "case": done.no}, actor, no=block.no, key=f"slip:{number}"
            )
    return Entered(str(done.no), done.existing)


def _mark(number: str, received_at: str, taken_by: str, done: Done, actor: Actor) -> None:
    text = (
        f"【补录】系统停用期间用纸单 {number} 登记，接警员 {taken_by or '未写'}，纸上接报时间 {received_at}。"
    )
    execute(Command("note", done.no, {"text": text}), actor, key=f"paper-{number}")


def note(case: str, at: str, who: str, what: str, text: str, slip: str, actor: Actor, key: str) -> Done:
    """Something done on paper or by telephone meanwhile, entered as a note with its own time. Raises Refused."""
    paper = f"（纸单 {slip.strip().upper()}）" if slip.strip() else ""
    words = f"【补录】{at} {who} {what}：{text}{paper}"
    return execute(
        Command("note", case, {"text": words}), actor, key=f"paper-note-{canonical([case, key])}"[:190]
    )
