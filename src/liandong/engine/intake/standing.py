"""How the intake stands, in sentences that say what to do: for doctor, readyz and ``liandong intake status``."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from liandong.district.errors import PackError
from liandong.district.intake import IntakeMapping
from liandong.engine.instants import now
from liandong.engine.models import IntakeMessage
from liandong.registers import queries

from . import aside, folder, outgoing, view
from .mapping import mappings
from .replies import SYSTEM


class Source(NamedTuple):
    """One mapping and how it fares. ``folder`` is "" where none is set, ``counts`` files by part (``folder.PARTS``),
    ``fault`` why they could not be counted; ``last`` its latest message; ``held`` messages that wait for their create,
    ``aside`` what waits for a person."""

    mapping: IntakeMapping
    folder: str
    counts: dict[str, int]
    fault: str
    polled: bool
    view: dict[str, Any]
    last: IntakeMessage | None
    held: int
    aside: int


ASIDE_READ = 200
"""Entries set aside that are told apart by mapping; beyond them the whole number alone is exact."""


def sources() -> list[Source]:
    """Every mapping in force, in a number of statements that does not grow with what came in. Raises PackError."""
    base = folder.root()
    known = mappings()
    page = queries.find(SYSTEM, "quarantine", queries.Asking(states=("waiting",)), limit=ASIDE_READ)
    set_aside = Counter(str(entry.data.get("mapping")) for entry in page.items)
    held = Counter(IntakeMessage.objects.filter(state="held").values_list("mapping", flat=True)[:10_000])
    made = []
    for used in known.values():
        place = base / used.name if base is not None else None
        counts, fault = _files(place) if place is not None else ({}, "")
        last = IntakeMessage.objects.filter(mapping=used.name).order_by("-id").first()
        polled = used.view is not None and view.url(used) is not None
        made.append(
            Source(used, str(place or ""), counts, fault, polled, dict(view.standing(used)) if polled else {}, last,
                   held[used.name], set_aside[used.name])
        )  # fmt: skip
    return made


def _files(place: Path) -> tuple[dict[str, int], str]:
    """Files that lie in each part; companions (receipts, digests, half-written ones) do not count."""
    counts = {}
    for part in ("in", "work", "quarantine", "out"):
        try:
            names = folder.names(place / part)
        except OSError as error:
            return {}, error.strerror or type(error).__name__
        counts[part] = sum(
            not name.endswith((".receipt.json", ".sha256")) and not name.startswith(".") for name in names
        )
    return counts, ""


def troubles() -> list[str] | None:
    """What is wrong, each with what to do; None where nothing is taken in here at all."""
    base = folder.root()
    try:
        known = mappings()
    except PackError as error:
        return [f"字段对照读不出，请改正后运行 liandong intake try：{' '.join(str(error).split())[:200]}"]
    views = [one for one in known.values() if view.url(one) is not None]
    waiting, silent = aside.waiting(), outgoing.silent(now())
    if base is None and not views and not waiting and not silent:
        return None
    found = []
    if base is not None and not os.access(base, os.W_OK | os.X_OK):
        found.append(f"接入目录 {base} 不能写，请检查 {folder.VARIABLE} 和目录权限")
    for one in views:
        fares = view.standing(one)
        if fares.get("failures"):
            found.append(
                f"视图 {one.name} 连续 {fares['failures']} 次读不到（{fares['error']}），请检查对方数据库和网络"
            )
        if one.view is None:
            found.append(f"设了 {view.VARIABLE}{one.name.upper()}，但对照表没有 [[view]]，请补上")
    if waiting:
        found.append(f"接入待处理 {waiting} 条，请分流台在“台账 – 接入待处理”补正后再试")
    if silent and outgoing.way() is None:
        found.append(
            f"转12345的工单 {silent} 件待发，但没有对照写了 [[outgoing]]：请补上，或由分流台停发、改用电话"
        )
    elif silent:
        found.append(
            f"转12345的工单 {silent} 件没有发出或对方没有受理：请查对方是否来取，由分流台电话联系12345"
        )
    return found
