"""What stands beside a call while it is typed: the machine's view, knowledge, published hotlines, proposals for the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.district import knowledge
from liandong.district.policy import current_pack
from liandong.rules.model import Actor
from liandong.screens.common import proposing, suggesting
from liandong.screens.common.policy import current

MINIMUM = 4
"""Characters before suggestions are looked for."""
LIKELY = 0.1
"""Units from this score on have their hotlines shown."""
PRESET_FROM = 0.4
"""Below this the machine's first unit is no proposal: a person picks (its word for it is 没有把握)."""


def panel(
    text: str, place: Mapping[str, str], actor: Actor, *, caller: str = "", leave_out: str | None = None
) -> dict[str, Any]:
    """Context of ``desk/panel.html`` for what has been typed so far; nothing is stored."""
    if len(text) < MINIMUM:
        return {"empty": True}
    shown = suggesting.suggest(text, place or None, actor, caller=caller, leave_out=leave_out)
    if shown.get("routing_trouble"):
        return shown
    units = [*shown["suggested"], *shown["unlikely"]]
    policy, first = current(), shown["suggested"][:1]
    found = [one["matter"].code for one in units if one["matter"] and one["score"] >= LIKELY]
    matter = policy.matters.get(found[0]) if found else None
    calm = not shown["doubtful"]
    return shown | {
        "kind": proposing.kind_of(text, matter.kinds if matter else ()),
        "preset": first[0]["pick"] if first and calm and first[0]["score"] >= PRESET_FROM else "",
        "hotlines": hotlines([one["unit"] for one in units if one["score"] >= LIKELY], danger=not calm),
        "knowledge": knowledge.suggest(text, found),
    }


def hotlines(units: list[str], *, danger: bool = False) -> list[Any]:
    """The published numbers of the likely units (R14: shown, never replaced); in danger those of the police too."""
    wanted = [*(["GA"] if danger else []), *units]
    known = [one for one in current_pack().hotlines if one.unit in wanted and one.number != "110"]
    return sorted(known, key=lambda one: wanted.index(one.unit))
