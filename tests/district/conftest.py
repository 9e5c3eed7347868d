"""A loaded 綦江 district, and packs that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from liandong.district import packs
from liandong.district.pack import Pack

QIJIANG = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


@pytest.fixture(scope="session")
def pack() -> Pack:
    """綦江's pack as plain values."""
    return packs.read(QIJIANG)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of 綦江's pack in which a test may change files."""
    return Path(shutil.copytree(QIJIANG, tmp_path / "pack", ignore=shutil.ignore_patterns("routing")))


@pytest.fixture
def district(db: None) -> Pack:
    """綦江's pack in the tables."""
    return packs.load(QIJIANG, "sysadmin")
