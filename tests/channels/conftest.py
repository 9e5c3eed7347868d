"""A district with channels to peers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from liandong.district import packs
from liandong.engine import breaker
from liandong.engine.channels import plan, sending, store
from liandong.engine.models import Channel
from support.api import District
from support.messages import typed
from support.peers import Gateway, Modem, PostOffice
from support.policy import PACK


@pytest.fixture(autouse=True)
def _forget_throttles() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of milliseconds; quiet hours never."""
    monkeypatch.setattr(sending, "FIRST_PAUSE_MS", 5)
    monkeypatch.setattr(breaker, "FIRST_PAUSE_MS", 60_000)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    made = PostOffice()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def modem() -> Iterator[Modem]:
    made = Modem()
    yield made
    made.close()


@pytest.fixture
def enter(db: None) -> Callable[..., Channel]:
    """Enter a channel as sysadmin does."""

    def make(code: str, kind: str, **values: str) -> Channel:
        return store.save(code, kind, typed(kind, **values), "sysadmin")

    return make


@pytest.fixture
def district(db: None) -> District:
    """綦江's pack and accounts; planning begins here."""
    packs.load(PACK)
    made = District()
    plan.follow()
    return made
