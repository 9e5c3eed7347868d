"""How well reply quality is told: `python bench/reply.py [FILE.jsonl]`; `--learn OUT` writes reply-learned.toml.

On messages with their replies (../shared/data/messages_replied.jsonl). Whatever is counted over replies is counted on
four fifths and measured on the last; messages that begin alike stay on one side. Where the data is absent it says so.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from liandong.triage.evaluate import wilson  # noqa: E402
from liandong.triage.reply import Judge, learned, pack  # noqa: E402
from liandong.triage.reply.sentences import sentences  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "messages_replied.jsonl"
PACK = ROOT / "packs" / "qijiang" / "routing"
FOLDS = 5
MEASURES = ("relevance", "completeness", "legal_basis", "boilerplate", "off_topic", "timeliness")
LABELS = ("quality_complete", "quality_explain")
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    """The rows, each with its fold."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for row in rows:
        row["request"] = f"{row['title']}\n{row['body']}"
        key = "".join(filter(str.isalnum, row["body"]))[:40]
        row["fold"] = int(hashlib.sha1(key.encode()).hexdigest()[:8], 16) % FOLDS
    return rows


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive stands above a negative; ties count half."""
    order = sorted(negative)
    above = sum(bisect.bisect_left(order, x) + bisect.bisect_right(order, x) for x in positive) / 2
    return above / (len(positive) * len(negative)) if positive and negative else float("nan")


def spread(value: float, positive: int, negative: int) -> float:
    """Half of the 95 % interval of an AUC (Hanley and McNeil)."""
    one, two = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (positive - 1) * (one - value**2) + (negative - 1) * (two - value**2)
    return 1.96 * math.sqrt(max(0.0, variance / (positive * negative)))


def spearman(one: Sequence[float], two: Sequence[float]) -> float:
    """Rank correlation, ties with their mean rank."""
    return float(np.corrcoef(_ranks(one), _ranks(two))[0, 1])


def _ranks(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, float)
    _, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def characters(request: str, reply: str) -> float:
    """The plain baseline: Jaccard over Chinese characters."""
    one, two = ({c for c in text if "\u4e00" <= c <= "\u9fff"} for text in (request, reply))
    return len(one & two) / max(1, len(one | two))


def bigrams(request: str, reply: str) -> float:
    """A stronger baseline: shared character pairs, unweighted, as a share of the smaller text's."""
    one, two = (set(learned.pairs(text)) for text in (request, reply))
    return len(one & two) / max(1, min(len(one), len(two)))


def judges(rows: list[Row]) -> list[Judge]:
    """A judge for each fold, learned on the others."""
    shipped, _ = pack.read(PACK)
    return [
        Judge(
            shipped,
            learned.learn(
                (row["request"] for row in rows if row["fold"] != fold),
                (row["reply"] for row in rows if row["fold"] != fold),
            ),
        )
        for fold in range(FOLDS)
    ]


def report(path: Path = DATA) -> int:
    """Print every figure. Returns the exit code."""
    if not path.exists():
        print(f"reply quality: no replies at {path}: nothing to measure")
        return 0
    rows = read(path)
    held = judges(rows)
    print(
        f"reply quality on {len(rows)} messages with replies, {FOLDS} folds by the beginning of the message"
    )
    by: list[Callable[[Row, str], float]] = [
        lambda row, reply: (
            held[row["fold"]].judge(row["body"], reply, row["title"]).measure("relevance").value or 0.0
        ),
        lambda row, reply: characters(row["request"], reply),
        lambda row, reply: bigrams(row["request"], reply),
    ]
    by += [
        lambda row, reply: (
            held[row["fold"]].judge(row["body"], reply, row["title"]).measure("completeness").value or 0.0
        ),
        lambda row, reply: held[row["fold"]].judge(row["body"], reply, row["title"]).overall,
    ]
    _pairs(rows, by, ("relevance", "character overlap", "pair overlap", "completeness", "overall"))
    results = [held[row["fold"]].judge(row["body"], row["reply"], row["title"]) for row in rows]
    _coverage(rows, results)
    _inserted(rows, held)
    _labels(rows, results)
    _speed(rows)
    return 0


def _others(rows: list[Row], same_unit: bool) -> list[Row | None]:
    """For each row another row whose reply is lent to it: any, or one answered by the same (weakly known) unit."""
    chance = random.Random(20180601)
    groups: dict[Any, list[int]] = {}
    for at, row in enumerate(rows):
        key = row["weak_unit"] if same_unit and row["weak_conf"] in ("high", "mid") else None
        if key is not None or not same_unit:
            groups.setdefault(key, []).append(at)
    found: list[Row | None] = [None] * len(rows)
    for members in groups.values():
        if len(members) < 2:
            continue
        order = members[:]
        chance.shuffle(order)
        for one, two in zip(order, order[1:] + order[:1], strict=True):
            found[one] = rows[two]
    return found


