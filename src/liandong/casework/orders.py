"""Orders: a command given on the side that does not own the case is kept, sent, executed over there, and answered.

The person who gave it sees at once that it waits, and later what became of it. Nothing is decided twice: the owner's
``execute`` decides; here the command is only tried against the copy, so that what cannot succeed is refused at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from liandong.rules.codec import load_state
from liandong.rules.decide import cases_opened, decide
from liandong.rules.fold import fold
from liandong.rules.model import Actor, Command, NewCase, Refusal, Screen
from liandong.rules.policy import Policy

from . import crypto, rows, sides
from .held import Held
from .jsontext import compact, parse, to_ms

OUT: Final = "out"
IN: Final = "in"
WAITING: Final = "waiting"
DONE: Final = "done"
REFUSED: Final = "refused"
MOVED: Final = "moved"
"""The answer of a side that owned the case no longer when the order came: it is now the asker's own to execute."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it travels and as it is kept."""

    id: str
    case: str
    command: str
    fields: Mapping[str, Any]
    version: int | None
    actor: Actor
    key: str
    at_ms: int
    screen: Screen | None = None
    lent: tuple[str, ...] = ()
    more: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Commands on the same case behind the first: all of them or none."""

    @property
    def name(self) -> str:
        """What it is called where it is shown: what the last of its commands does."""
        return self.more[-1][0] if self.more else self.command

    def body(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "id": self.id, "case": self.case, "command": self.command, "fields": dict(self.fields),
            "version": self.version, "at_ms": self.at_ms, "key": self.key, "lent": list(self.lent),
            "more": [[name, dict(fields)] for name, fields in self.more],
            "actor": [self.actor.role, self.actor.name, self.actor.unit, sorted(self.actor.scopes)],
            "screen": list(self.screen) if self.screen else None,
        }  # fmt: skip

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Order:
        """What ``body`` gave. Raises KeyError, TypeError, ValueError for anything else."""
        role, name, unit, scopes = body["actor"]
        screen = body["screen"]
        order = cls(
            str(body["id"]), str(body["case"]), str(body["command"]), dict(body["fields"]), body["version"],
            Actor(str(role), str(name), unit, frozenset(scopes)), str(body["key"]), int(body["at_ms"]),
            Screen(bool(screen[0]), screen[1], tuple(screen[2]), bool(screen[3])) if screen else None,
            tuple(str(no) for no in body["lent"]),
            tuple((str(name), dict(fields)) for name, fields in body.get("more", ())),
        )  # fmt: skip
        long = len(order.case) > 40 or len(order.key) > 200 or len(order.more) > 10
        if len(order.id) != 32 or long or any(len(one) > 40 for one in (order.command, order.name)):
            raise ValueError("an order's name or key is too long")
        return order

    def wishes(self, at: datetime) -> list[Command]:
        """The commands to execute, all or none; ``at`` is when the other server took them."""
        first = Command(self.command, self.case, self.fields, self.version, self.screen, acted_at=at)
        return [first, *(Command(name, self.case, fields, acted_at=at) for name, fields in self.more)]


@dataclass(frozen=True, slots=True)
class Shown:
    """An order as the case's page shows it."""

    id: str
    case: str
    command: str
    actor: str
    at_ms: int
    state: str
    done_ms: int | None
    rule: str
    detail: str


_COLUMNS: Final = (
    "id, direction, n, case_no, command, actor, key, request, body, at_ms, state, segment, done_ms, version, code, "
    "rule, detail"
)


def put(order: Order, direction: str, request: str, n: int) -> None:
    """Keep an order; the same one again changes nothing."""
    rows.run(
        f"INSERT INTO casework_order ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, "
        "%s, %s) ON CONFLICT (id) DO NOTHING",
        [order.id, direction, n, order.case, order.name, str(order.actor), order.key, request,
         crypto.seal_answer(compact(order.body()), f"order:{order.id}"), order.at_ms, WAITING, 0, None, None, "", "",
         ""],
    )  # fmt: skip


