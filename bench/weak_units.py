"""Units of the replied messages (weak labels, ../shared/data/README.md), learned as a district learns from ended cases.

The training part stands for a district's ended cases beside the phrasebook; the same steps as `liandong learn`. The test
part is read once: top-1, top-3, calibration error, and how much goes by itself at 95 % precision.
"""

from __future__ import annotations

import json
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
from liandong.triage.fitting import trusted_from, wilson  # noqa: E402
from liandong.triage.learn import Example  # noqa: E402
from liandong.triage.router import Router  # noqa: E402

UNITS = 14
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
    router = Router.rules_only(PACK)
    codes = {name: code for code, name in router.unit_names.items()} | {"镇街": "JZ", "园区管委会": "YQ"}

    def text(row: dict[str, Any]) -> str:
        return f"{row['title']}。{row['title']}。{row['body'][:HEAD]}"

    inside = [row for row in rows if row["split"] == "train"]
    outside = [row for row in rows if row["split"] == "test"]
    cases = [
        Example(row["id"], router.clean(text(row)), None, codes[row["weak_unit"]], None, learn.OWN)
        for row in inside
    ]
    examples = training.cold_start(PACK, router.clean) + cases
    units = sorted(codes[unit] for unit in kept)
    syllables = features.sounds_of(learn.readings())
    folds = restricted(learn.cross_validate(examples, syllables), examples, cases, units)
    fitted = fitting.fit_blend(cases, folds, router.argue, router.pack.unit_of)
    meta = {"version": "bench", "blend": fitted.blend.as_dict()}
    district = Router.from_pack(PACK, learn.train(examples, syllables, meta))

    def shares(some: list[dict[str, Any]]) -> np.ndarray:
        made = []
        for row in some:
            logits = district._look(text(row)).logits
            chance = blend.shares({unit: logits[unit] for unit in units}, fitted.blend.none)
            made.append([chance[unit] for unit in units])
        return np.array(made)

    judged = shares(outside)
    truth = np.array([units.index(codes[row["weak_unit"]]) for row in outside])
    order = np.argsort(-judged, axis=1)
    top1, top3 = order[:, 0] == truth, (order[:, :3] == truth[:, None]).any(axis=1)
    confidence = judged.max(axis=1)
    print(
        f"weak unit labels ({len(inside)} / {len(outside)}, {UNITS} units), {time.perf_counter() - began:.0f} s"
    )
    for name, hits in (("top1", top1), ("top3", top3)):
        low, high = wilson(int(hits.sum()), len(hits))
        print(
            f"  {name}  {hits.mean():.3f} [{low:.3f}, {high:.3f}] {hits.sum()}/{len(hits)}, to beat {BASELINE[name]}"
        )
    print(f"  expected calibration error  {ece(confidence, top1):.3f}, aim < .05, baseline {BASELINE['ece']}")
    ranked = np.argsort(-confidence)
    share = np.cumsum(top1[ranked]) / np.arange(1, len(ranked) + 1)
    good = np.flatnonzero(share >= 0.95)
    count = int(good[-1]) + 1 if len(good) else 0
    low, high = wilson(count, len(ranked))
    print(
        f"  coverage at 95 % precision  {count / len(ranked):.3f} [{low:.3f}, {high:.3f}] {count}/{len(ranked)}, aim > .25"
    )
    certain = trusted_from(confidence, top1, 0.90)
    print(
        f"  threshold whose precision's lower bound is 90 %: {certain:.3f}, coverage {(confidence >= certain).mean():.3f}"
    )


if __name__ == "__main__":
    report()
