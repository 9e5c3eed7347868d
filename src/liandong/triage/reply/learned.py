"""What can be counted over many replies: how common a pair of characters is, and which runs are formula.

Kept are hashes with a number beside each, never text. A pair of two characters says nothing of a person; a run is only
kept when at least one reply in a hundred holds it, and texts are stripped of personal data before anything is counted.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from liandong.rules.masking import strip

from .values import RUN, Learned

COMMON_PAIR = 12
"""A pair in fewer texts is simply rare: listing it would triple the file for nothing measurable."""
COMMON_RUN = 0.01
_STEP = 16.0
"""Rarity is kept in sixteenths: one byte holds 0 to 16."""


def digest(text: str) -> int:
    """A short hash of a few characters; the same on every machine."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def pairs(text: str) -> Iterator[str]:
    """All pairs of neighbouring letters and digits; marks and spaces separate."""
    last = ""
    for char in text:
        if not char.isalnum():
            last = ""
            continue
        if last:
            yield last + char
        last = char


def runs(text: str) -> Iterator[tuple[int, str]]:
    """Every run of RUN characters of a text, marks included, with where it begins."""
    return ((at, text[at : at + RUN]) for at in range(len(text) - RUN + 1))


def learn(requests: Iterable[str], replies: Iterable[str]) -> Learned:
    """Count over requests and replies (pairs) and over replies (runs); all are stripped first."""
    seen: Counter[int] = Counter()
    common: Counter[int] = Counter()
    texts = told = 0
    for request in requests:
        texts += 1
        seen.update({digest(pair) for pair in pairs(strip(request).lower())})
    for reply in replies:
        clean = strip(reply)
        texts, told = texts + 1, told + 1
        seen.update({digest(pair) for pair in pairs(clean.lower())})
        common.update({digest(run) for _, run in runs(clean)})
    rarest = math.log((texts + 1) / 2)
    return Learned(
        {h: _rounded(math.log((texts + 1) / (n + 1))) for h, n in seen.items() if n >= COMMON_PAIR},
        _rounded(rarest),
        frozenset(h for h, n in common.items() if n >= max(5, COMMON_RUN * told)),
    )


def _rounded(value: float) -> float:
    return min(255, max(0, round(value * _STEP))) / _STEP


def dumps(learned: Learned, *, source: str, rows: int, sha256: str) -> str:
    """As a TOML file; ``source``, ``rows`` and ``sha256`` (of the ids of the rows) say what it was counted over."""
    order = sorted(learned.rarity)
    pairs_ = b"".join(struct.pack("<IB", h, round(learned.rarity[h] * _STEP)) for h in order)
    runs_ = b"".join(struct.pack("<I", h) for h in sorted(learned.runs))
    return (
        "# 统计得来，不要手改：`python bench/reply.py --learn 文件`。只有散列和次数，没有文字。\n"
        f'source = "{source}"\nrows = {rows}\nids_sha256 = "{sha256}"\nrarest = {learned.rarest}\n'
        f'pairs = "{base64.b64encode(pairs_).decode()}"\nruns = "{base64.b64encode(runs_).decode()}"\n'
    )


def loads(data: Mapping[str, Any]) -> Learned:
    """From the parsed TOML. Raises ValueError, KeyError or TypeError."""
    if set(data) != {"source", "rows", "ids_sha256", "rarest", "pairs", "runs"}:
        raise ValueError(f"unknown or missing keys: {sorted(data)}")
    raw, runs_ = base64.b64decode(data["pairs"], validate=True), base64.b64decode(data["runs"], validate=True)
    if len(raw) % 5 or len(runs_) % 4:
        raise ValueError("cut off")
    return Learned(
        {h: n / _STEP for h, n in struct.iter_unpack("<IB", raw)},
        float(data["rarest"]),
        frozenset(h for (h,) in struct.iter_unpack("<I", runs_)),
    )
