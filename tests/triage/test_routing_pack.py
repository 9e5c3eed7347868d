"""A broken routing pack is refused with the file and the reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from liandong.triage.catalogue import names
from liandong.triage.pack import RoutingPackError, read
from liandong.triage.patterns import PatternError, parse

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACK / "routing", tmp_path / "routing"))


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("router.toml", "township_prior =", "township_pryor =", "unknown keys"),
        ("router.toml", "shown = 5", "shown = 1", "shown"),
        ("terms-city.toml", 'code = "CG-01"', 'code = "CG-02"', "stands twice"),
        ("terms-city.toml", '"城区风景名胜区"', '"城区++名胜"', "empty word"),
        ("terms-words.toml", 'code = "CG-01"', 'code = "CG-99"', "no matter"),
        ("emergency.toml", 'scope = "before"', 'scope = "later"', "scope"),
        ("emergency.toml", '["negation", "topic"]', '["negation", "irony"]', "irony"),
        ("ambiguity.toml", 'all = ["power"]', 'all = ["powder"]', "powder"),
        ("ambiguity.toml", 'lead = "U-E-04"', 'lead = "U-E-99"', "U-E-99"),
        ("places.toml", "\nafter =", "\nbehind =", "unknown keys"),
        ("normalise.toml", "homophones = [", "homophones = [[", "TOML"),
    ],
)
def test_error_names_file_and_reason(copy: Path, file: str, old: str, new: str, reason: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RoutingPackError, match=reason) as error:
        read(copy, names(PACK))
    assert error.value.file.name == file


def test_missing_file_is_named(copy: Path) -> None:
    (copy / "places.toml").unlink()
    with pytest.raises(RoutingPackError, match=r"places\.toml"):
        read(copy, names(PACK))


def test_pattern_language() -> None:
    pattern = parse("水管+裂/爆+!去年/!前年")
    assert pattern.need == (("水管",), ("裂", "爆"))
    assert pattern.never == ("去年", "前年")
    for broken in ("", "+水", "水//管", "!水"):
        with pytest.raises(PatternError):
            parse(broken)
