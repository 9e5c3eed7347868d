"""The district the public door is tested in."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from liandong.district import packs
from support.api import District
from support.policy import PACK


@pytest.fixture(autouse=True)
def _forget_throttles() -> None:
    cache.clear()


@pytest.fixture
def district(db: None) -> District:
    """綦江's pack in the store, an account and a token for every label of ACCOUNTS."""
    packs.load(PACK)
    return District()
