"""The pack's grading table and resources: faults are named with file and line, what is loaded comes back (R39, R52, R53)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from liandong.district import grading, packs, resources
from liandong.rules.grading import propose
from support.policy import PACK

DAY = date(2018, 6, 1)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with 綦江's two files, to be spoilt."""
    for name in (grading.FILE, resources.FILE):
        (tmp_path / name).write_text((PACK / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def plain() -> packs.Pack:
    return packs.read(PACK)


def spoil(directory: Path, name: str, before: str, after: str) -> None:
    text = (directory / name).read_text(encoding="utf-8")
    assert before in text
    (directory / name).write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('measure = "dead", below = 3', 'measure = "deaf", below = 3', "没有分级数字 deaf"),
        ("above = 3, below = 10", "above = 10, below = 3", "没有任何数字符合"),
        ("above = 3, below = 10", "above = 3, over = 3", "一个起点"),
        ('level = "larger"', 'level = "none"', "应为 general、larger、major、extreme 之一"),
        ('more = "{n}死亡"', 'more = "死亡"', "more 应含 {n}"),
        ("above_includes = true", "above_includes = 1", "应为 true 或 false"),
        ("raises = 1", "raises = 2", "应为 0 或 1"),
        ("[levels]", "[level]", "缺少表 [levels]"),
        ('code = "fire"', 'code = "work_safety"', "生效日期重叠"),
    ],
)
def test_a_broken_grading_table_is_refused_with_its_line(
    files: Path, before: str, after: str, says: str
) -> None:
    spoil(files, grading.FILE, before, after)
    with pytest.raises(packs.PackError) as refused:
        grading.read(files)
    found = [one for one in refused.value.problems if says in one.reason]
    assert found, [one.reason for one in refused.value.problems]
    assert found[0].file == grading.FILE
    assert found[0].line > 0


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('unit = "WJ"', 'unit = "NOBODY"', "单位 NOBODY 不存在"),
        ('kind = "hospital"', 'kind = "tavern"', "应为 hospital"),
        ("beds = 60", "beds = -1", "应为不小于 0 的整数"),
        ('code = "H-02"', 'code = "H-01"', "生效日期重叠"),
        ("beds = 60", "pieces = 60", "没有 pieces 这一项容量"),
    ],
)
def test_broken_resources_are_refused_with_their_line(
    files: Path, plain: packs.Pack, before: str, after: str, says: str
) -> None:
    spoil(files, resources.FILE, before, after)
    with pytest.raises(packs.PackError) as refused:
        resources.read(files, plain)
    assert [one for one in refused.value.problems if says in one.reason and one.line > 0]


def test_a_pack_without_the_files_grades_nothing_and_has_no_resources(
    tmp_path: Path, plain: packs.Pack
) -> None:
    assert grading.table_of(grading.read(tmp_path), DAY).kinds == {}
    assert resources.read(tmp_path, plain) == ()


def test_what_was_loaded_comes_back_as_it_was_read(district: packs.Pack) -> None:
    assert grading.table(DAY) == grading.table_of(grading.read(PACK), DAY)
    assert propose(grading.table(DAY), "work_safety", {"dead": 3}, (), DAY).level == "larger"
    assert list(resources.in_force(DAY).values()) == list(resources.read(PACK, district))
    assert resources.in_force(date(2018, 5, 9)) == {}


def test_every_name_and_number_of_a_resource_is_marked_as_demonstration(plain: packs.Pack) -> None:
    for one in resources.read(PACK, plain):
        assert "[M]" in one.source
        assert "演示" in one.name
        assert one.phone.startswith("00000000")


def test_every_unverified_norm_says_so(plain: packs.Pack) -> None:
    for kind in grading.read(PACK)["kind"]:
        assert kind["confirmed"] or "[M]" in kind["source"], kind["code"]
