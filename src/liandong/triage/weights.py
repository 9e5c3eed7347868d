"""How much rules and model count: plain numbers, fitted in training and kept in the model's file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SIGNS = ("certain", "added_up", "doubt", "keep")
"""What the screen says of danger, as numbers for the judgement on it."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Weights of the judgement: of the model's margins for ``unit`` and for the unit's best ``matter``, of the ``rules``'
    points (at most ``cap``), and the logit of ``none`` of the units. A row of the decision table adds ``table`` for each
    point of its score where its units hold ``table_from`` of the whole. ``within`` sharpens the choice among a unit's
    matters.

    ``danger``: bias, the model's margin for danger, its alarm, then one for each of ``SIGNS``. ``flag_at`` sets the flag,
    from ``ask_at`` on the desk has to ask; ``auto_at`` is the confidence from which on the wanted precision held on
    unseen texts (1.1: never).
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

    def as_dict(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)
