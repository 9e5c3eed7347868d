"""One router for all tests of the room: it is immutable, and reading the pack takes longest."""

from __future__ import annotations

from pathlib import Path

import pytest

from liandong.triage.router import Router

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


@pytest.fixture(scope="session")
def router() -> Router:
    return Router.from_pack(PACK)
