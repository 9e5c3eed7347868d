"""A trained model as it serves: sparse features in, margins for matters, units and danger out.

numpy alone, no library of learning: weights are eight-bit integers with a scale for each class, some megabytes in all.
A model says what it is: its version, the digest of what made it, what it measured. Training is ``learn.py``'s work.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import features
from .encoder import Encoder

FORMAT = 1
META = {"version", "owners", "dangerous"}
HEADS = {"matter", "unit", "danger"}
"""What every model says of itself, and the questions it answers."""
Floats = NDArray[np.float32]


class ModelError(ValueError):
    """A model file that cannot be used: which and why."""


class Head(NamedTuple):
    """One question the model answers: its classes are columns ``start`` to ``stop`` of the weights."""

    classes: tuple[str, ...]
    start: int

    @property
    def stop(self) -> int:
        """The column after the last."""
        return self.start + len(self.classes)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model makes of one text, as margins (positive: more for than against); ``blend.py`` makes them chances.

    ``units`` and ``matters`` have a margin for each class, ``best`` the highest matter of each unit. ``alarm`` is by how
    much the likeliest dangerous matter leads the likeliest harmless one. ``known`` is the share of the text's features
    seen in training (0: nothing).
    """

    units: Floats
    matters: Floats
    best: Floats
    danger: float
    alarm: float
    known: float


@dataclass(frozen=True)
class Model:
    """Weights and what they mean. Immutable; safe to share between threads."""

    meta: Mapping[str, Any]
    hashes: features.Hashes
    idf: Floats
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats
    syllables: features.Syllables
    heads: Mapping[str, Head]
    dense: Floats | None = None
    encoder: Encoder | None = None

    @property
    def version(self) -> str:
        """What stands beside each suggestion this model made."""
        return str(self.meta["version"])

    @property
    def matters(self) -> tuple[str, ...]:
        """Matter codes in the order of ``Reading.matters``."""
        return self.heads["matter"].classes

    @property
    def units(self) -> tuple[str, ...]:
        """Unit codes (JZ and YQ as classes) in the order of ``Reading.units``."""
        return self.heads["unit"].classes

    def sparse(self, text: str) -> tuple[NDArray[np.intp], Floats, float]:
        """Rows and normalised values of a cleaned text's known features, and the share that is known."""
        found, counts = features.counted(text, self.syllables)
        if not len(found) or not len(self.hashes):
            return np.empty(0, np.intp), np.empty(0, np.float32), 0.0
        rows = np.searchsorted(self.hashes, found)
        rows[rows == len(self.hashes)] = 0
        known = self.hashes[rows] == found
        rows = rows[known]
        return rows, features.weigh(self.idf[rows], counts[known]), len(rows) / len(found)

    def read(self, text: str) -> Reading:
        """Margins for one cleaned text (``Router.clean``)."""
        rows, values, known = self.sparse(text)
        scores = (values @ self.weights[rows].astype(np.float32)) * self.scale + self.bias
        if self.dense is not None and self.encoder is not None:
            scores = scores + self.encoder.encode(text) @ self.dense
        part = {name: scores[head.start : head.stop] for name, head in self.heads.items()}
        matters = part["matter"]
        best, alarm = summarise(matters, self.owner, len(self.units), self.dangerous, self._firsts)
        return Reading(part["unit"], matters, best, float(part["danger"][0]), float(alarm), known)

    @cached_property
    def dangerous(self) -> NDArray[np.bool_]:
        """Which matters are dangers (their examples were)."""
        return np.isin(self.matters, self.meta["dangerous"])

    def owner_of(self, at: int) -> str:
        """The unit of the matter in column ``at`` of ``Reading.matters``."""
        return str(self.meta["owners"][self.matters[at]])

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """The column of the unit that each matter belongs to."""
        place = {unit: at for at, unit in enumerate(self.units)}
        return np.array([place[self.meta["owners"][code]] for code in self.matters], dtype=np.intp)

    @cached_property
    def _firsts(self) -> NDArray[np.intp]:
        return _firsts(self.owner)

    def words(self, text: str, head: str, name: str, most: int = 4) -> list[str]:
        """The stretches of a text that speak most for one class of a head, in the text's own characters.

        Neighbouring pairs of characters with a positive weight run together; at most ``most``, strongest first.
        """
        where = self.heads[head]
        if name not in where.classes:
            return []
        column = where.start + where.classes.index(name)
        points = features.code_points(text)
        at, grams = features.pairs(points)
        if not len(grams):
            return []
        rows = np.searchsorted(self.hashes, grams)
        rows[rows == len(self.hashes)] = 0
        weight = np.where(
            self.hashes[rows] == grams, self.idf[rows] * self.weights[rows, column], np.float32(0)
        ) * float(self.scale[column])
        strong = weight > max(0.35 * float(weight.max(initial=0.0)), 1e-6)
        runs: list[tuple[float, int, int]] = []
        for start, value in zip(at[strong].tolist(), weight[strong].tolist(), strict=True):
            if runs and start <= runs[-1][2] and start + 2 - runs[-1][1] <= 6:
                runs[-1] = (runs[-1][0] + value, runs[-1][1], start + 2)
            else:
                runs.append((value, start, start + 2))
        runs.sort(key=lambda run: (-run[0], run[1]))
        return list(dict.fromkeys(text[start:stop] for _, start, stop in runs))[:most]

    def to_bytes(self) -> bytes:
        """The model as one file."""
        target = io.BytesIO()
        arrays = {
            "hashes": self.hashes, "idf": self.idf, "weights": self.weights, "scale": self.scale,
            "bias": self.bias, "syllables": self.syllables,
            "meta": np.frombuffer(json.dumps(_plain(self), ensure_ascii=False, sort_keys=True).encode(), np.uint8),
        }  # fmt: skip
        if self.dense is not None:
            arrays["dense"] = self.dense
        np.savez_compressed(target, **arrays)  # type: ignore[arg-type]
        return target.getvalue()

    def save(self, path: Path) -> str:
        """Write the model whole or not at all (a reader never sees half a file); its SHA-256."""
        data = self.to_bytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        half.write_bytes(data)
        half.replace(path)
        return hashlib.sha256(data).hexdigest()


