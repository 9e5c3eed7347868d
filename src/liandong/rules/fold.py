"""Fold: a case is what its events say, nothing else (I5). Events carry results, so folding asks no setting and no table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .effects import empty_case
from .model import Event, State

CURRENT_TEXTS = ("summary", "content", "answer")
ANSWERS = ("answer", "answer_now", "feedback")


def fold(state: State | None, event: Event) -> State:
    """The case after one event. The given state is not touched."""
    if state is None:
        state = empty_case(event.case, "")
    clocks = state["clocks"]
    if event.clocks:
        clocks = dict(clocks)
        for number, changed in event.clocks.items():
            before = clocks.get(number)
            clocks[number] = {**before, **changed} if before is not None else changed
    return {
        **state,
        **event.set,
        "clocks": clocks,
        "version": state["version"] + event.bumps,
        "_seq": state["_seq"] + 1,
    }


def fold_all(events: Iterable[Event]) -> State | None:
    """The case after all its events, None when there are none."""
    state: State | None = None
    for event in events:
        state = fold(state, event)
    return state


def empty_private() -> dict[str, Any]:
    """What is known of a person before anything was said."""
    return {"caller": None, "place": None, "summary": None, "content": None, "answer": None}


def fold_private(private: Mapping[str, Any] | None, event: Event) -> dict[str, Any]:
    """The personal values and current texts after one event; an erased event changes nothing.

    ``event.private`` must hold values: a ``copy`` from another case is resolved before (see ``resolve_copy``).
    """
    result = dict(private) if private is not None else empty_private()
    personal = event.private.get("personal") or {}
    for key in ("caller", "place"):
        if key in personal:
            result[key] = personal[key]
    texts = event.private.get("text") or {}
    for key in CURRENT_TEXTS:
        if key in texts:
            result[key] = texts[key]
    if event.type in ANSWERS and "text" in texts:
        result["answer"] = texts["text"]
    return result


def resolve_copy(event: Event, source: Mapping[str, Any] | None) -> Event:
    """Fill in what a child takes over from the case it comes from; ``source`` is that case's private view."""
    copy = event.private.get("copy")
    if copy is None:
        return event
    private = {keep: dict(values) for keep, values in event.private.items() if keep != "copy"}
    for key in copy["keys"]:
        value = (source or {}).get(key)
        if value is not None:
            private.setdefault("personal" if key in ("caller", "place") else "text", {}).setdefault(
                key, value
            )
    return event._replace(private=private)
