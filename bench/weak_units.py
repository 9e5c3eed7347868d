"""Units of the replied messages (weak labels, ../shared/data/README.md), learned as a district learns from ended cases.

The training part stands for a district's ended cases beside the phrasebook; the same steps as `liandong learn`. Top-1,
top-3, calibration error, and how much goes by itself at 95 % precision: on the fixed test part, read once, and
cross-validated over all, since 228 texts say little of calibration.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "messages_replied.jsonl"
PACK = ROOT / "packs" / "qijiang"
sys.path.insert(0, str(ROOT / "src"))

from liandong.triage import blend, features, fitting, learn, training  # noqa: E402
from liandong.triage.fitting import wilson  # noqa: E402
from liandong.triage.learn import Example  # noqa: E402
from liandong.triage.router import Router  # noqa: E402

UNITS = 14
PARTS = 5
BASELINE = {"top1": 0.632, "top3": 0.851, "ece": 0.054, "coverage": 0.20}
HEAD = 800
"""Characters of a letter that are read; its title counts twice."""


def ece(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    parts = [(where == each) for each in range(bins)]
    return float(sum(abs(right[p].mean() - confidence[p].mean()) * p.mean() for p in parts if p.any()))


def restricted(
    folds: learn.Folds, examples: list[Example], cases: list[Example], units: list[str]
) -> learn.Folds:
    """What was said of the cases alone, of these units alone: a district that has no others."""
    ids = {case.id for case in cases}
    rows = [at for at, one in enumerate(examples) if one.id in ids]
    columns = [folds.units.index(unit) for unit in units]
    part = np.ix_(rows, columns)
    return learn.Folds(
        tuple(units),
        folds.matters,
        folds.unit[part],
        folds.matter[rows],
        folds.best[part],
        folds.danger[rows],
        folds.alarm[rows],
    )


def body_of(row: dict[str, Any]) -> str:
    """The beginning of a letter: what near-identical letters share."""
    return re.sub(r"\W", "", row["body"])[:40]


def part_of(row: dict[str, Any]) -> int:
    """0 for the fixed test part; the training part in four more, near-identical letters together."""
    if row["split"] == "test":
        return 0
    return 1 + int(hashlib.sha1(body_of(row).encode()).hexdigest()[:8], 16) % (PARTS - 1)


class Engine:
    """What a district's routing knows before its own cases, and how it learns from them."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.router = Router.rules_only(PACK)
        codes = {name: code for code, name in self.router.unit_names.items()}
        self._codes = codes | {"镇街": "JZ", "园区管委会": "YQ"}
        self.units = sorted({self._codes[row["weak_unit"]] for row in rows})
        self._cold = training.cold_start(PACK, self.router.clean)
        self._syllables = features.sounds_of(learn.readings())

    def case(self, row: dict[str, Any]) -> Example:
        """An ended case."""
        return Example(
            row["id"], self.router.clean(text_of(row)), None, self._codes[row["weak_unit"]], None, learn.OWN
        )

    def truth(self, rows: list[dict[str, Any]]) -> np.ndarray:
        """The column of each row's unit."""
        return np.array([self.units.index(self._codes[row["weak_unit"]]) for row in rows])

    def shares(self, inside: list[dict[str, Any]], outside: list[dict[str, Any]]) -> np.ndarray:
        """Learn from ``inside``; what each unit's chance is for ``outside``."""
        cases = [self.case(row) for row in inside]
        examples = self._cold + cases
        folds = restricted(learn.cross_validate(examples, self._syllables), examples, cases, self.units)
        fitted = fitting.fit_blend(cases, folds, self.router.argue, self.router.pack.unit_of)
        meta = {"version": "bench", "blend": fitted.blend.as_dict()}
        district = Router.from_pack(PACK, learn.train(examples, self._syllables, meta))
        made = []
        for row in outside:
            logits = district._look(text_of(row)).logits
            own = blend.shares({unit: logits[unit] for unit in self.units}, fitted.blend.none)
            made.append(blend.trusted([own[unit] for unit in self.units], fitted.blend))
        return np.array(made)


def text_of(row: dict[str, Any]) -> str:
    """A letter as it is read."""
    return f"{row['title']}。{row['title']}。{row['body'][:HEAD]}"


def chance_error(confidence: np.ndarray, rounds: int = 400) -> float:
    """The calibration error that a perfectly calibrated engine would show on so many texts, by chance alone."""
    rng = np.random.default_rng(0)
    return float(
        np.median([ece(confidence, rng.random(len(confidence)) < confidence) for _ in range(rounds)])
    )


def show(title: str, judged: np.ndarray, truth: np.ndarray) -> None:
    """Print the figures of one set of texts."""
    order = np.argsort(-judged, axis=1)
    top1, top3 = order[:, 0] == truth, (order[:, :3] == truth[:, None]).any(axis=1)
    confidence = judged.max(axis=1)
    print(f"  {title}")
    for name, hits in (("top1", top1), ("top3", top3)):
        low, high = wilson(int(hits.sum()), len(hits))
        print(
            f"    {name}  {hits.mean():.3f} [{low:.3f}, {high:.3f}] {hits.sum()}/{len(hits)}, to beat {BASELINE[name]}"
        )
    print(
        f"    expected calibration error  {ece(confidence, top1):.3f} of {len(top1)}, aim < .05, baseline "
        f"{BASELINE['ece']}; a perfect engine shows {chance_error(confidence):.3f} on so many"
    )
    ranked = np.argsort(-confidence)
    share = np.cumsum(top1[ranked]) / np.arange(1, len(ranked) + 1)
    good = np.flatnonzero(share >= 0.95)
    count = int(good[-1]) + 1 if len(good) else 0
    low, high = wilson(count, len(ranked))
    print(
        f"    coverage at 95 % precision  {count / len(ranked):.3f} [{low:.3f}, {high:.3f}] {count}/{len(ranked)}, aim > .25"
    )
    surest = max(1, len(ranked) // 4)
    right = int(top1[ranked][:surest].sum())
    print(
        f"    of the surest quarter right  {right / surest:.3f} {right}/{surest} (a hand check found 82 of 100 labels right)"
    )


def report(path: Path = DATA) -> None:
    """Print the figures; say so where the data is absent."""
    if not path.is_file():
        print(f"weak units: no {path.name}, left out")
        return
    began = time.perf_counter()
    with path.open(encoding="utf-8") as source:
        rows = [json.loads(line) for line in source]
    rows = [row for row in rows if row["weak_conf"] in ("high", "mid")]
    kept = {unit for unit, _ in Counter(row["weak_unit"] for row in rows).most_common(UNITS)}
    rows = [row for row in rows if row["weak_unit"] in kept]
    engine = Engine(rows)
    judged, truth = [], []
    for part in range(PARTS):
        outside = [row for row in rows if part_of(row) == part]
        judged.append(engine.shares([row for row in rows if part_of(row) != part], outside))
        truth.append(engine.truth(outside))
    print(f"weak unit labels ({len(rows)}, {UNITS} units), {time.perf_counter() - began:.0f} s")
    show(f"the fixed split ({len(rows) - len(truth[0])} / {len(truth[0])})", judged[0], truth[0])
    show(
        f"cross-validated over {PARTS} parts, the fixed test part one of them",
        np.concatenate(judged),
        np.concatenate(truth),
    )


if __name__ == "__main__":
    report()
