"""The states of a case and the ways between them, drawn from the command table (CONTRACT §3): nothing is drawn by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .codes import OPEN, STATE_NAMES, STATES, TERMINAL
from .table import COMMANDS, Row

BIRTH = ""
"""Where a case comes from before its first event."""


class Way(NamedTuple):
    """One command that leads from one state to another; ``source`` is BIRTH for a new case."""

    source: str
    target: str
    command: str
    label: str


def targets(row: Row) -> tuple[str, ...]:
    """Every state a command may lead to, its own state left out where it stays."""
    return (row.becomes,) if row.becomes is not None else row.outcomes


def ways(rows: Iterable[Row] = tuple(COMMANDS.values())) -> Iterator[Way]:
    """Every change of state that the table allows, in its order."""
    for row in rows:
        for source in (*row.frm, *row.extra_from) or (BIRTH,):
            for target in targets(row):
                if source != target:
                    yield Way(source, target, row.name, row.label)


def unreachable() -> set[str]:
    """States that no chain of commands leads to from registering; there should be none."""
    known, found = list(ways()), {BIRTH}
    while True:
        more = {way.target for way in known if way.source in found} - found
        if not more:
            return set(STATES) - found
        found |= more


def without_exit() -> set[str]:
    """States that nothing leads out of though they are not the end of a case; there should be none."""
    return set(STATES) - set(TERMINAL) - {way.source for way in ways()}


def mermaid() -> str:
    """The diagram as Mermaid text. What any open state allows is drawn once, from a state that stands for all of them."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state}: {name}" for state, name in STATE_NAMES.items()]
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in COMMANDS.values():
        if set(row.frm) >= set(OPEN) - {"police"} and targets(row):
            anywhere = "任何未结状态（转警务以外）" if "police" not in row.frm else "任何未结状态"
            name = "any_open" if "police" in row.frm else "any_open_but_police"
            lines.append(f"    {name}: {anywhere}")
            for target in targets(row):
                arrows.setdefault((name, target), []).append(row.label)
            continue
        for way in ways((row,)):
            arrows.setdefault((way.source or "[*]", way.target), []).append(way.label)
    lines += [
        f"    {source} --> {target}: {'、'.join(labels)}" for (source, target), labels in arrows.items()
    ]
    lines += [f"    {state} --> [*]" for state in TERMINAL]
    return "\n".join(lines)
