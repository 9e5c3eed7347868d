"""Finding how much rules and model count, and from which confidence on a machine may be trusted.

Everything is fitted on predictions for texts the model had not seen (``learn.cross_validate``); the rules never saw
them either. Thresholds are chosen by what the district wants: recall of danger first (EB-R1), then precision of what
goes by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .blend import ABSENT, signs
from .evidence import Rules
from .learn import Example, Folds, owners
from .screen import Boundary
from .weights import LEAST, Blend

FLAGGED = 0.55
"""The flag is set as early as this share of the flagged texts of the phrasebook still is danger. Recall comes first
(EB-R1), but a desk that is warned of everything is warned of nothing; the book's near-misses are harder than a day's
calls, of which a larger share is right (``make bench-routing`` says how large)."""
ASKED = 0.97
"""Of the dangerous texts so many have to be flagged or at least asked about."""
PRECISION = 0.95
"""Of what goes by itself so much has to be right, by the lower bound of its interval."""
CAP = 12.0
SHARP = 6.0
"""How sharply margins choose among a unit's matters where nothing shows how."""
TABLE_FROM = 0.5
"""A row of the decision table speaks where the units it settles between hold so much of the whole."""
TABLE_LEAST = 0.3
"""A row weighs at least this much a point: it is a decision of the district, not a guess."""
ENOUGH = 300
"""With so many cases of its own a district is judged by them; before, by the phrasebook, which is harder."""
RESTRAINT = 0.001
"""How strongly the worth of a confidence is held to the confidence itself."""
FEWEST = 100
"""With fewer outcomes above a threshold its precision says nothing."""

Argue = Callable[[str], tuple[Rules, Boundary]]


