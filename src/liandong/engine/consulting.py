"""A consultation and its cases in one transaction: every case it is bound to says so in its own history (R47)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.casework.execute import execute
from liandong.registers.lock import together
from liandong.registers.store import act
from liandong.rules.model import Actor, Command
from liandong.rules.register import Entry
from liandong.rules.registers.meetings import CONSULTATION


def take(
    register: str,
    step: str,
    fields: Mapping[str, Any],
    actor: Actor,
    *,
    no: str | None = None,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> Entry:
    """Any step of a consultation; its beginning and its end are noted in its case and in those named beside it.

    Raises Refused (of the consultation or of a note): nothing is written then.
    """
    with together():
        entry = act(register, step, fields, actor, no=no, version=version, key=key, now=now)
        says = _says(entry, step)
        for n, case in enumerate(dict.fromkeys([entry.case, *entry.data.get("related", ())]) if says else ()):
            note = Command("note", case, {"text": says})
            execute(note, actor, key=f"{key}-{n}" if key else None, now=now)
    return entry


def _says(entry: Entry, step: str) -> str:
    """What the cases say; the words of the consultation itself stay in its entry."""
    name = f"专题会商 {entry.no}"
    if step == "convene":
        return f"{name}：已召集，{entry.data['title']}"
    if step == "conclude":
        return f"{name}：已形成结论（{CONSULTATION.words[entry.data['force']]}）"
    if step == "cancel":
        return f"{name}：已取消"
    return ""
