"""Training: examples in, a model out. The only module that needs scikit-learn; it is imported when a training begins.

Three heads share the features: which matter (every atomic matter and the residual ones), which unit leads, whether
there is danger. All are linear, one class against the rest with the widest margin; what a margin is worth as a chance
is found afterwards on folds the model did not see (``fitting.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import features
from .encoder import Encoder
from .model import Head, Model, summarise
from .phrasebook import Phrasebook

FOLDS = 5
RARE = 2
"""A feature has to occur in so many texts: what occurs once is chance, and somebody's own words."""
STRENGTH = {"matter": 1.0, "unit": 1.0, "danger": 0.5}
"""How closely each head follows its examples, found by cross-validation on the phrasebook."""
HARD = 3.0
"""Weight of what looks dangerous and is not: the screen has to tell it apart."""
CLAUSE = 0.5
OWN = 4.0
"""A district's own case counts as much as so many phrases: it happened here."""
Matrix = Any
"""A scipy sparse matrix: scipy is known to training alone."""


class Example(NamedTuple):
    """One text with what is true of it. ``danger`` None: nobody knows. ``id`` is a case number or a phrase's digest.

    ``accepted`` are further units that would be right too: they count where a suggestion is judged, not in training.
    """

    id: str
    text: str
    matter: str | None
    unit: str
    danger: bool | None
    weight: float = 1.0
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folds:
    """Margins of texts by models that had not seen them, a row for each example (see ``model.Reading``)."""

    units: tuple[str, ...]
    matters: tuple[str, ...]
    unit: NDArray[np.float32]
    matter: NDArray[np.float32]
    best: NDArray[np.float32]
    danger: NDArray[np.float32]
    alarm: NDArray[np.float32]


def phrase_id(text: str) -> str:
    """A phrase's name in a model's list of what made it: a digest, never the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def from_phrasebook(book: Phrasebook, clean: Callable[[str], str]) -> list[Example]:
    """The cold start's examples. ``clean`` brings a text into the form the router compares."""
    made = []
    for one in book.phrases:
        matter = book.classes.get(one.matter, one.matter) if one.danger else one.matter
        weight = HARD if (one.ask or (one.near or "").startswith("GA-")) and not one.danger else 1.0
        accepted = tuple(sorted(one.accepted))
        made.append(
            Example(phrase_id(one.text), clean(one.text), matter, one.unit, one.danger, weight, accepted)
        )
    return made


def from_catalogue(clauses: Mapping[str, tuple[str, str]], clean: Callable[[str], str]) -> list[Example]:
    """One weak example for each matter from its own name and clause: code → (unit, words)."""
    return [
        Example(phrase_id(f"{code} {words}"), clean(words), code, unit, None, CLAUSE)
        for code, (unit, words) in sorted(clauses.items())
    ]


def readings() -> dict[str, str]:
    """How each character is read, without tone (of several readings the commonest)."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.constants import PINYIN_DICT

    chars = [chr(point) for point in PINYIN_DICT if features.FIRST_HAN <= point <= features.LAST_HAN]
    return {char: lazy_pinyin(char, style=Style.NORMAL)[0] for char in chars}


def digest(examples: Iterable[Example]) -> str:
    """SHA-256 over ids and labels of what made a model."""
    whole = hashlib.sha256()
    for one in sorted(examples, key=lambda each: (each.id, each.unit)):
        whole.update(f"{one.id}\t{one.matter}\t{one.unit}\t{one.danger}\t{one.weight}\n".encode())
    return whole.hexdigest()


Found = tuple[features.Hashes, NDArray[np.intp]]
"""A text's features and how often each occurs (``features.counted``)."""


class Vocabulary:
    """Which features a training keeps and what they weigh."""

    def __init__(self, found: Sequence[Found]) -> None:
        names, counts = np.unique(np.concatenate([one for one, _ in found]), return_counts=True)
        kept = counts >= RARE
        self.hashes = names[kept]
        self.idf = features.importance(self.hashes, counts[kept], len(found))

    def matrix(self, found: Sequence[Found]) -> Matrix:
        """Texts as rows of length 1."""
        from scipy.sparse import csr_matrix

        starts, columns, values = [0], [], []
        for names, counts in found:
            at = np.searchsorted(self.hashes, names)
            at[at == len(self.hashes)] = 0
            known = self.hashes[at] == names if len(self.hashes) else np.zeros(len(at), bool)
            at = at[known]
            values.append(features.weigh(self.idf[at], counts[known]))
            columns.append(at)
            starts.append(starts[-1] + len(at))
        shape = (len(found), max(len(self.hashes), 1))
        return csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=shape)


class _Head(NamedTuple):
    """A fitted head: classes, coefficients (class × feature), intercepts."""

    classes: list[str]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]


