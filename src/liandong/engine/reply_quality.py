"""The one door to the judging of replies: a case and its history as somebody sees them → scores with reasons.

It only reads; nothing is stored, nothing depends on it. What a viewer sees masked is judged and quoted masked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from liandong.rules.fold import ANSWERS
from liandong.triage.pack import RoutingPackError
from liandong.triage.reply import Judge, Quality

from .routing import pack_directory

log = logging.getLogger("liandong.reply_quality")
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _load() -> Judge | None:
    try:
        return Judge.from_pack(pack_directory())
    except RoutingPackError as error:
        # A district may do without; the case page must not fail for it.
        log.warning("replies are not judged: %s", error)
        return None


def judge() -> Judge | None:
    """The judge of this district's pack, loaded once; None where the pack has no readable ``routing/reply.toml``."""
    with _lock:
        return _load()


def answer_of(events: Iterable[Mapping[str, Any]]) -> str:
    """The text that stands as the answer: of the last feedback, direct or present answer; empty without one."""
    texts = [
        text
        for event in events
        if event.get("type") in ANSWERS and isinstance(text := (event.get("fields") or {}).get("text"), str)
    ]
    return texts[-1] if texts else ""


def of_case(case: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> Quality | None:
    """How well the answer of a case answers its request; None without an answer, a request (erased) or a judge.

    ``case`` and ``events`` are what ``queries.get_case`` and ``history.events_of`` gave the viewer.
    """
    reply = answer_of(events)
    title, request = str(case.get("summary") or ""), str(case.get("content") or "")
    if not reply.strip() or not (title + request).strip():
        return None
    judging = judge()
    return judging.judge(request or title, reply, title) if judging is not None else None