def _pairs(rows: list[Row], by: list[Callable[[Row, str], float]], names: tuple[str, ...]) -> None:
    receipts = sum(len(row["reply"].strip()) < 25 for row in rows)
    print(
        f"\nown reply against a lent one ({receipts} replies are mere receipts under 25 characters, which no text tells apart)"
    )
    for title, same, least in (
        ("all", False, 0),
        ("without receipts", False, 25),
        ("same unit's reply", True, 0),
    ):
        lent = _others(rows, same)
        chosen = [n for n, other in enumerate(lent) if other and len(rows[n]["reply"].strip()) >= least]
        for name, score in zip(names, by, strict=True):
            own = [score(rows[n], rows[n]["reply"]) for n in chosen]
            other = [score(rows[n], lent[n]["reply"]) for n in chosen]  # type: ignore[index]
            value = auc(own, other)
            wins = sum((a > b) + 0.5 * (a == b) for a, b in zip(own, other, strict=True))
            low, high = wilson(round(wins), len(chosen))
            print(
                f"  {title:<18}{name:<18} AUC {value:.3f} ±{spread(value, len(own), len(other)):.3f}  own above lent "
                f"{wins / len(chosen):.3f} [{low:.3f}, {high:.3f}]  n {len(chosen)}"
            )


def _share(name: str, right: int, count: int) -> None:
    low, high = wilson(right, count)
    print(f"  {name:<58}{right / max(1, count):.3f} [{low:.3f}, {high:.3f}]  {right}/{count}")


def _coverage(rows: list[Row], results: list[Any]) -> None:
    print("\ncoverage of the detectors")
    _share(
        "requests with a demand found in words (not the fallback)",
        sum(any(a.label != "反映的事" for a in r.asked) for r in results),
        len(rows),
    )
    asked = [a for r in results for a in r.asked]
    _share("demands with a sentence that answers", sum(bool(a.sentences) for a in asked), len(asked))
    _share("demands answered with substance", sum(a.answered for a in asked), len(asked))
    lent = _others(rows, False)
    judge = Judge.from_pack(PACK)
    foreign = [
        a
        for row, other in zip(rows, lent, strict=True)
        if other
        for a in judge.judge(row["body"], other["reply"], row["title"]).asked
    ]
    _share("demands wrongly called answered in a lent reply", sum(a.answered for a in foreign), len(foreign))
    print(f"  demands a message: {len(asked) / len(rows):.2f}")
    for name, test in (
        ("replies naming a law or document", lambda r: (r.measure("legal_basis").value or 0) >= 0.7),
        (
            "requests that call for a legal basis",
            lambda r: any("应说明依据" in x for x in r.measure("legal_basis").reasons),
        ),
        ("replies with formula found", lambda r: (r.measure("boilerplate").value or 0) > 0),
        (
            "replies that are mostly formula (over half)",
            lambda r: (r.measure("boilerplate").value or 0) > 0.5,
        ),
        ("replies with a promise", lambda r: r.measure("timeliness").value is not None),
        ("promising replies with a promise without date", lambda r: (r.measure("timeliness").value or 0) < 1),
        ("replies with a sentence judged off topic", lambda r: (r.measure("off_topic").value or 0) > 0),
    ):
        chosen = (
            [r for r in results if r.measure("timeliness").value is not None]
            if "promising" in name
            else results
        )
        _share(name, sum(map(test, chosen)), len(chosen))


def _inserted(rows: list[Row], held: list[Judge]) -> None:
    """One sentence of another reply is put into each reply: is it the one that is told to be off topic?"""
    chance = random.Random(28)
    own: list[float] = []
    strange: list[float] = []
    shipped, _ = pack.read(PACK)
    candidates = [
        one.text
        for row in chance.sample(rows, min(600, len(rows)))
        for one in sentences(row["reply"], shipped, learned.learn([], []))
        if one.formula == 0 and len(one.text) >= 20 and one.text.endswith("。")
    ]
    told = found = 0
    for row in rows:
        parts = [p for p in row["reply"].replace("\n", "").split("。") if p.strip()]
        if len(parts) < 3:
            continue
        alien = chance.choice(candidates)
        at = chance.randrange(1, len(parts))
        text = "。".join(parts[:at]) + "。" + alien + "。".join(parts[at:])
        for sentence, far, off in held[row["fold"]].strangeness(row["request"], text):
            if len(sentence) < 20:
                continue
            alien_ = sentence == alien.strip()
            (strange if alien_ else own).append(far)
            found, told = found + (off and alien_), told + (off and not alien_)
    value = auc(strange, own)
    print("\na foreign sentence put into each reply of three sentences and more")
    print(
        f"  AUC of foreign against own sentences {value:.3f} ±{spread(value, len(strange), len(own)):.3f}  {len(strange)} and {len(own)}"
    )
    _share("foreign sentences found", found, len(strange))
    _share("own sentences wrongly told", told, len(own))


