"""``similar.toml``: everything in it is needed, nothing else is taken, and who wrote it is told what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from liandong.triage import similar

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
GOOD = (PACK / "routing" / "similar.toml").read_text(encoding="utf-8")


def test_the_shipped_pack_is_read() -> None:
    settings = similar.read(PACK)
    assert settings.index.records >= 1_000_000
    assert len(settings.spikes.sensitive) >= 5
    words = [word for group in settings.groups for word in group]
    assert all(len(group) >= 2 for group in settings.groups)
    assert all(words)


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("days = 60", "day = 60", "index"),
        ("middle = 0.19", 'middle = "high"', "alike.middle"),
        ("buckets = 2097152", "buckets = 2097151", "power of two"),
        ("people = 1.0", "", "topics.heat"),
        ("floor = 0.3", "floor = true", "spikes.floor"),
        ('code = "water_bad"', 'code = "water_out"', "twice"),
        ("least = 4", "least = 0", "least"),
        ("areas = '[A-Z]", "areas = '([A-Z]", "areas"),
        ("[words]", "[words", "TOML"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_the_place(
    tmp_path: Path, old: str, new: str, names: str
) -> None:
    assert old in GOOD
    (tmp_path / "similar.toml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(similar.SimilarPackError) as refused:
        similar.read(tmp_path)
    assert "similar.toml" in str(refused.value)
    assert names in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(similar.SimilarPackError):
        similar.read(tmp_path)


def test_other_words_make_another_index() -> None:
    assert similar.read(PACK).digest == similar.read(PACK).digest