def opened(sealed: str, identity: str) -> Order:
    """The order in a row. Raises crypto.Unreadable."""
    return Order.read(parse(crypto.unseal_answer(sealed, f"order:{identity}")))


def next_n(direction: str) -> int:
    """The next number of a queue; asked under the lock of the log."""
    row = rows.one("SELECT MAX(n) FROM casework_order WHERE direction = %s", [direction])
    return int(row[0] or 0) + 1 if row else 1


# -- giving an order ------------------------------------------------------------------------------------------------


def lent(numbers: Iterable[str]) -> str | None:
    """The first of these cases that is lent to the other side at present."""
    wanted = sorted(numbers)
    if not wanted:
        return None
    marks = ", ".join(["%s"] * len(wanted))
    row = rows.one(
        f"SELECT case_no FROM casework_loan WHERE case_no IN ({marks}) ORDER BY case_no LIMIT 1", wanted
    )
    return str(row[0]) if row else None


def travelling(no: str) -> Refusal:
    """Why a lent case cannot be changed just now."""
    return Refusal(
        "awaiting_other_side", "C10",
        f"工单 {no} 正随一条指令在对侧办理，等待回执；请收到回执后再操作（可在工单页查看“已送对侧执行”）", "case",
    )  # fmt: skip


def known(actor: Actor, key: str) -> tuple[str, str, str] | None:
    """(id, digest of the request, case) of an order that this actor gave with this key."""
    row = rows.one(
        "SELECT id, request, case_no FROM casework_order WHERE (direction = 'out' OR segment = -1) "
        "AND actor = %s AND key = %s",
        [str(actor), key],
    )
    return (str(row[0]), str(row[1]), str(row[2])) if row else None


def forward(
    command: Command, actor: Actor, now: datetime, key: str | None, request: str, held: Mapping[str, Held], policy: Policy,
    following: Sequence[Command] = (),
) -> str | Refusal:  # fmt: skip
    """Keep the command, with those ``following`` on the same case, as one order for the other side; its id, or the
    refusal that the copy gives already.

    Cases of ours that the command names are lent until the receipt.
    """
    if not sides.may_order(sides.here(), actor):
        side = sides.NAMES[sides.other(sides.here())]
        return Refusal("wrong_role", "R12", f"这件工单由{side}办理，您的岗位须在{side}操作")
    states = {no: case.state for no, case in held.items() if case.state is not None}
    after = dict(states)
    for one in (command, *following):
        reserved = tuple(NewCase("", "") for _ in range(min(cases_opened(one), 100)))
        tried = decide(after, one._replace(new=reserved), actor, now, policy)
        if isinstance(tried, Refusal):
            return tried
        for event in tried if following else ():
            after[event.case] = fold(after.get(event.case), event)
    rows.lock_log()
    mine = tuple(no for no, state in sorted(states.items()) if not sides.is_away(state))
    order = Order(
        uuid.uuid4().hex, command.case or "", command.name, dict(command.fields),
        None if _one_before(command.case or "") else command.version, actor, key or "",
        to_ms(now), command.screen, mine, tuple((one.name, dict(one.fields)) for one in following),
    )  # fmt: skip
    put(order, OUT, request, next_n(OUT))
    for no in mine:
        rows.run("INSERT INTO casework_loan (case_no, order_id) VALUES (%s, %s)", [no, order.id])
    return order.id


def _one_before(no: str) -> bool:
    """Whether an order about this case waits already. It will move the case before the next one comes, so that no version
    of the copy can be the right one; the owner's rules still decide, and the page shows who ordered what."""
    waits = "SELECT 1 FROM casework_order WHERE case_no = %s AND direction = 'out' AND state = %s LIMIT 1"
    return bool(rows.one(waits, [no, WAITING]))


# -- executing and answering -----------------------------------------------------------------------------------------


