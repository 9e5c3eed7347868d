"""Weighing arguments against experience: the rules' points and the model's probabilities as one judgement.

How much each counts was fitted on texts neither had seen (``learn.fit_blend``) and stands in the model's file. Without
a model the rules speak alone. Nothing here knows a district: codes come in as strings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .evidence import Rules
from .model import Model, ModelError, Reading
from .screen import Boundary
from .values import Row
from .weights import SIGNS, Blend

ABSENT = -2.0
"""The margin of what the model never met: such a unit still may win by the rules."""


def of(model: Model | None, alone: Blend) -> Blend:
    """The blend that came with a model; ``alone`` where there is no model."""
    stored = model.meta.get("blend") if model else None
    if not stored:
        return alone
    try:
        blend = Blend(**{**stored, **{name: tuple(stored[name]) for name in ("danger", "sure")}})
    except (TypeError, KeyError) as error:
        raise ModelError(f"the model was made by another version: train it again ({error})") from error
    if len(blend.danger) != 3 + len(SIGNS):
        raise ModelError("the model was made by another version, with other signs of danger: train it again")
    return blend


def signs(boundary: Boundary) -> tuple[float, ...]:
    """The screen's findings as numbers, in the order of ``SIGNS``."""
    return (
        float(boundary.flag and not boundary.added_up),
        float(boundary.added_up),
        float(bool(boundary.doubts)),
        float(boundary.keep),
    )


def danger(reading: Reading | None, boundary: Boundary, blend: Blend) -> float:
    """How likely a text speaks of danger, 0..1. Without a model what the screen says is all."""
    if reading is None:
        return 1.0 if boundary.flag else 0.5 if boundary.doubts else 0.0
    bias, margin, alarm, *rest = blend.danger
    total = bias + margin * reading.danger + alarm * reading.alarm
    total += sum(value * sign for value, sign in zip(rest, signs(boundary), strict=True))
    return 1 / (1 + math.exp(-min(max(total, -60.0), 60.0)))


def first(model: Model | None, reading: Reading | None, rules: Rules, blend: Blend) -> dict[str, float]:
    """A logit for every unit (JZ and YQ as classes) the model knows or a word of the catalogue speaks for."""
    points = {unit: min(one.points, blend.cap) for unit, one in rules.units.items()}
    if model is None or reading is None:
        return {unit: blend.rules * value for unit, value in points.items()}
    margins = (blend.unit * reading.units + blend.matter * reading.best).tolist()
    logits = dict(zip(model.units, margins, strict=True))
    absent = (blend.unit + blend.matter) * ABSENT
    for unit, value in points.items():
        logits[unit] = logits.get(unit, absent) + blend.rules * value
    return logits


def deciding(rows: Iterable[Row], shares: Mapping[str, float], blend: Blend) -> tuple[Row, ...]:
    """The rows of the decision table that decide: a text seems to belong among the units they settle between (A3)."""
    return tuple(
        row
        for row in rows
        if not row.among or sum(shares.get(unit, 0.0) for unit in row.among) >= blend.table_from
    )


def decide(
    logits: dict[str, float], rows: Iterable[Row], unit_of: Callable[[str], str], blend: Blend
) -> dict[str, float]:
    """The logits after the table has spoken: a row adds its weight; one that settles puts its lead before the others
    it settles between."""
    decided = dict(logits)
    lowest = min(decided.values(), default=0.0)
    for row in rows:
        unit = unit_of(row.lead)
        own = decided.get(unit, lowest)
        if row.settles:
            own = max(own, *(decided.get(other, lowest) for other in row.among))
        decided[unit] = own + blend.table * row.score
    return decided


def shares(logits: Mapping[str, float], none: float) -> dict[str, float]:
    """Probabilities over the units and «none of them», which gets what is left; they sum to at most 1."""
    if not logits:
        return {}
    top = max(max(logits.values()), none)
    mass = {unit: math.exp(value - top) for unit, value in logits.items()}
    whole = sum(mass.values()) + math.exp(none - top)
    return {unit: value / whole for unit, value in mass.items()}


def trusted(scores: Sequence[float], blend: Blend) -> list[float]:
    """Scores as what they are worth: the highest as often as it was right, the others in proportion, none above it."""
    top = max(scores, default=0.0)
    if top <= 0.0 or blend.sure == (1.0, 1.0, 0.0):
        return list(scores)
    equals = list(scores).count(top)
    first = min(blend.calibrated(top), 1.0 / equals)
    rest = (1.0 - equals * first) / (1.0 - equals * top) if equals * top < 1.0 else 0.0
    return [first if score == top else min(first, score * rest) for score in scores]


def matters(model: Model, reading: Reading, shares: Mapping[str, float], blend: Blend) -> NDArray[np.float64]:
    """The chance of each matter, in the model's order: its unit's share, divided among the unit's matters by their
    margins."""
    mass = np.exp(blend.within * (reading.matters - reading.best[model.owner]))
    whole = np.bincount(model.owner, weights=mass, minlength=len(model.units))
    whole[whole == 0] = 1.0
    unit = np.array([shares.get(name, 0.0) for name in model.units])
    return np.asarray(mass / whole[model.owner] * unit[model.owner])


def best_matter(
    model: Model | None, reading: Reading | None, rules: Rules, unit: str, codes: Iterable[str], blend: Blend
) -> str | None:
    """The matter of a unit that model and rules together find likeliest; None where neither knows one."""
    margins: dict[str, float] = {}
    if model is not None and reading is not None and unit in model.units:
        at = np.flatnonzero(model.owner == model.units.index(unit))
        margins = {model.matters[one]: float(reading.matters[one]) for one in at.tolist()}
    best: tuple[float, str] | None = None
    for code in {*margins, *codes}:
        value = blend.within * margins.get(code, ABSENT)
        value += blend.rules * min(rules.matters.get(code, 0.0), blend.cap)
        if best is None or (value, code) > best:
            best = (value, code)
    return best[1] if best else None
