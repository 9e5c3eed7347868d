"""How well the development pairs are found (issue 3: hit@1 of .90 or more). Left out where the data is absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liandong.triage import similar
from liandong.triage.similar import Entry, Layout, Purpose, Question, Reader, TextReader, Writer

ROOT = Path(__file__).resolve().parents[2]
CALLS = ROOT.parent / "shared" / "data" / "qijiang_dev.jsonl"
SECRET = b"s" * 32


@pytest.mark.skipif(not CALLS.exists(), reason="the development calls are not here")
def test_nine_in_ten_callers_of_the_same_incident_are_brought_together(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines() if line.strip()]
    settings = similar.read(ROOT / "packs" / "qijiang")
    shape, purpose = Layout(4096, 4096), Purpose(settings.digest, SECRET, b"")
    read = TextReader(settings.groups, SECRET, similar.folding(ROOT / "packs" / "qijiang"))
    with Writer(tmp_path / "i", shape, purpose, read, settings.alike.rarity, new=True) as writer:
        for row in rows:
            writer.put(Entry(row["id"], row["text"], 1))
        writer.commit(1, b"")
        writer.publish()
    asked = Reader(tmp_path / "i", shape, purpose, read, settings.alike)
    group = {row["id"]: row["dup_group"] for row in rows}
    paired = [row for row in rows if row["dup_group"]]
    hits = 0
    for row in paired:
        others = [m.no for m in asked.find(Question(row["text"], 1)) if m.no != row["id"]]
        hits += bool(others) and group[others[0]] == row["dup_group"]
    assert hits / len(paired) >= 0.90
