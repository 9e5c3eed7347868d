"""The private half of a case: persons sealed under its key, free text in a row that can be erased."""

from __future__ import annotations

from typing import Any

from . import crypto
from .jsontext import canonical, compact, parse

PERSONAL = ("caller", "callers", "place")
"""Of the current private view, what is sealed; the rest (summary, content, answers) is erasable text."""


def event_digest(key: bytes, private: dict[str, Any]) -> str:
    """What stands in the chain for an event's private part; empty where it has none."""
    return crypto.digest(key, canonical(private).encode()) if private else ""


def event_row(key: bytes, no: str, seq: int, private: dict[str, Any]) -> tuple[str, int, bytes, str]:
    """The private row of one event."""
    personal = private.get("personal")
    sealed = crypto.seal(key, canonical(personal).encode(), f"event:{no}:{seq}") if personal else b""
    rest = {name: value for name, value in private.items() if name != "personal"}
    return no, seq, sealed, compact(rest)


def open_event(key: bytes | None, no: str, seq: int, sealed: bytes, text: str) -> dict[str, Any]:
    """An event's private part again. Without a key (erased) the persons are missing. Raises Unreadable."""
    private: dict[str, Any] = parse(text) if text else {}
    if sealed and key is not None:
        private["personal"] = parse(crypto.unseal(key, sealed, f"event:{no}:{seq}").decode())
    return private


def case_row(key: bytes, no: str, view: dict[str, Any]) -> tuple[str, bytes, str, str]:
    """The private row of a case from its current private view."""
    personal = {name: value for name, value in view.items() if name in PERSONAL}
    text = {name: value for name, value in view.items() if name not in PERSONAL}
    sealed = crypto.seal(key, canonical(personal).encode(), f"case:{no}") if personal else b""
    return no, sealed, str(view.get("summary") or ""), compact(text)


def open_case(key: bytes | None, no: str, sealed: bytes | None, text: str | None) -> dict[str, Any]:
    """The current private view; empty when it was erased. Raises Unreadable."""
    view: dict[str, Any] = parse(text) if text else {}
    if sealed and key is not None:
        view.update(parse(crypto.unseal(key, bytes(sealed), f"case:{no}").decode()))
    return view


def phone_of(view: dict[str, Any]) -> str | None:
    """The caller's number in a private view."""
    caller = view.get("caller")
    return caller.get("phone") if isinstance(caller, dict) else None
