"""Joint disposal (R41, EB-R6): level, police and every unit told in one transaction, or nothing at all.

The level comes first, so that the 10- and 40-minute clocks start as for any level given while the case is registered
(CONTRACT §4); then one ``to_police`` tells police and units at the same instant. Telling them is each one's own line in the
outbox: a unit whose channel fails is tried again by itself and holds nobody up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from liandong.casework.execute import Done, execute_as_one
from liandong.rules.model import Actor, Command
from liandong.rules.policy import Policy


class Joint(NamedTuple):
    """What is ordered: why police and units go, which units, and the level with its own reason (empty: as it is)."""

    reason: str
    units: Sequence[str]
    level: str = ""
    level_reason: str = ""


def dispose(
    no: str,
    order: Joint,
    actor: Actor,
    *,
    key: str,
    version: int | None = None,
    now: datetime | None = None,
    policy: Policy | None = None,
) -> Done:
    """Carry out a joint disposal once (``forwarded``: the other side does, as one order): the same ``key`` does nothing twice. Raises Refused with nothing changed.

    ``version`` is the case's as the person saw it.
    """
    moment = now or datetime.now(UTC)
    fields: dict[str, object] = {"reason": order.reason}
    if order.units:
        fields["joint_units"] = list(order.units)
    commands = [Command("to_police", no, fields, version)]
    if order.level:
        graded = {"level": order.level, "reason": order.level_reason}
        # the level moves the case: what follows belongs to the same order
        commands = [Command("set_level", no, graded, version), commands[0]._replace(version=None)]
    return execute_as_one(commands, actor, now=moment, key=key, policy=policy)
