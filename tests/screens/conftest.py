"""What the tests of the pages share."""

from __future__ import annotations

import pytest

from liandong.district import packs
from support.policy import PACK


@pytest.fixture
def district(db: None) -> None:
    """A store with 綦江's pack."""
    packs.load(PACK)
