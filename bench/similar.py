"""Duplicates and hot spots measured: `python bench/similar.py [RECORDS ...]` (default 10000 1000000).

Quality: the nearest neighbour of every paired development call (../shared/data/qijiang_dev.jsonl), alone and hidden in
ten thousand generated calls; hot topics on ../shared/data/messages_stream.jsonl. Speed: question, insertion, opening and
memory of a reading process at both sizes, with texts generated from the project's own samples (seeded).
`report(sizes)` prints and returns [(what, value, unit or count, aim)]; parts whose data is absent are left out.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
PACK = ROOT / "packs" / "qijiang"
sys.path.insert(0, str(ROOT / "src"))

from liandong.triage import similar  # noqa: E402
from liandong.triage.fitting import wilson  # noqa: E402
from liandong.triage.similar import Entry, Layout, Purpose, Question, Reader, TextReader, Writer  # noqa: E402
from liandong.triage.topics import Clusterer, Message, hottest  # noqa: E402

SECRET = b"a bench has no secrets, but a key"
DAY = 24 * 3600 * 1000
NOW = 1_600_000_000_000
Figure = tuple[str, float, str, str]


def texts(seed: int) -> Iterator[tuple[str, str, str]]:
    """(text, township, caller) without end: clauses of the project's samples joined anew, words exchanged by synonyms,
    places and numbers put in; a tenth of them from callers who called before."""
    rng = Random(seed)
    data = tomllib.loads((PACK / "samples" / "calls.toml").read_text(encoding="utf-8"))
    lines = (PACK / "samples" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    said = [row["text"] for row in data["call"]] + [
        json.loads(line)["text"] for line in lines if line.strip()
    ]
    clauses = sorted({part for text in said for part in re.split("[，。；？！,;]", text) if len(part) > 3})
    words = sorted({word for group in similar.read(PACK).groups for word in group})
    towns = [
        row["name"]
        for row in tomllib.loads((PACK / "townships.toml").read_text(encoding="utf-8"))["township"]
    ]
    surnames = "张王李赵陈杨周吴罗刘何霍冉封蒋唐邓许"
    while True:
        town = rng.choice(towns)
        parts = [*rng.sample(clauses, rng.randint(2, 4)), rng.choice(words) + rng.choice(words)]
        rng.shuffle(parts)
        text = "，".join(parts)
        text = text.replace("{town}", town).replace("{spot}", rng.choice(data["spots"]))
        text = text.replace("{when}", rng.choice(data["whens"])).replace("{n}", str(rng.randint(2, 99)))
        text += f"，{rng.choice(surnames)}家{rng.choice(words)}{rng.randint(1, 400)}号"
        yield text, town, f"{rng.randrange(1 << 22):016x}"


def settings(records: int) -> tuple[similar.Settings, Layout, Purpose, TextReader]:
    """What a process needs to open an index of so many records."""
    pack = similar.read(PACK)
    buckets = 1 << max(12, (2 * records - 1).bit_length())
    layout = Layout(max(records, 4096), min(buckets, pack.index.buckets))
    return (
        pack,
        layout,
        Purpose(pack.digest, SECRET, b"bench"),
        TextReader(pack.groups, SECRET, similar.folding(PACK)),
    )


def build(path: Path, count: int, records: int, first: list[Entry] | None = None) -> list[float]:
    """Fill an index; the seconds each insertion took (the text itself is made outside the clock)."""
    pack, layout, purpose, read = settings(records)
    seconds = []
    source = texts(7)
    with Writer(path, layout, purpose, read, pack.alike.rarity, new=True) as writer:
        for number in range(count):
            if first is not None and number < len(first):
                entry = first[number]
            else:
                text, town, caller = next(source)
                at = NOW - (count - number) * (30 * DAY // count)
                entry = Entry(f"QJFL-500110-20180601-{number:07d}-1", text, at, town, caller)
            began = time.perf_counter()
            writer.put(entry)
            seconds.append(time.perf_counter() - began)
            if number % 20_000 == 0:
                writer.relax()
        writer.commit(count, b"bench")
        writer.publish()
    return seconds


def quantile(values: list[float], share: float) -> float:
    """A quantile of a sorted copy."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def resident() -> float:
    """MB this process holds at present."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def read_process(path: str, records: int, count: int) -> dict[str, float]:
    """Runs in a process of its own: opening, questions, memory above the import of numpy."""
    # another seed than the index's: texts nobody has told yet, made before anything is measured
    source = texts(8)
    asked = [next(source) for _ in range(2000)]
    before = resident()
    began = time.perf_counter()
    pack, layout, purpose, read = settings(records)
    prepared = time.perf_counter()
    reader = Reader(Path(path), layout, purpose, read, pack.alike)
    opened = time.perf_counter()
    reader.find(Question(asked[0][0], NOW))
    times, work = [], 0
    for text, town, caller in asked:
        start = time.perf_counter()
        reader.find(Question(text, NOW, NOW - 60 * DAY, town, caller, {"CG": 0.5, "HB": 0.2}))
        times.append((time.perf_counter() - start) * 1000)
        work = max(work, reader.work.entries + reader.work.records)
    return {
        "prepare": prepared - began,
        "open": opened - prepared,
        "p50": statistics.median(times),
        "p99": quantile(times, 0.99),
        "memory": resident() - before,
        "work": work,
    }


def speed(count: int, beside: Callable[[Path, int], list[Figure]] | None = None) -> list[Figure]:
    """Question, insertion, opening and memory with so many cases in the window; ``beside`` measures more on that index."""
    with tempfile.TemporaryDirectory(prefix="liandong-similar-") as home:
        path = Path(home) / "index"
        seconds = build(path, count, count)
        code = (
            f"import json, similar; print(json.dumps(similar.read_process({str(path)!r}, {count}, {count})))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(ran.stdout.splitlines()[-1])
        more = beside(path, count) if beside is not None else []
    name = f"{count:,} cases"
    return [
        *more,
        (f"question, median, {name}", found["p50"], "ms of 2,000", "< 0.6"),
        (f"question, p99, {name}", found["p99"], "ms of 2,000", "< 2"),
        (f"entries and records looked at, most, {name}", found["work"], "", "the same at every size"),
        (f"insertion, mean, {name}", statistics.fmean(seconds) * 1000, f"ms of {count:,}", "< 0.3"),
        (f"insertion, p99, {name}", quantile(seconds, 0.99) * 1000, f"ms of {count:,}", ""),
        (f"opening the index, {name}", found["open"], "s", "< 0.2"),
        (f"reading the pack's words, {name}", found["prepare"], "s", ""),
        (f"memory of a reader above the imports, {name}", found["memory"], "MB", "< 60"),
    ]


def pairs(background: int, *, words: bool = True) -> Figure | None:
    """hit@1 on the paired development calls, hidden in so many generated calls."""
    source = DATA / "qijiang_dev.jsonl"
    if not source.exists():
        return None
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line.strip()]
    own = [Entry(row["id"], row["text"], NOW - DAY) for row in rows]
    pack, layout, purpose, read = settings(background + len(rows))
    if not words:
        read = TextReader((), SECRET, similar.folding(PACK))
    with tempfile.TemporaryDirectory(prefix="liandong-similar-") as home:
        path = Path(home) / "index"
        with Writer(path, layout, purpose, read, pack.alike.rarity, new=True) as writer:
            generated = texts(7)
            # half of the strangers called before, half after
            for number in range(background):
                if number == background // 2:
                    for entry in own:
                        writer.put(entry)
                text, town, caller = next(generated)
                writer.put(Entry(f"X{number}", text, NOW - DAY, town, caller))
            if not background:
                for entry in own:
                    writer.put(entry)
            writer.commit(1, b"")
            writer.publish()
            reader = Reader(path, layout, purpose, read, pack.alike)
            hits = asked = 0
            group = {row["id"]: row.get("dup_group") for row in rows}
            for row in rows:
                if group[row["id"]]:
                    asked += 1
                    found = [m.no for m in reader.find(Question(row["text"], NOW)) if m.no != row["id"]]
                    hits += bool(found) and group.get(found[0]) == group[row["id"]]
    low, high = wilson(hits, asked)
    where = f"among {background:,} generated calls" if background else "among the other 199"
    name = f"hit@1 of the development pairs {where}{'' if words else ', without the synonyms'}"
    return (
        name,
        hits / asked,
        f"{hits} of {asked}, 95 % {low:.2f}–{high:.2f}",
        ">= 0.90" if not background else "",
    )


def repeats() -> list[Figure]:
    """On the stream: is a person's own repeat (same text, same writer) the first thing found, before it is told?"""
    source = DATA / "messages_stream.jsonl"
    if not source.exists():
        return []
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line.strip()]
    pack, layout, purpose, read = settings(8192)
    hits = asked = 0
    with tempfile.TemporaryDirectory(prefix="liandong-similar-") as home:
        path = Path(home) / "index"
        with Writer(path, layout, purpose, read, pack.alike.rarity, new=True) as writer:
            writer.commit(0, b"")
            writer.publish()
            reader = Reader(path, layout, purpose, read, pack.alike)
            seen: dict[str, set[str]] = {}
            for number, row in enumerate(rows):
                text = f"{row['title']}\n{row['body']}"
                body = re.sub(r"\s", "", row["body"])
                if body in seen:
                    asked += 1
                    found = reader.find(Question(text, NOW))
                    hits += bool(found) and found[0].no in seen[body]
                seen.setdefault(body, set()).add(f"S{number}")
                writer.put(Entry(f"S{number}", text, NOW))
                writer.commit(number + 1, b"")
    low, high = wilson(hits, asked)
    return [
        (
            "exact repeats in the stream found first",
            hits / asked,
            f"{hits} of {asked}, 95 % {low:.2f}–{high:.2f}",
            "",
        )
    ]


