"""Steps of registers beside a command that the other side executes (docs/decisions/060).

They are kept with the order and taken when its receipt says that it was done: nothing stands in a register here that has not
happened over there. A refused order takes nothing with it; its reason stands on the case's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import transaction

from liandong.casework import crypto, orders, rows, sides
from liandong.casework.execute import Done, Refused, execute_as_one
from liandong.rules.codec import dumps, loads
from liandong.rules.model import Actor, Command, Refusal
from liandong.rules.register import Entry
from liandong.rules.registers import registers

from .lock import together
from .store import act

AT_ONCE: Final = 200
_SETTLED: Final = (
    "SELECT b.order_id FROM registers_beside b JOIN casework_order o ON o.id = b.order_id "
    "WHERE o.state IN ('done', 'refused') ORDER BY o.done_ms, o.id LIMIT %s"
)
_ONE: Final = (
    "SELECT b.register, b.sealed, o.state FROM registers_beside b JOIN casework_order o ON o.id = b.order_id "
    "WHERE b.order_id = %s"
)


class Step(NamedTuple):
    """One step as ``store.act`` takes it; ``no`` None: it opens an entry."""

    name: str
    fields: Mapping[str, Any]
    no: str | None = None
    version: int | None = None


def do(
    register: str, case: str, commands: Sequence[Command], steps: Sequence[Step], actor: Actor, *, key: str = "",
    now: datetime | None = None,
) -> tuple[Done | None, Entry | None]:  # fmt: skip
    """Commands on one case and the steps beside them, in one transaction; the last entry.

    No entry: the other side owns the case, the commands are under way as one order, and the steps are taken when its
    receipt says done. Raises Refused: nothing was written then.
    """
    with together():
        if not (key and sides.divided() and orders.known(actor, key)):
            refuse_twice(register, case)
        done = execute_as_one(commands, actor, now=now, key=key or None) if commands else None
        if done is not None and done.forwarded:
            keep(done.forwarded, register, case, steps, actor, key)
            return done, None
        return done, _take(register, steps, actor, key, now)


def _take(register: str, steps: Sequence[Step], actor: Actor, key: str, now: datetime | None) -> Entry | None:
    entry = None
    for n, step in enumerate(steps):
        once = f"{key}-{n}-{step.name}" if key else ""
        entry = act(register, step.name, step.fields, actor, no=step.no, version=step.version, key=once, now=now)  # fmt: skip
    return entry


def try_first(register: str, steps: Sequence[Step], actor: Actor, now: datetime) -> None:
    """Raise what these steps would be refused for at present; nothing is written."""
    with transaction.atomic():
        _take(register, steps, actor, "", now)
        transaction.set_rollback(True)


def keep(order: str, register: str, case: str, steps: Sequence[Step], actor: Actor, key: str) -> None:
    """Keep the steps until the order's receipt; the same order again changes nothing."""
    body = {
        "actor": [actor.role, actor.name, actor.unit, sorted(actor.scopes)], "key": key,
        "steps": [[one.name, dict(one.fields), one.no, one.version] for one in steps],
    }  # fmt: skip
    rows.run(
        "INSERT INTO registers_beside (order_id, register, case_no, sealed) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (order_id) DO NOTHING",
        [order, register, case, crypto.seal_answer(dumps(body), f"beside:{order}")],
    )


def under_way(register: str) -> frozenset[str]:
    """The cases about which a step of this register waits for a receipt."""
    if not sides.divided():
        return frozenset()
    return frozenset(
        str(row[0])
        for row in rows.ask("SELECT case_no FROM registers_beside WHERE register = %s", [register])
    )


def waiting(register: str, case: str) -> bool:
    """Whether a step of this register about this case waits for a receipt."""
    return sides.divided() and bool(
        rows.one("SELECT 1 FROM registers_beside WHERE register = %s AND case_no = %s", [register, case])
    )


def refuse_twice(register: str, case: str) -> None:
    """Raise Refused where such a step is under way already."""
    if waiting(register, case):
        label = registers()[register].label
        detail = f"这件工单的{label}已有一步送对侧执行，等待回执；请收到回执后再办（工单页“送对侧执行的操作”里可以看到）"
        raise Refused(Refusal("awaiting_other_side", "C10", detail, "case"))


def carry_on(now: datetime | None = None) -> int:
    """Take the steps whose orders have their receipts; how many orders were settled.

    A step that is refused by now (somebody was quicker) is told with the order, for a person to look at.
    """
    settled = [str(row[0]) for row in rows.ask(_SETTLED, [AT_ONCE])]
    for order in settled:
        with together():
            found = rows.one(_ONE, [order])
            if found is None:  # another worker
                continue
            register, sealed, state = found
            rows.run("DELETE FROM registers_beside WHERE order_id = %s", [order])
            if state == orders.DONE:
                _carry_on(order, str(register), loads(crypto.unseal_answer(sealed, f"beside:{order}")), now)
    return len(settled)


def _carry_on(order: str, register: str, body: Mapping[str, Any], now: datetime | None) -> None:
    role, name, unit, scopes = body["actor"]
    steps = [Step(*one) for one in body["steps"]]
    try:
        with transaction.atomic():
            _take(register, steps, Actor(role, name, unit, frozenset(scopes)), body["key"], now)
    except Refused as refused:
        label = registers()[register].label
        orders.remark(order, f"对侧已执行，但{label}没有随之办理：{refused.refusal.detail}")
