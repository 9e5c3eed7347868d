"""Two instances, two networks (norms C10): which side this is, whose case it is, and who is told on which side.

A case has one owner at every instant, told by its state alone, and only its owner appends to its log: the desk's
instance until the case first leaves the desk (dispatched, or put before the duty office), the government's from then on.
Without ``LIANDONG_SIDE`` both are one instance and nothing here changes anything. docs/decisions/060.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.conf import settings

from liandong.rules.model import Actor
from liandong.rules.numbers import SECOND_SERIES

DESK: Final = "desk"
GOVERNMENT: Final = "government"
SIDES: Final = (DESK, GOVERNMENT)
NAMES: Final = {DESK: "公安侧", GOVERNMENT: "政务侧"}
_TOLD_AT_DESK: Final = ("desk", "police", "caller")
_ROLES: Final[Mapping[str, frozenset[str]]] = {
    DESK: frozenset(("desk", "desk_lead", "police_inspectorate", "inspector", "integration", "caller")),
    GOVERNMENT: frozenset(("unit", "duty_office", "inspector", "government", "integration", "caller")),
}
"""For whom each side may speak: an order of anybody else, signed or not, is refused."""
_borrowed: ContextVar[frozenset[str]] = ContextVar("borrowed", default=frozenset())


def here() -> str:
    """This instance's side: desk, government, or empty where both are one."""
    side = str(getattr(settings, "LIANDONG_SIDE", "") or "")
    if side not in ("", *SIDES):
        raise ValueError(f"LIANDONG_SIDE: {DESK} or {GOVERNMENT}, not {side!r}")
    return side


def other(side: str) -> str:
    """The opposite side."""
    return GOVERNMENT if side == DESK else DESK


def divided() -> bool:
    """Whether there is another side at all."""
    return here() != ""


def owner_of(state: Mapping[str, Any]) -> str:
    """The side that appends to this case's log."""
    return GOVERNMENT if state.get("first_unit") or state.get("state") == "disputed" else DESK


OWNED_BY_GOVERNMENT: Final = "(first_unit <> '' OR state = 'disputed')"
"""``owner_of`` as a condition on the case's row."""


def is_away(state: Mapping[str, Any]) -> bool:
    """Whether the other side owns the case, and has not lent it for what is being done just now."""
    side = here()
    return side != "" and owner_of(state) != side and state["no"] not in borrowed()


def told_here(recipient: str) -> bool:
    """Whether a notice is delivered by this instance: everybody is told on the own side, and only there."""
    side = here()
    return side == "" or side == (DESK if recipient in _TOLD_AT_DESK else GOVERNMENT)


def may_order(side: str, actor: Actor) -> bool:
    """Whether that side may give orders in this actor's name."""
    return actor.role in _ROLES[side]


def serials() -> tuple[int, int]:
    """The range of daily serials this instance gives out: (below the first, the last)."""
    return (SECOND_SERIES, 999_999_999) if here() == GOVERNMENT else (0, SECOND_SERIES)


def borrowed() -> frozenset[str]:
    """Cases of the other side that the order which is being executed brought along."""
    return _borrowed.get()


@contextmanager
def borrowing(numbers: frozenset[str]) -> Iterator[None]:
    """Cases of the other side that an order lent together with itself."""
    token = _borrowed.set(numbers)
    try:
        yield
    finally:
        _borrowed.reset(token)
