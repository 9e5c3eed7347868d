"""Orders of the other side are executed here, each in one transaction with its answer."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from liandong.casework import orders, sides
from liandong.casework.execute import Done, Refused, execute
from liandong.engine.instants import now as present
from liandong.engine.instants import to_ms

log = logging.getLogger("liandong.exchange")

AT_ONCE: Final = 200


def carry_out(limit: int = AT_ONCE, now: datetime | None = None) -> int:
    """Execute what waits, in the order in which it was given; how many got their answer.

    With the actor, the key and the version of who gave it. The server's time here is the time of the event; what the
    other server noted as the time of the act judges the clocks that the act stops (docs/decisions/060).
    """
    count = 0
    for identity, sealed, came_back in orders.waiting_in(limit):
        with transaction.atomic():
            count += _one(orders.opened(sealed, identity), came_back, now or present())
    return count


def _one(order: orders.Order, came_back: bool, now: datetime) -> int:
    acted = datetime.fromtimestamp(order.at_ms / 1000, UTC)
    # its own key stands for the order itself on the side where it was given
    key = order.key if order.key and not came_back else f"order-{order.id}"
    if order.case not in order.lent and orders.away(order.case):
        orders.answer(order.id, orders.MOVED, to_ms(now))
        return 1
    with sides.borrowing(frozenset(order.lent)):
        try:
            with transaction.atomic():  # of several commands all or none
                wishes = order.wishes(acted)
                for n, wish in enumerate(wishes):
                    once = f"{key}-{n}" if n + 1 < len(wishes) else key
                    done = execute(wish, order.actor, now=now, key=once)
        except Refused as refused:
            orders.answer(order.id, orders.REFUSED, to_ms(now), None, refused.refusal)
            return 1
    orders.answer(order.id, orders.DONE, to_ms(now), _version(done, order))
    return 1


def _version(done: Done, order: orders.Order) -> int | None:
    """The case's version after the order."""
    if done.answer is not None and done.no == order.case:
        return int(done.answer["version"])
    return None
