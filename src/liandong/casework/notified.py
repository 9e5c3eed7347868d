"""Notices in the order of the log, and what a text that leaves the house may say of their cases: no person, no words.

Positions have no gaps and are given under one lock, so that reading on after a position never skips a late writer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .models import Case, ClockRow, Outbox

DEMANDS = {"assigned": "sign", "ruled": "sign", "assist": "assist", "disputed": "ruling", "instructed": "ack", "police": "ack",
           "supervised": "supervision"}  # fmt: skip
"""Whose end a notice names; ``handle`` for all others."""


ELSEWHERE = "elsewhere"
"""State of a notice that the other of two instances tells."""


class Told(NamedTuple):
    """A notice of the outbox."""

    position: int
    n: int
    case_no: str
    at_ms: int
    recipient: str
    kind: str


class Facts(NamedTuple):
    """Of a case: township code, lead unit, whether it is a complaint about police, its running clocks as (kind, unit, due)."""

    township: str
    lead_unit: str
    restricted: bool
    is_open: bool
    clocks: tuple[tuple[str, str, int], ...]

    def due_for(self, kind: str, unit: str) -> int | None:
        """The end that a notice of this kind to this unit names."""
        wanted = DEMANDS.get(kind, "handle")
        own = [due for name, whose, due in self.clocks if name == wanted and whose == unit]
        any_ = [due for name, _, due in self.clocks if name == wanted]
        return min(own or any_, default=None)


def after(position: int, limit: int) -> list[Told]:
    """Notices after a position, in order; a position is never torn (``limit`` is a little exceeded instead)."""
    fields = ("position", "n", "case_no", "at_ms", "recipient", "kind")
    ours = Outbox.objects.exclude(state=ELSEWHERE)  # of two instances, each tells its own
    rows = [Told(*row) for row in ours.filter(position__gt=position).order_by("position", "n").values_list(*fields)[:limit]]  # fmt: skip
    if len(rows) == limit:
        rest = ours.filter(position=rows[-1].position, n__gt=rows[-1].n).order_by("n")
        rows += [Told(*row) for row in rest.values_list(*fields)]
    return rows


def facts(numbers: Iterable[str]) -> dict[str, Facts]:
    """The facts of several cases; two queries however many."""
    wanted = sorted(set(numbers))
    clocks: dict[str, list[tuple[str, str, int]]] = {}
    rows = ClockRow.objects.filter(case_no__in=wanted, stopped_ms=None, due_ms__isnull=False)
    for no, kind, unit, due in rows.values_list("case_no", "kind", "unit", "due_ms"):
        clocks.setdefault(no, []).append((kind, unit, int(due or 0)))
    fields = ("no", "township", "lead_unit", "restricted", "is_open")
    return {
        no: Facts(township, lead, restricted, is_open, tuple(clocks.get(no, ())))
        for no, township, lead, restricted, is_open in Case.objects.filter(no__in=wanted).values_list(*fields)
    }


def end_of_log() -> int:
    """The position of the newest notice; 0 where there is none."""
    return Outbox.objects.order_by("-position").values_list("position", flat=True).first() or 0