class Fitted(NamedTuple):
    """A blend and what it did on unseen texts: units (texts × columns) as probabilities, danger as probability."""

    blend: Blend
    units: NDArray[np.float64]
    columns: tuple[str, ...]
    danger: NDArray[np.float64]


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a proportion; (0, 1) when nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    z = 1.959964
    share = right / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def trusted_from(confidence: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest confidence from which on the share of right ones reaches ``wanted`` by its lower bound.

    1.1 (never) when no threshold does, or too few outcomes are above it.
    """
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(right[order])
    best = 1.1
    for at in range(len(order)):
        last = at + 1 == len(order) or confidence[order[at + 1]] < confidence[order[at]]
        if last and at + 1 >= FEWEST and wilson(int(hits[at]), at + 1)[0] >= wanted:
            best = float(confidence[order[at]])
    return best


def _catching(scores: NDArray[np.float64], truth: NDArray[np.bool_], recall: float) -> float:
    """The highest threshold that still catches ``recall`` of the true ones."""
    positives = np.sort(scores[truth])
    return float(positives[math.floor((1 - recall) * len(positives))]) if len(positives) else 0.5


def _precise(scores: NDArray[np.float64], truth: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold above which ``precision`` of the texts are true."""
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(scores[order[good[-1]]]) if len(good) else 0.5


def _danger(
    folds: Folds, seen: Sequence[Boundary], truth: NDArray[np.bool_], known: NDArray[np.bool_]
) -> tuple[tuple[float, ...], NDArray[np.float64]]:
    """Weights of the judgement on danger, and the judgement itself."""
    from sklearn.linear_model import LogisticRegression

    table = np.column_stack([folds.danger, folds.alarm, np.array([signs(one) for one in seen])])
    if len(set(truth[known].tolist())) < 2:  # nobody said what was danger: the rules alone decide
        return (-2.0, 0.0, 0.0, 4.0, 2.5, 1.0, 0.0), 1 / (
            1 + np.exp(2.0 - table[:, 2:] @ np.array([4.0, 2.5, 1.0, 0.0]))
        )
    learner = LogisticRegression(C=1.0).fit(table[known], truth[known])
    weights = np.array(learner.coef_[0])
    weights[:5] = np.maximum(
        weights[:5], 0.0
    )  # a sign of danger may only add to it, whatever the sample says (EB-R2)
    bias = float(learner.intercept_[0])
    return (bias, *weights.tolist()), 1 / (1 + np.exp(-(table @ weights + bias)))


def _log_loss(scores: NDArray[np.float64], none: float, truth: NDArray[np.intp]) -> float:
    top = np.maximum(scores.max(axis=1), none)
    whole = np.log(np.exp(scores - top[:, None]).sum(axis=1) + np.exp(none - top)) + top
    return float((whole - scores[np.arange(len(scores)), truth]).mean())


def _shares(logits: NDArray[np.float64], none: float) -> NDArray[np.float64]:
    top = np.maximum(logits.max(axis=1), none)[:, None]
    mass = np.exp(logits - top)
    return np.asarray(mass / (mass.sum(axis=1, keepdims=True) + np.exp(none - top)))


def _table(
    argued: Sequence[tuple[Rules, Boundary]],
    place: Mapping[str, int],
    logits: NDArray[np.float64],
    shares: NDArray[np.float64],
    none: float,
    truth: NDArray[np.intp],
    calm: NDArray[np.bool_],
    unit_of: Callable[[str], str],
) -> tuple[float, NDArray[np.float64]]:
    """What a point of a row of the decision table weighs, and the logits after the table has spoken."""
    added = np.zeros_like(logits)
    for row, (rules, _) in enumerate(argued):
        for one in rules.rows:
            held = sum(shares[row, place[unit]] for unit in one.among if unit in place)
            if not one.among or held >= TABLE_FROM:
                added[row, place[unit_of(one.lead)]] += one.score
    best = min(
        np.linspace(TABLE_LEAST, 1.0, 19),
        key=lambda w: _log_loss((logits + w * added)[calm], none, truth[calm]),
    )
    return float(best), logits + best * added


def _sure(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float, float]:
    """What a confidence is worth (``Blend.sure``): beta calibration of the first unit's share on unseen texts, held near
    «as it is» where few texts speak."""
    from scipy.optimize import minimize

    share = np.clip(confidence, LEAST, 1 - LEAST)
    table = np.column_stack([np.log(share), -np.log1p(-share), np.ones(len(share))])
    start = np.array([1.0, 1.0, 0.0])

    def loss(values: NDArray[np.float64]) -> float:
        logit = table @ values
        missed = np.logaddexp(0, np.where(right, -logit, logit)).mean()
        backwards = (
            100 * float(np.minimum(values[:2], 0) @ np.ones(2)) ** 2
        )  # more confidence never means less
        return float(missed + backwards + RESTRAINT * ((values - start) ** 2).sum())

    found = minimize(loss, start, method="Nelder-Mead").x
    return max(float(found[0]), 0.0), max(float(found[1]), 0.0), float(found[2])


def _within(folds: Folds, examples: Sequence[Example]) -> float:
    """How sharply margins choose among the matters of the true unit."""
    owner = owners(examples)
    if set(folds.matters) - set(owner):
        return SHARP
    blocks = {
        unit: [at for at, code in enumerate(folds.matters) if owner[code] == unit] for unit in folds.units
    }
    best, lowest = SHARP, math.inf
    for sharp in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0):
        loss = 0.0
        for row, one in enumerate(examples):
            block = blocks[one.unit]
            if one.matter is not None and len(block) > 1:
                scores = sharp * folds.matter[row, block]
                loss += float(
                    np.log(np.exp(scores).sum()) - scores[block.index(folds.matters.index(one.matter))]
                )
        if loss < lowest:
            best, lowest = sharp, loss
    return best


