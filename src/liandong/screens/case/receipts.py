"""Who was told what of a case, by which means, and what became of it (R4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from liandong.engine.channels import receipts
from liandong.rules.model import Actor
from liandong.screens.common.parties import party_name
from liandong.screens.common.story import who

from . import people


def panel(no: str, actor: Actor) -> dict[str, Any]:
    """The receipts for the case's page, persons' numbers masked; nothing for who only looks from outside."""
    found = receipts.of_case(no, actor)
    names = people.names([line.by for line in found if line.by])
    lines = [
        {"line": line, "party": party_name(line.recipient), "at": datetime.fromtimestamp(line.state_ms / 1000, UTC),
         "by": who(line.by, names) if line.by else ""}
        for line in found
    ]  # fmt: skip
    return {
        "receipts": lines,
        "receipts_failed": sum(line.state == "failed" and bool(line.means) for line in found),
    }
