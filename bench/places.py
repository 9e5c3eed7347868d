"""How often the place of a text is found, and how fast: `python bench/places.py [FILE.jsonl]`.

Two sets: the project's own sentences (tests/triage/data/places.tsv, in two halves: one was looked at while the gazetteer
was made, the other only counted), and the development calls beside the repository, never used for tuning.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from liandong.triage.catalogue import names  # noqa: E402
from liandong.triage.evaluate import wilson  # noqa: E402
from liandong.triage.features import FIRST_HAN, sounds_of  # noqa: E402
from liandong.triage.learn import readings  # noqa: E402
from liandong.triage.normalise import Text  # noqa: E402
from liandong.triage.pack import read  # noqa: E402
from liandong.triage.patterns import Found  # noqa: E402
from liandong.triage.places import Gazetteer, Location  # noqa: E402
from liandong.triage.values import Places  # noqa: E402

PACK = ROOT / "packs" / "qijiang"
SENTENCES = ROOT / "tests" / "triage" / "data" / "places.tsv"
CALLS = ROOT.parent / "shared" / "data" / "qijiang_dev.jsonl"
NOTHING = Found({})


def expected(path: Path = SENTENCES) -> list[tuple[str, str]]:
    """The sentences with the township they name: a name, «-» for none, «外» for a place outside the district."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(text, wanted) for text, _, wanted in (line.partition("\t") for line in lines) if wanted]


def half(text: str) -> str:
    """Which half a sentence belongs to: decided by its digest, before anything was measured."""
    odd = int(hashlib.sha1(text.encode()).hexdigest()[:8], 16) % 2
    return "kept aside" if odd else "looked at"


def answer(place: Location | None) -> str:
    """What was found, in the words of the sentences' file."""
    return "-" if place is None else place.township or "外"


def _lines(name: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """One line each for all, for texts that name a township, and for what was found where."""
    rows = list(pairs)
    named = [(wanted, got) for wanted, got in rows if wanted not in ("-", "外")]
    groups = {
        "all right": rows,
        "township right, of texts that name one": named,
        "no township read into texts without": [row for row in rows if row[0] in ("-", "外")],
    }
    lines = [f"{name}: {len(rows)} texts"]
    for label, group in groups.items():
        right = sum(
            wanted == got or (wanted == "-" and got == "外" and label[0] == "n") for wanted, got in group
        )
        low, high = wilson(right, len(group))
        share = f"{right / len(group):.3f}" if group else "  -  "
        lines.append(f"  {label:<42}{share}  [{low:.3f}, {high:.3f}]  {right}/{len(group)}")
    return lines


def _calls(rows: list[dict[str, Any]], find: Callable[[str], Location | None]) -> list[str]:
    """The development calls: by how the township is named (``town_evidence``), and those that name none."""
    lines: list[str] = []
    named = [row for row in rows if row["town_in_text"]]
    kinds = [("all", named)]
    kinds += [
        (kind, [row for row in named if row["town_evidence"] == kind])
        for kind in ("name", "typo", "landmark")
    ]
    for kind, group in kinds:
        right = sum(answer(find(row["text"])) == row["town"] for row in group)
        low, high = wilson(right, len(group))
        lines.append(
            f"  township right, {kind:<27}{right / max(1, len(group)):.3f}  [{low:.3f}, {high:.3f}]  {right}/{len(group)}"
        )
    none = [row for row in rows if not row["town_in_text"]]
    right = sum((found := find(row["text"])) is None or found.code is None for row in none)
    low, high = wilson(right, len(none))
    lines.append(
        f"  {'no township where none is named':<42}{right / max(1, len(none)):.3f}  [{low:.3f}, {high:.3f}]  {right}/{len(none)}"
    )
    return [f"development calls: {len(rows)}", *lines]


CARRIERS = (
    "{}镇街上的路灯坏了", "我住在{}，屋头停水", "在{}街上买的药是假的", "我家在{}那边，路烂完了",
    "{}那边有人打架", "到{}的车乱收费", "我是{}的，低保没批", "投诉{}派出所办事慢",
)  # fmt: skip


def _typos(places: Places, sound: dict[str, int], find: Callable[[str], Location | None]) -> str:
    """Names of our townships with one or both characters replaced at random by common ones that sound alike."""
    chance = random.Random(5)
    common = [
        bytes((high, low)).decode("gb2312", "ignore")
        for high in range(0xB0, 0xD8)
        for low in range(0xA1, 0xFF)
    ]
    alike: dict[int, list[str]] = {}
    for char in common:
        if sound.get(char):
            alike.setdefault(sound[char], []).append(char)
    right = count = 0
    for place in places.places:
        name = place.name.removesuffix("街道").removesuffix("镇")
        if not (place.code and place.ours and len(name) == 2):
            continue
        for _ in range(60):
            first, second = (chance.choice(alike[sound[char]]) for char in name)
            typo = chance.choice((first + second, name[0] + second, first + name[1]))
            if typo != name:
                count += 1
                right += answer(find(chance.choice(CARRIERS).format(typo))) == place.name
    low, high = wilson(right, count)
    return f"  typos made by sound, in {len(CARRIERS)} carriers{'':<14}{right / count:.3f}  [{low:.3f}, {high:.3f}]  {right}/{count}"


def report(calls: Path = CALLS) -> str:
    """All figures with counts and Wilson intervals, then the time of one text."""
    pack = read(PACK / "routing", names(PACK))
    clean: Callable[[str], Text] = pack.normalise
    read_as = readings()
    table = sounds_of(read_as)
    gazetteer = Gazetteer(pack.places, table)

    def find(text: str) -> Location | None:
        return gazetteer.find(clean(text), NOTHING)[0]

    sentences = expected()
    lines: list[str] = []
    for part in ("looked at", "kept aside"):
        pairs = [(wanted, answer(find(text))) for text, wanted in sentences if half(text) == part]
        lines += _lines(f"own sentences, {part}", pairs)
    sound = {char: int(table[ord(char) - FIRST_HAN]) for char in read_as}
    lines.append(_typos(pack.places, sound, find))
    texts = [clean(text) for text, _ in sentences]
    if calls.exists():
        rows = [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines() if line.strip()]
        lines += _calls(rows, find)
        texts += [clean(row["text"]) for row in rows]
    times: list[float] = []
    for text in texts * 5:
        start = time.perf_counter()
        gazetteer.find(text, NOTHING)
        gazetteer.spans(text, NOTHING)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    lines.append(
        f"one text (find and spans): median {statistics.median(times):.3f} ms, p99 {times[int(len(times) * 0.99)]:.3f} ms"
    )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the report. Returns the exit code."""
    print(report(Path(arguments[0]) if arguments else CALLS))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