def fit_blend(
    examples: Sequence[Example],
    folds: Folds,
    argue: Argue,
    unit_of: Callable[[str], str],
    precision: float = PRECISION,
    own: NDArray[np.bool_] | None = None,
) -> Fitted:
    """Weights of rules and model, thresholds of danger and of automation.

    ``own`` marks a district's own cases: where there are enough of them, units and automation are judged by them alone.
    Examples without a label of danger count for units alone.
    """
    from scipy.optimize import minimize

    argued = [argue(one.text) for one in examples]
    leads = (unit_of(row.lead) for rules, _ in argued for row in rules.rows)
    columns = tuple(sorted({*folds.units, *(unit for rules, _ in argued for unit in rules.units), *leads}))
    place = {unit: at for at, unit in enumerate(columns)}
    known = [place[unit] for unit in folds.units]
    unit, matter, points = (np.full((len(examples), len(columns)), value) for value in (ABSENT, ABSENT, 0.0))
    unit[:, known], matter[:, known] = folds.unit, folds.best
    for row, (rules, _) in enumerate(argued):
        for code, one in rules.units.items():
            points[row, place[code]] = min(one.points, CAP)
    truth = np.array([place[one.unit] for one in examples])
    calm = np.array(
        [not one.danger for one in examples]
    )  # in danger the police come first without any weighing

    def scores(values: NDArray[np.float64], rows: Any = slice(None)) -> NDArray[np.float64]:
        return np.asarray(values[0] * unit[rows] + values[1] * matter[rows] + values[2] * points[rows])

    def loss(values: NDArray[np.float64]) -> float:
        return (
            _log_loss(scores(values, calm), values[3], truth[calm])
            + 100 * float(np.minimum(values[:3], 0) @ np.ones(3)) ** 2
        )

    found = minimize(loss, np.array([3.0, 2.0, 0.3, -8.0]), method="Nelder-Mead", options={"maxiter": 300})
    values = np.maximum(found.x, [0.0, 0.0, 0.0, -math.inf])
    logits = scores(values)
    shares = _shares(logits, float(values[3]))
    by_unit, by_matter, by_rules, none = (float(one) for one in values)
    table, logits = _table(argued, place, logits, shares, none, truth, calm, unit_of)
    # The table's least weight makes the whole surer than it is: one temperature brings it back.
    cool = min(
        np.linspace(0.5, 1.5, 41), key=lambda each: _log_loss(each * logits[calm], each * none, truth[calm])
    )
    by_unit, by_matter, by_rules, none, table = (
        float(cool * one) for one in (by_unit, by_matter, by_rules, none, table)
    )
    shares = _shares(cool * logits, none)
    told = np.array([one.danger is not None for one in examples])
    dangerous = np.array([bool(one.danger) for one in examples])
    weights, judged = _danger(folds, [boundary for _, boundary in argued], dangerous, told)
    flag_at = _precise(judged[told], dangerous[told], FLAGGED)
    ask_at = min(_catching(judged[told], dangerous[told], ASKED), flag_at)
    sure = np.array([not (b.flag or b.keep or b.doubts) for _, b in argued]) & (judged < ask_at)
    if own is not None and int((own & sure).sum()) >= FEWEST:
        sure &= own
    best = shares.argmax(axis=1)
    right = np.array(
        [
            columns[at] == one.unit or columns[at] in one.accepted
            for at, one in zip(best, examples, strict=True)
        ]
    )
    own_calm = calm & own if own is not None and int((own & calm).sum()) >= FEWEST else calm
    worth = _sure(shares.max(axis=1)[own_calm], right[own_calm]) if own_calm.any() else (1.0, 1.0, 0.0)
    within = _within(folds, examples)
    blend = Blend(
        by_unit,
        by_matter,
        by_rules,
        CAP,
        none,
        table,
        TABLE_FROM,
        within,
        weights,
        flag_at,
        ask_at,
        1.1,
        worth,
    )
    confidence = np.array([blend.calibrated(float(each)) for each in shares.max(axis=1)])
    blend = replace(blend, auto_at=trusted_from(confidence[sure], right[sure], precision))
    return Fitted(blend, shares, columns, judged)
