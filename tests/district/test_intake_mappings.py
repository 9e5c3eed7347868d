"""Mappings of other systems are checked with the pack: every fault with file, line and what to write instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from liandong.district import intake
from liandong.district.errors import PackError
from support.policy import PACK


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(PACK / "intake", tmp_path / "intake")
    return tmp_path


def broken(pack: Path, old: str, new: str) -> str:
    file = pack / "intake" / "jcj.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(PackError) as error:
        intake.read(pack)
    return str(error.value)


def test_the_shipped_examples_are_sound_and_the_neutral_one_is_there():
    assert set(intake.read(PACK)) >= {"neutral", "jcj", "hotline12345"}


def test_a_pack_without_mappings_is_sound(tmp_path):
    assert set(intake.read(tmp_path)) == {"neutral"}


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('encodings = ["utf-8", "gb18030"]', 'encodings = ["latin-9"]', "latin-9"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Nowhere"', "时区"),
        ('"%Y%m%d%H%M%S"', '"yyyy"', "时间格式"),
        ('ours = "ref"', 'ours = "lat"', "两次"),
        ('ours = "do"\ntheirs = ["czlx"]', 'ours = "village"\ntheirs = ["czlx"]', '"do"'),
        ('means = "cancel"', 'means = "delete"', "cancel"),
        ('table = "v_jjd_push"', 'table = "x; DROP TABLE y"', "视图或列"),
        ("batch = 200", "batch = 0", "5000"),
        ("keep_days = 7", "keep_days = 0", "3650"),
        ('channel = "110"', 'channel = "12345"', "渠道"),
        ('format = "json"', 'format = "csv"', "json"),
    ],
)
def test_a_fault_is_named(pack, old, new, word):
    assert word in broken(pack, old, new)
