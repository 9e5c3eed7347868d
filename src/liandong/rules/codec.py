"""States and events as JSON and back. Instants become ISO text marked by their place, clock numbers become strings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .model import Event, Notice, State

_AT = "@"
"""An instant is written as "@2018-06-01T09:00:00+08:00": no other value of state or event begins with @."""


def _guard(value: Any) -> Any:
    """A text that happens to begin with the mark gets a second one, so that it comes back as it was."""
    if isinstance(value, str):
        return _AT + value if value.startswith(_AT) else value
    if isinstance(value, dict):
        return {key: _guard(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_guard(inner) for inner in value]
    return value


def _text(value: str) -> Any:
    """A text that begins with the mark: an instant, or a guarded text."""
    return value[1:] if value.startswith(_AT * 2) else datetime.fromisoformat(value[1:])


def _decode(value: Any) -> Any:
    """Read the marks of what JSON gave, in place: every case that is read passes here."""
    if type(value) is dict:
        pairs: Any = value.items()
    elif type(value) is list:
        pairs = enumerate(value)
    else:
        return _text(value) if type(value) is str and value.startswith(_AT) else value
    for key, inner in pairs:
        kind = type(inner)
        if kind is str:
            if inner[:1] == _AT:
                value[key] = _text(inner)
        elif kind is dict or kind is list:
            _decode(inner)
    return value


class _Encoder(json.JSONEncoder):
    """Canonical JSON that counts the instants it wrote."""

    def __init__(self) -> None:
        super().__init__(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        self.instants = 0

    def default(self, value: Any) -> Any:
        """Instants are the only values of state and event that JSON does not know."""
        if isinstance(value, datetime):
            self.instants += 1
            return _AT + value.isoformat()
        raise TypeError(f"{type(value).__name__} cannot stand in an event")


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, UTF-8 text.

    More marks in the text than instants means that a given text begins with the mark: then all texts are guarded.
    """
    encoder = _Encoder()
    text = encoder.encode(value)
    if text.count('"' + _AT) != encoder.instants:
        text = _Encoder().encode(_guard(value))
    return text


def loads(text: str) -> Any:
    """What ``dumps`` wrote."""
    return _decode(json.loads(text))


def dump_state(state: State) -> str:
    """A state as one canonical JSON text."""
    return dumps({**state, "clocks": {str(n): clock for n, clock in state["clocks"].items()}})


def load_state(text: str, zone: Any = None) -> State:
    """The state that ``dump_state`` wrote, instants in ``zone`` (the district's)."""
    state: State = loads(text)
    state["clocks"] = {
        int(n): clock for n, clock in sorted(state["clocks"].items(), key=lambda item: int(item[0]))
    }
    return state


def event_body(event: Event) -> str:
    """What of an event goes into the chain: everything but the private part, the position and the hashes."""
    return dumps(
        {
            "fields": event.fields,
            "set": event.set,
            "clocks": {str(n): clock for n, clock in event.clocks.items()},
            "notices": [[n.at, n.to, n.kind] for n in event.notices],
            "bumps": event.bumps,
        }
    )


def event_from(
    case: str,
    type_: str,
    at: datetime,
    by: str,
    policy: str,
    body: str,
    private: Mapping[str, Any] | None = None,
) -> Event:
    """The event that ``event_body`` wrote, with the columns that stand beside it."""
    parts = loads(body)
    return Event(
        case=case,
        type=type_,
        at=at,
        by=by,
        fields=parts["fields"],
        set=parts["set"],
        clocks={int(n): clock for n, clock in parts["clocks"].items()},
        notices=tuple(Notice(n[0], n[1], n[2]) for n in parts["notices"]),
        private=dict(private or {}),
        bumps=parts["bumps"],
        policy=policy,
    )
