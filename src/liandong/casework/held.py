"""A case while a command works on it, and what a batch remembers between its commands."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final

from liandong.rules.model import State

from . import crypto, private

_CACHED: Final = 2000
"""Cases a batch keeps in memory; more would grow with the batch."""


class Held:
    """A case while a command works on it: its state, the head of its chain, its key and private view on demand."""

    __slots__ = (
        "_key",
        "_opened",
        "_sealed",
        "_text",
        "_wrapped",
        "head",
        "keyless",
        "no",
        "phone_hash",
        "state",
    )

    def __init__(
        self,
        no: str,
        head: str,
        state: State | None,
        phone_hash: str,
        wrapped: bytes | None,
        sealed: bytes | None,
        text: str | None,
    ) -> None:
        self.no = no
        self.head = head
        self.state = state
        self.phone_hash = phone_hash
        self._wrapped = wrapped
        self._sealed = sealed
        self._text = text
        self._key: bytes | None = None
        self._opened: dict[str, Any] | None = None
        self.keyless = wrapped is None  # new, or erased: its next private word needs a new key

    @classmethod
    def fresh(cls, no: str) -> Held:
        """A case about to be opened."""
        return cls(no, "", None, "", None, None, None)

    @property
    def key(self) -> bytes:
        """The case's key; a new one where there is none yet or no longer."""
        if self._key is None:
            self._key = crypto.new_key() if self._wrapped is None else crypto.unwrap(self._wrapped, self.no)
        return self._key

    def take_key(self, key: bytes) -> None:
        """The key that the other side gave a case whose first private word comes from there."""
        self._key = key

    @property
    def view(self) -> dict[str, Any]:
        """The current private view."""
        if self._opened is None:
            self._opened = private.open_case(self.key, self.no, self._sealed, self._text)
        return self._opened

    @view.setter
    def view(self, value: dict[str, Any]) -> None:
        self._opened = value


class Batch(threading.local):
    """What a batch remembers between its commands: the cases it touched last and the log's tail."""

    depth = 0
    broken = False

    def __init__(self) -> None:
        self.cases: OrderedDict[str, Held] = OrderedDict()
        self.position: int | None = None
        self.serials: dict[str, int] = {}

    def clear(self) -> None:
        self.cases.clear()
        self.serials.clear()
        self.position = None
        self.broken = False


MEMORY: Final = Batch()


def remember(case: Held) -> None:
    """Keep a case for the next command of this batch; outside a batch nothing is kept."""
    if MEMORY.depth:
        MEMORY.cases[case.no] = case
        MEMORY.cases.move_to_end(case.no)
        if len(MEMORY.cases) > _CACHED:
            MEMORY.cases.popitem(last=False)
