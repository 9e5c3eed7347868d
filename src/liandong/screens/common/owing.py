"""What waits for a unit in the registers, as its workbench shows it: one small list for all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from liandong.registers import owing
from liandong.registers.owing import Owing
from liandong.rules.model import Actor
from liandong.screens.common.labels import by_name

from .policy import current
from .titles import title


def owed(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Lines of the list: what it is called, where it stands, until when."""
    return [_line(one) for one in owing.owed(actor, policy=current(), now=now)]


def _line(one: Owing) -> dict[str, Any]:
    register, entry = one.register, one.entry
    return {
        "register": by_name(register.label),
        "title": title(register, entry),
        "no": entry.no,
        "state": by_name(register.states[entry.state]),
        "url": f"/registers/{register.name}/{quote(entry.no, safe='')}",
        "due_at": one.due_at,
        "late": one.late,
    }
