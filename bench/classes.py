"""The seven classes of the labelled messages (../shared/data/README.md), with the features and the learner of routing.

The fixed group split; the strength is found by grouped cross-validation within the training part, the test part is read
once. `report()` prints accuracy and macro-F1 with the published baseline beside them.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "messages_labelled.jsonl.gz"
sys.path.insert(0, str(ROOT / "src"))

from liandong.triage import features, learn  # noqa: E402
from liandong.triage.fitting import wilson  # noqa: E402

STRENGTHS = (0.5, 1.0, 2.0, 4.0)
BASELINE = {"accuracy": 0.913, "macro_f1": 0.907}


def report(path: Path = DATA) -> None:
    """Print the figures; say so where the data is absent."""
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GroupKFold
    from sklearn.svm import LinearSVC

    if not path.is_file():
        print(f"seven classes: no {path.name}, left out")
        return
    began = time.perf_counter()
    with gzip.open(path, "rt", encoding="utf-8") as source:
        rows = [json.loads(line) for line in source]
    found = [features.counted(row["text"].lower()) for row in rows]
    labels = np.array([row["label"] for row in rows])
    inside = np.array([at for at, row in enumerate(rows) if row["split"] == "train"])
    outside = np.array([at for at, row in enumerate(rows) if row["split"] == "test"])

    def score(train: np.ndarray, test: np.ndarray, strength: float) -> tuple[int, float]:
        words = learn.Vocabulary([found[at] for at in train])
        learner = LinearSVC(C=strength, class_weight="balanced")
        learner.fit(words.matrix([found[at] for at in train]), labels[train])
        said = learner.predict(words.matrix([found[at] for at in test]))
        return int((said == labels[test]).sum()), float(f1_score(labels[test], said, average="macro"))

    groups = np.array([rows[at]["group"] for at in inside])
    folds = [(inside[a], inside[b]) for a, b in GroupKFold(3).split(inside, groups=groups)]
    means = {each: float(np.mean([score(a, b, each)[1] for a, b in folds])) for each in STRENGTHS}
    best = max(means, key=lambda each: means[each])
    right, f1 = score(inside, outside, best)
    low, high = wilson(right, len(outside))
    print(
        f"seven classes, fixed group split ({len(inside)} / {len(outside)}), {time.perf_counter() - began:.0f} s"
    )
    print(f"  macro-F1  {f1:.4f}   goal .93, to beat {BASELINE['macro_f1']}")
    print(
        f"  accuracy  {right / len(outside):.4f} [{low:.4f}, {high:.4f}] {right}/{len(outside)}, baseline {BASELINE['accuracy']}"
    )
    print(
        f"  strength {best} by cross-validation within the training part (macro-F1 there {means[best]:.4f})"
    )


if __name__ == "__main__":
    report()