def _one_head(examples: Sequence[Example], matrix: Matrix, name: str, order: Mapping[str, str]) -> _Head:
    """One against the rest for each class of a head, rare classes counting as much as common ones."""
    from sklearn.svm import LinearSVC

    values = [getattr(one, name) for one in examples]
    rows = [at for at, value in enumerate(values) if value is not None]
    labels = np.array([str(values[at]) for at in rows])
    weights = np.array([examples[at].weight for at in rows], dtype=np.float32)
    if len(set(labels)) < 2:
        return _Head(sorted(set(labels)), np.zeros((1, matrix.shape[1])), np.full(1, -1.0))
    learner = LinearSVC(C=STRENGTH[name], class_weight="balanced", max_iter=3000, tol=1e-3, random_state=0)
    learner.fit(matrix[rows], labels, sample_weight=weights)
    classes, coefficients, biases = [str(one) for one in learner.classes_], learner.coef_, learner.intercept_
    if len(classes) == 2 and name != "danger":
        coefficients, biases = np.vstack([-coefficients, coefficients]), np.r_[-biases, biases]
    if name != "danger":
        sorting = sorted(range(len(classes)), key=lambda at: (order.get(classes[at], ""), classes[at]))
        classes = [classes[at] for at in sorting]
        coefficients, biases = coefficients[sorting], biases[sorting]
    return _Head(classes, coefficients, biases)


def _heads(examples: Sequence[Example], matrix: Matrix) -> dict[str, _Head]:
    """The three heads: which matter (standing unit by unit), which unit, danger or none."""
    owner = owners(examples)
    danger = _one_head(examples, matrix, "danger", {})
    return {
        "matter": _one_head(examples, matrix, "matter", owner),
        "unit": _one_head(examples, matrix, "unit", {}),
        "danger": danger._replace(classes=["danger"]),
    }


def fold_of(name: str) -> int:
    """Which fold an example belongs to: by its name, so that it is the same in every run."""
    return int(hashlib.sha1(name.encode()).hexdigest()[:8], 16) % FOLDS


def owners(examples: Iterable[Example]) -> dict[str, str]:
    """Each matter's unit. A matter belongs to one unit: a dangerous text of any unit bears a matter of the police."""
    return {one.matter: one.unit for one in examples if one.matter is not None}


def dangers(examples: Iterable[Example]) -> list[str]:
    """The matters that are dangers: most of what bears them was."""
    count: dict[str, int] = {}
    for one in examples:
        if one.matter is not None and one.danger is not None:
            count[one.matter] = count.get(one.matter, 0) + (1 if one.danger else -1)
    return sorted(code for code, more in count.items() if more > 0)


def cross_validate(
    examples: Sequence[Example], syllables: features.Syllables, encoder: Encoder | None = None
) -> Folds:
    """Margins for each example by a model that did not see its fold."""
    found = [features.counted(one.text, syllables) for one in examples]
    folds = np.array([fold_of(one.id) for one in examples])
    owner = owners(examples)
    units = tuple(sorted({one.unit for one in examples}))
    matters = tuple(sorted(owner, key=lambda code: (owner[code], code)))
    columns = {"unit": units, "matter": matters, "danger": ("danger",)}
    scores = {name: np.full((len(examples), len(each)), -2.0, np.float32) for name, each in columns.items()}
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        if not inside or not outside:
            continue
        words = Vocabulary([found[at] for at in inside])
        matrix = _join(words.matrix([found[at] for at in inside]), [examples[at] for at in inside], encoder)
        unseen = _join(words.matrix([found[at] for at in outside]), [examples[at] for at in outside], encoder)
        for name, head in _heads([examples[at] for at in inside], matrix).items():
            place = [columns[name].index(one) for one in head.classes]
            scores[name][np.ix_(np.array(outside), np.array(place))] = unseen @ head.weights.T + head.biases
    index = np.array([units.index(owner[code]) for code in matters])
    best, alarm = summarise(scores["matter"], index, len(units), np.isin(matters, dangers(examples)))
    return Folds(units, matters, scores["unit"], scores["matter"], best, scores["danger"][:, 0], alarm)


def _join(matrix: Matrix, examples: Sequence[Example], encoder: Encoder | None) -> Matrix:
    """The sparse features with the encoder's numbers beside them."""
    if encoder is None:
        return matrix
    from scipy.sparse import csr_matrix, hstack

    return hstack([matrix, csr_matrix(np.stack([encoder.encode(one.text) for one in examples]))]).tocsr()


def train(
    examples: Sequence[Example],
    syllables: features.Syllables,
    meta: Mapping[str, Any],
    encoder: Encoder | None = None,
) -> Model:
    """A model of all examples; ``meta`` needs ``version``. Raises ValueError with fewer than two units."""
    if len({one.unit for one in examples}) < 2:
        raise ValueError("a model needs examples of at least two units")
    found = [features.counted(one.text, syllables) for one in examples]
    words = Vocabulary(found)
    matrix = _join(words.matrix(found), examples, encoder)
    heads: dict[str, Head] = {}
    blocks, biases = [], []
    at = 0
    for name, head in _heads(examples, matrix).items():
        heads[name] = Head(tuple(head.classes), at)
        at += len(head.classes)
        blocks.append(head.weights)
        biases.append(head.biases)
    weights, width = np.vstack(blocks), len(words.hashes)
    sparse = weights[:, :width].T
    scale = np.maximum(np.abs(sparse).max(axis=0, initial=0.0), 1e-9) / 127.0
    return Model(
        {
            **meta,
            "examples": len(examples),
            "data": digest(examples),
            "owners": owners(examples),
            "dangerous": dangers(examples),
            "encoder": encoder.digest if encoder else None,
        },
        words.hashes,
        words.idf,
        np.rint(sparse / scale).astype(np.int8),
        scale.astype(np.float32),
        np.concatenate(biases).astype(np.float32),
        syllables,
        heads,
        weights[:, width:].T.astype(np.float32) if encoder else None,
        encoder,
    )