def hot_topics() -> list[Figure]:
    """On the stream: the contest's topics, each by the topic that holds most of it. Its list is incomplete: what is counted
    as wrong here is mostly right."""
    source = DATA / "messages_stream.jsonl"
    if not source.exists():
        return []
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line.strip()]
    pack = similar.read(PACK)
    messages = [
        Message(
            row["id"],
            row["title"],
            row["body"],
            int(datetime.fromisoformat(row["time"]).timestamp() * 1000),
            row["user"],
            row["likes"],
            row["dislikes"],
        )
        for row in rows
    ]
    clusterer, times = Clusterer(pack), []
    for message in messages:
        start = time.perf_counter()
        clusterer.add(message)
        times.append((time.perf_counter() - start) * 1000)
    topics = hottest(clusterer, pack.topics.heat, messages[-1].at_ms, 100_000)
    figures, ranks, right, held, listed = [], [], 0, 0, 0
    for number in range(1, 6):
        wanted = {row["id"] for row in rows if row["topic_top5"] == number}
        best = max(topics, key=lambda topic: len(wanted.intersection(topic.ids)))
        hits = len(wanted.intersection(best.ids))
        ranks.append(best.number)
        if number in (2, 3):
            right, held, listed = right + hits, held + best.messages, listed + len(wanted)
            f1 = 2 * hits / (best.messages + len(wanted))
            count = f"{hits} of {best.messages} held, {len(wanted)} listed"
            figures.append((f"F1 of hot topic {number} of the stream", f1, count, ">= 0.90"))
    return [
        *figures,
        ("precision of topics 2 and 3 together", right / held, f"{right} of {held}", "baseline 0.957"),
        ("recall of topics 2 and 3 together", right / listed, f"{right} of {listed}", "baseline 0.848"),
        ("contest topics among the ten hottest", sum(rank <= 10 for rank in ranks), f"ranks {ranks}", "5"),
        ("bringing one message to its topic, median", statistics.median(times), f"ms of {len(times):,}", ""),
        ("bringing one message to its topic, p99", quantile(times, 0.99), f"ms of {len(times):,}", ""),
    ]


def report(
    sizes: tuple[int, ...] = (10_000, 1_000_000), beside: Callable[[Path, int], list[Figure]] | None = None
) -> list[Figure]:
    """Measure everything, print it, give it back."""
    figures: list[Figure] = []
    found = [pairs(0), pairs(0, words=False), pairs(10_000)]
    figures += [one for one in found if one is not None]
    figures += repeats()
    figures += hot_topics()
    for size in sizes:
        figures += speed(size, beside)
    for what, value, count, aim in figures:
        print(f"{what:<70} {value:9.3f} {count:<28} {aim}")
    return figures


if __name__ == "__main__":
    report(tuple(int(one) for one in sys.argv[1:]) or (10_000, 1_000_000))
