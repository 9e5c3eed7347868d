"""How much rules and model count: plain numbers, fitted in training and kept in the model's file."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

SIGNS = ("certain", "added_up", "doubt", "keep")
"""What the screen says of danger, as numbers for the judgement on it."""


LEAST = 1e-4
"""Nothing is less likely than this, nor surer than its opposite."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Weights of the judgement: of the model's margins for ``unit`` and for the unit's best ``matter``, of the ``rules``'
    points (at most ``cap``), and the logit of ``none`` of the units. A row of the decision table adds ``table`` for each
    point of its score where its units hold ``table_from`` of the whole. ``within`` sharpens the choice among a unit's
    matters.

    ``danger``: bias, the model's margin for danger, its alarm, then one for each of ``SIGNS``. ``flag_at`` sets the flag,
    from ``ask_at`` on the desk has to ask; ``auto_at`` is the confidence from which on the wanted precision held on
    unseen texts (1.1: never).

    ``sure``: what a confidence is worth, (a, b, c) of the logit a·log p - b·log(1-p) + c. People who decide are not always
    of one mind, so even the clearest cases end elsewhere now and then; (1, 1, 0) changes nothing.
    """

    unit: float
    matter: float
    rules: float
    cap: float
    none: float
    table: float
    table_from: float
    within: float
    danger: tuple[float, ...]
    flag_at: float
    ask_at: float
    auto_at: float
    sure: tuple[float, float, float] = (1.0, 1.0, 0.0)

    def calibrated(self, confidence: float) -> float:
        """How often a first unit of this confidence was right on unseen texts; grows with it."""
        if self.sure == (1.0, 1.0, 0.0):
            return confidence
        share = min(max(confidence, LEAST), 1.0 - LEAST)
        a, b, c = self.sure
        return 1.0 / (1.0 + math.exp(-(a * math.log(share) - b * math.log1p(-share) + c)))

    def as_dict(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)
