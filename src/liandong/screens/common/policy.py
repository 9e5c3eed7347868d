"""The settings in force, asked for once a request: a list of fifty rows must not ask fifty times for unit names."""

from __future__ import annotations

from contextvars import ContextVar

from liandong.district import policy as district
from liandong.rules.policy import Policy

_known: ContextVar[Policy | None] = ContextVar("policy_of_this_request", default=None)


def forget() -> None:
    """A new request begins: read the settings again when they are first asked for."""
    _known.set(None)


def current() -> Policy:
    """The policy this request works with."""
    found = _known.get()
    if found is None:
        found = district.current()
        _known.set(found)
    return found
