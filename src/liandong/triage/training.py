"""From examples to a model that can serve: cross-validation, judgement, training, in that order.

The cold start learns from the phrasebook and the catalogue alone; a district adds its ended cases. The same steps make
both, so a model always brings its own honest figures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from . import features, fitting, learn, phrasebook
from .catalogue import names, units_of
from .encoder import Encoder
from .fitting import Argue
from .learn import Example
from .model import Model

MOST_JUDGED = 20_000
"""So many examples are enough to find thresholds; more would only take longer."""


def book_of(pack: Path, on: date | None = None) -> phrasebook.Phrasebook:
    """The phrasebook of a pack. Raises PhrasebookError or CatalogueError."""
    return phrasebook.read(pack / "phrasebook", units_of(pack), on)


def digest_of(pack: Path, on: date | None = None) -> str:
    """What a base model must have been made of to fit this pack: SHA-256 over phrases and catalogue."""
    whole = hashlib.sha256(book_of(pack, on).digest().encode())
    for code, one in sorted(names(pack, on).items()):
        whole.update(f"{code}\t{one.unit}\t{one.name}\n".encode())
    return whole.hexdigest()


def cold_start(pack: Path, clean: Callable[[str], str], on: date | None = None) -> list[Example]:
    """What a district without history learns from."""
    book = book_of(pack, on)
    raised = {*book.raised, *book.residual}
    clauses = {
        code: (one.unit, f"{one.name}，{one.clause}")
        for code, one in names(pack, on).items()
        if code in raised
    }
    # The police's own matters are left to the phrases: «火灾类警情» in a sentence is no fire.
    clauses = {code: value for code, value in clauses.items() if value[0] != phrasebook.POLICE}
    return learn.from_phrasebook(book, clean) + learn.from_catalogue(clauses, clean)


def build(
    examples: Sequence[Example],
    argue: Argue,
    unit_of: Callable[[str], str],
    meta: dict[str, Any],
    *,
    encoder: Encoder | None = None,
    precision: float = fitting.PRECISION,
    own: frozenset[str] = frozenset(),
    tell: Callable[[str], None] = lambda line: None,
) -> Model:
    """Train a model and find its judgement. ``meta`` needs ``version``; ``own`` are ids of the district's own cases;
    ``tell`` hears of each step.

    Raises ValueError with examples of fewer than two units.
    """
    syllables = features.sounds_of(learn.readings())
    judged = list(examples)
    if len(judged) > MOST_JUDGED:
        judged.sort(key=lambda one: (one.id not in own, hashlib.sha256(one.id.encode()).digest()))
        judged = judged[:MOST_JUDGED]
    tell(f"交叉验证 {len(judged)} 条")
    folds = learn.cross_validate(judged, syllables, encoder)
    tell("定出规则与模型的分量、紧急与自动的门槛")
    fitted = fitting.fit_blend(
        judged, folds, argue, unit_of, precision, np.array([one.id in own for one in judged])
    )
    measures = measured(judged, fitted)
    tell(f"训练 {len(examples)} 条")
    whole = {**meta, "blend": fitted.blend.as_dict(), "measures": measures}
    return learn.train(examples, syllables, whole, encoder)


def measured(examples: Sequence[Example], fitted: fitting.Fitted) -> dict[str, Any]:
    """What a judgement did on texts its model had not seen: counts, so that intervals can be made of them."""
    truth = np.array([one.unit for one in examples])
    order = np.argsort(-fitted.units, axis=1)
    columns = np.array(fitted.columns)
    calm = np.array([not one.danger for one in examples])
    told = np.array([one.danger is not None for one in examples])
    danger = np.array([bool(one.danger) for one in examples])
    flagged = fitted.danger >= fitted.blend.flag_at
    asked = fitted.danger >= fitted.blend.ask_at
    return {
        "texts": int(calm.sum()),
        "top1": int((columns[order[calm, 0]] == truth[calm]).sum()),
        "top3": int((columns[order[calm, :3]] == truth[calm, None]).any(axis=1).sum()),
        "dangers": int(danger.sum()),
        "flagged": int((flagged & told).sum()),
        "flagged_rightly": int((flagged & danger).sum()),
        "asked_rightly": int((asked & danger).sum()),
    }
