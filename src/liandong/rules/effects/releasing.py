"""R44: from 较大 on the duty office lets a guarded command through, once."""

from __future__ import annotations

from ..change import Change
from ..codes import GUARDED


def guard_of(command: str) -> str:
    """The name under which a guarded command is released."""
    return command


def guarded_name(given: str) -> str | None:
    """Which guarded command a release means; suspension is asked for by ``request_suspension``."""
    given = {"suspension": "request_suspension", "decide_suspension": "request_suspension"}.get(given, given)
    return given if given in GUARDED else None


def release(c: Change) -> None:
    """R44: the duty office lets one command through, once."""
    name = guarded_name(c.f["command"])
    if name is not None:
        c.set["_released"] = [*c.state["_released"], name]


def use_release(c: Change) -> None:
    """A release is spent by the command it let through."""
    name = guard_of(c.command.name)
    if name in c.state["_released"]:
        left = list(c.state["_released"])
        left.remove(name)
        c.set["_released"] = left
