"""The policy tests run under: read from 綦江's pack once in a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from liandong.district.packs import read
from liandong.rules.policy import Policy

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


@lru_cache(maxsize=2)
def load(second_by_name: bool = False) -> Policy:
    """The pack's policy; ``second_by_name`` as in a simulation."""
    return read(PACK).policy(second_by_name=second_by_name)
