"""Status back: what became of a system's cases, one small file each in ``NAME/out``, in commit order, at least once (R6).

The files bear the log's position as their name, so that a repeated one is the same one. How far was told is kept only after
the files are durable. Nothing about a person and no free text leaves this way.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from liandong.casework.execute import Refused
from liandong.casework.reported_back import Turn, turns
from liandong.district.intake import IntakeMapping
from liandong.engine.exchange.places import put_text
from liandong.engine.instants import now_ms
from liandong.engine.models import IntakeCursor
from liandong.registers import queries
from liandong.registers.store import act
from liandong.rules.codes import STATE_NAMES
from liandong.rules.policy import Policy

from .replies import SYSTEM

MOST_WAITING = 20_000
"""Files nobody fetches: beyond this no more are laid until the other system takes some away (the log keeps all)."""


def told(turn: Turn, used: IntakeMapping, policy: Policy) -> dict[str, Any]:
    """One change of state as the other system reads it."""
    unit = policy.units.get(turn.unit)
    return {
        "id": f"{turn.position}", "channel": used.channel, "ref": turn.ref, "no": turn.no, "state": turn.state,
        "status": used.statuses.get(turn.state, STATE_NAMES[turn.state]), "at": turn.at.isoformat(),
        "unit": turn.unit, "unit_name": unit.name if unit else "", "result": turn.result,
    }  # fmt: skip


def report(place: Path, used: IntakeMapping, now: datetime, policy: Policy) -> int:
    """Lay what happened since the last time; how many files."""
    cursor, _ = IntakeCursor.objects.get_or_create(name=f"out:{used.name}")
    after = int(cursor.mark or 0)
    found, until = turns(used.channel, after, policy.zone)
    if until <= after:
        return 0
    out = place / "out"
    if found and sum(1 for _ in out.iterdir()) >= MOST_WAITING:
        return 0
    for turn in found:
        body = json.dumps(told(turn, used, policy), ensure_ascii=False, sort_keys=True)
        put_text(out / f"{turn.position:012d}-{turn.no}.json", body.encode())
        if used.hotline and turn.state in ("closed", "answered"):
            _finish_transfer(turn, now, policy)
    IntakeCursor.objects.filter(name=cursor.name).update(mark=str(until), read_ms=now_ms())
    return len(found) or int(until > after)


def _finish_transfer(turn: Turn, now: datetime, policy: Policy) -> None:
    """The transfer from 12345 ends with its case."""
    asking = queries.Asking(case=turn.no, states=("accepted", "first_handles"))
    for entry in queries.find(SYSTEM, "hotline_transfer", asking, policy=policy).items:
        result = f"案件{STATE_NAMES[turn.state]}，状态已回传"
        try:
            act(
                "hotline_transfer",
                "finish",
                {"result": result},
                SYSTEM,
                no=entry.no,
                version=entry.version,
                now=now,
                policy=policy,
            )
        except Refused as refused:
            if refused.refusal.code not in ("wrong_state", "stale_version"):  # a person was quicker
                raise