def _labels(rows: list[Row], results: list[Any]) -> None:
    labelled = [
        (row, result) for row, result in zip(rows, results, strict=True) if row[LABELS[0]] is not None
    ]
    if not labelled:
        return
    table = np.array([_features(row, result) for row, result in labelled])
    print(f"\nagainst the {len(labelled)} labelled replies (small: ±.10 is noise)")
    for label in LABELS:
        truth = [int(row[label]) for row, _ in labelled]
        yes = sum(truth)
        print(f"  {label}: {yes} yes, {len(truth) - yes} no")
        length = [float(len(row["reply"])) for row, _ in labelled]
        columns: list[tuple[str, list[float]]] = [
            ("overall, nothing fitted", [result.overall for _, result in labelled])
        ]
        columns += [
            (
                name,
                [(m.good if (m := result.measure(name)).good is not None else 0.5) for _, result in labelled],
            )
            for name in MEASURES
        ]
        columns += [("length of the reply", length)]
        columns += [("character overlap", [characters(row["request"], row["reply"]) for row, _ in labelled])]
        for name, chosen in (
            ("fitted on measures", table[:, :-1]),
            ("fitted on measures and length", table),
            ("fitted on length", table[:, -1:]),
        ):
            scores = _crossed(chosen, truth)
            columns.append((f"{name}, cross-validated", list(scores)))
        for name, scores in columns:
            value = auc(
                [s for s, t in zip(scores, truth, strict=True) if t],
                [s for s, t in zip(scores, truth, strict=True) if not t],
            )
            tail = ""
            if "cross" in name:
                right = sum((s > 0.5) == bool(t) for s, t in zip(scores, truth, strict=True))
                low, high = wilson(right, len(truth))
                tail = f"  accuracy {right / len(truth):.2f} [{low:.2f}, {high:.2f}]"
            print(
                f"    {name:<46} AUC {value:.3f} ±{spread(value, yes, len(truth) - yes):.3f}  Spearman {spearman(scores, truth):+.3f}{tail}"
            )


def _features(row: Row, result: Any) -> list[float]:
    values = [m.good if (m := result.measure(name)).good is not None else 0.5 for name in MEASURES]
    told = sum(a.answered for a in result.asked)
    return [*values, math.log1p(told), math.log1p(len(result.sentences)), math.log1p(len(row["reply"]))]


def _crossed(table: np.ndarray, truth: list[int]) -> np.ndarray:
    """Probabilities by logistic regression (ridge), each from a model that has not seen the row; ten folds."""
    y = np.array(truth, float)
    scores = np.zeros(len(y))
    order = np.random.default_rng(7).permutation(len(y))
    for fold in range(10):
        test = order[fold::10]
        train = np.setdiff1d(order, test)
        mean, deviation = table[train].mean(0), table[train].std(0) + 1e-9
        x = np.c_[np.ones(len(train)), (table[train] - mean) / deviation]
        weights = np.zeros(x.shape[1])
        ridge = np.diag([0.0, *[2.0] * table.shape[1]])
        for _ in range(25):  # Newton's method
            p = 1 / (1 + np.exp(-x @ weights))
            gradient = x.T @ (p - y[train]) + ridge @ weights
            weights -= np.linalg.solve(
                x.T @ (x * (p * (1 - p))[:, None]) + ridge + 1e-6 * np.eye(len(ridge)), gradient
            )
        scores[test] = 1 / (
            1 + np.exp(-np.c_[np.ones(len(test)), (table[test] - mean) / deviation] @ weights)
        )
    return scores


def _speed(rows: list[Row]) -> None:
    start = time.perf_counter()
    judge = Judge.from_pack(PACK)
    loaded = (time.perf_counter() - start) * 1000
    times = []
    for row in rows[:1000]:
        start = time.perf_counter()
        judge.judge(row["body"], row["reply"], row["title"])
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    print(
        f"\nspeed: loading {loaded:.0f} ms; one reply median {statistics.median(times):.2f} ms, "
        f"p99 {times[int(len(times) * 0.99)]:.2f} ms ({len(times)} replies)"
    )


def _learn(target: Path) -> int:
    rows = read(DATA)
    found = learned.learn((row["request"] for row in rows), (row["reply"] for row in rows))
    ids = hashlib.sha256("\n".join(str(row["id"]) for row in rows).encode()).hexdigest()
    target.write_text(
        learned.dumps(found, source="messages_replied.jsonl", rows=len(rows), sha256=ids), encoding="utf-8"
    )
    print(f"{len(found.rarity)} pairs, {len(found.runs)} runs, {target.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--learn"]:
        raise SystemExit(_learn(Path(sys.argv[2])))
    raise SystemExit(report(Path(sys.argv[1]) if sys.argv[1:] else DATA))
