"""The schematic map and the settings of the figures: every township once, faults named by file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liandong.district import drawing, packs
from support.policy import PACK


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A directory with 綦江's two files, to be spoilt."""
    for name in (drawing.MAP_FILE, drawing.SETTINGS_FILE):
        (tmp_path / name).write_text((PACK / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def pack() -> packs.Pack:
    return packs.read(PACK)


def spoil(directory: Path, before: str, after: str, name: str = drawing.MAP_FILE) -> None:
    text = (directory / name).read_text(encoding="utf-8")
    assert before in text
    (directory / name).write_text(text.replace(before, after, 1), encoding="utf-8")


def problems(directory: Path, pack: packs.Pack) -> list[str]:
    with pytest.raises(packs.PackError) as refused:
        drawing.read(directory, pack)
    return [f"{one.file}:{one.line} {one.reason}" for one in refused.value.problems]


def test_every_township_of_qijiang_is_on_the_map_once_and_in_a_place_of_its_own(pack: packs.Pack) -> None:
    drawn = drawing.read(PACK, pack)
    assert sorted(tile.township for tile in drawn.tiles) == sorted(town.code for town in pack.townships)
    assert len({(tile.row, tile.column) for tile in drawn.tiles}) == 31
    assert all("[M]" in tile.source for tile in drawn.tiles)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('"500110006"', '"500110999"', "街镇代码 500110999 不在 townships.toml 中"),
        ('"500110006"', '"500110999"', "示意图上缺少街镇：新盛街道（500110006）"),
        ('"500110006"', '"500110124"', "示意图上的街镇 500110124 重复"),
        ("row = 0\ncolumn = 2", "row = 0\ncolumn = 3", "已放了 500110006，请换一格"),
        ("row = 0\ncolumn = 2", "row = -1\ncolumn = 2", "应为 0 到 29 的整数"),
        ("source =", "quelle =", "不认识的键 quelle"),
        ("[map]", "[mapp]", "缺少表 [map]"),
    ],
)
def test_a_broken_map_is_refused_with_file_and_line(
    copy: Path, pack: packs.Pack, before: str, after: str, says: str
) -> None:
    spoil(copy, before, after)
    found = [one for one in problems(copy, pack) if says in one]
    assert len(found) == 1
    assert re.match(r"map\.toml:\d+ ", found[0])


def test_a_sample_of_nobody_is_refused(copy: Path, pack: packs.Pack) -> None:
    spoil(copy, "value = 10", "value = 0", drawing.SETTINGS_FILE)
    assert any("应为不小于 1 的整数" in one for one in problems(copy, pack))


def test_a_pack_without_a_map_is_sound(tmp_path: Path, pack: packs.Pack) -> None:
    assert drawing.read(tmp_path, pack) == drawing.Drawing((), ())


@pytest.mark.django_db
def test_what_was_read_is_what_is_asked_and_moves_no_policy(copy: Path, pack: packs.Pack) -> None:
    loaded = packs.load(PACK)
    assert loaded.digest == pack.digest
    assert [tile.township for tile in drawing.tiles()][:2] == ["500110006", "500110124"]
    setting = drawing.minimum_sample()
    assert setting is not None
    assert (setting.value, setting.source) == (10, "default")
    assert "M15" in setting.clause
