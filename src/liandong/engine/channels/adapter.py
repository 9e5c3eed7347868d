"""What every adapter speaks: a message goes in, an outcome comes out; no exception is an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Outgoing(NamedTuple):
    """One message. ``id`` stays the same when it is sent again: a peer that keeps ids tells a repetition by it."""

    id: str
    to: str
    text: str
    subject: str = ""


class Sent(NamedTuple):
    """The peer took it; ``provider_id`` is how the peer calls it, by which its receipt will name it."""

    provider_id: str = ""


class Failed(NamedTuple):
    """It did not go. ``again``: worth another try. ``peer``: the peer's fault, which its breaker counts; a bad number is not.
    ``wait_ms``: for how long the peer asks to be left alone. ``key``: it did not know our key."""

    why: str
    again: bool = True
    peer: bool = True
    wait_ms: int = 0
    key: bool = False


Outcome = Sent | Failed


class Way(NamedTuple):
    """A channel as an adapter needs it: settings of its kind and its secret in plain, for the length of one call."""

    code: str
    settings: Mapping[str, Any]
    secret: str = ""
    before: str = ""
    """The secret that is being retired: shown where the new one is not known yet."""


Send = Callable[[Way, Outgoing], Outcome]