def summarise(
    matters: NDArray[Any],
    owner: NDArray[np.intp],
    units: int,
    dangerous: NDArray[np.bool_],
    firsts: NDArray[np.intp] | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Of margins of matters (last axis): the highest of each unit, and the lead of danger over everything harmless.

    ``owner`` is each matter's unit, in ascending order (matters stand unit by unit), so that one pass does it; ``firsts``
    is where each unit's begin, for who asks again and again.
    """
    firsts = _firsts(owner) if firsts is None else firsts
    best = np.full((*matters.shape[:-1], units), -2.0, dtype=matters.dtype)
    best[..., owner[firsts]] = np.maximum.reduceat(matters, firsts, axis=-1)
    worst = matters[..., dangerous].max(axis=-1, initial=-2.0)
    return best, worst - matters[..., ~dangerous].max(axis=-1, initial=-2.0)


def _firsts(owner: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where a new unit's matters begin."""
    return np.flatnonzero(np.diff(owner, prepend=-1))


def _plain(model: Model) -> dict[str, Any]:
    heads = {name: [list(head.classes), head.start] for name, head in model.heads.items()}
    return {**model.meta, "format": FORMAT, "heads": heads}


def load(path: Path, encoder: Encoder | None = None) -> Model:
    """Read a model. A model that was trained with an encoder needs that same encoder.

    Raises ModelError when the file is missing, damaged, of another format, or its encoder is not there.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        meta = json.loads(arrays["meta"].tobytes().decode())
        heads = {name: Head(tuple(c), int(s)) for name, (c, s) in meta.pop("heads").items()}
        wrong = meta.pop("format") != FORMAT
        model = Model(
            meta, arrays["hashes"], arrays["idf"], arrays["weights"], arrays["scale"], arrays["bias"],
            arrays["syllables"], heads, arrays.get("dense"), encoder,
        )  # fmt: skip
        columns = max(head.stop for head in heads.values())
        shapes = (model.weights.shape, len(model.idf), len(model.scale), len(model.bias))
        wrong |= shapes != ((len(model.hashes), columns), len(model.hashes), columns, columns)
        wrong |= not (set(meta) >= META and set(heads) >= HEADS)
    except Exception as error:  # numpy, zipfile, zlib and json raise kinds of their own that share no base
        raise ModelError(f"{path.name}: cannot be read as a model ({error})") from error
    if wrong:
        raise ModelError(f"{path.name}: is of another format")
    wanted = meta.get("encoder")
    if wanted and (encoder is None or encoder.digest != wanted):
        raise ModelError(f"{path.name}: was trained with encoder {wanted}, which is not configured")
    return model