def waiting_in(limit: int) -> list[tuple[str, str, bool]]:
    """(id, sealed body, came back) of orders to execute here, in the order in which they came; ``came back``: given here,
    for a case that the other side owned no longer."""
    found = rows.ask(
        "SELECT id, body, segment FROM casework_order WHERE state = %s AND direction = %s ORDER BY n LIMIT %s", [WAITING, IN, limit]
    )  # fmt: skip
    return [(str(row[0]), str(row[1]), int(row[2]) < 0) for row in found]


def away(no: str) -> bool:
    """Whether the other side owns this case; the case is locked until the transaction ends."""
    found = rows.load([no], lock=True) if sides.divided() else []
    return bool(found) and sides.is_away(load_state(found[0][2]))


def remark(identity: str, words: str) -> None:
    """What a person should know beside the answer: shown with the order."""
    rows.run("UPDATE casework_order SET detail = %s WHERE id = %s", [words[:1000], identity])


def answer(
    identity: str, state: str, at_ms: int, version: int | None = None, refusal: Refusal | None = None
) -> None:
    """What became of an order; an order that has its answer keeps it."""
    told = refusal or Refusal("", "", "")
    rows.run(
        "UPDATE casework_order SET state = %s, done_ms = %s, version = %s, code = %s, rule = %s, detail = %s "
        "WHERE id = %s AND state = %s",
        [state, at_ms, version, told.code[:40], told.rule[:20], told.detail[:1000], identity, WAITING],
    )


def receive(identity: str, state: str, at_ms: int, version: int | None, refusal: Refusal | None) -> None:
    """The other side's answer to an order of ours: kept, and what was lent is ours again.

    ``moved``: the case came over to us meanwhile, so the order is now executed here, in the name of who gave it.
    """
    if state == MOVED:
        rows.run(
            "UPDATE casework_order SET direction = %s, n = %s, segment = -1 WHERE id = %s AND state = %s",
            [IN, next_n(IN), identity, WAITING],
        )
    else:
        answer(identity, state, at_ms, version, refusal)
    rows.run("DELETE FROM casework_loan WHERE order_id = %s", [identity])


def unsent(direction: str, limit: int) -> list[tuple[Any, ...]]:
    """(id, body, state, done, version, code, rule, detail) that no file carried yet: orders (out), receipts (in)."""
    which = "" if direction == OUT else " AND state <> 'waiting'"
    return rows.ask(
        "SELECT id, body, state, done_ms, version, code, rule, detail FROM casework_order "
        f"WHERE segment = 0 AND direction = %s{which} ORDER BY n LIMIT %s",
        [direction, limit],
    )


def carried(identities: Sequence[str], segment: int) -> None:
    """These left with a file."""
    for start in range(0, len(identities), 200):
        part = identities[start : start + 200]
        marks = ", ".join(["%s"] * len(part))
        rows.run(f"UPDATE casework_order SET segment = %s WHERE id IN ({marks})", [segment, *part])


# -- showing ----------------------------------------------------------------------------------------------------------


def of_case(no: str, limit: int = 20) -> list[Shown]:
    """Orders given here about one case, the newest first; whether the viewer sees the case is the caller's question."""
    found = rows.ask(
        "SELECT id, case_no, command, actor, at_ms, state, done_ms, rule, detail FROM casework_order "
        "WHERE case_no = %s AND (direction = 'out' OR segment = -1) ORDER BY at_ms DESC, n DESC LIMIT %s",
        [no, limit],
    )
    return [Shown(*row) for row in found]


def counts() -> dict[str, int]:
    """Orders that wait for a receipt (out) and for being executed (in)."""
    found = dict(
        rows.ask(
            "SELECT direction, COUNT(*) FROM casework_order WHERE state = %s GROUP BY direction", [WAITING]
        )
    )
    return {OUT: int(found.get(OUT, 0)), IN: int(found.get(IN, 0))}
