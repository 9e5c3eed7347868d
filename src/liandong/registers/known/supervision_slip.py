"""What the checks of a 督办单 know: how its case stands now, and which of its supervisions have a slip (R65)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.casework import supervised
from liandong.registers import facts, queries
from liandong.registers.facts import Asked, provides
from liandong.rules.model import Actor
from liandong.rules.registers.supervision import RUNNING, SLIP, Standing

_SYSTEM = Actor("system", "registers")


@provides("supervision_slip")
def known(asked: Asked) -> Mapping[str, Any]:
    """``standing``, ``slipped`` (ordinals that have a slip), ``open_slip``. A case that the actor does not see says
    nothing: that it exists is refused before."""
    no = asked.entry.case if asked.entry else str(asked.fields.get("case") or "").strip().upper()
    if not asked.entry and not facts.cases([no], asked.actor, asked.policy, asked.now):
        return {"standing": Standing(False)}
    entries = queries.find(_SYSTEM, SLIP.name, queries.Asking(case=no), limit=200, policy=asked.policy).items
    return {
        "standing": standing(no, asked),
        "slipped": {entry.data.get("n") for entry in entries},
        "open_slip": any(entry.state in RUNNING for entry in entries),
    }


def standing(no: str, asked: Asked) -> Standing:
    """How a case's supervision stands."""
    found = supervised.of_case(no, asked.policy, asked.now)
    if found is None:
        return Standing(False)
    if found.last is None:
        return Standing(found.is_open, found.proposed, found.lead_unit)
    last = found.last
    return Standing(
        found.is_open, found.proposed, found.lead_unit, last.n, last.grade, last.unit, last.at, last.answered_at,
        last.lifted_at, last.requirement, last.reply_due,
    )  # fmt: skip
