"""From which confidence on suggestions may go by themselves: what the district wants, and what its cases show.

Coverage against precision is drawn from the district's own ended cases: what was suggested when a case came in, beside
who handled it in the end. Where too few of them ended, the model's own unseen texts stand in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from liandong.casework import rows
from liandong.triage.fitting import FEWEST as FEWEST
from liandong.triage.fitting import PRECISION, trusted_from, wilson

from .instants import now_ms
from .models import Automation

MOST = 50_000
"""So many of the latest outcomes are looked at."""
LOWEST, HIGHEST = 0.5, 0.999
POINTS = 40


class Outcomes(NamedTuple):
    """Suggestions of ended cases: confidence, whether the unit was right, whether nothing stood against automation."""

    confidence: np.ndarray
    right: np.ndarray
    clear: np.ndarray


def _row() -> Automation:
    return Automation.objects.filter(id=1).first() or Automation()


def wanted() -> float:
    """The precision the district wants of what goes by itself (0.95 until somebody sets it)."""
    return float(_row().precision)


def threshold() -> float | None:
    """The confidence from which on suggestions may go by themselves; None: as the model's own unseen texts say."""
    return _row().threshold


def described() -> dict[str, Any]:
    """The setting with who set it."""
    row = _row()
    return {
        "precision": row.precision,
        "threshold": row.threshold,
        "basis": row.basis,
        "outcomes": row.outcomes,
        "changed_ms": row.changed_ms,
        "changed_by": row.changed_by,
    }


def outcomes() -> Outcomes:
    """What was suggested for the latest ended cases and who handled them; townships count as one class by place."""
    found = rows.ask(
        "SELECT s.confidence, s.unit, c.lead_unit, s.flagged, s.kept, s.asked FROM engine_suggested s "
        "JOIN casework_case c ON c.no = s.case_no WHERE c.state IN ('closed', 'archived') AND c.lead_unit <> '' "
        f"AND c.source_channel <> 'demonstration' ORDER BY s.position DESC LIMIT {MOST}"
    )
    return Outcomes(
        np.array([row[0] for row in found], dtype=float),
        np.array([row[1] == row[2] for row in found], dtype=bool),
        np.array([not (row[3] or row[4] or row[5]) for row in found], dtype=bool),
    )


def curve(found: Outcomes) -> list[dict[str, float]]:
    """Points of coverage against precision, from the most certain suggestion to all: for the page and its table."""
    confidence, right = found.confidence[found.clear], found.right[found.clear]
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(right[order])
    made: list[dict[str, float]] = []
    for part in range(1, POINTS + 1):
        count = round(len(order) * part / POINTS)
        if not count or (made and made[-1]["count"] == count):
            continue
        low, high = wilson(int(hits[count - 1]), count)
        made.append(
            {
                "count": count,
                "coverage": count / len(found.confidence),
                "precision": float(hits[count - 1]) / count,
                "low": low,
                "high": high,
                "confidence": float(confidence[order[count - 1]]),
            }
        )
    return made


def set_precision(precision: float, by: str) -> Automation:
    """Set what is wanted and find the threshold for it. Raises ValueError outside 0.5..0.999."""
    if not LOWEST <= precision <= HIGHEST:
        raise ValueError(f"precision has to lie between {LOWEST} and {HIGHEST}")
    row = _row()
    row.precision, row.changed_by, row.changed_ms = precision, by, now_ms()
    return _refit(row)


def refit() -> Automation:
    """Find the threshold again for the precision that is wanted: after a night's outcomes, after a new model."""
    return _refit(_row())


def _refit(row: Automation) -> Automation:
    found = outcomes()
    clear = int(found.clear.sum())
    if clear >= FEWEST:
        row.threshold = trusted_from(found.confidence[found.clear], found.right[found.clear], row.precision)
        row.basis = "cases"
    else:
        # The model's own threshold was found for the default precision: it serves whoever wants no more; for more
        # nobody knows: never.
        row.threshold = None if row.precision <= PRECISION else 1.1
        row.basis = "model"
    row.outcomes = clear
    row.changed_ms = max(row.changed_ms, 1)
    row.save()
    return row
