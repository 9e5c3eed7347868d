"""What a change of duties would do to routing: the same texts by the duties before and after it, on the change's day.

Tried on the pack's own samples, on the latest ended cases and on those open now. Nothing is stored; open cases stay with
their unit unless somebody dispatches them anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from liandong.casework import recent
from liandong.casework.recent import OpenUnder, Recent
from liandong.district.pack import Pack
from liandong.triage.precedents import Precedents
from liandong.triage.router import Router

from . import duties, routing

ENDED, OPEN, SAMPLES = 300, 200, 300
"""How many of each are tried: enough to see a pattern, few enough to wait for."""
SAMPLE_FILES = ("labelled.jsonl", "messages.jsonl")
MOST_EXAMPLES, LONGEST = 12, 60
WAITING = ("registered", "return_review")


class Flow(NamedTuple):
    """So many texts that went to ``was`` would go to ``now``."""

    was: str
    now: str
    texts: int


class Example(NamedTuple):
    """A sample of the pack that would go elsewhere. What callers said is counted, never shown: who administers the
    district sees no cases (CONTRACT §1)."""

    text: str
    was: str
    now: str


class Tried(NamedTuple):
    """How many texts of a kind were tried and how many would go elsewhere."""

    texts: int
    moved: int


class Rerouted(NamedTuple):
    """What a change of duties would do. ``waiting``: cases at the desk whose suggestion would change; ``under``: open
    cases led under the moved matters, which stay where they are."""

    samples: Tried
    ended: Tried
    open: Tried
    waiting: int
    flows: list[Flow]
    examples: list[Example]
    under: list[OpenUnder]

    @property
    def nothing(self) -> bool:
        """Whether no text would go elsewhere."""
        return not self.flows


class _Text(NamedTuple):
    text: str
    township: str
    sample: bool
    waiting: bool


def preview(before: Pack, after: Pack, on: date) -> Rerouted:
    """The effect of ``after`` in the place of ``before`` from ``on`` on. Raises RoutingPackError or CatalogueError while
    the routing data cannot be read."""
    engine = routing.serving()
    was, now = duties.of(before, on), duties.of(after, on)
    old, new = engine.learned.with_duties(was), engine.learned.with_duties(now)
    moved = sorted(code for code, unit in now.units.items() if was.units.get(code, unit) != unit)
    moved += sorted(code for code in was.units if code not in now.units)
    ended = [unit for unit in now.heirs if unit not in was.heirs]
    under = recent.open_under(moved, ended)
    if not moved and not ended:
        return Rerouted(Tried(0, 0), Tried(0, 0), Tried(0, 0), 0, [], [], under)
    groups = (
        [_Text(text, "", True, False) for text in samples(routing.pack_directory())],
        [_text(one) for one in recent.ended_cases(ENDED)],
        [_text(one) for one in recent.open_cases(OPEN)],
    )
    flows: Counter[tuple[str, str]] = Counter()
    examples: list[Example] = []
    tried, waiting = [], 0
    for group in groups:
        elsewhere = 0
        for one, first, other in _differing(group, old, new, engine.precedents):
            elsewhere += 1
            waiting += one.waiting
            flows[first, other] += 1
            if one.sample and len(examples) < MOST_EXAMPLES:
                examples.append(Example(_short(one.text), first, other))
        tried.append(Tried(len(group), elsewhere))
    counted = [
        Flow(*pair, count) for pair, count in sorted(flows.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Rerouted(tried[0], tried[1], tried[2], waiting, counted, examples, under)


def _text(one: Recent) -> _Text:
    return _Text(one.text, one.township, False, one.state in WAITING)


def _differing(
    texts: Iterable[_Text], old: Router, new: Router, ruled: Precedents
) -> Iterable[tuple[_Text, str, str]]:
    """The texts whose first suggestion differs."""
    for one in texts:
        place = {"township": one.township} if one.township else None
        before, after = old.compared(one.text, new, place, ruled)
        if before[0] != after[0]:
            yield one, before[0], after[0]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def samples(pack: Path) -> list[str]:
    """Texts of the pack's sample files, at most ``SAMPLES``; none where the pack has none. Raises ValueError for a line
    that is no JSON object with a text."""
    found: list[str] = []
    for name in SAMPLE_FILES:
        path = pack / "samples" / name
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                found += [str(json.loads(line)["text"]) for line in lines if line.strip()]
    return found[:SAMPLES]
